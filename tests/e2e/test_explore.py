"""Exploring the anomalies of a scored run: threshold, linked selections, addresses, files."""

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from pyarrow import parquet as pq

from tests.e2e.operator import Operator
from tests.e2e.test_journey import retrain
from tests.servers.stack import Stack

ROWS = 3_000
OVERALL = '.js-plotly-plot:not([class*="st-key-row-why"] *)'
"""The charts of the whole run; an open row has one of its own."""
RUNS: dict[str, str] = {}


@pytest.fixture
def explored(
    stack: Stack, operator: Operator, accidents: Callable[[int, int], Path]
) -> Callable[..., None]:
    """Open the Anomalies page of a scored run at an address; the run is made once."""
    if stack.console_url not in RUNS:
        retrain(operator, operator.upload_data_set(accidents(ROWS, 21)), "50", "0.1")
        operator.press("Explore anomalies")
        operator.page.wait_for_url(re.compile(r"anomalies\?run="))
        RUNS[stack.console_url] = operator.page.url.split("run=")[1][:32]

    def opened(rest: str = "") -> None:
        operator.open(f"anomalies?run={RUNS[stack.console_url]}{rest}")
        expect(operator.page.locator(OVERALL)).to_have_count(4)
        operator.settled()

    return opened


def metric(operator: Operator, label: str) -> Locator:
    """Return the figure under a label."""
    shown = operator.page.get_by_test_id("stMetric").filter(has_text=label)
    return shown.get_by_test_id("stMetricValue")


def number(operator: Operator, label: str) -> int:
    """Read a figure."""
    return int(metric(operator, label).inner_text().replace(",", ""))


def drag(operator: Operator, card: str, start: float, end: float) -> None:
    """Drag a box over a chart, from one share of its width to another."""
    plot = operator.page.locator(f".st-key-card-{card} .nsewdrag").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box
    height = box["y"] + box["height"] / 2
    mouse = operator.page.mouse
    mouse.move(box["x"] + start * box["width"], height)
    mouse.down()
    mouse.move(box["x"] + (start + end) / 2 * box["width"], height, steps=4)
    mouse.move(box["x"] + end * box["width"], height, steps=4)
    mouse.up()


def settled_number(operator: Operator, name: str) -> int:
    """Return a metric once it no longer changes: of many key presses, each draws the page."""
    found = -1
    while found != (found := number(operator, name)):
        operator.page.wait_for_timeout(2_000)
        operator.settled()
    return found


def test_share_and_count_follow_the_threshold(
    explored: Callable[..., None], operator: Operator
) -> None:
    """The slider moves by key as well, and a reload finds the threshold again."""
    explored()
    before = number(operator, "Anomalies")
    assert before == pytest.approx(ROWS * 0.1, abs=ROWS * 0.01)
    slider = operator.page.get_by_role("slider", name="Threshold")
    slider.focus()
    for _ in range(40):
        slider.press("ArrowRight")
    expect(operator.page).to_have_url(re.compile(r"[?&]t=9\d"))
    operator.sees("Back to the model's own")
    after = settled_number(operator, "Anomalies")
    assert 0 < after < before
    operator.page.reload()
    expect(metric(operator, "Anomalies")).to_have_text(f"{after:,}")


def test_a_selection_in_a_chart_filters_everything_else(
    explored: Callable[..., None], operator: Operator
) -> None:
    """Rows, numbers and the address follow; the chip says what was chosen and takes it back."""
    explored()
    drag(operator, "when", 0.4, 0.6)
    chip = operator.page.get_by_role("button", name=re.compile("crash_date from"))
    expect(chip).to_be_visible()
    expect(metric(operator, "Rows")).not_to_have_text(f"{ROWS:,}")
    operator.settled()
    within = number(operator, "Rows")
    drag(operator, "histogram", 0.25, 0.75)
    expect(operator.page.get_by_role("button", name=re.compile("severity from"))).to_be_visible()
    operator.settled()
    assert number(operator, "Rows") < within
    address = operator.page.url
    assert address.count("f=") == 2

    colleague = Operator(operator.page.context.new_page(), operator.address)
    colleague.page.goto(address)
    expect(metric(colleague, "Rows")).to_have_text(f"{number(operator, 'Rows'):,}")

    operator.press("Clear all")
    expect(metric(operator, "Rows")).to_have_text(f"{ROWS:,}")
    assert "f=" not in operator.page.url


def test_a_click_on_what_stands_out_shows_it_alone(
    explored: Callable[..., None], operator: Operator
) -> None:
    """The segment becomes a filter, and its rate is what the chart said."""
    explored()
    operator.page.locator(".st-key-card-out .scatterlayer .point").first.click(force=True)
    expect(operator.page).to_have_url(re.compile(r"[?&]f="))
    expect(operator.page.get_by_role("button", name="Clear all")).to_be_visible()
    expect(metric(operator, "Rows")).not_to_have_text(f"{ROWS:,}")


def test_dragging_over_the_heatmap_filters_rows(
    explored: Callable[..., None], operator: Operator
) -> None:
    """Values and time together."""
    explored()
    drag(operator, "where", 0.2, 0.6)
    expect(operator.page.get_by_role("button", name=re.compile("crash_date from"))).to_be_visible()


def test_a_cell_of_the_table_opens_its_row(
    explored: Callable[..., None], operator: Operator
) -> None:
    """Beside the table, kept by the address, closed by its button."""
    explored()
    table = operator.page.locator(".st-key-card-rows [data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    table.click(position={"x": 320, "y": 60})
    expect(operator.page).to_have_url(re.compile(r"[?&]row=\d+"))
    operator.page.reload()
    expect(operator.page.get_by_role("button", name="Close")).to_be_visible()
    operator.press("Close")
    expect(operator.page).not_to_have_url(re.compile("row="))


def test_what_is_shown_can_be_taken_away(
    explored: Callable[..., None], operator: Operator, tmp_path: Path
) -> None:
    """CSV, Parquet and JSON through the console, and a report that needs nothing else."""
    chosen = json.dumps(["num_units", "between", 1, 2], separators=(",", ":"))
    explored(f"&f={chosen}&row=5")
    anomalies = number(operator, "Anomalies")
    record = json.loads(operator.download("JSON", tmp_path).read_text())
    assert record["row"] == 5
    operator.press("Export")
    rows = list(csv.DictReader(operator.download("CSV", tmp_path).open(encoding="utf-8-sig")))
    assert len(rows) == anomalies
    assert {row["num_units"] for row in rows} <= {"1", "2"}
    table = pq.read_table(operator.download("Parquet", tmp_path))
    assert table.num_rows == anomalies
    with operator.page.expect_download() as waiting:
        operator.press("HTML report")
    report = tmp_path / "report.html"
    waiting.value.save_as(report)
    page = operator.page.context.new_page()
    page.set_content(report.read_text(encoding="utf-8"))
    expect(page.locator(".js-plotly-plot")).to_have_count(4)
    expect(page.get_by_text("num_units from 1 to 2")).to_be_visible()
    page.close()
