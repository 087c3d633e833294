"""Files behind the server's artifact proxy: listed, and fetched whole."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pipeline.errors import MLFLOW, NotFound, ServiceError
from pipeline.tracking.names import MODEL_DETECTOR, MODEL_FILES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.tracking.client import TrackingServer

LOG = logging.getLogger(__name__)
EXTRA_FILES = "extra_files"
"""Folder of a logged model that MLflow puts our own files in."""


def list_files(server: TrackingServer, uri: str, folder: str = "") -> Iterator[tuple[str, int]]:
    """Yield path and size in bytes of every file below a folder; none where there is no folder."""
    try:
        found = server.files(uri).list_artifacts(folder or None)
    except NotFound:
        return
    for entry in found:
        if entry.is_dir:
            yield from list_files(server, uri, entry.path)
        else:
            yield entry.path, entry.file_size or 0


def download(server: TrackingServer, uri: str, path: str, target: Path) -> None:
    """Copy one file to ``target``, which appears only when it is whole.

    Raises
    ------
    NotFound
        There is no such file.
    """
    with TemporaryDirectory(dir=target.parent, prefix=".part-") as folder:
        try:
            part = server.files(uri).download_artifacts(path, folder)
        except ServiceError as error:
            # The client says only that the download failed, not why.
            if path in (name for name, _ in list_files(server, uri, _parent(path))):
                raise
            raise NotFound(MLFLOW, f"there is no file {path} in MLflow; it was removed") from error
        Path(part).replace(target)


def download_model(server: TrackingServer, model_id: str, folder: Path) -> None:
    """Copy the files of a logged model that the product reads; what is missing is left out."""
    uri = server.client.get_logged_model(model_id).artifact_location

    def fetch(name: str) -> None:
        path = name if name == MODEL_DETECTOR else f"{EXTRA_FILES}/{name}"
        try:
            download(server, uri, path, folder / name)
        except NotFound:
            LOG.warning("Model %s has no file %s", model_id, path)

    with ThreadPoolExecutor(len(MODEL_FILES)) as pool:
        list(pool.map(fetch, MODEL_FILES))


def _parent(path: str) -> str:
    parent = str(PurePosixPath(path).parent)
    return "" if parent == "." else parent
