"""Why a row was scored as it was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sklearn.ensemble import IsolationForest

from pipeline.errors import DataError, ModelError
from pipeline.explain.contributions import (
    ForestExplainer,
    check_additivity,
    feature_columns,
    splits_at,
)
from pipeline.explain.counterfactuals import CounterfactualSearch
from pipeline.explain.explainer import Explainer
from pipeline.explain.neighbours import Neighbourhood, NormalSample, read_rows, sample_normal
from pipeline.explain.rarity import Rarities
from pipeline.explain.types import How, shown
from pipeline.model.detector import TrainedModel, typical_length
from pipeline.model.features import LogFrequencyEncoder
from pipeline.model.scoring import PARQUET, score_file
from pipeline.model.training import fit
from pipeline.params import TrainParams
from pipeline.tables.frames import model_frame
from pipeline.tables.schema import Role, Schema

SHARE = pytest.approx


@pytest.fixture
def frame(model: TrainedModel, table: pa.Table) -> pd.DataFrame:
    """The training rows as the model takes them."""
    return model_frame(table, model.schema)


@pytest.fixture
def scored(model: TrainedModel, parquet: Path, tmp_path: Path) -> Path:
    """The training rows with their scores."""
    folder = tmp_path / "scored"
    folder.mkdir()
    score_file(model, parquet, folder, chunk_rows=150)
    return folder / PARQUET


@pytest.fixture
def explainer(model: TrainedModel, table: pa.Table, scored: Path) -> Explainer:
    """An explainer of the scored file."""
    return Explainer(model, table, sample_normal(scored))


def rows_by_score(scored: Path) -> list[int]:
    """Return the numbers of all rows from 1, the most anomalous first."""
    scores = pq.read_table(scored).column("anomaly_score").to_numpy()
    return [int(row) + 1 for row in np.argsort(scores)]


def test_contributions_add_up_to_the_models_own_score(
    model: TrainedModel, frame: pd.DataFrame
) -> None:
    """For each row, typical splits less what the columns save give ``decision_function``."""
    explainer = ForestExplainer(model)
    forest = model.detector["forest"]
    unit = typical_length(forest)
    for at in range(0, len(frame), 40):
        row = frame.iloc[at : at + 1]
        found = explainer.explain(row)
        splits = found.typical - sum(found.by_column.values())
        assert found.splits == pytest.approx(splits)
        score = -(2 ** (-splits / unit)) - forest.offset_
        assert score == pytest.approx(float(model.decision(row)[0]), abs=1e-9)
        assert found.score == pytest.approx(score)


def test_contributions_are_in_the_operators_own_columns(
    model: TrainedModel, frame: pd.DataFrame
) -> None:
    """The five parts of a date are one column again."""
    found = ForestExplainer(model).explain(frame.iloc[:1])
    assert set(found.by_column) == {"crash_date", "weather", "units", "damage"}
    assert feature_columns(model.detector["features"]).count("crash_date") == 5


def test_an_outlier_is_blamed_on_its_column(model: TrainedModel, frame: pd.DataFrame) -> None:
    """Forty units where two are usual: the column of units saves most of the splits."""
    unusual = frame.iloc[1:2].assign(units=40.0)
    found = ForestExplainer(model).explain(unusual)
    assert max(found.by_column, key=found.by_column.__getitem__) == "units"
    assert found.splits < found.threshold < found.typical


def test_contributions_that_do_not_add_up_are_an_error(model: TrainedModel) -> None:
    """An explanation of another score than the model's is never shown."""
    forest = model.detector["forest"]
    check_additivity(splits_at(0.05, forest), 0.05, forest)
    with pytest.raises(ModelError, match=r"add up to a score of .* where the model gives"):
        check_additivity(splits_at(0.05, forest), 0.06, forest)


def test_path_lengths_are_scikit_learns() -> None:
    """The threshold in splits is where ``decision_function`` changes its sign."""
    forest = IsolationForest(n_estimators=20, random_state=0, contamination=0.1)
    forest.fit(np.random.default_rng(0).normal(size=(500, 2)))
    unit = typical_length(forest)
    assert -(2 ** (-splits_at(0.0, forest) / unit)) == pytest.approx(forest.offset_)


