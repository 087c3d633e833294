"""How failures become something an operator can read, and a click one action."""

# ruff: noqa: PLC0415 - a function that AppTest runs as a script brings its own imports

import logging

import pytest
from streamlit.testing.v1 import AppTest

from app.clients.errors import Forbidden
from pipeline.errors import DataError


def draw(failure):
    """Draw a part that fails with ``failure``."""
    from app.ui.kit import errors

    with errors.guarded("The part"):
        raise failure


def click(do):
    """Draw one action button and how often it was drawn."""
    from app.ui.kit.inputs import Action, offer

    offer(Action("Do it", busy="Doing it …", failed="It was not done", icon="✅"), "it", do)


def text(at):
    """Everything drawn as HTML."""
    return " ".join(each.body for each in at.get("html"))


@pytest.mark.parametrize(
    "failure", [Forbidden("Airflow", "Your role may not."), DataError("Your role may not.")]
)
def test_refusal_shows_its_message(failure):
    """What a service or the pipeline says on purpose reaches the operator as it is."""
    at = AppTest.from_function(draw, kwargs={"failure": failure}).run()
    assert "Your role may not." in text(at)
    assert "The part could not be shown" in text(at)
    assert at.button[0].label == "Try again"


def test_anything_else_shows_a_reference_that_the_log_has(caplog):
    """The operator sees no trace; the log has it under the same reference."""
    with caplog.at_level(logging.ERROR):
        at = AppTest.from_function(draw, kwargs={"failure": KeyError("secret detail")}).run()
    reference = caplog.records[-1].args[1]
    assert reference in text(at)
    assert "secret detail" not in text(at)
    assert "secret detail" in caplog.text


def test_click_does_its_work_once():
    """One click is one call, however often the page is drawn afterwards."""
    calls = []
    at = AppTest.from_function(click, kwargs={"do": lambda: calls.append(1)}).run()
    at.button[0].click().run()
    at.run()
    assert calls == [1]
    assert not at.button[0].disabled


def test_refused_click_shows_the_reason_and_can_be_repeated():
    """The reason stands below the button until the next click."""
    answers = [Forbidden("Airflow", "Not yet."), None]

    def do():
        answer = answers.pop(0)
        if answer:
            raise answer

    at = AppTest.from_function(click, kwargs={"do": do}).run()
    at.button[0].click().run()
    assert "It was not done" in text(at)
    assert "Not yet." in text(at)
    at.button[0].click().run()
    assert "It was not done" not in text(at)


def test_stale_click_does_nothing():
    """A press whose page was left before it was answered is not carried out on return."""
    calls = []
    at = AppTest.from_function(click, kwargs={"do": lambda: calls.append(1)})
    at.session_state["it-pressed"] = -1e9
    at.run()
    assert calls == []
    assert not at.button[0].disabled


def live():
    """Draw a part that refreshes itself, and something after it."""
    import streamlit as st

    from app.ui.kit import errors

    errors.live("The part", 5)(lambda: st.text("alive"))()
    st.text("after")


def test_live_part_keeps_its_place_when_it_is_dropped_for_a_moment():
    """What Streamlit drops and redraws is a child of the part's place, never the place itself."""
    at = AppTest.from_function(live).run()
    place, after = at.main.children[0], at.main.children[1]
    assert after.value == "after"
    assert place.proto.id.endswith("live-The part")
    assert [child.type for child in place.children.values()] == ["flex_container"]
