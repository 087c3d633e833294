"""Models page: aliases, evidence, promotion, threshold and the list of decisions."""

import pytest

from app.services.models.types import Alias
from app.services.reviews.types import SampledBy, Verdict
from pipeline.tracking import names
from pipeline.tracking.names import THRESHOLD_TAG

KEY = (names.REGISTERED_MODEL, names.CHAMPION)
WHY = "higher injected recall"


@pytest.fixture
def console(world):
    """An operator's console."""
    return world.console()


@pytest.fixture
def trained(console):
    """Ids of the finished trainings, newest first."""
    return [run.run_id for run in console.models.trained().runs]


def promote(world, run_id, alias=Alias.CHAMPION, who="operator"):
    """Promote outside the page."""
    models = world.console(who).models
    models.promote(run_id, models.holder(alias), WHY, {})


def test_champion_is_shown_with_reason_of_its_promotion(enter, world, trained):
    """And who decided it."""
    promote(world, trained[1], who="admin")
    visit = enter(world, "models")
    assert f"“{WHY}” admin, just now" in visit.text
    assert "No challenger" in visit.text


def test_page_without_champion_names_the_model_used_for_scoring(enter, world):
    """A button leads to that model."""
    world.mlflow.aliases.clear()
    visit = enter(world, "models")
    assert "No champion yet" in visit.text
    assert "scoring uses the latest model" in visit.text
    visit.press("Look at the latest model")
    assert visit.query()["model"]


def test_alias_changed_in_mlflow_is_pointed_out(enter, world, trained):
    """The page follows MLflow and names the last decision."""
    promote(world, trained[1])
    world.mlflow.aliases[KEY] = trained[2]
    visit = enter(world, "models")
    assert "The champion was changed outside the console" in visit.text
    assert f"MLflow names run {trained[2][:8]}; the last decision here was for run" in visit.text


def test_evidence_is_shown_and_stored_with_the_promotion(enter, world, trained):
    """Recall, rate, precision and overlap; a reason is required."""
    promote(world, trained[1])
    visit = enter(world, "models", model=trained[2])
    for part in (
        "Injected recall 72.0 %",
        "It has scored no data but its own yet",
        "Precision from verdicts None judged",
        "Shared with the champion 100.0 % 200 by both, 0 only by this, 0 only by it",
    ):
        assert part in visit.text
    visit.press("Promote to champion")
    assert "Nothing was changed reason must not be empty" in visit.text
    visit.at.text_area[0].set_value(WHY)
    visit.press("Promote to champion")
    assert world.mlflow.aliases[KEY] == trained[2]
    kept = world.decision_log.aliases[-1]
    assert (kept.reason, kept.changed_by) == (WHY, "operator")
    assert kept.evidence["overlap"]["both"] == 200
    assert visit.button("Promote to champion").disabled
    assert visit.at.text_area[0].value == ""
    assert "Role Champion" in visit.text
    listed = enter(world, "models").at.dataframe[-1].value
    assert listed["Evidence"].tolist() == ["injected recall 72.0 %, shared 100.0 %", "—"]


def test_missing_evidence_leads_to_scoring(enter, world, trained):
    """Of the newest data set with this model."""
    visit = enter(world, "models", model=trained[2]).press("Score the newest data set with it")
    newest = world.console().datasets.list_datasets()[0].dataset_id
    assert visit.query() == {"dataset": newest, "model": trained[2]}


def test_model_becomes_challenger_and_is_removed(enter, world, trained):
    """The button changes with the role."""
    visit = enter(world, "models", model=trained[1])
    visit.at.text_area[0].set_value("worth a look")
    visit.press("Make challenger")
    assert "Role Challenger" in visit.text
    visit.at.text_area[0].set_value("was no better")
    visit.press("No longer challenger")
    assert "Role None" in visit.text
    assert [each.action for each in world.decision_log.aliases] == ["promote", "remove"]


def test_slower_operator_reads_what_was_decided(enter, world, trained):
    """The decision is refused, and can be made again with the present state shown."""
    visit = enter(world, "models", model=trained[1])
    visit.at.text_area[0].set_value(WHY)
    promote(world, trained[2], who="admin")
    visit.press("Promote to champion")
    assert "admin has changed the champion meanwhile" in visit.text
    assert world.mlflow.aliases[KEY] == trained[2]
    visit.press("Promote to champion")
    assert world.mlflow.aliases[KEY] == trained[1]


def test_roll_back_to_a_previous_champion(enter, world, trained):
    """With a reason; the present evidence is stored."""
    for run_id in (trained[2], trained[1]):
        promote(world, run_id)
    visit = enter(world, "models")
    visit.at.text_area[0].set_value("too many alarms")
    visit.at.button(key="decide-Roll back-roll-back").click()
    visit.again()
    assert world.mlflow.aliases[KEY] == trained[2]
    assert world.decision_log.aliases[-1].action == "roll_back"
    assert world.decision_log.aliases[-1].evidence["injected_recall"] == 0.72


def test_viewer_sees_everything_but_cannot_decide(enter, world, trained):
    """The buttons are disabled, with the reason."""
    visit = enter(world, "models", username="viewer", model=trained[1])
    assert "Your role is viewer: you can read decisions, not make them" in visit.text
    assert visit.button("Promote to champion").disabled
    visit = enter(world, "models", username="viewer", model=trained[1], part="Threshold", t="97")
    assert "What would change" in visit.text
    assert visit.button("Make this the model's threshold").disabled


