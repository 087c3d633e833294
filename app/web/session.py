"""The session cookie, and the check that a request comes from the console's own pages."""

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from app.clients.errors import Forbidden, Unauthorized
from app.services.identity import Identity
from pipeline.errors import NotFound, ServiceError, Unreachable

COOKIE = "anomaly_console_session"
HOME = "/"
OWN_SITE = frozenset({"same-origin", "none"})
SIGN_IN, SIGN_OUT = "/signin", "/signout"
STATUSES = {Unauthorized: 401, Forbidden: 403, NotFound: 404, Unreachable: 503}


def token_of(connection: HTTPConnection) -> str:
    """Return the session's token; empty without a session."""
    return connection.cookies.get(COOKIE, "")


def open_session(response: Response, identity: Identity, *, secure: bool) -> None:
    """Let the browser keep the session until it expires, out of reach of any script."""
    response.set_cookie(
        COOKIE,
        identity.token,
        expires=identity.expires,
        path="/",
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def close_session(response: Response, *, secure: bool) -> None:
    """Let the browser forget the session."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="lax", secure=secure)


def is_https(connection: HTTPConnection) -> bool:
    """Tell whether the browser came by HTTPS, to this server or to a proxy before it."""
    forwarded = connection.headers.get("x-forwarded-proto", "").split(",")[0].strip()
    return "https" in {connection.url.scheme, forwarded}


def from_own_site(connection: HTTPConnection) -> bool:
    """Tell whether a request was made by one of the console's own pages or by no page at all.

    A browser names the page's origin with every POST, and where it came from with every request;
    a program that is no browser names neither and cannot be misled into sending a cookie.
    """
    origin = connection.headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() == connection.headers.get("host", "").lower()
    return connection.headers.get("sec-fetch-site", "none") in OWN_SITE


def status_of(error: ServiceError, otherwise: int) -> int:
    """Return the HTTP status that says the same as ``error``."""
    return STATUSES.get(type(error), otherwise)


def safe_next(address: str) -> str:
    r"""Return ``address`` when it is a path of the console, else the first page.

    Browsers read ``//host`` and ``/\host`` as another site, and drop control characters.
    """
    parts = urlsplit(address)
    foreign = parts.scheme or parts.netloc or not address.startswith("/")
    disguised = address[1:2] in {"/", "\\"} or not address.isprintable()
    if foreign or disguised or parts.path in {SIGN_IN, SIGN_OUT}:
        return HOME
    return address
