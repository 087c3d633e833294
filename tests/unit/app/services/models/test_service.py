"""Champion, challenger, the way back, and what is kept of it."""

import pytest

from app.clients.errors import Conflict, Forbidden, Rejected, Unreachable
from app.services import caching
from app.services.models.types import Alias, DecisionFilter
from app.services.system import names

WHY = "catches more of what was planted"
KEY = (names.REGISTERED_MODEL, names.CHAMPION)


@pytest.fixture
def models(console):
    """What an operator can decide."""
    return console.models


@pytest.fixture
def trained(models):
    """Ids of the finished trainings, newest first."""
    return [run.run_id for run in models.trained().runs]


def promote(models, run_id, alias=Alias.CHAMPION, why=WHY):
    """Promote as the page does, having seen what is so."""
    return models.promote(run_id, models.holder(alias), why, {"injected_recall": 0.7})


def test_a_promotion_moves_the_alias_and_is_kept(models, world, trained):
    """Who, when, from, to, why and on what evidence."""
    before = world.mlflow.aliases[KEY]
    kept = promote(models, trained[1])
    assert world.mlflow.aliases[KEY] == trained[1]
    assert (kept.previous_run_id, kept.model_run_id) == (before, trained[1])
    assert (kept.action, kept.changed_by, kept.reason) == ("promote", "operator", WHY)
    assert kept.evidence == {"injected_recall": 0.7}
    assert models.decisions(DecisionFilter()) == (kept,)
    assert models.holder(Alias.CHAMPION).agrees


def test_a_challenger_is_put_up_and_taken_down(models, world, trained):
    """It does not touch the champion."""
    champion = world.mlflow.aliases[KEY]
    promote(models, trained[1], Alias.CHALLENGER)
    assert models.holder(Alias.CHALLENGER).run.run_id == trained[1]
    models.remove(models.holder(Alias.CHALLENGER), "was no better")
    holder = models.holder(Alias.CHALLENGER)
    assert (holder.run, holder.agrees, holder.change.action) == (None, True, "remove")
    assert world.mlflow.aliases[KEY] == champion


def test_one_step_leads_back_to_an_earlier_champion(models, world, trained):
    """Those who held it are listed, each once and the last one first."""
    for run_id in (trained[2], trained[1], trained[2], trained[0]):
        promote(models, run_id)
    previous = models.previous_champions()
    assert [each.model_run_id for each in previous] == [trained[2], trained[1]]
    kept = models.roll_back(trained[1], models.holder(Alias.CHAMPION), "too many alarms", {})
    assert (kept.action, world.mlflow.aliases[KEY]) == ("roll_back", trained[1])


def test_nobody_is_rolled_back_to_who_never_held_it(models, trained):
    """That would be a promotion."""
    with pytest.raises(Rejected, match="was no champion before"):
        models.roll_back(trained[1], models.holder(Alias.CHAMPION), WHY, {})


def test_a_reason_is_asked_for(models, world, trained):
    """Blanks are none, and nothing moves."""
    before = world.mlflow.aliases[KEY]
    with pytest.raises(Rejected, match="reason must not be empty"):
        promote(models, trained[1], why="  ")
    assert (world.mlflow.aliases[KEY], world.decision_log.aliases) == (before, [])


def test_a_viewer_decides_nothing(world, trained):
    """The role is named."""
    with pytest.raises(Forbidden, match="Your role viewer may read decisions"):
        promote(world.console("viewer").models, trained[1])


def test_only_a_finished_training_can_be_promoted(models, world, console):
    """Neither a scoring nor one that failed."""
    failed = next(run for run in world.mlflow.runs if run.status == "FAILED")
    for run_id in (failed.run_id, console.runs.latest_score().run_id):
        with pytest.raises(Rejected, match="is no finished training"):
            promote(models, run_id)


def test_a_deleted_model_is_restored_before_it_is_put_in_charge(models, world, trained):
    """Also where it was champion once."""
    promote(models, trained[1])
    promote(models, trained[2])
    world.mlflow.find(trained[1]).deleted_ms = 1
    with pytest.raises(Rejected, match="is deleted; restore it first"):
        models.roll_back(trained[1], models.holder(Alias.CHAMPION), WHY, {})


def test_of_two_operators_the_second_is_told(world, models, trained):
    """What the operator saw must still be so."""
    seen = models.holder(Alias.CHAMPION)
    promote(world.console("admin").models, trained[2])
    with pytest.raises(Conflict, match="admin has changed the champion meanwhile"):
        models.promote(trained[1], seen, WHY, {})
    assert world.mlflow.aliases[KEY] == trained[2]


def test_a_change_made_in_mlflow_meanwhile_is_a_conflict_too(world, models, trained):
    """And leaves no row."""
    seen = models.holder(Alias.CHAMPION)
    world.mlflow.aliases[KEY] = trained[2]
    with pytest.raises(Conflict, match="another model in MLflow by now"):
        models.promote(trained[1], seen, WHY, {})
    assert world.decision_log.aliases == []


def test_a_deleted_model_is_put_in_charge_by_nobody(models, world, trained):
    """It would be removed with what rests on it; an archived one is out of the list only."""
    world.mlflow.find(trained[1]).deleted_ms = 1
    with pytest.raises(Rejected, match="restore it first"):
        promote(models, trained[1])
    world.mlflow.find(trained[2]).tags["archived"] = "yes"
    caching.clear()
    assert [run.run_id for run in models.trained().runs] == [trained[0]]
    promote(models, trained[2])
    assert world.mlflow.aliases[KEY] == trained[2]


def test_what_mlflow_refuses_is_not_kept(world, models, trained):
    """No row without a change."""
    world.mlflow.refuses_writes = True
    with pytest.raises(Unreachable):
        promote(models, trained[1])
    assert world.decision_log.aliases == []


def test_an_alias_changed_in_mlflow_is_told_apart(world, models, trained):
    """Until the model there is put on record, or the decided one is restored."""
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
