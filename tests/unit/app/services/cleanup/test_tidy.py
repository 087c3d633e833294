"""Tidying up: previews, what is refused, and what is really done."""

import pytest

from app.clients.errors import Conflict, Forbidden, Rejected, Unreachable
from app.services.cleanup.types import Act
from app.services.runs.queries import RunFilter
from app.services.runs.types import Stage


@pytest.fixture
def trains(world):
    """The train runs by their age: the oldest first, the champion last of the finished."""
    found = [run for run in world.mlflow.runs if run.tags.get("run_kind") == "train"]
    return sorted(found, key=lambda run: run.start_ms)


def datasets(world):
    """The runs that keep data sets, oldest first."""
    return [run for run in world.mlflow.runs if "sha256" in run.tags]


def carry_out(console, act, *run_ids, typed=""):
    """Preview and do."""
    return console.tidy.carry_out(console.tidy.plan(act, run_ids), "too many", typed)


def stages(console, *run_ids):
    """Where runs are."""
    return {console.runs.get(run_id).stage for run_id in run_ids}


def test_a_preview_lists_what_hangs_on_a_model(console, trains):
    """Its score runs go along, each with the reason and its size; its version is named."""
    plan = console.tidy.plan(Act.DELETE, [trains[0].run_id])
    assert [(e.thing.kind, bool(e.because)) for e in plan.entries] == [
        ("train", False),
        ("score", True),
    ]
    assert plan.entries[0].versions
    assert plan.size_bytes == sum(entry.size_bytes for entry in plan.entries) > 100_000
    assert plan.refusals == ()


def test_a_preview_changes_nothing(world, console, trains):
    """Whatever is asked about."""
    for act in Act:
        console.tidy.plan(act, [run.run_id for run in trains])
    writes = [request.method for request in world.mlflow.requests if request.method == "DELETE"]
    assert writes == []
    assert world.tidying.acts == []


@pytest.mark.parametrize("act", [Act.ARCHIVE, Act.DELETE])
def test_the_champion_and_its_data_are_refused(world, console, trains, act):
    """With the reason; the score runs of the champion may go."""
    champion = trains[2]
    plan = console.tidy.plan(act, [champion.run_id, datasets(world)[1].run_id])
    assert plan.entries == ()
    reasons = {refusal.name: refusal.reason for refusal in plan.refusals}
    assert "It is the champion" in reasons[champion.name]
    assert "was trained on it" in reasons["accidents_new.csv"]


def test_the_challenger_is_refused_as_well(world, console, trains):
    """Any alias of the registry protects its model."""
    world.mlflow.aliases["traffic_anomaly", "challenger"] = trains[0].run_id
    plan = console.tidy.plan(Act.DELETE, [trains[0].run_id])
    assert "challenger" in plan.refusals[0].reason


def test_what_is_running_is_refused(world, console, trains):
    """The run itself, and the data set that it works on."""
    world.mlflow.aliases.clear()
    plan = console.tidy.plan(Act.DELETE, [trains[-1].run_id, datasets(world)[1].run_id])
    assert len(plan.refusals) == 2
    assert all("running" in refusal.reason for refusal in plan.refusals)


def test_an_unknown_run_is_named(console):
    """A stale address does not fail."""
    plan = console.tidy.plan(Act.DELETE, ["0" * 32])
    assert plan.refusals[0].name == "0" * 32


def test_more_than_a_hundred_at_once_are_too_many(console):
    """The preview stays one page and a bounded number of requests."""
    with pytest.raises(Rejected, match="At most 100"):
        console.tidy.plan(Act.DELETE, [f"{n:032x}" for n in range(101)])


def test_deleting_a_data_set_names_the_runs_that_used_it(world, console):
    """They stay."""
    world.mlflow.aliases.clear()
    plan = console.tidy.plan(Act.DELETE, [datasets(world)[0].run_id])
    assert len(plan.entries) == 1
    assert "train 100 trees" in plan.notes[0]


def test_archiving_hides_and_keeps(console, trains):
    """And can be undone."""
    run_id = trains[0].run_id
    act = carry_out(console, Act.ARCHIVE, run_id)
    assert (act.action, act.done, act.done_by, act.reason) == ("archive", 1, "operator", "too many")
    shown = console.runs.search(RunFilter(stage=Stage.ACTIVE)).runs
    assert run_id not in {run.run_id for run in shown}
    carry_out(console, Act.UNARCHIVE, run_id)
    assert stages(console, run_id) == {Stage.ACTIVE}


def test_deleting_and_restoring(console, trains):
    """A model goes with its score runs and comes back with them."""
    plan = console.tidy.plan(Act.DELETE, [trains[0].run_id])
    both = [entry.thing.run_id for entry in plan.entries]
    console.tidy.carry_out(plan, "")
    assert stages(console, *both) == {Stage.DELETED}
    carry_out(console, Act.RESTORE, both[1])
    assert stages(console, *both) == {Stage.ACTIVE}


