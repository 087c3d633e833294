"""Local copies of data sets: whole or not there, safe for several processes, bounded in size."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.errors import ParameterError
from pipeline.settings import settings

PARQUET_MAGIC = b"PAR1"
ABANDONED_SECONDS = 24 * 3600
IN_USE_SECONDS = 3600


def folder() -> Path:
    """Return the folder of the copies; only its owner may read it.

    Raises
    ------
    ParameterError
        The folder cannot be made.
    """
    path = settings().pipeline_cache_dir / "datasets"
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ParameterError(
            f"PIPELINE_CACHE_DIR: no folder can be made at {path} ({error.strerror}); set it to "
            "a folder that can be written"
        ) from error
    return path


@contextmanager
def workspace() -> Iterator[Path]:
    """Yield a folder for a file in the making, on the file system of the copies."""
    with TemporaryDirectory(dir=folder(), prefix=".part-") as path:
        yield Path(path)


def find(name: str) -> Path | None:
    """Return the whole copy called ``name`` and note that it is in use."""
    path = folder() / name
    try:
        with path.open("rb") as file:
            # A power cut can leave a renamed file without its last blocks.
            file.seek(-len(PARQUET_MAGIC), os.SEEK_END)
            whole = file.read() == PARQUET_MAGIC
        os.utime(path)
    except OSError:
        return None
    return path if whole else None


def adopt(part: Path, name: str) -> Path:
    """Move a finished file among the copies, in one step, and remove copies beyond the limit."""
    path = folder() / name
    part.replace(path)
    evict(folder(), settings().pipeline_cache_limit_mb * 1_000_000, IN_USE_SECONDS)
    return path


def evict(files: Path, limit: int, in_use_seconds: float) -> None:
    """Remove the files of a folder that were longest not asked for until ``limit`` bytes are kept.

    One that was asked for within the last ``in_use_seconds`` may be open, and stays. Folders that
    a killed process left half made go after a day.
    """
    now = time.time()
    for used, _, half_made in _by_last_use(files, ".part-*"):
        if used < now - ABANDONED_SECONDS:
            shutil.rmtree(half_made, ignore_errors=True)
    found = _by_last_use(files, "[!.]*")
    kept = sum(size for _, size, _ in found)
    for used, size, path in found:
        if kept <= limit or used > now - in_use_seconds:
            return
        kept -= size
        path.unlink(missing_ok=True)


def _by_last_use(files: Path, pattern: str) -> list[tuple[float, int, Path]]:
    """List time of last use, size and path, longest unused first; others may remove meanwhile."""
    found = []
    for path in files.glob(pattern):
        with suppress(FileNotFoundError):
            status = path.stat()
            found.append((status.st_mtime, status.st_size, path))
    return sorted(found)
