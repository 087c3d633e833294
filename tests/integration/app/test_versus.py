"""Two models of the real stack on the same data."""

import pytest

from app.services.comparison.queries import ShapeOf
from app.services.comparison.types import Part
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
    found = console.comparisons.of([trained.score_run_id, other.score_run_id])
    differing = {line.name for line in found.parameters if line.differs}
    assert {"contamination", "random_state"} <= differing
    assert "n_estimators" not in differing
    assert found.datasets == {dataset.dataset_id: ([0, 1], [0, 1])}


def test_score_distributions_of_both_lie_on_the_same_edges(console, trained, other):
    """Fetched from the artifact store, each with the place where its own flag begins."""
    a, b = console.comparisons.shapes([trained.score_run_id, other.score_run_id], ShapeOf.SCORE)
    assert a.edges == b.edges
    assert (a.rows, b.rows) == (ROWS, ROWS)
    assert a.threshold is not None


def test_models_are_held_against_each_other_on_their_own_scorings(console, trained, other):
    """Rows that enter, leave and stay add up to what both runs logged."""
    pair = console.model_pairs.find([trained.train_run_id, other.train_run_id])
    a, b = pair.a.scored.run_id, pair.b.scored.run_id
    runs = [console.runs.get(run_id) for run_id in (a, b)]
    assert [run.model_run_id for run in runs] == [trained.train_run_id, other.train_run_id]
    found = console.model_pairs.overlap(a, b)
    assert found.rates == pytest.approx([run.metrics["anomaly_rate"] for run in runs])
    assert 0 < found.jaccard <= 1
    for part in Part:
        page = console.model_pairs.rows(a, b, part, "change", offset=0, limit=ROWS)
        assert page.rows.num_rows == found.count(part)
    density = console.model_pairs.density(a, b)
    assert sum(rows or 0 for line in density.counts for rows in line) == ROWS


def test_a_row_that_enters_is_flagged_where_it_opens(console, trained, other):
    """Its number is its place in the file, the same as on the Anomalies page."""
    a, b = trained.score_run_id, other.score_run_id
    (row,) = console.model_pairs.rows(
        a, b, Part.ENTER, "severity_b", offset=0, limit=1
    ).rows.to_pylist()
    opened = console.anomalies.record(b, row["row"])
    assert opened["anomaly_pred"] == -1
    assert opened["severity"] == row["severity_b"]
    assert console.anomalies.record(a, row["row"])["anomaly_pred"] == 1
