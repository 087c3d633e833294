"""The way from the Trends page to the same view in Grafana."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.services.trends.service import DETECTION, OPERATIONS, dashboard_url
from app.services.trends.types import Scope

DASHBOARDS = Path(__file__).parents[5] / "grafana" / "dashboards"
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


def opened(scope, first=FIRST):
    """The variables that the address holds."""
    parts = urlsplit(dashboard_url("http://grafana.test/", DETECTION, scope, first))
    assert parts.path == "/d/anomaly-detection"
    return {name: value for name, (value,) in parse_qs(parts.query).items()}


def test_a_range_that_moves_stays_one_that_moves():
    """The last thirty days are the last thirty days in Grafana as well."""
    found = opened(Scope(days=30))
    assert (found["from"], found["to"]) == ("now-30d", "now")
    assert found["var-dataset"] == found["var-model"] == found["var-experiment"] == "$__all"


def test_custom_days_are_exact():
    """In milliseconds, the last day included."""
    found = opened(Scope(first=date(2026, 2, 1), last=date(2026, 2, 1)))
    assert int(found["to"]) - int(found["from"]) == 86_400_000


def test_all_time_begins_with_the_first_run():
    """Without a run there is a year to look at."""
    assert opened(Scope())["from"] == str(int(FIRST.timestamp() * 1000))
    assert opened(Scope(), None)["from"] == "now-1y"


def test_choices_are_handed_on():
    """By their ids, under the names of Grafana's variables."""
    found = opened(Scope(dataset_id="d", model_run_id="m"))
    assert (found["var-dataset"], found["var-model"]) == ("d", "m")


@pytest.mark.parametrize("uid", [DETECTION, OPERATIONS])
def test_dashboard_and_variables_exist(uid):
    """The files that Grafana is provisioned with know the uid and each variable."""
    content = json.loads((DASHBOARDS / f"{uid}.json").read_text(encoding="utf-8"))
    known = {f"var-{variable['name']}" for variable in content["templating"]["list"]}
    assert content["uid"] == uid
    assert {name for name in opened(Scope()) if name.startswith("var-")} <= known
