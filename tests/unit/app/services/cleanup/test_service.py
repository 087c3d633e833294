"""Cleanup: previews, refusals, what is really done, and what the retention proposes."""

from dataclasses import replace

import pytest

from app.clients.errors import Conflict, Forbidden
from app.services.cleanup.types import Operation
from app.services.runs.queries import RunFilter
from pipeline.errors import Rejected, Unreachable
from pipeline.tracking.runs import Stage


@pytest.fixture
def trains(world):
    """The train runs by age: the oldest first, the champion last of the finished."""
    found = [run for run in world.mlflow.runs if run.tags.get("run_kind") == "train"]
    return sorted(found, key=lambda run: run.start_ms)


def datasets(world):
    """The runs that hold data sets, the oldest first."""
    return [run for run in world.mlflow.runs if "sha256" in run.tags]


def preview(console, operation, *runs):
    """Preview an operation on runs of the fake server."""
    return console.cleanup.preview(operation, tuple(run.run_id for run in runs))


def carry_out(console, operation, *runs, typed=""):
    """Preview and carry out."""
    return console.cleanup.carry_out(preview(console, operation, *runs), "too many", typed)


def stages(console, *run_ids):
    """The stages of runs."""
    return {console.runs.get(run_id).stage for run_id in run_ids}


def test_preview_includes_the_score_runs_of_a_model(console, trains):
    """Each entry has its reason and size; the model's version is named."""
    found = preview(console, Operation.DELETE, trains[0])
    assert [(e.item.kind, bool(e.because)) for e in found.entries] == [
        ("train", False),
        ("score", True),
    ]
    assert found.entries[0].versions
    assert found.size_bytes == sum(entry.size_bytes for entry in found.entries) > 100_000
    assert found.refusals == ()


def test_preview_changes_nothing(world, console, trains):
    """No operation is carried out or logged by its preview."""
    for operation in Operation:
        preview(console, operation, *trains)
    asked = {request.name.split("_")[0] for request in world.mlflow.requests}
    assert asked <= {"get", "search", "list"}
    assert world.operation_log.operations == []


@pytest.mark.parametrize("operation", [Operation.ARCHIVE, Operation.DELETE])
def test_champion_and_its_data_set_are_refused(world, console, trains, operation):
    """The reason is given."""
    champion = trains[2]
    found = preview(console, operation, champion, datasets(world)[1])
    assert found.entries == ()
    reasons = {refusal.name: refusal.reason for refusal in found.refusals}
    assert "It is the champion" in reasons[champion.name]
    assert "was trained on it" in reasons["accidents_new.csv"]


def test_challenger_is_refused(world, console, trains):
    """Any alias of the registry protects its model."""
    world.mlflow.aliases["traffic_anomaly", "challenger"] = trains[0].run_id
    found = preview(console, Operation.DELETE, trains[0])
    assert "challenger" in found.refusals[0].reason


def test_running_run_and_its_data_set_are_refused(world, console, trains):
    """Both are in use until the run ends."""
    world.mlflow.aliases.clear()
    found = preview(console, Operation.DELETE, trains[-1], datasets(world)[1])
    assert len(found.refusals) == 2
    assert all("running" in refusal.reason for refusal in found.refusals)


def test_unknown_run_is_refused_by_its_id(console):
    """A stale address does not fail."""
    found = console.cleanup.preview(Operation.DELETE, ("0" * 32,))
    assert found.refusals[0].name == "0" * 32


def test_more_than_a_hundred_items_are_rejected(console):
    """The preview stays one page and a bounded number of requests."""
    with pytest.raises(Rejected, match="At most 100"):
        console.cleanup.preview(Operation.DELETE, tuple(f"{n:032x}" for n in range(101)))


def test_deleting_a_data_set_names_the_runs_that_used_it(world, console):
    """The runs stay."""
    world.mlflow.aliases.clear()
    found = preview(console, Operation.DELETE, datasets(world)[0])
    assert len(found.entries) == 1
    assert "train 100 trees" in found.notes[0]


def test_archived_run_is_hidden_and_can_be_unarchived(console, trains):
    """The operation is logged with who and why."""
    run_id = trains[0].run_id
    done = carry_out(console, Operation.ARCHIVE, trains[0])
    assert (done.operation, done.done) == ("archive", 1)
    assert (done.done_by, done.reason) == ("operator", "too many")
    shown = console.runs.search(RunFilter(stage=Stage.ACTIVE)).runs
    assert run_id not in {run.run_id for run in shown}
    carry_out(console, Operation.UNARCHIVE, trains[0])
    assert stages(console, run_id) == {Stage.ACTIVE}


