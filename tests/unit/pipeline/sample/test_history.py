"""The generated history is plausible and reproducible."""

from datetime import UTC, datetime, timedelta

from pipeline.sample.history_runs import generate_history

UNTIL = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_same_seed_generates_the_same_history() -> None:
    """Demos, tests and benchmarks can be repeated."""
    first, again = (generate_history(runs=300, days=365, until=UNTIL, seed=7) for _ in range(2))
    assert first == again
    assert first != generate_history(runs=300, days=365, until=UNTIL, seed=8)


def test_generated_runs_lie_in_the_period_and_have_the_requested_number() -> None:
    """Every run lies in the wanted days, after the data set and the model that it uses."""
    history = generate_history(runs=300, days=365, until=UNTIL, seed=0)
    registered = {dataset.tags["dataset_id"]: dataset.started for dataset in history.datasets}
    trained = {run.run_id: run.ended for run in history.runs if run.kind == "train"}
    assert 290 <= len(history.runs) <= 310
    assert all(UNTIL - timedelta(days=366) < run.started for run in history.runs)
    assert all(run.started < run.ended < UNTIL for run in history.runs)
    assert all(registered[run.tags["dataset_id"]] < run.started for run in history.runs)
    scored = [run for run in history.runs if run.kind == "score"]
    assert all(trained[run.tags["model_run_id"]] < run.started for run in scored)
    assert {run.status for run in history.runs} == {"FINISHED", "FAILED", "KILLED"}


def test_drift_passes_its_limit_during_the_incident_only() -> None:
    """Drift passes its limit somewhere in the year, and not in the last weeks."""
    scored = [
        run for run in generate_history(runs=600, days=365, until=UNTIL, seed=0).runs if run.metrics
    ]
    drifted = [run for run in scored if run.metrics.get("drift_max", 0) > 0.25]
    assert drifted
    assert all(run.started < UNTIL - timedelta(days=60) for run in drifted)


def test_rate_on_training_data_is_the_contamination() -> None:
    """The rate on training data is the contamination, as in a real run."""
    runs = generate_history(runs=600, days=365, until=UNTIL, seed=0).runs
    trained_on = {run.run_id: run.tags["dataset_id"] for run in runs if run.kind == "train"}
    scored = [run for run in runs if run.kind == "score" and run.metrics]
    same = [run for run in scored if trained_on[run.tags["model_run_id"]] == run.tags["dataset_id"]]
    assert {run.metrics["anomaly_rate"] for run in same} == {0.1}
    assert max(run.metrics["anomaly_rate"] for run in scored) > 0.18
