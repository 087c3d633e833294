"""Detector: one fitted pipeline whose scores are scikit-learn's own."""

import numpy as np
import pytest
from sklearn.ensemble import IsolationForest

from pipeline.model.detector import fit_detector, score_samples, set_threshold
from pipeline.params import TrainParams
from pipeline.tables.frames import model_frame
from pipeline.tables.schema import Schema

PARAMS = TrainParams(n_estimators=20, max_samples=64, contamination=0.2, random_state=7)


@pytest.fixture
def schema(table) -> Schema:
    """The roles of the data set's columns."""
    return Schema.infer(table)


@pytest.fixture
def frame(table, schema):
    """The data set as the model sees it."""
    return model_frame(table, schema)


def test_scores_are_those_of_the_pipeline(frame, schema) -> None:
    """Scoring in another order of the rows changes no score by a single bit."""
    detector = fit_detector(frame, schema, PARAMS)
    assert np.array_equal(score_samples(detector, frame), detector.score_samples(frame))


def test_the_threshold_is_where_scikit_learn_puts_it(frame, schema) -> None:
    """Deriving it from scores that are there equals fitting with the contamination."""
    detector = fit_detector(frame, schema, PARAMS)
    threshold = set_threshold(detector, score_samples(detector, frame), PARAMS.contamination)
    plain = IsolationForest(n_estimators=20, max_samples=64, contamination=0.2, random_state=7).fit(
        detector["features"].transform(frame)
    )
    assert threshold == plain.offset_
    assert np.array_equal(
        detector.predict(frame), plain.predict(detector["features"].transform(frame))
    )


def test_the_share_of_flagged_training_rows_is_the_contamination(frame, schema) -> None:
    """That is what contamination means."""
    detector = fit_detector(frame, schema, PARAMS)
    set_threshold(detector, score_samples(detector, frame), 0.2)
    assert (detector.predict(frame) == -1).mean() == pytest.approx(0.2, abs=0.01)


def test_the_same_seed_gives_the_same_model(frame, schema) -> None:
    """Two fits score alike, and another seed differs."""
    scores = [score_samples(fit_detector(frame, schema, PARAMS), frame) for _ in range(2)]
    assert np.array_equal(*scores)
    other = fit_detector(frame, schema, PARAMS.model_copy(update={"random_state": 8}))
    assert not np.array_equal(scores[0], score_samples(other, frame))


def test_trees_draw_no_more_rows_than_there_are(frame, schema) -> None:
    """A small file is trained on without a warning about its size."""
    detector = fit_detector(frame[:50], schema, PARAMS)
    assert detector["forest"].max_samples_ == 50
