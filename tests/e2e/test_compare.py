"""From two ticked runs to their comparison, that of their models, and a row behind it."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.operator import Operator
from tests.e2e.test_journey import retrain

ROW = 36
MARKER = 16


@pytest.fixture
def two_models(operator: Operator, accidents: Callable[[int, int], Path]) -> str:
    """Id of a data set on which two models were trained."""
    dataset = operator.upload_data_set(accidents(1200, 31))
    for trees, contamination in (("20", "0.05"), ("30", "0.1")):
        retrain(operator, dataset, trees, contamination)
    return dataset


def table(operator: Operator) -> Locator:
    """The first table of the page, once it is drawn."""
    operator.settled()
    grid = operator.page.get_by_test_id("stDataFrame").first.locator(".dvn-scroller")
    expect(grid).to_be_visible()
    return grid


def click_row(operator: Operator, row: int, x: int) -> None:
    """Click into a row of the table, so many pixels from its left edge."""
    table(operator).click(position={"x": x, "y": ROW * (row + 1) + ROW // 2})


def test_ticked_runs_and_their_models_are_compared(operator: Operator, two_models: str) -> None:
    """Tick, compare, compare the models, open a row that enters; each step is in the address."""
    page = operator.page
    operator.open(f"runs?dataset={two_models}&kind=Scoring")
    for row in (1, 0):
        click_row(operator, row, MARKER)
        page.wait_for_url(re.compile("picked="))
        operator.sees("run ticked" if row else "2 runs ticked")
    operator.press("Compare")
    page.wait_for_url(re.compile("compare="))
    operator.sees("Side by side")
    operator.sees("Data sets")
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    page.reload()
    operator.sees("Side by side")

    operator.settled()
    operator.press("Compare the models")
    page.wait_for_url(re.compile("models="))
    operator.sees("Going from A to B")
    expect(page.get_by_test_id("stMetricValue").nth(0)).to_have_text("5.00 %")
    expect(page.get_by_test_id("stMetricValue").nth(1)).to_have_text("10.00 %")

    click_row(operator, 0, 4 * ROW)
    page.wait_for_url(re.compile(r"anomalies\?run=[0-9a-f]{32}&row=\d+"))
    operator.sees("splits isolate this row")
