"""What the retention proposes: old, unused, and never what is in charge."""

from dataclasses import replace

import pytest

from app.services.cleanup.types import Act


@pytest.fixture
def keeping(world):
    """A function that returns the console under other periods."""

    def console(days=None, purge_days=None):
        settings = world.shared.settings.model_copy(
            update={"retention_days": days, "retention_purge_days": purge_days}
        )
        world.shared = replace(world.shared, settings=settings)
        return world.console()

    return console


def named(world, run_ids):
    """Names of runs, oldest first."""
    found = [run for run in world.mlflow.runs if run.run_id in run_ids]
    return [run.name for run in sorted(found, key=lambda run: run.start_ms)]


def test_nothing_is_due_without_a_period(keeping):
    """The default keeps everything."""
    retention = keeping().retention
    assert retention.to_delete() == retention.to_purge() == ()


def test_what_is_older_is_proposed(world, keeping):
    """Runs of two days ago and more; their data set is still used by a newer run."""
    assert named(world, keeping(2).retention.to_delete()) == ["train 100 trees", "score"]


def test_a_data_set_is_due_when_no_run_uses_it(world, keeping):
    """The one that nobody has read goes, the others stay."""
    world.add_dataset("unused.csv", age=5000)
    assert "unused.csv" in named(world, keeping(2).retention.to_delete())


def test_models_in_charge_and_archived_runs_are_kept(world, keeping):
    """However old they are."""
    oldest = next(run for run in world.mlflow.runs if run.name == "train 100 trees")
    world.mlflow.aliases["traffic_anomaly", "champion"] = oldest.run_id
    score = next(run for run in world.mlflow.runs if run.tags.get("model_run_id") == oldest.run_id)
    assert keeping(2).retention.to_delete() == (score.run_id,)
    score.tags["archived"] = "yes"
    assert keeping(2).retention.to_delete() == ()


def test_without_a_champion_the_newest_model_is_kept(world, keeping):
    """It is the one in use."""
    world.mlflow.aliases.clear()
    for run in world.mlflow.runs:
        run.start_ms -= 30 * 24 * 3600 * 1000
    newest = max(
        (r for r in world.mlflow.runs if r.version and r.status == "FINISHED"),
        key=lambda run: run.start_ms,
    )
    assert newest.run_id not in keeping(2).retention.to_delete()


def test_a_model_that_scored_lately_is_kept(world, keeping):
    """Its new score run would go with it."""
    oldest = next(run for run in world.mlflow.runs if run.name == "train 100 trees")
    world.add_scoring(oldest, age=1)
    assert named(world, keeping(2).retention.to_delete()) == ["score"]


def test_the_bin_is_emptied_after_the_second_period(world, keeping):
    """Only what has lain there long enough."""
    console = keeping(2, 7)
    console.tidy.carry_out(console.tidy.plan(Act.DELETE, console.retention.to_delete()), "")
    assert console.retention.to_purge() == ()
    for run in world.mlflow.runs:
        run.deleted_ms = run.deleted_ms and run.deleted_ms - 8 * 24 * 3600 * 1000
    assert len(console.retention.to_purge()) == 2
