"""Visits to the console's pages: the real entry script over a console on fakes."""

import re
import sys
from html import unescape
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app import wiring
from tests.fakes.world import FakeWorld, filled_world

MAIN = Path(wiring.__file__).with_name("main.py")
SECONDS = 120
KINDS = ("html", "markdown", "caption", "error", "warning", "info", "metric", "title", "code")


class Visit:
    """One browser tab on one page."""

    def __init__(self, name, /, **query):
        self.at = AppTest.from_file(str(MAIN), default_timeout=SECONDS)
        for key, value in query.items():
            self.at.query_params[key] = value
        if name != "overview":
            self.at._page_hash = calc_hash(name)  # of the address, known before the first run
        self.again()

    def again(self):
        """Draw the page again, as a reload or a refresh does."""
        self.at.run()
        assert not self.at.exception, [each.value for each in self.at.exception]
        return self

    @property
    def text(self):
        """Everything the page says, without mark-up."""
        found = [self._text(element) for kind in KINDS for element in self.at.get(kind)]
        return re.sub(r"\s+", " ", " ".join(found))

    @staticmethod
    def _text(element):
        body = getattr(element, "body", None) or getattr(element, "value", None) or ""
        if "<style>" in body:
            return ""
        label = getattr(element, "label", "") or ""
        return f"{label} {unescape(re.sub('<[^>]+>', ' ', body))}"

    def button(self, label):
        """Return the one button with this label."""
        found = [each for each in self.at.button if each.label == label]
        assert len(found) == 1, [each.label for each in self.at.button]
        return found[0]

    def labels(self):
        """Return the labels of all buttons."""
        return [each.label for each in self.at.button]

    def press(self, label):
        """Click a button and draw what comes of it."""
        self.button(label).click()
        return self.again()

    def query(self):
        """Return what the address holds."""
        return dict(self.at.query_params)


@pytest.fixture(autouse=True)
def _fresh_pages():
    """Let no test see what another one's pages cached."""
    st.cache_data.clear()


@pytest.fixture(autouse=True)
def _own_main_module():
    """Take back what Streamlit's test runs leave: new processes would run it as their main."""
    own = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = own


@pytest.fixture
def world(tmp_path):
    """Two data sets, three scored trainings, one failed and one running."""
    return filled_world(tmp_path)


@pytest.fixture
def empty(tmp_path):
    """Nothing stored, everything up."""
    return FakeWorld(tmp_path)


@pytest.fixture
def enter(monkeypatch):
    """Sign a browser in to a world and open a page."""

    def opened(world, name, /, username="operator", **query):
        console = world.console(username)
        monkeypatch.setattr(wiring, "connect", lambda _token: console)
        return Visit(name, **query)

    return opened
