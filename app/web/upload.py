"""Upload route: streams the raw body of a request to disk."""

import asyncio
from dataclasses import asdict

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.clients.errors import Forbidden
from app.services.datasets.uploads import Upload, UploadWriter
from app.services.identity import Identity
from app.web import session
from app.wiring import Console, Shared
from pipeline.errors import Rejected, ServiceError

# Written in pieces of this size: fewer trips to a thread, and memory stays flat.
PIECE_BYTES = 1 << 20


class UploadRoute:
    """The route that receives uploads."""

    def __init__(self, common: Shared) -> None:
        self._common = common

    def routes(self) -> list[Route]:
        """Return the route."""
        return [Route("/upload", self.receive, methods=["POST"])]

    async def receive(self, request: Request) -> Response:
        """Store the body; answer with the upload's id, name, size and hash."""
        try:
            upload = await self._store(request, await self._operator(request))
        except ServiceError as error:
            return refusal(session.status_of(error, otherwise=413), error.message)
        except OSError as error:
            return refusal(507, f"The file could not be written to the console's disk: {error}.")
        return JSONResponse(asdict(upload), 201)

    async def _operator(self, request: Request) -> Identity:
        """Return who uploads, if they may."""
        if not session.from_own_site(request):
            raise Forbidden("console", "The upload was not sent by the console's own page.")
        token = session.token_of(request)
        identity = await asyncio.to_thread(self._common.identities.verify, token)
        if not identity.can_trigger:
            raise Forbidden("console", "Your role may look at data sets but not upload any.")
        return identity

    async def _store(self, request: Request, identity: Identity) -> Upload:
        uploads = Console(identity, self._common).uploads
        name = request.query_params.get("name", "")
        writer = await asyncio.to_thread(uploads.begin, name, announced_size(request))
        try:
            await copy(request, writer)
            return await asyncio.to_thread(writer.finish)
        except ClientDisconnect as error:
            raise Rejected("console", "The upload was broken off.") from error
        finally:
            writer.abandon()


async def copy(request: Request, writer: UploadWriter) -> None:
    """Write the body piece by piece, off the event loop."""
    piece = bytearray()
    async for chunk in request.stream():
        piece += chunk
        if len(piece) >= PIECE_BYTES:
            await asyncio.to_thread(writer.write, bytes(piece))
            piece.clear()
    await asyncio.to_thread(writer.write, bytes(piece))


def announced_size(request: Request) -> int | None:
    """Return the size the browser announces; None when it announces none."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else None


def refusal(status: int, sentence: str) -> Response:
    """Answer with one sentence for the operator."""
    return JSONResponse({"error": sentence}, status)
