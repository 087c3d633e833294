"""Download routes: files of runs and scored rows, within the operator's session."""

import asyncio
import json
import re
from collections.abc import Callable
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import Route

from app.clients.errors import Unauthorized
from app.services.anomalies.export import Export
from app.web import session
from app.web.documents import document
from app.wiring import Console, Shared
from pipeline.errors import NotFound, ServiceError

RUN_ID = re.compile(r"[0-9a-f]{32}")
TYPES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
# A stored page runs in a sandbox of its own: no cookie, no session, nothing from elsewhere.
SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; "
    "style-src 'unsafe-inline'; img-src data: blob:; font-src data:; frame-ancestors 'self'"
)


class Downloads:
    """The routes that send files."""

    def __init__(self, common: Shared) -> None:
        self._common = common

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/download/run/{run_id}/{path:path}", self.artifact, methods=["GET"]),
            Route("/download/anomalies/{run_id}", self.anomalies, methods=["GET"]),
            Route("/download/anomalies/{run_id}/rows/{row:int}", self.record, methods=["GET"]),
        ]

    async def artifact(self, request: Request) -> Response:
        """Send one file of a run; ``?view`` shows a stored page."""
        path = request.path_params["path"]

        def begin(console: Console, run_id: str) -> Response:
            file = console.runs.download(run_id, path)
            if "view" in request.query_params and path.endswith(".html"):
                return FileResponse(file, 200, viewed(), "text/html")
            name = path.rsplit("/", 1)[-1]
            return FileResponse(file, 200, attachment(name), "application/octet-stream")

        return await self._answer(request, begin)

    async def anomalies(self, request: Request) -> Response:
        """Send scored rows, most severe first: the address says which and in what form."""
        query = request.query_params

        def write(console: Console, run_id: str) -> Response:
            export = Export.from_query(dict(query), query.getlist("f"), query.getlist("column"))
            path = console.anomalies.file(run_id, export)
            headers = attachment(export.file_name(run_id))
            return FileResponse(path, media_type=TYPES[export.form], headers=headers)

        return await self._answer(request, write)

    async def record(self, request: Request) -> Response:
        """Send one scored row as JSON."""
        row = request.path_params["row"]

        def write(console: Console, run_id: str) -> Response:
            found = console.anomalies.record(run_id, row)
            body = json.dumps(found, ensure_ascii=False, indent=2, default=str)
            headers = attachment(f"row-{row}-{run_id[:8]}.json")
            return Response(body, media_type="application/json", headers=headers)

        return await self._answer(request, write)

    async def _answer(self, request: Request, make: Callable[[Console, str], Response]) -> Response:
        """Run ``make`` in a thread for the operator; show an error as a page."""
        run_id = request.path_params["run_id"]
        try:
            if not RUN_ID.fullmatch(run_id):
                raise NotFound("console", f"{run_id} is no run.")
            token = session.token_of(request)
            return await asyncio.to_thread(lambda: make(self._console(token), run_id))
        except Unauthorized:
            target = quote(request.url.path)
            return RedirectResponse(f"{session.SIGN_IN}?next={target}", 303)
        except ServiceError as error:
            return failure(error)

    def _console(self, token: str) -> Console:
        return Console(self._common.identities.verify(token), self._common)


def attachment(name: str) -> dict[str, str]:
    """Return headers that make the browser save a file under ``name``."""
    return {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"}


def viewed() -> dict[str, str]:
    """Return headers that let the browser show a stored page in a sandbox."""
    return {"Content-Security-Policy": SANDBOX, "Cache-Control": "private, max-age=3600"}


def failure(error: ServiceError) -> Response:
    """Return a page that says why there is no file."""
    return document(
        "message",
        session.status_of(error, otherwise=400),
        title="No download",
        sentence=error.message,
        href="/",
        action="Back to the console",
    )
