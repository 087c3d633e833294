"""Uploaded files until they are registered as data sets; each belongs to one operator."""

import contextlib
import hashlib
import json
import re
import secrets
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.errors import NotFound, Rejected

UPLOAD_ID = re.compile(r"[0-9a-f]{32}")
ABANDONED_SECONDS = 6 * 3600.0
MEGABYTE = 1_000_000
# Turning an upload into a data set needs room for its Parquet copy, and the services need some too.
SPARE_BYTES = 256 * MEGABYTE
NAME_LENGTH = 200


@dataclass(frozen=True)
class Upload:
    """A finished upload, as the browser gets it."""

    upload_id: str
    name: str
    bytes: int
    sha256: str


class UploadWriter:
    """Writes an upload piece by piece; memory use does not grow with its size."""

    def __init__(self, path: Path, name: str, limit: int) -> None:
        self.path = path
        self._name = name
        self._limit = limit
        self._file = path.with_suffix(".part").open("wb")
        self._hash = hashlib.sha256()
        self._bytes = 0

    def write(self, piece: bytes) -> None:
        """Append a piece; raises Rejected beyond the limit or when the disk fills up."""
        self._bytes += len(piece)
        if self._bytes > self._limit:
            raise too_large(self._limit)
        if shutil.disk_usage(self.path.parent).free < SPARE_BYTES:
            raise no_room(self.path.parent, len(piece))
        self._hash.update(piece)
        self._file.write(piece)

    def finish(self) -> Upload:
        """Make the upload known under its id."""
        self._file.close()
        upload = Upload(self.path.stem, self._name, self._bytes, self._hash.hexdigest())
        self.path.with_suffix(".json").write_text(json.dumps(asdict(upload)), encoding="utf-8")
        self.path.with_suffix(".part").replace(self.path)
        return upload

    def abandon(self) -> None:
        """Forget what arrived so far; harmless after ``finish``."""
        self._file.close()
        self.path.with_suffix(".part").unlink(missing_ok=True)


def too_large(limit: int) -> Rejected:
    """The error for an upload above the limit."""
    return Rejected(
        "console",
        f"The file is larger than {limit // MEGABYTE:,} MB, the limit of an upload; split it, or "
        "raise UPLOAD_LIMIT_MB.",
    )


def no_room(folder: Path, needed: int) -> Rejected:
    """The error for a full disk: how much space there is and how much is needed."""
    spare = max(0, shutil.disk_usage(folder).free - SPARE_BYTES)
    return Rejected(
        "console",
        f"The console's disk has {spare // MEGABYTE:,} MB to spare and the file needs "
        f"{-(-needed // MEGABYTE):,} MB; free some space and upload it again.",
    )


class Uploads:
    """The uploads of one operator.

    Parameters
    ----------
    folder
        Folder of everyone's uploads.
    limit
        Bytes of the largest upload.
    """

    def __init__(self, folder: Path, username: str, limit: int) -> None:
        self._all = folder
        self._mine = folder / hashlib.sha256(username.encode()).hexdigest()[:16]
        self._limit = limit

    def begin(self, name: str, expected: int | None) -> UploadWriter:
        """Open an upload of ``expected`` bytes; raises Rejected when there is no room for it."""
        self._mine.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.sweep()
        if expected is not None and expected > self._limit:
            raise too_large(self._limit)
        if expected and shutil.disk_usage(self._mine).free - SPARE_BYTES < expected:
            raise no_room(self._mine, expected)
        path = self._mine / f"{secrets.token_hex(16)}.csv"
        return UploadWriter(path, clean_name(name), self._limit)

    def find(self, upload_id: str) -> tuple[Path, Upload]:
        """Return a finished upload of this operator; raises NotFound for any other."""
        path = self._path(upload_id)
        try:
            upload = Upload(**json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
        except FileNotFoundError as error:
            raise _gone() from error
        return path, upload

    def discard(self, upload_id: str) -> None:
        """Remove an upload."""
        path = self._path(upload_id)
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)

    def sweep(self) -> None:
        """Remove abandoned uploads of all operators: broken transfers, unregistered files."""
        oldest = time.time() - ABANDONED_SECONDS
        for path in self._all.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):  # its upload ended just now
                if path.stat().st_mtime < oldest:
                    path.unlink()

    def _path(self, upload_id: str) -> Path:
        if not UPLOAD_ID.fullmatch(upload_id):
            raise _gone()
        return self._mine / f"{upload_id}.csv"


def _gone() -> NotFound:
    return NotFound("console", "This upload is no longer there; choose the file again.")


def clean_name(name: str) -> str:
    """Return a file name without folders and control characters, never empty."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    printable = "".join(sign for sign in last if sign.isprintable()).strip()
    return printable[:NAME_LENGTH] or "upload.csv"
