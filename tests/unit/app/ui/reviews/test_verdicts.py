"""Row detail, verdicts and the review queue, each on a page of its own."""

import re
from html import unescape

import pytest
from streamlit.testing.v1 import AppTest

SECONDS = 120
KINDS = ("html", "caption", "markdown")


PAGE = """
import streamlit as st
from app.ui.{room} import {module}
asked = st.session_state
{module}.{call}
"""
DETAIL = PAGE.format(room="reviews", module="record", call="show_row(asked.run_id, asked.row)")
BULK = PAGE.format(room="reviews", module="verdicts", call="bulk(asked.run_id, asked.rows)")
REVIEW = PAGE.format(room="reviews", module="queue", call="show(asked.run_id, 90.0)")


class Drawn:
    """A component in front of an operator."""

    def __init__(self, page, console, **state):
        self.at = AppTest.from_string(page, default_timeout=SECONDS)
        run_id = state.pop("run_id", "") or console.runs.scored(1)[0].run_id
        for name, value in {"console": console, "run_id": run_id, **state}.items():
            self.at.session_state[name] = value
        self.again()

    def again(self):
        """Draw it again."""
        self.at.run()
        assert not self.at.exception, [each.value for each in self.at.exception]
        return self

    def button(self, label):
        """Return the one button with this label."""
        (found,) = [each for each in self.at.button if each.label == label]
        return found

    def press(self, label):
        """Click a button and draw what comes of it."""
        self.button(label).click()
        return self.again()

    @property
    def text(self):
        """What it says, without mark-up."""
        bodies = [
            getattr(element, "body", None) or element.value
            for kind in KINDS
            for element in self.at.get(kind)
        ]
        return re.sub(r"\s+", " ", unescape(re.sub("<[^>]+>", " ", " ".join(bodies))))


@pytest.fixture
def console(world):
    """An operator who may decide."""
    return world.console()


@pytest.fixture
def worst(console):
    """Number of the most severe row."""
    run_id = console.runs.scored(1)[0].run_id
    return console.anomalies.rows(run_id, limit=1).rows["row"][0].as_py()


def test_row_shows_every_field_and_its_band(console, worst):
    """With severity as number and band, and no verdict yet."""
    drawn = Drawn(DETAIL, console, row=worst)
    for part in (f"Row {worst:,}", "Critical", "No verdict yet", "weather_condition"):
        assert part in drawn.text


def test_verdict_is_stored_and_shown(console, world, worst):
    """With the reviewer and the comment."""
    drawn = Drawn(DETAIL, console, row=worst)
    drawn.at.text_input[0].set_value("checked with the city")
    drawn.press("Confirmed")
    (stored,) = world.verdicts.given
    assert (stored.verdict, stored.reviewer) == ("confirmed", "operator")
    assert stored.comment == "checked with the city"
    assert "No verdict yet" not in drawn.text
    assert "checked with the city" in drawn.text
    assert drawn.at.text_input[0].value == ""


def test_verdict_is_shown_on_the_same_record_in_another_run(console, worst):
    """Earlier score runs hold the same rows."""
    Drawn(DETAIL, console, row=worst).press("False alarm")
    oldest = [run for run in console.runs.search().runs if run.kind == "score"][-1]
    drawn = Drawn(DETAIL, console, row=worst, run_id=oldest.run_id)
    assert "False alarm operator, just now, in another run" in drawn.text


def test_verdict_can_be_undone(console, worst):
    """The previous verdict is in force again, and the history keeps both."""
    drawn = Drawn(DETAIL, console, row=worst).press("Confirmed").press("Unsure")
    drawn.press("Undo")
    assert "taken back by operator" in drawn.text
    assert console.reviews.precision(drawn.at.session_state["run_id"]).flagged.hits == 1


def test_slower_operator_reads_the_verdict_in_force(console, world, worst):
    """The second verdict is not stored, with the reason."""
    slow = Drawn(DETAIL, console, row=worst)
    Drawn(DETAIL, world.console("admin"), row=worst).press("Confirmed")
    slow.press("False alarm")
    assert "admin has judged this record meanwhile: confirmed" in slow.text
    assert len(world.verdicts.given) == 1


def test_viewer_sees_disabled_buttons(world, worst):
    """With the reason."""
    drawn = Drawn(DETAIL, world.console("viewer"), row=worst)
    assert drawn.button("Confirmed").disabled
    assert "Your role is viewer" in drawn.text


