"""Trends as CSV files, and the address of the same view in Grafana."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.services.trends.export import DETECTION, OPERATIONS, dashboard_url, to_csv
from app.services.trends.types import Decision, DriftCell, Scope

DASHBOARDS = Path(__file__).parents[5] / "grafana" / "dashboards"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)
WHEN = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def test_csv_has_a_header_and_a_line_for_each_row():
    """Times are in UTC, to the second."""
    written = to_csv([DriftCell(WHEN, "a,b", 0.5)]).decode()
    assert written == 'begin,feature,psi\n2026-01-02T03:04:05+00:00,"a,b",0.5\n'


def test_csv_guards_text_that_a_spreadsheet_would_run():
    """A reason that begins as a formula stays text."""
    written = to_csv([Decision(WHEN, "model", "w", "ana", "=1+1", "m")]).decode()
    assert ",'=1+1," in written


def test_csv_of_no_rows_is_empty():
    """No row, no header."""
    assert to_csv([]) == b""


def opened(scope, first=FIRST):
    """The variables that the address holds."""
    parts = urlsplit(dashboard_url("http://grafana.test/", DETECTION, scope, first))
    assert parts.path == "/d/anomaly-detection"
    return {name: value for name, (value,) in parse_qs(parts.query).items()}


def test_relative_range_stays_relative_in_grafana():
    """The last thirty days are the last thirty days in Grafana as well."""
    found = opened(Scope(days=30))
    assert (found["from"], found["to"]) == ("now-30d", "now")
    assert found["var-dataset"] == found["var-model"] == found["var-experiment"] == "$__all"


def test_custom_days_are_exact_in_grafana():
    """In milliseconds, the last day included."""
    found = opened(Scope(first=date(2026, 2, 1), last=date(2026, 2, 1)))
    assert int(found["to"]) - int(found["from"]) == 86_400_000


def test_open_range_starts_with_the_first_run():
    """Without a run it is one year."""
    assert opened(Scope())["from"] == str(int(FIRST.timestamp() * 1000))
    assert opened(Scope(), None)["from"] == "now-1y"


def test_data_set_and_model_are_variables_of_grafana():
    """By their ids."""
    found = opened(Scope(dataset_id="d", model_run_id="m"))
    assert (found["var-dataset"], found["var-model"]) == ("d", "m")


@pytest.mark.parametrize("uid", [DETECTION, OPERATIONS])
def test_dashboard_and_variables_exist(uid):
    """The provisioned files have the uid and each variable."""
    content = json.loads((DASHBOARDS / f"{uid}.json").read_text(encoding="utf-8"))
    known = {f"var-{variable['name']}" for variable in content["templating"]["list"]}
    assert content["uid"] == uid
    assert {name for name in opened(Scope()) if name.startswith("var-")} <= known
