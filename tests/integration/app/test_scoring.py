"""Scoring on the real stack."""

from app.services.jobs.service import new_intent
from app.services.jobs.types import JobState
from pipeline.orchestration import SCORE_DAG
from pipeline.params import ScoreParams
from pipeline.tracking.runs import RunKind
from tests.journey import finish, register, write_machines


def test_new_data_is_scored_with_that_model(console, trained, tmp_path):
    """Columns are checked first; order does not matter."""
    new = tmp_path / "new.csv"
    write_machines(new, seed=2, columns=("temperature", "load", "machine", "when"))
    params = ScoreParams(dataset=register(console, new).dataset_id, model=trained.train_run_id)
    assert console.scoring.check_columns(params).fits
    assert console.scoring.preflight(params).ready
    progress = finish(console.scoring, console.scoring.trigger(params, new_intent()))
    assert progress.job.state is JobState.SUCCESS, progress.error
    score = console.runs.get(progress.score_run_id)
    assert (score.kind, score.model_run_id) == (RunKind.SCORE, trained.train_run_id)
    assert console.lineages.of(score.run_id).job_url.count(SCORE_DAG) == 1


def test_data_that_lacks_a_column_is_stopped_before_and_in_the_run(console, trained, tmp_path):
    """The card says it; a run triggered all the same fails with one sentence, once."""
    short = tmp_path / "short.csv"
    write_machines(short, seed=3, columns=("when", "machine"))
    params = ScoreParams(dataset=register(console, short).dataset_id, model=trained.train_run_id)
    assert set(console.scoring.check_columns(params).missing) == {"load", "temperature"}
    assert not console.scoring.preflight(params).ready
    progress = finish(console.scoring, console.scoring.trigger(params, new_intent()))
    assert progress.job.state is JobState.FAILED
    assert "load" in progress.error
    assert "\n" not in progress.error
    assert [task.attempt for task in progress.tasks] == [1]
