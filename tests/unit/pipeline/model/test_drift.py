"""Drift: how far new rows have moved from the training rows."""

import numpy as np
import pandas as pd
import pytest
from mlflow.utils.validation import _validate_metric_name

from pipeline.model.drift import (
    CategoryBins,
    DriftReference,
    NumericBins,
    chance_psi,
    metric_name,
    psi,
)
from pipeline.tables.frames import model_frame
from pipeline.tables.schema import Schema


@pytest.fixture
def schema(table) -> Schema:
    """The roles of the data set's columns."""
    return Schema.infer(table)


@pytest.fixture
def frame(table, schema):
    """The training rows."""
    return model_frame(table, schema)


@pytest.fixture
def reference(frame, schema) -> DriftReference:
    """What training leaves behind."""
    return DriftReference.of_training(frame, schema)


def test_equal_shares_have_no_drift() -> None:
    """The index of what has not changed is 0."""
    assert psi([200, 800], [200, 800]) == 0


def test_the_index_is_the_published_formula() -> None:
    """(0.9 - 0.5) ln(0.9 / 0.5) + (0.1 - 0.5) ln(0.1 / 0.5)."""
    expected = 0.4 * np.log(0.9 / 0.5) - 0.4 * np.log(0.1 / 0.5)
    assert psi([5_000_000, 5_000_000], [9_000_000, 1_000_000]) == pytest.approx(expected, rel=1e-5)


def test_an_empty_bin_gives_a_finite_index() -> None:
    """A value that vanished counts much, but not infinitely."""
    assert 1 < psi([500, 500], [1_000, 0]) < 10


def test_the_training_rows_themselves_have_not_drifted(reference, frame) -> None:
    """All metrics of the very same rows are 0, but for what is missing in them."""
    metrics = reference.metrics(reference.count(frame))
    missing = frame[["weather", "units", "damage"]].isna().to_numpy().mean()
    assert metrics == {
        "drift_max": 0,
        "drifted_features": 0,
        "unseen_category_rate": 0,
        "missing_rate": pytest.approx(missing),
        "drift/weather": 0,
        "drift/units": 0,
        "drift/damage": 0,
    }


@pytest.mark.parametrize("column", ["a (b)", "a/b", "..", "naïve", "x" * 300, "%"])
def test_every_column_gets_a_metric_that_mlflow_takes(column: str) -> None:
    """Names that MLflow would refuse are written in letters that it takes."""
    _validate_metric_name(metric_name(column))


def test_counts_of_chunks_add_up(reference, frame) -> None:
    """Scoring in chunks measures the same drift."""
    whole = reference.count(frame)
    parts = zip(reference.count(frame[:100]), reference.count(frame[100:]), strict=True)
    assert all(np.array_equal(a + b, c) for (a, b), c in zip(parts, whole, strict=True))


def test_a_shifted_column_is_found_first(reference, frame) -> None:
    """The most drifted column leads, and only it counts as drifted."""
    drifts = reference.measure(reference.count(frame.assign(units=frame["units"] + 10)))
    assert drifts[0].name == "units"
    assert [drift.drifted for drift in drifts] == [True, False, False]


def test_unseen_categories_are_counted(reference, frame) -> None:
    """One of the two category columns is all new."""
    changed = frame.assign(damage=pd.Categorical(["NEW"] * len(frame)))
    rate = reference.metrics(reference.count(changed))["unseen_category_rate"]
    assert rate == pytest.approx(0.5, abs=0.01)


def test_dates_are_left_out(reference) -> None:
    """Later rows have later dates by nature."""
    assert [column.name for column in reference.columns] == ["weather", "units", "damage"]


def test_few_rows_are_no_drift(reference, frame) -> None:
    """What chance gives for five rows is not taken for a change."""
    drifts = reference.measure(reference.count(frame[:5]))
    assert max(drift.psi for drift in drifts) > 0.25
    assert not any(drift.drifted for drift in drifts)


def test_unchanged_data_stays_below_what_chance_gives() -> None:
    """Of a thousand samples of the same shares hardly any exceeds the bound."""
    random = np.random.default_rng(0)
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    old, new = (random.multinomial(n, shares, 1_000) for n in (5_000, 500))
    beyond = [psi(a, b) > chance_psi(4, 5_000, 500) for a, b in zip(old, new, strict=True)]
    assert np.mean(beyond) < 0.005


def test_a_reference_survives_json(reference) -> None:
    """What is stored with the model measures the same."""
    assert DriftReference.from_json(reference.to_json()) == reference


def test_numbers_fall_into_deciles() -> None:
    """Each bin holds its upper edge, the last one the missing values."""
    bins = NumericBins.of_training(pd.Series(np.arange(1, 101, dtype=float)))
    counts = bins.count(pd.Series([-5.0, 10.0, 1e9, np.nan]))
    assert len(bins.labels) == len(counts) == 11
    assert (counts[0], counts[9], counts[10]) == (2, 1, 1)


def test_a_column_of_one_number_has_bins_around_it() -> None:
    """Deciles that coincide do not break the counting."""
    bins = NumericBins.of_training(pd.Series([3.0, 3.0]))
    assert bins.labels == ["≤ 3", "> 3", "missing"]
    assert bins.count(pd.Series([3.0, 4.0, np.nan])).tolist() == [1, 1, 1]


def test_a_column_without_numbers_has_one_bin_for_any() -> None:
    """All missing in training is a reference as well."""
    bins = NumericBins.of_training(pd.Series([np.nan]))
    assert bins.labels == ["any number", "missing"]
    assert bins.count(pd.Series([1.0, np.nan])).tolist() == [1, 1]


def test_categories_fall_into_common_rare_unseen_and_missing() -> None:
    """Twenty bins for the most frequent ones, one each for the rest."""
    names = [f"k{n:02}" for n in range(22)]
    bins = CategoryBins.of_training(pd.Series(pd.Categorical([*names, "k21", "k20"])))
    assert bins.common[:2] == ("k20", "k21")
    counts = bins.count(pd.Series(pd.Categorical(["k21", "k19", "new", None])))
    assert counts[bins.labels.index("k21")] == 1
    assert counts[-3:].tolist() == [1, 1, 1]
