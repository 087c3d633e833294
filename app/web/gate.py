"""Lets no request pass to the pages or to anyone's files without a session."""

import asyncio
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.clients.errors import Unauthorized, Unreachable
from app.services.system.identity import Identities
from app.web import session

# The frame of the pages: scripts, styles and typefaces that are the same for everyone. The
# websocket passes too, because the script at its end asks for the session itself and can say on
# the page that it has ended.
OPEN = ("/signin", "/signout", "/healthz", "/static/", "/app/static/", "/favicon.png")
OPEN_STREAMLIT = ("/_stcore/health", "/_stcore/host-config", "/_stcore/stream", "/component/")
# These check the session themselves and answer in their own words.
OWN_CHECK = ("/upload", "/download/")


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
            # The page says what is down; anything else needs someone to vouch for the token.
            answer = self._app if is_visit(request) else PlainTextResponse("Unavailable", 503)
            await answer(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def is_visit(request: Request) -> bool:
    """Tell whether a browser wants to show the answer as a page."""
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
