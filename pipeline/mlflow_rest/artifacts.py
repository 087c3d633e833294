"""Files behind the server's artifact proxy, up and down in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from pipeline.errors import TrackingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pipeline.mlflow_rest.transport import Transport

PROXY = "/api/2.0/mlflow-artifacts/artifacts"
SCHEME = "mlflow-artifacts"
CHUNK_BYTES = 1 << 20


class Artifacts:
    """The files of runs and models, by the address that the server gives each of them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def upload(self, uri: str, folder: Path) -> None:
        """Store every file below ``folder`` under its path in it."""
        for file in sorted(path for path in folder.rglob("*") if path.is_file()):
            self.upload_file(uri, str(file.relative_to(folder)), file)

    def upload_file(self, uri: str, path: str, file: Path) -> None:
        """Store one file under ``path``."""
        self._transport.put(_endpoint(uri, path), _pieces(file))

    def download(self, uri: str, path: str, target: Path) -> None:
        """Write one file to ``target``."""
        with self._transport.stream(_endpoint(uri, path)) as answer, target.open("wb") as file:
            for piece in answer.iter_bytes(CHUNK_BYTES):
                file.write(piece)

    def names(self, uri: str) -> list[str]:
        """Return the names of the files directly at ``uri``."""
        found = self._transport.get(PROXY, path=_path(uri)).get("files", [])
        return [file["path"].rsplit("/", 1)[-1] for file in found if not file.get("is_dir")]


def _endpoint(uri: str, path: str) -> str:
    return f"{PROXY}/{quote(f'{_path(uri)}/{path}')}"


def _path(uri: str) -> str:
    """Return the path of an address below the proxy.

    Raises
    ------
    TrackingError
        The server does not pass files on, and workers elsewhere could not reach its store.
    """
    parts = urlsplit(uri)
    if parts.scheme != SCHEME:
        raise TrackingError(
            f"MLflow keeps its files at {parts.scheme or 'file'}:…, where only itself may reach "
            "them; start the server with --serve-artifacts and --artifacts-destination"
        )
    return parts.path.strip("/")


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while piece := source.read(CHUNK_BYTES):
            yield piece