@pytest.mark.parametrize("columns", [["units"], ["weather"], ["crash_date"]])
def test_a_model_of_one_column_is_explained(
    tmp_path: Path, table: pa.Table, columns: list[str]
) -> None:
    """Whatever kind that column has."""
    path = tmp_path / "one.parquet"
    pq.write_table(table.select(columns), path)
    model = fit(path, Schema.infer(path), TrainParams(n_estimators=10, max_samples=64)).model
    row = model_frame(table.select(columns), model.schema).iloc[:1]
    assert list(ForestExplainer(model).explain(row).by_column) == columns


def rarity(values: dict[str, list[object]], row: dict[str, object]) -> dict[str, object]:
    """Measure a row by reference records that are given column by column."""
    reference, table = pa.table(values), pa.table({key: [row[key]] for key in row})
    schema = Schema.infer(reference)
    measured = Rarities(model_frame(reference, schema), schema)
    return dict(measured.of(model_frame(table.cast(reference.schema), schema)))


def test_the_rarity_of_a_category_is_its_share() -> None:
    """Three of a hundred, none of a hundred, one empty of a hundred."""
    weather = ["CLEAR"] * 96 + ["SNOW"] * 3 + [None]
    for value, share, how in (
        ("SNOW", 0.03, How.SEEN),
        ("ASH", 0.0, How.SEEN),
        (None, 0.01, How.EMPTY),
    ):
        found = rarity({"weather": weather}, {"weather": value})["weather"]
        assert (found.share, found.how) == (SHARE(share), how)


def test_the_rarity_of_a_category_is_what_the_model_learned(
    model: TrainedModel, frame: pd.DataFrame
) -> None:
    """The same shares as the encoder's, whose logarithm the forest splits on."""
    encoder = model.detector["features"].named_transformers_["categorical"]
    assert isinstance(encoder, LogFrequencyEncoder)
    column = model.schema.of_role(Role.CATEGORICAL).index("weather")
    for weather, log_share in encoder.log_shares_[column].items():
        row = frame[frame["weather"] == weather].iloc[:1]
        found = Rarities(frame, model.schema).of(row)["weather"]
        assert found.share == pytest.approx(np.exp(log_share))


def test_the_rarity_of_a_number_is_that_of_its_tail() -> None:
    """Of 1 to 1,000, five are 996 or more; of two values each counts for itself."""
    many = [float(value) for value in range(1, 1001)]
    for value, share, how in (
        (996.0, 0.005, How.AT_LEAST),
        (2.0, 0.002, How.AT_MOST),
        (5000.0, 0.0, How.AT_LEAST),
    ):
        found = rarity({"load": many}, {"load": value})["load"]
        assert (found.share, found.how) == (SHARE(share), how)
    few = rarity({"units": [1] * 90 + [2] * 10}, {"units": 2})["units"]
    assert (few.share, few.how) == (SHARE(0.1), How.SEEN)


def test_the_rarity_of_a_date_is_that_of_its_rarest_part() -> None:
    """All at noon but one: three in the morning is what stands out."""
    days = pd.date_range("2024-01-01 12:00", periods=365, freq="D").tolist()
    dates = [*days, pd.Timestamp("2024-06-05 03:00")]
    found = rarity({"at": dates}, {"at": pd.Timestamp("2024-06-05 03:00")})["at"]
    assert (found.share, found.how) == (SHARE(1 / 366), How.HOUR)


def test_a_change_that_is_named_makes_the_row_normal_by_the_model(
    model: TrainedModel, frame: pd.DataFrame
) -> None:
    """Each is tried on the model itself, and the smallest comes first."""
    unusual = frame.iloc[1:2].assign(units=40.0)
    assert model.decision(unusual)[0] < 0
    search = CounterfactualSearch(model, frame, lambda _, old, new: min(1.0, abs(new - old) / 50))
    changes = search.search(unusual)
    helpful = [change for change in changes if change.makes_normal]
    assert helpful
    assert changes[: len(helpful)] == helpful
    assert [change.size for change in helpful] == sorted(change.size for change in helpful)
    for change in helpful:
        changed = unusual.copy()
        changed[change.column] = (
            pd.Categorical([change.value])
            if change.column in {"weather", "damage"}
            else pd.Series([change.value], index=unusual.index, dtype=unusual[change.column].dtype)
        )
        assert model.decision(changed)[0] == pytest.approx(change.score)
        assert change.score >= 0


