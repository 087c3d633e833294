"""The drop zone as Python sees it."""

# ruff: noqa: PLC0415 - a function that AppTest runs as a script brings its own imports

from streamlit.testing.v1 import AppTest

from app.ui.datasets import upload
from tests.fakes.world import fake_console


def zone(console):
    """Draw the drop zone."""
    from app.ui.datasets import upload
    from app.ui.kit import context

    context.enter(console)
    upload.uploader("box")


def test_finished_upload_is_kept_until_it_is_registered(monkeypatch):
    """What the browser reports is kept, so that a click elsewhere does not lose it."""
    arrived = {"upload_id": "a" * 32, "name": "pumps.csv"}
    state = {"box-0": {"uploaded": arrived}}
    monkeypatch.setattr(upload.st, "session_state", state)
    upload._keep("box", "box-0")
    assert state["box-waiting"] == arrived
    upload.clear("box")
    assert "box-waiting" not in state
    assert state["box-count"] == 1


def test_widget_gets_the_limit_and_the_address(tmp_path):
    """Size limit and address come from the server, so that the two cannot differ."""
    at = AppTest.from_function(zone, kwargs={"console": fake_console(folder=tmp_path)}).run()
    assert not at.exception
    data = at.get("bidi_component")[0].proto
    assert "/upload" in str(data)
    assert "50000000" in str(data)