def test_model_is_deleted_and_restored_with_its_score_runs(console, trains):
    """Restoring the score run restores the model."""
    found = preview(console, Operation.DELETE, trains[0])
    both = tuple(entry.item.run_id for entry in found.entries)
    console.cleanup.carry_out(found, "")
    assert stages(console, *both) == {Stage.DELETED}
    restored = console.cleanup.preview(Operation.RESTORE, both[1:])
    console.cleanup.carry_out(restored, "")
    assert stages(console, *both) == {Stage.ACTIVE}


def test_only_deleted_runs_can_be_purged(console, trains):
    """An active run has to be deleted first."""
    found = preview(console, Operation.PURGE, trains[0])
    assert "neither archived nor deleted" in found.refusals[0].reason


def test_purge_leaves_nothing(world, console, trains):
    """Run, score run, model, version and files are gone; the freed bytes are measured."""
    before = preview(console, Operation.DELETE, trains[0])
    console.cleanup.carry_out(before, "")
    found = preview(console, Operation.PURGE, trains[0])
    assert found.phrase == "remove 2"
    done = console.cleanup.carry_out(found, "for good", "Remove 2")
    assert (done.done, done.freed_bytes) == (2, before.size_bytes)
    assert world.operation_log.recorded == 1
    assert {world.mlflow.find(entry.item.run_id) for entry in found.entries} == {None}
    assert trains[0].files == trains[0].model_files == {}
    assert trains[0].version == ""


def test_purge_needs_the_typed_phrase(console, trains):
    """Nothing is done without it."""
    carry_out(console, Operation.DELETE, trains[0])
    with pytest.raises(Rejected, match="remove 2"):
        carry_out(console, Operation.PURGE, trains[0], typed="yes")
    assert stages(console, trains[0].run_id) == {Stage.DELETED}


def test_outdated_preview_is_not_carried_out(world, console, trains):
    """A moved alias or one more score run ends the operation before it begins."""
    outdated = preview(console, Operation.DELETE, trains[0])
    world.add_scoring(trains[0], age=1)
    with pytest.raises(Conflict, match="out of date"):
        console.cleanup.carry_out(outdated, "")
    again = preview(console, Operation.DELETE, trains[0])
    world.mlflow.aliases["traffic_anomaly", "champion"] = trains[0].run_id
    with pytest.raises(Conflict, match="out of date"):
        console.cleanup.carry_out(again, "")
    assert world.operation_log.operations == []


def test_opening_a_preview_makes_it_anew(world, console, trains):
    """A preview is cached only until it is opened again."""
    assert len(preview(console, Operation.DELETE, trains[0]).entries) == 2
    world.add_scoring(trains[0], age=1)
    assert len(preview(console, Operation.DELETE, trains[0]).entries) == 2
    console.cleanup.renew_previews()
    assert len(preview(console, Operation.DELETE, trains[0]).entries) == 3


def test_viewer_may_preview_and_not_carry_out(world, trains):
    """The error names the roles that may."""
    with pytest.raises(Forbidden, match="user, op or admin"):
        carry_out(world.console("viewer"), Operation.DELETE, trains[0])


def test_without_the_database_nothing_is_done(world, console, trains):
    """An operation that cannot be logged is not carried out."""
    found = preview(console, Operation.DELETE, trains[0])
    world.stop("PostgreSQL")
    with pytest.raises(Unreachable):
        console.cleanup.carry_out(found, "")
    assert stages(console, trains[0].run_id) == {Stage.ACTIVE}


def test_interrupted_operation_logs_how_far_it_came(world, console, trains):
    """The operator is told as well, and can repeat the rest."""
    carry_out(console, Operation.DELETE, trains[0])
    world.operation_log.locked = "function console.erase_run(text) does not exist"
    with pytest.raises(Rejected, match="0 of 2 were done, then it stopped: function"):
        carry_out(console, Operation.PURGE, trains[0], typed="remove 2")
    assert "does not exist" in world.operation_log.operations[-1].failure
    world.operation_log.locked = ""
    assert carry_out(console, Operation.PURGE, trains[0], typed="remove 2").done == 2