def test_neighbours_are_the_nearest_normal_rows(explainer: Explainer, scored: Path) -> None:
    """They carry no flag, come nearest first, and only what differs is listed."""
    worst = rows_by_score(scored)[0]
    found = explainer.explain(scored, worst)
    table = pq.read_table(scored).to_pylist()
    assert len(found.neighbours) == 3
    distances = [row.distance for row in found.neighbours]
    assert distances == sorted(distances)
    for row in found.neighbours:
        other = table[row.row - 1]
        assert other["anomaly_pred"] == 1
        assert row.differs
        for column, value in row.differs.items():
            assert shown(other[column]) == value
            assert value != shown(table[worst - 1][column])


def test_a_row_is_not_its_own_neighbour(explainer: Explainer, scored: Path) -> None:
    """A normal row is compared with others."""
    normal = rows_by_score(scored)[-1]
    found = explainer.explain(scored, normal)
    assert normal not in {row.row for row in found.neighbours}
    assert found.counterfactuals == ()
    assert not found.is_anomaly


def test_a_decided_threshold_says_what_is_an_anomaly(
    model: TrainedModel, table: pa.Table, scored: Path
) -> None:
    """The splits at which anomalies begin, the title and the changes follow it."""
    row = rows_by_score(scored)[5]
    score = pq.read_table(scored)["anomaly_score"][row - 1].as_py()
    found = {}
    for at in (score, score + 0.02):
        decided = replace(model, score_threshold=at)
        explainer = Explainer(decided, table, sample_normal(scored))
        found[at] = explainer.explain(scored, row)
    normal, unusual = found.values()
    assert (normal.is_anomaly, unusual.is_anomaly) == (False, True)
    assert normal.threshold == pytest.approx(normal.splits)
    assert unusual.threshold > unusual.splits
    assert not normal.counterfactuals
    assert unusual.counterfactuals


def test_the_distance_counts_each_column_alike(model: TrainedModel, table: pa.Table) -> None:
    """A row that differs in one category of four columns is a quarter away."""
    twin = table.slice(3, 1)
    other = twin.set_column(
        twin.column_names.index("damage"),
        "damage",
        pa.array(["LOW" if twin["damage"][0].as_py() == "HIGH" else "HIGH"]),
    )
    sample = NormalSample(np.array([1, 2]), pa.concat_tables([other, twin]))
    near = Neighbourhood(model, sample).nearest(twin, 0, 2)
    assert [(each.row, each.distance) for each in near] == [(2, 0.0), (1, pytest.approx(0.25))]


def test_without_normal_rows_there_are_no_neighbours(
    model: TrainedModel, table: pa.Table, scored: Path
) -> None:
    """A file of anomalies alone is explained all the same."""
    none = NormalSample(np.array([], dtype=np.int64), pq.read_table(scored).slice(0, 0))
    found = Explainer(model, table, none).explain(scored, rows_by_score(scored)[0])
    assert found.neighbours == ()


def test_any_row_is_found_across_the_parts_of_the_file(scored: Path) -> None:
    """Rows are numbered through all row groups."""
    table = pq.read_table(scored)
    for row in (0, 149, 150, 599):
        assert read_rows(scored, row).equals(table.slice(row, 1))
    assert read_rows(scored, 600).num_rows == 0


@pytest.mark.parametrize("row", [0, 601])
def test_a_row_that_is_not_there_is_refused(explainer: Explainer, scored: Path, row: int) -> None:
    """The sentence names the row."""
    with pytest.raises(DataError, match=f"no row {row}"):
        explainer.explain(scored, row)


def test_every_row_can_be_explained(explainer: Explainer, scored: Path) -> None:
    """Missing values and all; fields come by contribution."""
    for row in range(1, 600, 37):
        found = explainer.explain(scored, row)
        saved = [field.saved for field in found.fields]
        assert saved == sorted(saved, reverse=True)
        assert found.reference_rows == 600
