"""The generated past makes sense and can be repeated."""

from datetime import UTC, datetime, timedelta

from app.monitoring.history.generate import generate


def test_the_same_seed_makes_the_same_past() -> None:
    """Demos, tests and benchmarks can be repeated."""
    until = datetime(2026, 1, 1, tzinfo=UTC)
    first, again = (generate(runs=300, days=365, until=until, seed=7) for _ in range(2))
    assert first == again
    assert first != generate(runs=300, days=365, until=until, seed=8)


def test_the_generated_past_is_in_time_and_of_the_wanted_size() -> None:
    """Every run lies in the wanted days, after the data set and the model that it uses."""
    until = datetime(2026, 1, 1, tzinfo=UTC)
    past = generate(runs=300, days=365, until=until, seed=0)
    registered = {dataset.dataset_id: dataset.registered for dataset in past.datasets}
    trained = {run.run_id: run.ended for run in past.runs if run.kind == "train"}
    assert 290 <= len(past.runs) <= 310
    assert all(until - timedelta(days=366) < run.started < run.ended < until for run in past.runs)
    assert all(registered[run.tags["dataset_id"]] < run.started for run in past.runs)
    scored = [run for run in past.runs if run.kind == "score"]
    assert all(trained[run.tags["model_run_id"]] < run.started for run in scored)
    assert {run.status for run in past.runs} == {"FINISHED", "FAILED", "KILLED"}


def test_there_is_a_bad_month_and_a_quiet_end() -> None:
    """Drift passes its limit somewhere in the year, and not in the last weeks."""
    until = datetime(2026, 1, 1, tzinfo=UTC)
    scored = [run for run in generate(runs=600, days=365, until=until, seed=0).runs if run.metrics]
    drifted = [run for run in scored if run.metrics.get("drift_max", 0) > 0.25]
    assert drifted
    assert all(run.started < until - timedelta(days=60) for run in drifted)


def test_rates_follow_the_trouble_and_training_data_does_not() -> None:
    """The rate on training data is the contamination, as in a real run."""
    until = datetime(2026, 1, 1, tzinfo=UTC)
    runs = generate(runs=600, days=365, until=until, seed=0).runs
    trained_on = {run.run_id: run.tags["dataset_id"] for run in runs if run.kind == "train"}
    scored = [run for run in runs if run.kind == "score" and run.metrics]
    same = [run for run in scored if trained_on[run.tags["model_run_id"]] == run.tags["dataset_id"]]
    assert {run.metrics["anomaly_rate"] for run in same} == {0.1}
    assert max(run.metrics["anomaly_rate"] for run in scored) > 0.18
