"""Champions and thresholds on the real stack: MLflow's registry, PostgreSQL, Airflow."""

import pytest

from app.clients.errors import Conflict, Forbidden
from app.services import caching
from app.services.jobs.service import new_intent
from app.services.models.types import Alias, DecisionFilter
from pipeline.params import ScoreParams, TrainParams
from tests.journey import SMALL, finish

WHY = "it was looked at together"


@pytest.fixture(scope="module")
def models(console, dataset, trained):
    """Ids of two models: the one that is there, and a larger one."""
    params = TrainParams(dataset=dataset.dataset_id, **(SMALL | {"n_estimators": 30}))
    other = finish(console.training, console.training.trigger(params, new_intent()))
    yield trained.train_run_id, other.train_run_id
    # The tests to come choose their models by themselves.
    for alias in Alias:
        holder = console.models.holder(alias)
        if holder.version:
            console.models.remove(holder, "the tests are over")


def promote(console, run_id, alias=Alias.CHAMPION):
    """Promote having seen what is so."""
    found = console.evidence.of(run_id).to_json()
    return console.models.promote(run_id, console.models.holder(alias), WHY, found)


def score(console, dataset, **params):
    """Score through Airflow and return the finished run."""
    asked = ScoreParams(dataset=dataset.dataset_id, **params)
    progress = finish(console.scoring, console.scoring.trigger(asked, new_intent()))
    return console.runs.get(progress.score_run_id)


def test_promote_challenge_and_roll_back(console, models):
    """Each is in MLflow and on record, with what was seen and why."""
    first, second = models
    kept = promote(console, first)
    assert console.runs.champion().run_id == first
    assert kept.evidence["injected_recall"] > 0
    promote(console, second, Alias.CHALLENGER)
    assert console.runs.champion("challenger").run_id == second
    found = console.evidence.of(second)
    assert found.shared.overlap.rows == 400
    assert 0 < found.shared.overlap.jaccard <= 1
    promote(console, second)
    console.models.remove(console.models.holder(Alias.CHALLENGER), "it is the champion now")
    assert console.runs.champion("challenger") is None
    holder = console.models.holder(Alias.CHAMPION)
    assert console.models.previous_champions()[0].model_run_id == first
    back = console.models.roll_back(first, holder, "too many alarms", {})
    assert console.runs.champion().run_id == first
    listed = console.models.decisions(DecisionFilter(), "champion")
    assert [each.action for each in listed[:3]] == ["roll_back", "promote", "promote"]
    assert listed[0] == back


def test_what_the_operator_saw_must_still_be_so(console, sign_in, models):
    """A colleague was faster; and a viewer decides nothing."""
    first, second = models
    seen = console.models.holder(Alias.CHALLENGER)
    promote(sign_in("admin"), second, Alias.CHALLENGER)
    with pytest.raises(Conflict, match="admin has changed the challenger meanwhile"):
        console.models.promote(first, seen, WHY, {})
    with pytest.raises(Forbidden):
        sign_in("viewer").models.remove(seen, WHY)
    assert console.runs.champion("challenger").run_id == second


def test_an_alias_moved_in_mlflow_itself_is_told_apart(console, common, models):
    """By the page's own question; deciding again puts it on record."""
    first, second = models
    promote(console, second)
    version = console.models.version(first).number
    common.mlflow.client.set_registered_model_alias("traffic_anomaly", "champion", str(version))
    caching.clear()
    holder = console.models.holder(Alias.CHAMPION)
    assert (holder.run_id, holder.decided_run_id, holder.agrees) == (first, second, False)
    promote(console, first)
    assert console.models.holder(Alias.CHAMPION).agrees


def test_scoring_uses_the_champion_and_the_threshold_decided_for_it(console, dataset, models):
    """By default, through the DAG; undo brings the training's threshold back."""
    first, second = models
    if console.runs.champion().run_id != first:
        promote(console, first)
    as_trained = score(console, dataset)
    assert (as_trained.model_run_id, as_trained.tags["model_chosen_as"]) == (first, "champion")
    assert as_trained.score_threshold == 0.0

    thresholds = console.thresholds
    current = thresholds.current(first)
    at = thresholds.at_rows(as_trained.run_id, 7)
    preview = thresholds.preview(as_trained.run_id, current.score, at)
    kept = thresholds.decide(current, at, WHY, run_id=as_trained.run_id, preview=preview)
    assert (preview.after, kept.rows_lost) == (7, preview.before - 7)

    decided = score(console, dataset)
    assert decided.score_threshold == at
    assert decided.metrics["anomaly_rate"] == 7 / 400
    assert console.anomalies.summary(decided.run_id).anomalies == 7
    assert console.anomalies.summary(decided.run_id).score_threshold == at
    # What looked at the model before the decision stays as it was.
    assert console.anomalies.summary(as_trained.run_id).anomalies == preview.before

    thresholds.undo(thresholds.current(first), "seven are too few")
    again = score(console, dataset, model="champion")
    assert again.score_threshold == 0.0
    assert again.metrics["anomaly_rate"] == as_trained.metrics["anomaly_rate"]
    trail = console.lineages.of(decided.run_id)
    assert (trail.dataset.sha256, trail.version.run_id) == (dataset.sha256, first)
    assert trail.score_threshold == at
    assert score(console, dataset, model=second).tags["model_chosen_as"] == "given"
