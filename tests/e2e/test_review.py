"""A row explained and judged, and the review queue, by keyboard."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.operator import Operator

TRAINED = "The model is trained and its data set scored"

Accidents = Callable[[int, int], Path]


@pytest.fixture
def scored_run(operator: Operator, accidents: Accidents) -> str:
    """Id of a run that has just been scored."""
    dataset = operator.upload_data_set(accidents(1200, 9))
    operator.open(f"retrain?dataset={dataset}")
    operator.set_number("Trees", "30")
    operator.trigger("Trigger retraining")
    operator.finished(TRAINED)
    operator.press("Explore anomalies")
    operator.page.wait_for_url(re.compile(r"anomalies\?.*run="))
    return re.sub(r".*[?&]run=([^&]+).*", r"\1", operator.page.url)


def heading(operator: Operator) -> Locator:
    """The line that names the row on show."""
    return operator.page.locator(".ac-row").filter(has_text=re.compile(r"^Row [\d,]+")).first


def shown_row(operator: Operator) -> str:
    """Number of the row on show, once its explanation is there."""
    operator.sees("splits isolate this row")
    return re.sub(r"Row ([\d,]+).*", r"\1", heading(operator).inner_text(), flags=re.DOTALL)


def press_key(operator: Operator, key: str) -> None:
    """Press a key when the page listens."""
    operator.settled()
    operator.page.keyboard.press(key)


def test_review_by_keyboard_goes_on_to_the_next(operator: Operator, scored_run: str) -> None:
    """Open the queue, read why, judge, skip, undo; a reload finds the verdict again."""
    operator.open(f"anomalies?run={scored_run}&mode=Review")
    first = shown_row(operator)
    operator.sees("Fields by contribution")
    expect(operator.page.locator(".ac-field").first).to_contain_text("+")

    press_key(operator, "y")
    expect(heading(operator)).not_to_contain_text(f"Row {first}")
    second = shown_row(operator)
    press_key(operator, "s")
    expect(heading(operator)).not_to_contain_text(f"Row {second}")
    third = shown_row(operator)
    press_key(operator, "n")
    expect(heading(operator)).not_to_contain_text(f"Row {third}")
    press_key(operator, "z")
    expect(heading(operator)).to_contain_text(f"Row {third}")
    operator.sees("taken back by operator")

    operator.page.reload()
    operator.settled()
    expect(heading(operator)).to_contain_text(f"Row {second}")
    operator.open(f"anomalies?run={scored_run}&row={first.replace(',', '')}")
    expect(heading(operator)).to_contain_text("Confirmed")


def test_a_row_is_judged_and_found_judged_by_a_colleague(
    operator: Operator, scored_run: str, sign_in: Callable[[str], Operator]
) -> None:
    """The address of a row opens it for a viewer, who reads the verdict and gives none.

    Letters typed into the comment are no verdicts.
    """
    address = f"anomalies?run={scored_run}&row=7"
    operator.open(address)
    assert shown_row(operator) == "7"
    comment = operator.page.get_by_placeholder("Comment (optional)")
    comment.press_sequentially("asked a young officer")
    comment.press("Enter")
    operator.settled()
    expect(heading(operator)).to_contain_text("No verdict yet")
    operator.press("False alarm")
    expect(heading(operator)).to_contain_text("False alarm")

    viewer = sign_in("viewer")
    viewer.open(address)
    expect(heading(viewer)).to_contain_text("False alarm")
    viewer.sees("asked a young officer")
    expect(viewer.page.get_by_role("button", name="Confirmed")).to_be_disabled()
