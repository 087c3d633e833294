"""A disk cache of downloaded files, limited in size."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

from pipeline.tracking.cache import evict

IN_USE_SECONDS = 600.0


class DiskCache:
    """A folder of files by name; the least recently used go first when it grows too large.

    Parameters
    ----------
    limit
        Bytes to keep.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._limit = limit
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def get(self, name: str, make: Callable[[Path], None]) -> Path:
        """Return the file called ``name``, made by ``make`` when it is not there.

        ``make`` writes to the path it is given; the file appears under its name only when ``make``
        returns, so no reader ever sees half a file. Two callers at once make it once.
        """
        path = self._folder / name
        with self._guard:
            lock = self._locks.setdefault(name, threading.Lock())
        with lock:
            if path.exists():
                os.utime(path)
                return path
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = path.with_name(f".{name}.{os.getpid()}.part")
            try:
                make(part)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
        evict(self._folder, self._limit, IN_USE_SECONDS)
        return path

    def forget(self, prefix: str) -> None:
        """Remove the files whose names begin so; who has one open may read it to its end."""
        for path in self._folder.glob(f"{prefix}*"):
            path.unlink(missing_ok=True)
