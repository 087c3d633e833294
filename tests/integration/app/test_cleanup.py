"""Cleanup on the real stack: what is really gone, and what stays."""

import pytest

from app.services.cleanup.service import TRASH
from app.services.cleanup.types import Operation
from app.services.jobs.service import new_intent
from app.services.jobs.types import JobState
from app.services.runs.queries import RunFilter
from app.services.trends.types import Scope
from pipeline.errors import NotFound
from pipeline.params import TrainParams
from pipeline.tracking import names
from pipeline.tracking.client import PROXIED
from pipeline.tracking.registry import alias_holder, version_of
from pipeline.tracking.runs import Stage
from tests.journey import SMALL, finish, register, wait_for, write_machines


@pytest.fixture(scope="module")
def thrown_away(console, tmp_path_factory):
    """A data set and the progress of its training, which nothing else needs."""
    path = tmp_path_factory.mktemp("cleanup") / "thrown_away.csv"
    write_machines(path, seed=77)
    dataset = register(console, path)
    params = TrainParams(dataset=dataset.dataset_id, **SMALL)
    progress = finish(console.training, console.training.trigger(params, new_intent()))
    assert progress.job.state is JobState.SUCCESS, progress.error
    return dataset, progress


def carry_out(console, operation, *run_ids, typed=""):
    """Preview and carry out."""
    return console.cleanup.carry_out(console.cleanup.preview(operation, run_ids), "a test", typed)


def stored_bytes(stack):
    """Count what the artifact store takes on disk."""
    root = stack.state_dir / "mlflow" / "artifacts"
    return sum(file.stat().st_size for file in root.rglob("*") if file.is_file())


def rows_of(common, run_ids):
    """Count MLflow's rows of runs, as the console's role reads them."""
    listed = ", ".join(f"'{run_id}'" for run_id in run_ids)
    return common.operation_log._transact(
        lambda session: sum(
            session.connection()
            .exec_driver_sql(f"SELECT count(*) FROM public.{table} WHERE run_uuid IN ({listed})")  # noqa: S608
            .scalar_one()
            for table in ("runs", "tags", "params", "latest_metrics", "metrics")
        )
    )


def test_archived_runs_are_found_by_their_tag(console, thrown_away):
    """An archived run is hidden, listed as archived, and can be unarchived."""
    _, progress = thrown_away
    run_id = progress.train_run_id
    carry_out(console, Operation.ARCHIVE, run_id)
    job = RunFilter(dag_run_id=progress.job.dag_run_id)
    stages = {run.run_id: run.stage for run in console.runs.search(job).runs}
    assert stages[run_id] is Stage.ARCHIVED
    archived = console.runs.search(RunFilter(stage=Stage.ARCHIVED)).runs
    assert [run.run_id for run in archived] == [run_id]
    shown = console.runs.search(RunFilter(stage=Stage.ACTIVE)).runs
    assert run_id not in {run.run_id for run in shown}
    carry_out(console, Operation.UNARCHIVE, run_id)
    assert console.runs.get(run_id).stage is Stage.ACTIVE


@pytest.fixture
def as_champion(common, thrown_away):
    """The champion for the time of a test."""
    client, alias = common.mlflow.client, (names.REGISTERED_MODEL, names.CHAMPION)
    before = alias_holder(common.mlflow, names.CHAMPION)
    _, progress = thrown_away
    version = version_of(common.mlflow, progress.train_run_id)
    client.set_registered_model_alias(*alias, str(version.number))
    yield progress
    client.delete_registered_model_alias(*alias)
    if before:
        client.set_registered_model_alias(*alias, str(before.number))


def test_champion_and_its_data_set_are_refused(console, thrown_away, as_champion):
    """With the reason, for each operation."""
    dataset, _ = thrown_away
    for operation in (Operation.ARCHIVE, Operation.DELETE):
        plan = console.cleanup.preview(operation, (as_champion.train_run_id, dataset.run_id))
        assert plan.entries == ()
        assert all("champion" in refusal.reason for refusal in plan.refusals)


def test_counts_follow_the_operations(console, thrown_away):
    """The System page shows them."""
    _, progress = thrown_away
    before = console.cleanup.counts()
    carry_out(console, Operation.DELETE, progress.score_run_id)
    after = wait_for(console.cleanup.counts, lambda seen: seen.deleted == before.deleted + 1)
    assert after.active == before.active - 1
    trash = console.cleanup.preview(Operation.PURGE, (TRASH,))
    assert progress.score_run_id in trash.chosen
    carry_out(console, Operation.RESTORE, progress.score_run_id)


def test_model_is_deleted_restored_and_purged(stack, common, console, thrown_away):
    """A model is deleted with its score run; a purge frees bytes and rows, version included.

    The trends keep what they have recorded, and every operation is logged.
    """
    dataset, progress = thrown_away
    run_ids = (progress.train_run_id, progress.score_run_id)
    plan = console.cleanup.preview(Operation.DELETE, (progress.train_run_id,))
    assert {entry.item.run_id for entry in plan.entries} == set(run_ids)
    ((name, version),) = plan.entries[0].versions
    console.cleanup.carry_out(plan, "")
    deleted = console.runs.search(RunFilter(stage=Stage.DELETED, text=dataset.dataset_id)).runs
    assert {run.run_id for run in deleted} == set(run_ids)
    carry_out(console, Operation.RESTORE, progress.score_run_id)
    assert {console.runs.get(run_id).stage for run_id in run_ids} == {Stage.ACTIVE}

    carry_out(console, Operation.DELETE, progress.train_run_id, dataset.run_id)
    before = stored_bytes(stack)
    plan = console.cleanup.preview(Operation.PURGE, (progress.train_run_id, dataset.run_id))
    assert len(plan.entries) == 3
    done = console.cleanup.carry_out(plan, "for good", plan.phrase)

    assert done.freed_bytes == plan.size_bytes
    assert before - stored_bytes(stack) == plan.size_bytes > 0
    for entry in plan.entries:
        for location in entry.item.locations:
            path = location.removeprefix(PROXIED)
            assert not (stack.state_dir / "mlflow" / "artifacts" / path).exists()
    assert rows_of(common, (*run_ids, dataset.run_id)) == 0
    for run_id in run_ids:
        with pytest.raises(NotFound):
            console.runs.get(run_id)
    with pytest.raises(NotFound):
        console.datasets.get(dataset.dataset_id)
    assert (name, version) not in console.cleanup._finder.versions(plan.entries[0].item)
    kept = {run.run_id: run.stage for run in console.trends.recent(Scope(days=1))}
    assert {kept[run_id] for run_id in run_ids} == {"purged"}
    assert [each.operation for each in console.cleanup.history(4)] == [
        *("purge", "delete", "restore", "delete"),
    ]
