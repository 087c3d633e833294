"""Aliases of the registered model, and the log of the decisions that move them."""

import pytest

from app.clients.errors import Conflict, Forbidden
from app.services import caching
from app.services.models.types import Alias, DecisionFilter
from pipeline.errors import Rejected, Unreachable
from pipeline.tracking import names

WHY = "higher injected recall"
KEY = (names.REGISTERED_MODEL, names.CHAMPION)


@pytest.fixture
def models(console):
    """The operator's models."""
    return console.models


@pytest.fixture
def trained(models):
    """Ids of the finished trainings, newest first."""
    return [run.run_id for run in models.trained().runs]


def promote(models, run_id, alias=Alias.CHAMPION, why=WHY):
    """Promote as the page does, with the holder as it is now."""
    return models.promote(run_id, models.holder(alias), why, {"injected_recall": 0.7})


def test_promotion_moves_alias_and_is_logged(models, world, trained):
    """Who, when, from, to, why and on what evidence."""
    before = world.mlflow.aliases[KEY]
    kept = promote(models, trained[1])
    assert world.mlflow.aliases[KEY] == trained[1]
    assert (kept.previous_run_id, kept.model_run_id) == (before, trained[1])
    assert (kept.action, kept.changed_by, kept.reason) == ("promote", "operator", WHY)
    assert kept.evidence == {"injected_recall": 0.7}
    assert models.decisions(DecisionFilter()) == (kept,)
    assert models.holder(Alias.CHAMPION).agrees


def test_challenger_is_set_and_removed(models, world, trained):
    """It does not touch the champion."""
    champion = world.mlflow.aliases[KEY]
    promote(models, trained[1], Alias.CHALLENGER)
    assert models.holder(Alias.CHALLENGER).run.run_id == trained[1]
    models.remove(models.holder(Alias.CHALLENGER), "was no better")
    holder = models.holder(Alias.CHALLENGER)
    assert (holder.run, holder.agrees, holder.change.action) == (None, True, "remove")
    assert world.mlflow.aliases[KEY] == champion


def test_champion_is_rolled_back_to_a_previous_one(models, world, trained):
    """Previous champions are listed once each, the last one first."""
    for run_id in (trained[2], trained[1], trained[2], trained[0]):
        promote(models, run_id)
    previous = models.previous_champions()
    assert [each.model_run_id for each in previous] == [trained[2], trained[1]]
    kept = models.roll_back(trained[1], models.holder(Alias.CHAMPION), "too many alarms", {})
    assert (kept.action, world.mlflow.aliases[KEY]) == ("roll_back", trained[1])


def test_rollback_to_model_that_was_never_champion_is_rejected(models, trained):
    """That would be a promotion."""
    with pytest.raises(Rejected, match="was no champion before"):
        models.roll_back(trained[1], models.holder(Alias.CHAMPION), WHY, {})


def test_empty_reason_is_rejected(models, world, trained):
    """Blanks count as empty, and the alias does not move."""
    before = world.mlflow.aliases[KEY]
    with pytest.raises(Rejected, match="reason must not be empty"):
        promote(models, trained[1], why="  ")
    assert (world.mlflow.aliases[KEY], world.decision_log.aliases) == (before, [])


def test_viewer_may_not_decide(world, trained):
    """The message names the role."""
    with pytest.raises(Forbidden, match="Your role viewer may read decisions"):
        promote(world.console("viewer").models, trained[1])


def test_only_finished_training_can_be_promoted(models, world, console):
    """A score run and a failed training are rejected."""
    failed = next(run for run in world.mlflow.runs if run.status == "FAILED")
    for run_id in (failed.run_id, console.runs.scored(1)[0].run_id):
        with pytest.raises(Rejected, match="is not a finished training"):
            promote(models, run_id)


def test_rollback_to_deleted_model_is_rejected(models, world, trained):
    """It must be restored first."""
    promote(models, trained[1])
    promote(models, trained[2])
    world.mlflow.find(trained[1]).deleted_ms = 1
    with pytest.raises(Rejected, match="is deleted; restore it first"):
        models.roll_back(trained[1], models.holder(Alias.CHAMPION), WHY, {})


def test_second_of_two_operators_gets_a_conflict(world, models, trained):
    """The alias must still be as the operator saw it."""
    seen = models.holder(Alias.CHAMPION)
    promote(world.console("admin").models, trained[2])
    with pytest.raises(Conflict, match="admin has changed the champion meanwhile"):
        models.promote(trained[1], seen, WHY, {})
    assert world.mlflow.aliases[KEY] == trained[2]


def test_change_made_in_mlflow_meanwhile_is_a_conflict(world, models, trained):
    """No row is stored."""
    seen = models.holder(Alias.CHAMPION)
    world.mlflow.aliases[KEY] = trained[2]
    with pytest.raises(Conflict, match="another model in MLflow by now"):
        models.promote(trained[1], seen, WHY, {})
    assert world.decision_log.aliases == []


def test_deleted_model_cannot_be_promoted_but_archived_can(models, world, trained):
    """An archived model is only left out of the list."""
    world.mlflow.find(trained[1]).deleted_ms = 1
    with pytest.raises(Rejected, match="restore it first"):
        promote(models, trained[1])
    world.mlflow.find(trained[2]).tags["archived"] = "yes"
    caching.clear()
    assert [run.run_id for run in models.trained().runs] == [trained[0]]
    promote(models, trained[2])
    assert world.mlflow.aliases[KEY] == trained[2]


def test_change_that_mlflow_refuses_is_not_stored(world, models, trained):
    """A row is stored only with its change in MLflow."""
    world.mlflow.refuses_writes = True
    with pytest.raises(Unreachable):
        promote(models, trained[1])
    assert world.decision_log.aliases == []


def test_alias_changed_in_mlflow_disagrees_with_the_log(world, models, trained):
    """Until the model that MLflow names is promoted here."""
    promote(models, trained[1])
    with pytest.raises(Rejected, match="is the champion already"):
        promote(models, trained[1])
    world.mlflow.aliases[KEY] = trained[2]
    caching.clear()
    holder = models.holder(Alias.CHAMPION)
    assert not holder.agrees
    assert (holder.run_id, holder.decided_run_id) == (trained[2], trained[1])
    promote(models, trained[2], why="on record now")
    assert models.holder(Alias.CHAMPION).agrees


def test_decisions_are_filtered_by_model_who_and_kind(world, console, models, trained):
    """Newest first, thresholds among them."""
    promote(models, trained[1])
    promote(world.console("admin").models, trained[2], Alias.CHALLENGER)
    thresholds = console.thresholds
    thresholds.decide(thresholds.current(trained[1]), -0.02, "fewer alarms")
    kinds = [type(each).__name__ for each in models.decisions(DecisionFilter())]
    assert kinds == ["ThresholdChange", "ModelChange", "ModelChange"]

    def count(kind="", **where):
        return len(models.decisions(DecisionFilter(**where), kind))

    assert count(model_run_id=trained[1]) == 2
    assert count(changed_by="admin") == 1
    assert [count(kind) for kind in ("champion", "challenger", "threshold")] == [1, 1, 1]