def test_purge_removes_copies_on_the_console_s_disk(console, trains):
    """No copy outlives the original."""
    found = preview(console, Operation.DELETE, trains[0])
    score = found.entries[1].item.run_id
    copy = console.runs.download(score, "scores/scored.parquet")
    console.cleanup.carry_out(found, "")
    carry_out(console, Operation.PURGE, trains[0], typed="remove 2")
    assert not copy.exists()


def test_items_are_counted_by_stage(console, trains):
    """The System page shows the numbers."""
    carry_out(console, Operation.ARCHIVE, trains[0])
    carry_out(console, Operation.DELETE, trains[1])
    counts = console.cleanup.counts()
    assert (counts.active, counts.archived, counts.deleted) == (7, 1, 2)


def test_run_with_files_outside_the_proxy_is_not_purged(console, trains):
    """The console cannot remove its files, so it keeps the run that names them."""
    carry_out(console, Operation.DELETE, trains[0])
    trains[0].scheme = "s3"
    found = preview(console, Operation.PURGE, trains[0])
    assert found.entries == ()
    assert "artifact proxy" in found.refusals[0].reason


def test_preview_of_a_hundred_models_needs_a_bounded_number_of_requests(empty):
    """A few for each, however many other runs there are."""
    dataset = empty.add_dataset("a.csv").tags["dataset_id"]
    trains = [empty.add_training(dataset, age=age) for age in range(1, 101)]
    empty.mlflow.requests.clear()
    found = preview(empty.console(), Operation.DELETE, *trains)
    assert len(found.entries) == 100
    assert len(empty.mlflow.requests) < 6 * 100


@pytest.fixture
def keeping(world):
    """A function that returns the cleanup under other retention periods."""

    def cleanup(days=None, purge_days=None):
        settings = world.shared.settings.model_copy(
            update={"retention_days": days, "retention_purge_days": purge_days}
        )
        world.shared = replace(world.shared, settings=settings)
        return world.console().cleanup

    return cleanup


def proposed(world, cleanup):
    """Names of the runs proposed for deletion, the oldest first."""
    run_ids = cleanup.due(Operation.DELETE)
    found = [run for run in world.mlflow.runs if run.run_id in run_ids]
    return [run.name for run in sorted(found, key=lambda run: run.start_ms)]


def test_nothing_is_proposed_without_a_period(keeping):
    """The default keeps everything."""
    assert keeping().due(Operation.DELETE) == keeping().due(Operation.PURGE) == ()


def test_older_runs_are_proposed(world, keeping):
    """Runs of two days ago and more; their data set is still used by a newer run."""
    assert proposed(world, keeping(2)) == ["train 100 trees", "score"]


def test_unused_data_set_is_proposed(world, keeping):
    """Data sets that a run has read stay."""
    world.add_dataset("unused.csv", age=5000)
    assert "unused.csv" in proposed(world, keeping(2))


def test_champion_and_archived_runs_are_not_proposed(world, keeping, trains):
    """However old they are."""
    oldest = trains[0]
    world.mlflow.aliases["traffic_anomaly", "champion"] = oldest.run_id
    score = next(run for run in world.mlflow.runs if run.tags.get("model_run_id") == oldest.run_id)
    assert keeping(2).due(Operation.DELETE) == (score.run_id,)
    score.tags["archived"] = "yes"
    assert keeping(2).due(Operation.DELETE) == ()


def test_newest_model_is_not_proposed_without_a_champion(world, keeping):
    """It is the one in use."""
    world.mlflow.aliases.clear()
    for run in world.mlflow.runs:
        run.start_ms -= 30 * 24 * 3600 * 1000
    newest = max(
        (r for r in world.mlflow.runs if r.version and r.status == "FINISHED"),
        key=lambda run: run.start_ms,
    )
    assert newest.run_id not in keeping(2).due(Operation.DELETE)


def test_model_that_scored_lately_is_not_proposed(world, keeping, trains):
    """Its new score run would be deleted with it."""
    world.add_scoring(trains[0], age=1)
    assert proposed(world, keeping(2)) == ["score"]


def test_deleted_runs_are_proposed_for_purging_after_the_second_period(world, keeping):
    """Only those that were deleted long enough ago."""
    cleanup = keeping(2, 7)
    cleanup.carry_out(cleanup.preview(Operation.DELETE, ("retention",)), "")
    assert cleanup.due(Operation.PURGE) == ()
    for run in world.mlflow.runs:
        run.deleted_ms = run.deleted_ms and run.deleted_ms - 8 * 24 * 3600 * 1000
    assert len(cleanup.due(Operation.PURGE)) == 2
