"""The cookie, the origin of requests, and where a sign-in may lead."""

import pytest
from starlette.requests import Request

from app.web import session


def request(scheme="http", **headers):
    """Return a request to the console with some headers."""
    encoded = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    return Request(
        {
            "type": "http",
            "method": "POST",
            "scheme": scheme,
            "path": "/",
            "query_string": b"",
            "server": ("127.0.0.1", 8501),
            "headers": [(b"host", b"127.0.0.1:8501"), *encoded],
        }
    )


@pytest.mark.parametrize(
    "address",
    ["/", "/runs", "/anomalies?run=abc&threshold=95", "/runs?text=a%20b#top"],
)
def test_next_address_may_be_a_path_of_the_console(address):
    """With their query, so that a shared link survives the sign-in."""
    assert session.safe_next(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "runs",
        "//evil.example/x",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/runs\r\nSet-Cookie: a=b",
        "/signout",
        "/signin?next=/signin",
    ],
)
def test_next_address_may_be_nothing_else(address):
    """Other sites, scripts and the sign-in itself end on the first page."""
    assert session.safe_next(address) == "/"


@pytest.mark.parametrize(
    ("headers", "own"),
    [
        ({}, True),
        ({"origin": "http://127.0.0.1:8501"}, True),
        ({"origin": "https://127.0.0.1:8501"}, True),
        ({"origin": "http://127.0.0.1:8080"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
    ],
)
def test_only_own_pages_are_trusted(headers, own):
    """A port makes another site; a proxy may end HTTPS before us."""
    assert session.from_own_site(request(**headers)) is own


@pytest.mark.parametrize(
    ("made", "https"),
    [
        (request(), False),
        (request("https"), True),
        (request(x_forwarded_proto="https"), True),
        (request(x_forwarded_proto="https, http"), True),
        (request(x_forwarded_proto="http"), False),
    ],
)
def test_https_is_seen_through_a_proxy(made, https):
    """The cookie is marked secure whenever the browser came by HTTPS."""
    assert session.is_https(made) is https