def test_what_is_in_use_cannot_be_removed_for_good(console, trains):
    """It has to lie in the bin first."""
    plan = console.tidy.plan(Act.PURGE, [trains[0].run_id])
    assert "neither archived nor deleted" in plan.refusals[0].reason


def test_removing_for_good_leaves_nothing(world, console, trains):
    """Run, score run, model, version and files are gone; the freed bytes are measured."""
    before = console.tidy.plan(Act.DELETE, [trains[0].run_id])
    console.tidy.carry_out(before, "")
    plan = console.tidy.plan(Act.PURGE, [trains[0].run_id])
    assert plan.phrase == "remove 2"
    act = console.tidy.carry_out(plan, "for good", "Remove 2")
    assert (act.done, act.freed_bytes) == (2, before.size_bytes)
    assert world.tidying.recorded == 1
    assert {world.mlflow.find(entry.thing.run_id) for entry in plan.entries} == {None}
    assert trains[0].files == trains[0].model_files == {}
    assert trains[0].version == ""


def test_the_phrase_must_be_typed(console, trains):
    """Nothing is done without it."""
    carry_out(console, Act.DELETE, trains[0].run_id)
    with pytest.raises(Rejected, match="remove 2"):
        carry_out(console, Act.PURGE, trains[0].run_id, typed="yes")
    assert stages(console, trains[0].run_id) == {Stage.DELETED}


def test_what_was_previewed_must_still_be_so(world, console, trains):
    """A champion appointed meanwhile, or one more score run, ends the act before it begins."""
    plan = console.tidy.plan(Act.DELETE, [trains[0].run_id])
    world.add_scoring(trains[0], age=1)
    with pytest.raises(Conflict, match="changed meanwhile"):
        console.tidy.carry_out(plan, "")
    again = console.tidy.plan(Act.DELETE, [trains[0].run_id])
    world.mlflow.aliases["traffic_anomaly", "champion"] = trains[0].run_id
    with pytest.raises(Conflict, match="changed meanwhile"):
        console.tidy.carry_out(again, "")
    assert world.tidying.acts == []


def test_a_viewer_may_do_nothing_and_sees_why(world, trains):
    """The preview is for everybody."""
    viewer = world.console("viewer")
    plan = viewer.tidy.plan(Act.DELETE, [trains[0].run_id])
    with pytest.raises(Forbidden, match="user, op or admin"):
        viewer.tidy.carry_out(plan, "")


def test_without_the_database_nothing_is_done(world, console, trains):
    """An act that cannot be written down does not happen."""
    plan = console.tidy.plan(Act.DELETE, [trains[0].run_id])
    world.stop("PostgreSQL")
    with pytest.raises(Unreachable):
        console.tidy.carry_out(plan, "")
    assert stages(console, trains[0].run_id) == {Stage.ACTIVE}


def test_an_act_that_stops_on_the_way_says_how_far_it_came(world, console, trains):
    """In its outcome and to the operator; the rest can be repeated."""
    carry_out(console, Act.DELETE, trains[0].run_id)
    world.tidying.locked = "function console.erase_run(text) does not exist"
    with pytest.raises(Rejected, match="0 of 2 were done, then it stopped: function"):
        carry_out(console, Act.PURGE, trains[0].run_id, typed="remove 2")
    assert "does not exist" in world.tidying.acts[-1].failure
    world.tidying.locked = ""
    assert carry_out(console, Act.PURGE, trains[0].run_id, typed="remove 2").done == 2


def test_copies_on_the_console_s_disk_go_too(console, trains):
    """What was removed for good is not kept elsewhere."""
    plan = console.tidy.plan(Act.DELETE, [trains[0].run_id])
    score = plan.entries[1].thing.run_id
    kept = console.runs.download(score, "scores/scored.parquet")
    console.tidy.carry_out(plan, "")
    carry_out(console, Act.PURGE, trains[0].run_id, typed="remove 2")
    assert not kept.exists()


def test_stages_are_counted(console, trains):
    """For the System page."""
    carry_out(console, Act.ARCHIVE, trains[0].run_id)
    carry_out(console, Act.DELETE, trains[1].run_id)
    counts = console.tidy.counts()
    assert (counts.shown, counts.archived, counts.deleted) == (7, 1, 2)


def test_files_beyond_the_proxy_are_not_left_behind_unseen(console, trains):
    """Where the console cannot remove them, it does not erase the run that knows of them."""
    carry_out(console, Act.DELETE, trains[0].run_id)
    trains[0].scheme = "s3"
    plan = console.tidy.plan(Act.PURGE, [trains[0].run_id])
    assert plan.entries == ()
    assert "artifact proxy" in plan.refusals[0].reason


def test_a_hundred_models_are_previewed_in_a_bounded_number_of_requests(empty):
    """A few for each, however many runs there are besides."""
    dataset = empty.add_dataset("a.csv").tags["dataset_id"]
    trains = [empty.add_training(dataset, age=age) for age in range(1, 101)]
    empty.mlflow.requests.clear()
    plan = empty.console().tidy.plan(Act.DELETE, [run.run_id for run in trains])
    assert len(plan.entries) == 100
    assert len(empty.mlflow.requests) < 6 * 100
