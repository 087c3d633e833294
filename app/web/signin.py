"""Sign-in routes: with an Airflow account or the one-time link, and sign-out."""

import asyncio
import hashlib
import hmac
import json
from math import ceil
from pathlib import Path
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from app.clients.errors import Unauthorized
from app.services.identity import Identity
from app.web import session
from app.web.documents import document
from app.web.throttle import Throttle
from app.wiring import Shared
from pipeline.errors import ServiceError, Unreachable

FORM_BYTES = 8_192
USED_LINK = (
    "This sign-in link was used before or is out of date. Sign in with your account, or start the "
    "stack again for a new link."
)
FOREIGN = "This form was not sent by the console's own page. Sign in here."


class SignIn:
    """The routes of signing in and out.

    Parameters
    ----------
    common
        Holds the identities, and the file of the one-time link.
    """

    def __init__(self, common: Shared) -> None:
        self._identities = common.identities
        self._link_file = common.settings.signin_link_file
        # A user may mistype; an address may hold a team behind one proxy.
        self._by_user = Throttle(free=5, first=5.0, longest=60.0)
        self._by_address = Throttle(free=20, first=5.0, longest=300.0)

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route(session.SIGN_IN, self.show, methods=["GET"]),
            Route(session.SIGN_IN, self.submit, methods=["POST"]),
            Route(f"{session.SIGN_IN}/once", self.once, methods=["GET"]),
            Route(session.SIGN_OUT, self.leave, methods=["GET"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the form, or go on when the session is good."""
        target = session.safe_next(request.query_params.get("next", ""))
        token = session.token_of(request)
        try:
            await asyncio.to_thread(self._identities.verify, token)
        except Unauthorized as error:
            ended = error.message if token else ""
            return form(target, notice=ended, tone="warn")
        except Unreachable as error:
            return form(target, notice=unavailable(error), tone="bad", status=503)
        return go(target)

    async def submit(self, request: Request) -> Response:
        """Check name and password at Airflow and open a session."""
        fields = await form_fields(request)
        target = session.safe_next(fields.get("next", ""))
        username = fields.get("username", "").strip()
        if not session.from_own_site(request):
            return form(target, notice=FOREIGN, status=403)
        wait = self._wait(request, username)
        if wait:
            return too_many(target, username, wait)
        try:
            identity = await asyncio.to_thread(
                self._identities.sign_in, username, fields.get("password", "")
            )
        except Unreachable as error:
            return form(target, username, unavailable(error), status=503)
        except ServiceError as error:
            return form(target, username, error.message, status=401)
        self._by_user.succeed(username)
        self._by_address.succeed(address_of(request))
        return enter(request, identity, target)

    async def once(self, request: Request) -> Response:
        """Open a session by the one-time link; the first use is the only one."""
        if "prefetch" in request.headers.get("sec-purpose", ""):
            return Response(status_code=403)  # a browser that looks ahead must not use it up
        ticket = self._ticket(request.query_params.get("token", ""))
        if ticket is None:
            return form(session.HOME, notice=USED_LINK, tone="warn", status=410)
        try:
            identity = await asyncio.to_thread(self._redeem, ticket)
        except Unreachable as error:
            return form(session.HOME, notice=unavailable(error), status=503)
        except ServiceError:
            return form(session.HOME, notice=USED_LINK, tone="warn", status=410)
        return enter(request, identity, session.HOME)

    async def leave(self, request: Request) -> Response:
        """End the session here and at Airflow."""
        if not session.from_own_site(request):
            return go(session.HOME)  # another site's link must not sign anyone out
        notice, tone = "You have signed out.", "good"
        try:
            await asyncio.to_thread(self._identities.sign_out, session.token_of(request))
        except Unreachable:
            notice = "You have signed out here. Airflow, which does not answer, learns it later."
        except Unauthorized:
            tone = "good"  # there was no session to end
        response = form(session.HOME, notice=notice, tone=tone)
        session.close_session(response, secure=session.is_https(request))
        return response

    def _wait(self, request: Request, username: str) -> float:
        """Return the seconds this attempt has to wait; 0 admits and counts it."""
        by_address = self._by_address.admit(address_of(request))
        return by_address or self._by_user.admit(username)

    def _ticket(self, token: str) -> dict[str, str] | None:
        """Return what the link file holds when ``token`` is the link's."""
        if self._link_file is None or not token:
            return None
        try:
            ticket: dict[str, str] = json.loads(self._link_file.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        digest = hashlib.sha256(token.encode()).hexdigest()
        return ticket if hmac.compare_digest(digest, ticket["token_sha256"]) else None

    def _redeem(self, ticket: dict[str, str]) -> Identity:
        """Sign in and remove the link; of two who come at once, only one removes it."""
        identity = self._identities.sign_in(ticket["username"], ticket["password"])
        try:
            Path(self._link_file or "").unlink()
        except FileNotFoundError as error:
            self._identities.sign_out(identity.token)
            raise Unauthorized("console", USED_LINK) from error
        return identity


def form(
    target: str,
    username: str = "",
    notice: str = "",
    *,
    tone: str = "bad",
    status: int = 200,
    wait: int = 0,
) -> Response:
    """Show the sign-in form with what there is to say above it."""
    return document(
        "signin", status, next=target, username=username, notice=notice, tone=tone, wait=str(wait)
    )


def too_many(target: str, username: str, wait: float) -> Response:
    """Ask to wait after too many failures."""
    seconds = ceil(wait)
    notice = f"Too many attempts. Wait {seconds} s, then try again."
    response = form(target, username, notice, tone="warn", status=429, wait=seconds)
    response.headers["Retry-After"] = str(seconds)
    return response


def unavailable(error: ServiceError) -> str:
    """Say why nobody can sign in at present."""
    return f"{error.message} It checks every sign-in: try again in a moment."


def enter(request: Request, identity: Identity, target: str) -> Response:
    """Open the session and go on to ``target``."""
    response = go(target)
    session.open_session(response, identity, secure=session.is_https(request))
    return response


def go(target: str) -> Response:
    """Redirect; nothing on the way is kept by a cache."""
    return RedirectResponse(target, 303, {"Cache-Control": "no-store"})


def address_of(request: Request) -> str:
    """Return where the request comes from."""
    return request.client.host if request.client else ""


async def form_fields(request: Request) -> dict[str, str]:
    """Read a small form; what is too large for a name and a password is not read at all."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > FORM_BYTES:
            return {}
    pairs = parse_qs(body.decode("utf-8", errors="replace"), keep_blank_values=True)
    return {name: values[0] for name, values in pairs.items()}
