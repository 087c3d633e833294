"""Two models of the real stack on the same data."""

import pytest

from app.services.comparison.types import FlaggedBy, ScoreColumn
from app.services.jobs.service import new_intent
from pipeline.params import TrainParams
from tests.journey import ROWS, SMALL, finish


@pytest.fixture(scope="module")
def other(console, dataset):
    """The progress of another training on the same data, with twice the contamination."""
    wanted = SMALL | {"contamination": 2 * SMALL["contamination"], "random_state": 7}
    params = TrainParams(dataset=dataset.dataset_id, **wanted)
    return finish(console.training, console.training.trigger(params, new_intent()))


def test_runs_are_compared_with_the_models_behind_them(console, trained, other, dataset):
    """Two scorings differ in their models' parameters and saw the same data."""
    found = console.comparisons.runs((trained.score_run_id, other.score_run_id))
    differing = {row.name for row in found.parameters if row.differs}
    assert {"contamination", "random_state"} <= differing
    assert "n_estimators" not in differing
    assert found.datasets == {dataset.dataset_id: ([0, 1], [0, 1])}


def test_score_histograms_have_the_same_edges(console, trained, other):
    """Fetched from the artifact store, each with its own threshold."""
    a, b = console.comparisons.histograms(
        (trained.score_run_id, other.score_run_id), ScoreColumn.SCORE
    )
    assert a.edges == b.edges
    assert (a.rows, b.rows) == (ROWS, ROWS)
    assert a.threshold is not None


def test_models_are_compared_by_their_own_scorings(console, trained, other):
    """Rows flagged by one and by both add up to the rates that the runs logged."""
    pair = console.comparisons.models((trained.train_run_id, other.train_run_id))
    a, b = pair.a.scoring.run_id, pair.b.scoring.run_id
    runs = [console.runs.get(run_id) for run_id in (a, b)]
    assert [run.model_run_id for run in runs] == [trained.train_run_id, other.train_run_id]
    found = console.comparisons.overlap(a, b)
    assert found.rates == pytest.approx([run.metrics["anomaly_rate"] for run in runs])
    assert 0 < found.jaccard <= 1
    for by in FlaggedBy:
        page = console.comparisons.rows(a, b, by, "change", offset=0, limit=ROWS)
        assert page.num_rows == found.count(by)
    density = console.comparisons.density(a, b)
    assert sum(rows or 0 for line in density.counts for rows in line) == ROWS


def test_row_of_only_b_is_flagged_in_its_scoring(console, trained, other):
    """Its number is its position in the file, as on the Anomalies page."""
    a, b = trained.score_run_id, other.score_run_id
    (row,) = console.comparisons.rows(
        a, b, FlaggedBy.ONLY_B, "severity_b", offset=0, limit=1
    ).to_pylist()
    opened = console.anomalies.record(b, row["row"])
    assert opened["anomaly_pred"] == -1
    assert opened["severity"] == row["severity_b"]
    assert console.anomalies.record(a, row["row"])["anomaly_pred"] == 1
