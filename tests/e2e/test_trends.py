"""The Trends page in the browser: filters in the address, and exported files."""

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.operator import Operator

Accidents = Callable[[int, int], Path]


@pytest.fixture
def with_runs(operator: Operator, accidents: Accidents) -> Operator:
    """An operator before the trends of a store that has a training and its scoring."""
    dataset = operator.upload_data_set(accidents(1000, 6))
    operator.open(f"retrain?dataset={dataset}")
    operator.trigger("Trigger retraining")
    operator.finished("The model is trained and its data set scored")
    operator.open("trends?range=7+days")
    operator.sees("Anomaly rate")
    return operator


def test_trends_keep_their_filters_in_the_address_and_export_what_they_show(
    with_runs: Operator, tmp_path: Path
) -> None:
    """Another range is in the address, survives a reload, and its runs come as CSV."""
    page = with_runs.page
    page.get_by_role("radio", name="90 days").click()
    page.wait_for_url(re.compile("range=90"))
    page.reload()
    with_runs.settled()
    expect(page.get_by_role("radio", name="90 days")).to_be_checked()
    expect(page.locator(".js-plotly-plot").first).to_be_visible()

    page.get_by_role("button", name="Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Recent runs").click()
    waiting.value.save_as(tmp_path / "runs.csv")
    with (tmp_path / "runs.csv").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert {"train", "score"} <= {row["kind"] for row in rows}
