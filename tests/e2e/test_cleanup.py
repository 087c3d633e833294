"""Delete, restore and purge in the browser, each after its preview."""

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.operator import Operator

Accidents = Callable[[int, int], Path]


def choose(operator: Operator, name: str) -> None:
    """Open the menu and choose an entry, which opens its preview."""
    operator.press("Manage")
    operator.press(name)
    operator.page.wait_for_url(re.compile("operation="))
    operator.settled()


def confirm(operator: Operator, name: str) -> None:
    """Confirm the preview and wait for its outcome."""
    operator.page.get_by_role("button", name=name, exact=True).last.click()
    operator.page.wait_for_url(re.compile("done="))
    operator.settled()


def test_data_set_is_deleted_restored_and_purged(operator: Operator, accidents: Accidents) -> None:
    """The preview lists the items, undo restores them, and a purge needs the phrase."""
    page = operator.page
    dataset = operator.upload_data_set(accidents(300, 41))
    name = "accidents_300_41.csv"

    choose(operator, "Delete …")
    operator.sees("1 run or data set")
    page.get_by_placeholder("Why (optional)").fill("uploaded by mistake")
    confirm(operator, "Delete")
    operator.sees(f"Deleted: {name}")
    operator.press("Undo …")
    page.wait_for_url(re.compile("operation=restore"))
    operator.settled()
    confirm(operator, "Restore")
    operator.open(f"data?dataset={dataset}")
    operator.heading(name)

    choose(operator, "Delete …")
    operator.sees("1 run or data set")
    run_id = re.sub(r".*ids=([0-9a-f]{32}).*", r"\1", page.url)
    confirm(operator, "Delete")
    operator.open(f"data?operation=purge&ids={run_id}")
    page.get_by_placeholder("remove 1").fill("remove 1")
    page.get_by_placeholder("remove 1").press("Enter")
    operator.settled()
    confirm(operator, "Remove for good")
    operator.sees("are free again")
    operator.open("system")
    expect(page.get_by_text("Cleanup").first).to_be_visible()
    operator.open(f"data?dataset={dataset}")
    operator.sees(f"There is no data set {dataset}")
