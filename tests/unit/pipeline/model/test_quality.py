"""Rows corrupted on purpose, and how many of them the model flags."""

import numpy as np
import pandas as pd
import pytest

from pipeline.model.quality import UNKNOWN, corrupt, injected_quality
from pipeline.tables.frames import model_frame
from pipeline.tables.schema import Schema


@pytest.fixture
def frame(table):
    """The training rows."""
    return model_frame(table, Schema.infer(table))


def test_the_same_seed_corrupts_the_same(frame) -> None:
    """The metric of a model can be computed again."""
    pd.testing.assert_frame_equal(corrupt(frame, 3), corrupt(frame, 3))
    assert not corrupt(frame, 3).equals(corrupt(frame, 4))


def test_every_row_differs_from_the_one_it_was_drawn_from(frame) -> None:
    """In one of the four columns, and nowhere else."""
    corrupted = corrupt(frame, 0).astype(object)
    drawn = frame.loc[corrupted.index].astype(object)
    differs = (corrupted != drawn) & ~(corrupted.isna() & drawn.isna())
    assert differs.sum(axis=1).max() == 1
    assert differs.any(axis=1).mean() > 0.8


def test_values_become_impossible_or_rare(frame) -> None:
    """Numbers leave their range, dates move years away, categories are unknown or the rarest."""
    corrupted = corrupt(frame, 0)
    assert corrupted["units"].max() > frame["units"].max()
    assert corrupted["crash_date"].max() > frame["crash_date"].max() + pd.Timedelta(days=4 * 365)
    assert (corrupted["weather"] == UNKNOWN).any()


def test_types_stay_as_they_are(frame) -> None:
    """The model reads corrupted rows as it reads any others."""
    assert corrupt(frame, 0).dtypes.map(str).to_dict() == frame.dtypes.map(str).to_dict()


def test_no_more_rows_than_there_are(frame) -> None:
    """A small file gives few rows, a large one a thousand."""
    assert len(corrupt(frame[:10], 0)) == 10
    assert len(corrupt(pd.concat([frame] * 3, ignore_index=True), 0)) == 1_000


def test_quality_of_a_perfect_model_is_one() -> None:
    """All corrupted rows lie below the threshold and below all others."""
    found = injected_quality(np.array([0.1, 0.2]), np.array([-0.1, -0.2]))
    assert found == {"injected_recall": 1, "injected_auc": 1}


def test_quality_of_a_blind_model_is_chance() -> None:
    """Equal scores give an AUC of one half and no row is flagged."""
    found = injected_quality(np.array([0.1, 0.1]), np.array([0.1]))
    assert found == {"injected_recall": 0, "injected_auc": 0.5}
