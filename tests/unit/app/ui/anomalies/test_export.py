"""The HTML report."""

import re

import pyarrow as pa
import pytest

from app.services.anomalies.types import View
from app.services.filters import Filter, Op
from app.ui.anomalies import export
from tests.fakes.world import ROWS, parquet_bytes, scored

NASTY = "<script>alert(1)</script>"


@pytest.fixture
def run_id(world):
    """A run whose values are markup."""
    run = world.mlflow.find(world.console().runs.scored(1)[0].run_id)
    table = scored().append_column("note", pa.array([NASTY, "b"] * (ROWS // 2)))
    run.files["scores/scored.parquet"] = parquet_bytes(table)
    return run.run_id


def report(world, run_id, view):
    """Build the file as its button does."""
    return export.report(world.console().anomalies, "operator", run_id, view)


def test_the_report_says_what_is_shown_and_holds_its_charts_once(world, run_id):
    """Filters in words, the threshold, the numbers; the drawing library is in the file once."""
    view = View((Filter("num_units", Op.BETWEEN, (1, 2)),), 97.0)
    page = report(world, run_id, view)
    assert "num_units from 1 to 2" in page
    assert "severity 97, chosen by the operator" in page
    assert len(re.findall(r'class="plotly-graph-div"', page)) >= 3
    assert len(re.findall(r"plotly\.js v", page)) == 1


def test_the_report_needs_nothing_from_elsewhere(world, run_id):
    """No script, style or picture of another address."""
    page = report(world, run_id, View())
    assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="http', page)


def test_values_in_the_report_are_text(world, run_id):
    """Whatever the data holds, none of it runs."""
    page = report(world, run_id, View((Filter("note", Op.IN, (NASTY,)),)))
    assert NASTY not in page
    assert "&lt;script&gt;" in page


def test_an_empty_view_has_a_report_too(world, run_id):
    """It says that nothing is left."""
    page = report(world, run_id, View((Filter("note", Op.IN, ("nothing",)),)))
    assert f"0 of {ROWS:,}" in page
