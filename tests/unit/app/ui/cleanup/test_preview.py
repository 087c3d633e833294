"""Previews on the pages, their confirmation, and cleanup on the System page."""

from dataclasses import replace

import pytest

from pipeline.tracking.runs import Stage


@pytest.fixture
def train(world):
    """The oldest train run, which no alias names."""
    return next(run for run in world.mlflow.runs if run.name == "train 100 trees")


def open_preview(enter, world, operation, *runs, **options):
    """Open a preview by its address."""
    ids = ",".join(run.run_id for run in runs)
    return enter(world, "runs", operation=operation, ids=ids, **options)


def test_run_page_leads_to_the_preview_of_its_deletion(enter, world, train):
    """The menu opens it; nothing is done yet."""
    visit = enter(world, "runs", run=train.run_id).press("Delete …")
    assert visit.query() == {"operation": "delete", "ids": train.run_id}
    assert "2 runs and data sets" in visit.text
    assert list(visit.at.dataframe[0].value["Why"]) == ["chosen", "scored with train 100 trees"]
    assert train.deleted_ms is None


def test_deletion_is_confirmed_and_can_be_undone(enter, world, train):
    """The list says what was done and offers to undo it."""
    visit = open_preview(enter, world, "delete", train)
    visit.at.text_input(key="cleanup-reason").set_value("too old")
    visit.press("Delete")
    assert train.deleted_ms is not None
    assert world.operation_log.operations[0].reason == "too old"
    assert "Deleted: train 100 trees and 1 more" in visit.text
    visit.press("Undo …").press("Restore")
    assert train.deleted_ms is None


def test_archived_runs_are_a_list_of_their_own(enter, world, train):
    """The choice of the stage is in the address."""
    train.tags["archived"] = "yes"
    assert len(enter(world, "runs").at.dataframe[0].value) == 7
    visit = enter(world, "runs")
    visit.at.session_state["show"] = Stage.ARCHIVED
    assert len(visit.again().at.dataframe[0].value) == 1
    assert "Unarchive …" in visit.labels()


def test_ticked_runs_are_archived_together(enter, world, train):
    """The selection's menu takes them all to one preview."""
    other = next(run for run in world.mlflow.runs if run.status == "FAILED")
    picked = f"{train.run_id},{other.run_id}"
    visit = enter(world, "runs", picked=picked).press("Archive …")
    assert visit.query()["ids"] == picked
    visit.press("Archive")
    assert "archived" in train.tags
    assert "archived" in other.tags


def test_refused_item_is_shown_with_the_reason(enter, world):
    """The champion stays, and the button is disabled."""
    champion = world.mlflow.find(world.mlflow.aliases["traffic_anomaly", "champion"])
    visit = open_preview(enter, world, "delete", champion)
    assert "It is the champion" in visit.text
    assert visit.button("Delete").disabled


def test_purge_asks_for_the_phrase(enter, world, train):
    """A wrong one does nothing and says so; the right one removes."""
    open_preview(enter, world, "delete", train).press("Delete")
    visit = open_preview(enter, world, "purge", train)
    visit.at.text_input(key="cleanup-typed").set_value("yes")
    visit.press("Remove for good")
    assert "Nothing was done" in visit.text
    visit.at.text_input(key="cleanup-typed").set_value("remove 2")
    visit.press("Remove for good")
    assert world.mlflow.find(train.run_id) is None
    assert "are free again" in visit.text


def test_outdated_preview_is_not_carried_out(enter, world, train):
    """A score run that came meanwhile is not deleted unseen."""
    visit = open_preview(enter, world, "delete", train)
    world.add_scoring(train, age=1)
    visit.press("Delete")
    assert "out of date" in visit.text or "3 runs and data sets" in visit.text
    assert train.deleted_ms is None


def test_viewer_sees_the_preview_and_a_disabled_button(enter, world, train):
    """With the reason."""
    visit = open_preview(enter, world, "delete", train, username="viewer")
    assert visit.button("Delete").disabled
    assert "may look at this, not do it" in visit.text


def test_data_set_is_deleted_from_its_page(enter, world):
    """It is listed among the deleted ones, whose rows lead to their restoration."""
    world.mlflow.aliases.clear()
    world.mlflow.runs = [run for run in world.mlflow.runs if run.status != "RUNNING"]
    stored = next(run for run in world.mlflow.runs if run.name == "accidents.csv")
    visit = enter(world, "data", dataset=stored.tags["dataset_id"]).press("Delete …")
    assert "used accidents.csv and stay" in visit.text
    visit.press("Delete")
    assert stored.deleted_ms is not None
    visit.at.session_state["show"] = Stage.DELETED
    assert list(visit.again().at.dataframe[0].value["Name"]) == ["accidents.csv"]


@pytest.mark.parametrize("service", ["MLflow", "PostgreSQL"])
def test_preview_names_a_service_that_is_down(enter, world, train, service):
    """Nothing can be done without it."""
    visit = open_preview(enter, world, "delete", train)
    world.stop(service)
    visit.press("Delete")
    assert "does not answer" in visit.text
    assert train.deleted_ms is None


def test_system_page_shows_amounts_retention_and_log(enter, world, train):
    """By default the retention proposes nothing."""
    open_preview(enter, world, "delete", train).press("Delete")
    visit = enter(world, "system")
    assert "Size of the trash" in visit.text
    assert "RETENTION_DAYS is not set" in visit.text
    log = next(t.value for t in visit.at.dataframe if "Operation" in t.value)
    assert list(log["Operation"]) == ["Deleted"]
    assert "2 runs and data sets" in visit.press("Empty the trash …").text


def test_system_page_leads_to_what_the_retention_proposes(enter, world):
    """With its size, and only to a preview."""
    settings = world.shared.settings.model_copy(update={"retention_days": 2})
    world.shared = replace(world.shared, settings=settings)
    visit = enter(world, "system")
    assert "2 due" in visit.text
    visit.press("Preview …")
    assert "Delete?" in visit.text
    assert world.operation_log.operations == []


def test_stale_address_names_what_is_missing(enter, world):
    """Neither an unknown run nor an unknown operation breaks a page."""
    assert (
        "There is no run or data set" in enter(world, "runs", operation="delete", ids="0" * 32).text
    )
    assert "no operation of the number 99" in enter(world, "runs", done="99").text


def test_archived_items_are_not_offered_for_work(enter, world, train):
    """An archived model does not score, and no model is trained on an archived data set."""
    stored = next(run for run in world.mlflow.runs if run.name == "accidents.csv")
    for run in (train, stored):
        run.tags["archived"] = "yes"
    visit = enter(world, "runs", run=train.run_id)
    assert "Score with this model" not in visit.labels()
    assert "Hidden from the active ones" in visit.text
    visit = enter(world, "data", dataset=stored.tags["dataset_id"])
    assert not {"Train on this", "Score this"} & set(visit.labels())
