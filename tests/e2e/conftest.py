"""A real Chromium in front of the real stack."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.e2e.operator import Operator
from tests.servers.stack import Stack

# The browser may not call out and, as root in a container, has no sandbox to enter.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 40_000
LOCAL = re.compile(r"(https?|wss?)://(127\.0\.0\.1|localhost):|data:|blob:")

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium."""
    return {
        **browser_type_launch_args,
        "executable_path": shutil.which("chromium"),
        "args": CHROMIUM_ARGUMENTS,
    }


@pytest.fixture(autouse=True)
def nothing_leaves_this_machine(context: BrowserContext) -> Iterator[None]:
    """Fail a test whose pages ask any other machine for anything."""
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    yield
    assert [url for url in asked if not LOCAL.match(url)] == []


@pytest.fixture
def sign_in(stack: Stack, browser: Browser) -> Iterator[Callable[[str], Operator]]:
    """Open a browser profile of its own for each account asked for."""
    contexts = []

    def enter(username: str) -> Operator:
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        operator = Operator(page, stack.console_url)
        operator.sign_in(stack.account(username).username, stack.account(username).password)
        return operator

    yield enter
    for context in contexts:
        context.close()


@pytest.fixture
def operator(stack: Stack, page: Page) -> Operator:
    """An operator who has just signed in."""
    page.set_default_timeout(PATIENCE_MS)
    page.set_viewport_size({"width": 1280, "height": 900})
    signed_in = Operator(page, stack.console_url)
    account = stack.account("operator")
    signed_in.sign_in(account.username, account.password)
    return signed_in


@pytest.fixture(scope="session")
def accidents(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, int], Path]:
    """Write accident records: so many rows, of such a seed."""
    from pipeline.sample.write import write_sample  # noqa: PLC0415 - only these tests need it

    folder = tmp_path_factory.mktemp("accidents")

    def write(rows: int, seed: int) -> Path:
        path = folder / f"accidents_{rows}_{seed}.csv"
        write_sample(path, rows=rows, random_state=seed)
        return path

    return write