def test_threshold_is_previewed_decided_and_undone(enter, world, console, trained):
    """From the slider of the Anomalies page to the model's tag."""
    run_id = console.runs.scored(1)[0].run_id
    visit = enter(world, "anomalies", run=run_id, t="97.5")
    visit.press("Make this the model's threshold")
    address = {"model": trained[0], "part": "Threshold", "on": run_id, "t": "97.5"}
    assert visit.query() == address
    visit = enter(world, "models", **address)
    assert "Anomalies 50 now 200" in visit.text
    assert "Lost 150 no longer flagged" in visit.text
    visit.at.text_area[0].set_value("fifty is what we can look at")
    visit.press("Make this the model's threshold")
    model = world.mlflow.find(trained[0])
    kept = world.decision_log.thresholds[0]
    assert float(model.tags[THRESHOLD_TAG]) == pytest.approx(kept.threshold + 0.5)
    assert (kept.rows_lost, kept.run_id) == (150, run_id)
    assert "“fifty is what we can look at”" in visit.text
    assert "t" not in visit.query()
    visit.at.text_area(key="reason-threshold-undo").set_value("too few")
    visit.press("Undo the last decision")
    assert float(model.tags[THRESHOLD_TAG]) == 0.0
    assert len(world.decision_log.thresholds) == 2


def test_threshold_from_review_capacity(enter, world, trained):
    """Two a week of three years of data."""
    visit = enter(world, "models", model=trained[0], part="Threshold", **{"from": "Capacity"})
    visit.at.number_input[0].set_value(2)
    visit.again()
    assert "weeks by crash_date" in visit.text
    assert "A week 2.0 rows to review" in visit.text


def test_threshold_from_verdicts(enter, world, console, trained):
    """The highest that is precise enough, with its interval; a message without verdicts."""
    visit = enter(world, "models", model=trained[0], part="Threshold", **{"from": "Verdicts"})
    assert "No record is judged under this model yet" in visit.text
    run_id = console.runs.scored(1)[0].run_id
    said = (Verdict.CONFIRMED, Verdict.CONFIRMED, Verdict.FALSE_ALARM)
    for verdict in said:
        record = console.reviews.next(run_id, 90.0).record
        console.reviews.decide(run_id, [record], verdict, SampledBy.QUEUE, {record.key: None})
    visit = enter(world, "models", model=trained[0], part="Threshold", **{"from": "Verdicts"})
    assert "verdicts give 100 % (34 % to 100 %)" in visit.text
    assert "Anomalies 2 now 200" in visit.text


def test_rows_lost_by_a_threshold_open_on_the_anomalies_page(enter, world, console, trained):
    """Filtered by their scores."""
    run_id = console.runs.scored(1)[0].run_id
    visit = enter(world, "models", model=trained[0], part="Threshold", on=run_id, t="97.5")
    visit.press("See the 150 rows lost")
    assert "of 2,000 rows scored" in visit.text.lower() or visit.query()["run"] == run_id
    assert "anomaly_score from" in " ".join(visit.labels())


def test_lineage_links_file_to_verdicts(enter, world, trained):
    """Every step has its link."""
    visit = enter(world, "models", model=trained[1], part="Lineage")
    for part in ("File, SHA-256", "accidents.csv", "Version", "DAG run", "Threshold", "Verdicts"):
        assert part in visit.text
    bodies = " ".join(each.body for each in visit.at.get("html"))
    for address in ("/data?dataset=", f"/runs?run={trained[1]}", "http://airflow.test/dags/"):
        assert address in bodies


def test_decisions_are_filtered_by_kind_user_and_model(enter, world, trained):
    """The filters are in the address."""
    promote(world, trained[1])
    promote(world, trained[2], Alias.CHALLENGER, who="admin")
    visit = enter(world, "models", decision="Challenger")
    assert visit.at.dataframe[-1].value["Who"].tolist() == ["admin"]
    visit = enter(world, "models", decider="operator")
    assert visit.at.dataframe[-1].value["Reason"].tolist() == [WHY]
    visit = enter(world, "models", of=trained[0])
    assert len(visit.at.dataframe[-1].value) == 1
    visit = enter(world, "models", model=trained[2], part="Decisions")
    assert [list(each) for each in visit.at.dataframe[-1].value["Kind"]] == [["Challenger"]]


def test_models_are_listed_with_role_and_evidence(enter, world, console, trained):
    """All finished trainings, newest first."""
    other = console.datasets.list_datasets()[0].dataset_id
    run = world.add_scoring(world.mlflow.find(trained[2]), age=10, rate=0.17)
    run.tags["dataset_id"] = other
    frame = enter(world, "models").at.dataframe[0].value
    assert frame["Run"].tolist() == [each[:8] for each in trained]
    assert [list(each) for each in frame["Role"]] == [["Champion"], [], []]
    assert frame["Rate"].tolist()[2] == 17.0
    assert frame["Injected recall"].tolist() == [72.0] * 3


def test_missing_model_shows_message_and_way_back(enter, world):
    """A button leads to all models."""
    visit = enter(world, "models", model="0" * 32)
    assert "The model could not be shown" in visit.text
    assert "All models" in visit.labels()
