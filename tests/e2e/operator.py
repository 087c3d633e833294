"""What an operator does in the browser, in the operator's own words."""

import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

LOOK_MS = 40_000
RUN_MS = 240_000


@dataclass
class Operator:
    """One operator in front of one page of the console."""

    page: Page
    address: str

    def sign_in(self, username: str, password: str) -> None:
        """Type name and password into the sign-in page."""
        self.page.goto(f"{self.address}/signin")
        self.page.get_by_label("User name").fill(username)
        self.page.get_by_label("Password", exact=True).fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def open(self, path: str) -> None:
        """Go to a page of the console by its address and wait until it is drawn."""
        self.page.goto(f"{self.address}/{path}")
        self.settled()

    def settled(self) -> None:
        """Wait until the page's script has run to its end."""
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-script-state", "notRunning")

    def heading(self, name: str) -> None:
        """See that a page with this heading is drawn."""
        expect(self.page.get_by_role("heading", name=name, exact=True).first).to_be_visible()

    def upload(self, file: Path) -> None:
        """Choose a file in the drop zone of the open page."""
        self.page.locator("input[type=file]").first.set_input_files(file)

    def upload_data_set(self, file: Path) -> str:
        """Upload on the Data page and return the id of the data set it has become."""
        self.open("data")
        self.upload(file)
        self.page.wait_for_url(re.compile(r"dataset=[0-9a-f]{16}"))
        self.heading(file.name)
        return self.page.url.split("dataset=")[1][:16]

    def set_number(self, label: str, value: str) -> None:
        """Type into a number input and leave it."""
        field = self.page.get_by_role("spinbutton", name=re.compile(label))
        field.fill(value)
        field.press("Tab")
        self.settled()

    def press(self, name: str) -> None:
        """Press the button of this name."""
        self.page.get_by_role("button", name=name).first.click()

    def trigger(self, name: str) -> str:
        """Press a trigger button and return the DAG run id that the address then holds."""
        self.press(name)
        self.page.wait_for_url(re.compile(r"[?&]run="))
        return re.sub(r".*[?&]run=([^&]+).*", r"\1", self.page.url)

    def sees(self, text: str, *, within_ms: int = LOOK_MS) -> None:
        """See this text on the page, after a wait if need be."""
        expect(self.page.get_by_text(text).first).to_be_visible(timeout=within_ms)

    def finished(self, sentence: str) -> None:
        """Wait until the run that the page follows has its result."""
        self.sees(sentence, within_ms=RUN_MS)

    def download(self, name: str, into: Path) -> Path:
        """Press a download and return the file it gives."""
        with self.page.expect_download() as waiting:
            self.page.locator("a.ac-button", has_text=name).first.click()
        target = into / waiting.value.suggested_filename
        waiting.value.save_as(target)
        return target
