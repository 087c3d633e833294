"""Middleware: security headers on every response, and no access without a session."""

import asyncio
import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from urllib.parse import quote

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.clients.errors import Unauthorized
from app.services.identity import Identities
from app.web import session
from pipeline.errors import Unreachable

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
# Scripts, styles and typefaces, the same for everyone. The websocket passes too, because the
# script behind it checks the session itself and can say on the page that it has ended.
OPEN = ("/signin", "/signout", "/healthz", "/static/", "/app/static/", "/favicon.png")
OPEN_STREAMLIT = ("/_stcore/health", "/_stcore/host-config", "/_stcore/stream", "/component/")
# These check the session themselves.
OWN_CHECK = ("/upload", "/download/")


@cache
def page_policy() -> str:
    """Return the content policy of the Streamlit pages.

    Scripts come from this server, but for the inline ones of Streamlit's own page, which are named
    by their hash, and for components, which Streamlit loads from ``blob:``. Styles are written
    inline by its components.
    """
    page = Path(streamlit.__file__).parent / "static" / "index.html"
    inline = " ".join(map(_hash, INLINE_SCRIPT.findall(page.read_text(encoding="utf-8"))))
    return (
        f"default-src 'self'; script-src 'self' blob: 'wasm-unsafe-eval' {inline}; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        "media-src 'self' data: blob:; connect-src 'self'; worker-src 'self' blob:; "
        "frame-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
        "frame-ancestors 'self'"
    )


def _hash(script: str) -> str:
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


class SecurityHeaders:
    """Adds the headers to every response; a response's own policy is kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and the response back with its headers."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", page_policy())
                for name, value in ALWAYS.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class SessionGate:
    """Sends page visits without a session to the sign-in page and refuses everything else."""

    def __init__(self, app: ASGIApp, identities: Identities) -> None:
        self._app = app
        self._identities = identities

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on when it may pass."""
        if scope["type"] != "http" or scope["path"].startswith(OPEN + OPEN_STREAMLIT + OWN_CHECK):
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        try:
            await asyncio.to_thread(self._identities.verify, session.token_of(request))
        except Unauthorized:
            await refuse(request)(scope, receive, send)
        except Unreachable:
            # The page says what is down; anything else needs a verified token.
            answer = self._app if is_visit(request) else PlainTextResponse("Unavailable", 503)
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def is_visit(request: Request) -> bool:
    """Tell whether a browser wants to show the response as a page."""
    wanted = request.headers.get("sec-fetch-dest", "document")
    return (
        request.method in {"GET", "HEAD"}
        and wanted == "document"
        and "text/html" in request.headers.get("accept", "")
    )


def refuse(request: Request) -> ASGIApp:
    """Send a visitor to the sign-in page and back afterwards; refuse anything else."""
    if not is_visit(request):
        return PlainTextResponse("Not signed in", 401)
    query = f"?{request.url.query}" if request.url.query else ""
    target = quote(request.url.path + query, safe="")
    return RedirectResponse(f"{session.SIGN_IN}?next={target}", 303)
