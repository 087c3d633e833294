"""What the console does not accept, and how it says so."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.operator import Operator
from tests.servers.stack import Stack

PLENTY = "".join(f"{i},{i % 7}\n" for i in range(100))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("empty.csv", b"", "empty"),
        ("header.csv", b"a,b\n", "row"),
        ("workbook.csv", b"PK\x03\x04" + bytes(200), "Excel"),
        ("ragged.csv", f"a,b\n{PLENTY}1,2,3\n".encode(), "line 102"),
        ("twice.csv", f"a,a\n{PLENTY}".encode(), "twice"),
        ("text.csv", f"a,b\n{PLENTY}x,1\n".encode(), "line 102"),
    ],
)
def test_a_bad_file_is_refused_with_its_reason(
    operator: Operator, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    """The page names the file and the reason, and stays on the upload."""
    file = tmp_path / name
    file.write_bytes(content)
    operator.open("data")
    operator.upload(file)
    operator.sees("was not stored" if content else "was refused")
    expect(operator.page.get_by_test_id("stMain")).to_contain_text(words)
    assert "dataset=" not in operator.page.url


def test_a_wrong_password_is_refused(stack: Stack, operator: Operator) -> None:
    """The sign-in page says so and keeps the name."""
    page = operator.page.context.browser.new_page()
    stranger = Operator(page, stack.console_url)
    stranger.sign_in("operator", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("password")
    expect(page.get_by_label("User name")).to_have_value("operator")
    page.close()


def test_a_stranger_is_sent_to_sign_in_and_back(stack: Stack, page: Page) -> None:
    """A page's address leads through sign-in to that very page."""
    visitor = Operator(page, stack.console_url)
    visitor.page.goto(f"{stack.console_url}/system")
    expect(visitor.page).to_have_url(re.compile(r"/signin\?next="))
    account = stack.account("viewer")
    visitor.page.get_by_label("User name").fill(account.username)
    visitor.page.get_by_label("Password", exact=True).fill(account.password)
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.heading("System")


def test_a_viewer_may_look_but_not_trigger(
    sign_in: Callable[[str], Operator], operator: Operator, tmp_path: Path
) -> None:
    """The trigger button of a viewer is disabled, with the reason beside it."""
    file = tmp_path / "numbers.csv"
    file.write_text("a,b\n" + PLENTY, encoding="utf-8")
    dataset = operator.upload_data_set(file)
    viewer = sign_in("viewer")
    viewer.open(f"retrain?dataset={dataset}")
    expect(viewer.page.get_by_role("button", name="Trigger retraining")).to_be_disabled()


def test_the_one_time_link_works_once(stack: Stack, page: Page) -> None:
    """The link that the start prints signs in without a password, and only the first time."""
    visitor = Operator(page, stack.console_url)
    visitor.page.goto(stack.signin_link)
    visitor.heading("Overview")
    visitor.page.context.clear_cookies()
    visitor.page.goto(stack.signin_link)
    expect(visitor.page.get_by_role("heading", name="Overview", exact=True)).to_have_count(0)
