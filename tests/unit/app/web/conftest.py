"""The console's routes and middleware around a page that stands for Streamlit's."""

import json
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.web import routes
from app.web.session import COOKIE
from tests.fakes.airflow import ACCOUNTS, token_of
from tests.fakes.world import filled_world

ORIGIN = "http://testserver"


class Site:
    """The application on a world of fakes, and browsers for it."""

    def __init__(self, folder):
        self.world = filled_world(folder / "state")
        self.link_file = folder / "signin_link.json"
        settings = self.world.shared.settings.model_copy(
            update={"signin_link_file": self.link_file, "upload_limit_mb": 1}
        )
        common = replace(self.world.shared, settings=settings)
        page = Route("/{path:path}", lambda _: HTMLResponse("<html>page</html>"))
        self.app = Starlette(
            routes=[*routes.routes(common), page], middleware=routes.middleware(common)
        )

    def browser(self, username=None, base_url=ORIGIN):
        """Return a browser, signed in as an account or not at all."""
        client = TestClient(self.app, base_url=base_url, follow_redirects=False)
        client.headers.update({"Accept": "text/html", "Origin": base_url})
        if username:
            client.cookies.set(COOKIE, token_of(username, ACCOUNTS[username]))
        return client

    def write_link(self, **ticket):
        """Let the launcher's one-time link wait."""
        self.link_file.write_text(json.dumps(ticket))


@pytest.fixture
def site(tmp_path):
    """The application on a world with history."""
    return Site(tmp_path)
