"""All routes and middleware of the console beside Streamlit's own."""

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from app.web.download import Downloads
from app.web.gate import SessionGate
from app.web.headers import SecurityHeaders
from app.web.signin import SignIn
from app.web.upload import UploadRoute
from app.wiring import Shared


def routes(common: Shared) -> list[Route]:
    """Return the routes."""
    return [
        Route("/healthz", healthz, methods=["GET"]),
        Route("/overview", overview, methods=["GET"]),
        *SignIn(common).routes(),
        *UploadRoute(common).routes(),
        *Downloads(common).routes(),
    ]


def middleware(common: Shared) -> list[Middleware]:
    """Return the middleware, outermost first."""
    return [
        Middleware(SecurityHeaders),
        Middleware(SessionGate, identities=common.identities),
    ]


async def healthz(_request: Request) -> Response:
    """Tell that the console itself is up; the System page tells how the services are."""
    return JSONResponse({"status": "ok"})


async def overview(_request: Request) -> Response:
    """Lead to the first page, which Streamlit serves at the root only."""
    return RedirectResponse("/", 308)
