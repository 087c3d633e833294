"""The console's routes and middleware, beside Streamlit's own."""

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from app.web.download import Downloads
from app.web.middleware import SecurityHeaders, SessionGate
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
    """Report that the console itself is up; the System page shows the services."""
    return JSONResponse({"status": "ok"})


async def overview(_request: Request) -> Response:
    """Redirect to the first page, which Streamlit serves at the root only."""
    return RedirectResponse("/", 308)
