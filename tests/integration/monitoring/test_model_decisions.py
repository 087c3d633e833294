"""Decisions on models and thresholds on a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.clients.errors import Conflict
from app.services.models.decision_log import DecisionLog
from app.services.models.types import DecisionFilter, ModelChange, ThresholdChange
from app.services.reviews.store import VerdictStore
from pipeline.errors import Rejected
from tests.integration.monitoring.test_verdicts import MODEL, OTHER_MODEL, verdict
from tests.past import fill
from tests.servers.postgres import TestDatabase

PROMOTION = ModelChange(
    alias="champion",
    action="promote",
    previous_run_id=None,
    previous_version=None,
    model_run_id=MODEL,
    version=1,
    reason="the first",
    changed_by="ana",
    evidence={"injected_recall": 0.7, "overlap": None, "precision": {"low": 0.25}},
)
MOVE = ThresholdChange(
    model_run_id=MODEL,
    run_id="c" * 32,
    previous=-0.5,
    threshold=-0.53,
    rows_gained=0,
    rows_lost=150,
    reason="fifty a week",
    changed_by="ana",
)


@pytest.fixture
def log(migrated: TestDatabase) -> DecisionLog:
    """The client on a fresh database, in the console's own role."""
    return DecisionLog(migrated.url("console"))


def nothing() -> None:
    """Stand for MLflow's part of a decision."""


def test_a_decision_is_kept_as_it_was_made(log: DecisionLog, migrated: TestDatabase) -> None:
    """Evidence included, and what the trends' views read agrees."""
    kept = log.move_alias(PROMOTION, None, nothing)
    moved = log.move_threshold(MOVE, None, nothing)
    assert log.alias_changes(DecisionFilter(), 10) == [kept]
    assert log.threshold_changes(DecisionFilter(), 10) == [moved]
    assert kept.evidence == PROMOTION.evidence
    assert kept.changed_at.tzinfo is not None
    views = "SELECT reason FROM monitoring.model_changes UNION ALL SELECT reason FROM "
    found = migrated.run("grafana_reader", f"{views}monitoring.threshold_changes")
    assert [reason for (reason,) in found] == ["the first", "fifty a week"]


def test_what_mlflow_refuses_is_not_kept(log: DecisionLog) -> None:
    """The row goes with the transaction."""

    def refuse() -> None:
        raise Rejected("MLflow", "no")

    for decide in (
        lambda: log.move_alias(PROMOTION, None, refuse),
        lambda: log.move_threshold(MOVE, None, refuse),
    ):
        with pytest.raises(Rejected, match="no"):
            decide()
    assert log.alias_changes(DecisionFilter(), 10) == []
    assert log.threshold_changes(DecisionFilter(), 10) == []


def test_of_two_operators_at_once_one_is_told(log: DecisionLog) -> None:
    """Both saw nothing; MLflow is told once."""
    told: list[str] = []

    def decide(who: str) -> str:
        try:
            log.move_alias(replace(PROMOTION, changed_by=who), None, lambda: told.append(who))
        except Conflict as error:
            return error.message
        return ""

    with ThreadPoolExecutor(2) as operators:
        said = sorted(operators.map(decide, ("ana", "ben")))
    (kept,) = log.alias_changes(DecisionFilter(), 10)
    assert told == [kept.changed_by]
    assert said[0] == ""
    assert said[1].startswith(f"{kept.changed_by} has changed the champion meanwhile: the first")


def test_each_alias_and_each_model_has_a_history_of_its_own(log: DecisionLog) -> None:
    """A move of one is no surprise for the other."""
    first = log.move_alias(PROMOTION, None, nothing)
    rival = replace(PROMOTION, alias="challenger", model_run_id=OTHER_MODEL, changed_by="ben")
    log.move_alias(rival, None, nothing)
    back = replace(PROMOTION, action="remove", previous_run_id=MODEL, model_run_id=None)
    log.move_alias(back, first.id, nothing)
    log.move_threshold(MOVE, None, nothing)
    log.move_threshold(replace(MOVE, model_run_id=OTHER_MODEL), None, nothing)
    actions = [each.action for each in log.alias_changes(DecisionFilter(alias="champion"), 10)]
    assert actions == ["remove", "promote"]
    assert len(log.alias_changes(DecisionFilter(model_run_id=MODEL), 10)) == 2
    assert len(log.alias_changes(DecisionFilter(changed_by="ben"), 10)) == 1
    assert len(log.alias_changes(DecisionFilter(), 2)) == 2
    assert len(log.threshold_changes(DecisionFilter(model_run_id=MODEL), 10)) == 1


def test_judged_scores_are_of_what_was_flagged_or_came_in_turn(migrated: TestDatabase) -> None:
    """With the verdict in force; random rows and those picked below the bar are left out."""
    store = VerdictStore(migrated.url("console"))
    (first,) = store.add([verdict("1" * 64, anomaly_score=-0.2)], {"1" * 64: None})
    store.add([verdict("1" * 64, "unsure", anomaly_score=-0.2)], {"1" * 64: first.id})
    store.add([verdict("2" * 64, "false_alarm", flagged=False)], {"2" * 64: None})
    store.add([verdict("3" * 64, flagged=False, sampled_by="random")], {"3" * 64: None})
    store.add([verdict("4" * 64, flagged=False, sampled_by="top")], {"4" * 64: None})
    found = sorted((each.score, each.verdict) for each in store.judged_scores(MODEL))
    assert found == [(-0.2, "unsure"), (-0.1, "false_alarm")]
    both = store.counts([MODEL, OTHER_MODEL])
    assert both[OTHER_MODEL] == []
    assert sum(count.records for count in both[MODEL]) == 4


def test_a_moved_threshold_begins_a_band_of_its_own(migrated: TestDatabase) -> None:
    """What people decided is no alarm: earlier rates say nothing of the new threshold's."""
    fill(migrated, runs=200)
    newest = (
        "SELECT run_id, runs_before FROM monitoring.rate_band WHERE centre IS NOT NULL "
        "ORDER BY started DESC LIMIT 1"
    )
    ((run_id, before),) = migrated.run("grafana_reader", newest)
    assert before >= 10
    migrated.run(
        "console",
        "UPDATE monitoring.recorded_runs SET score_threshold = -0.03 WHERE run_id = :run_id",
        run_id=run_id,
    )
    ((after, centre),) = migrated.run(
        "grafana_reader",
        "SELECT runs_before, centre FROM monitoring.rate_band WHERE run_id = :run_id",
        run_id=run_id,
    )
    assert (after, centre) == (0, None)
    ((threshold,),) = migrated.run(
        "grafana_reader",
        "SELECT score_threshold FROM monitoring.runs WHERE run_id = :run_id",
        run_id=run_id,
    )
    assert threshold == -0.03