def test_selection_is_judged_at_once(console, world):
    """One click stores a verdict for each record."""
    Drawn(BULK, console, rows=[3, 4, 5]).press("False alarm")
    assert [each.verdict for each in world.verdicts.given] == ["false_alarm"] * 3
    assert "3 with a verdict already" in Drawn(BULK, console, rows=[3, 4, 5]).text


def test_no_buttons_without_a_selection(console):
    """There is nothing to judge."""
    assert not Drawn(BULK, console, rows=[]).at.button


def test_verdict_leads_to_the_next_record_of_the_queue(console, world, worst):
    """The next most severe one."""
    drawn = Drawn(REVIEW, console)
    assert f"Row {worst:,} " in drawn.text
    drawn.press("Confirmed")
    assert f"Row {worst:,} " not in drawn.text
    assert "Judged in this run 1" in drawn.text
    assert world.verdicts.given[0].sampled_by == "queue"


def test_fifth_record_is_sampled_at_random(console, world):
    """The page explains why a normal row is shown."""
    drawn = Drawn(REVIEW, console)
    for _ in range(4):
        drawn.press("Confirmed")
    assert "Drawn at random from the rows below severity 90.0" in drawn.text
    drawn.press("False alarm")
    assert world.verdicts.given[-1].sampled_by == "random"
    assert not world.verdicts.given[-1].flagged


def test_skipped_record_is_not_stored(console, worst):
    """The queue shows the next one."""
    drawn = Drawn(REVIEW, console).press("Skip")
    assert f"Row {worst:,} " not in drawn.text
    assert "Judged in this run 0" in drawn.text


def test_row_is_readable_while_postgresql_is_down(console, world, worst):
    """A message replaces the verdicts; fields and explanation are shown."""
    world.stop("PostgreSQL")
    drawn = Drawn(DETAIL, console, row=worst)
    assert "Verdicts: waiting for PostgreSQL" in drawn.text
    assert f"Row {worst:,} Critical Severity" in drawn.text
    assert "Fields by contribution" in drawn.text


def test_row_shows_its_explanation(console, worst):
    """Splits, contributions of the fields, and the nearest normal rows."""
    drawn = Drawn(DETAIL, console, row=worst)
    for part in ("splits isolate this row", "Fields by contribution", "Nearest normal rows"):
        assert part in drawn.text
    assert re.search(r"num_units \d [+-]\d\.\d\d seen in [\d.]+ %", drawn.text)
    assert len(drawn.at.get("plotly_chart")) == 1


def test_row_without_explanation_shows_its_fields(console, world, worst):
    """A message replaces the explanation; values and verdicts are shown."""
    world.explainer.down = True
    drawn = Drawn(DETAIL, console, row=worst)
    assert "The explanation: waiting for The explainer" in drawn.text
    assert "weather_condition" in drawn.text
    assert not drawn.button("Confirmed").disabled


def test_pending_explanation_is_announced(console, worst, monkeypatch):
    """The row is shown at once; the explanation follows by itself."""
    with monkeypatch.context() as slow:
        slow.setattr(type(console.explanations), "get", lambda *_: None)
        drawn = Drawn(DETAIL, console, row=worst)
    assert "Working out why" in drawn.text
    assert "weather_condition" in drawn.text
    assert "splits isolate this row" in drawn.again().text


def test_next_record_is_explained_in_advance(console, world):
    """So the reviewer does not wait after a verdict."""
    drawn = Drawn(REVIEW, console)
    asked = [request["row"] for request in world.explainer.requests]
    assert len(asked) == 2
    drawn.press("Confirmed")
    assert f"Row {asked[1]:,} " in drawn.text


def test_failure_of_the_next_explanation_is_not_shown(console, world):
    """The record that is shown stays readable."""
    drawn = Drawn(REVIEW, console)
    world.explainer.down = True
    drawn.press("Skip").again()
    assert "splits isolate this row" in drawn.text
    assert "The explainer" not in drawn.text


def test_precision_is_shown_with_interval_and_counts(console):
    """Two confirmed, one false alarm, one unsure."""
    drawn = Drawn(REVIEW, console)
    for label in ("Confirmed", "Confirmed", "False alarm", "Unsure"):
        drawn.press(label)
    assert "Precision of what was flagged 67 % (21 % to 94 %) 2 of 3 decided, 1 unsure" in (
        drawn.text
    )
    assert "Missed among random rows — nothing judged yet" in drawn.text
