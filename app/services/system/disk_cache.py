"""A disk cache of downloaded files, limited in size."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

MEGABYTE = 1_000_000
# A file asked for within this time may be open somewhere and is not removed.
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
        with self._lock_of(name):
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
        self._evict()
        return path

    def forget(self, prefix: str) -> None:
        """Remove the files whose names begin so; who has one open may read it to its end."""
        for path in self._folder.glob(f"{prefix}*"):
            path.unlink(missing_ok=True)

    def _lock_of(self, name: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(name, threading.Lock())

    def _evict(self) -> None:
        with self._guard:
            self._remove_idle()

    def _remove_idle(self) -> None:
        files = [(path, path.stat()) for path in self._folder.glob("[!.]*")]
        files.sort(key=lambda file: file[1].st_mtime)
        size = sum(stat.st_size for _, stat in files)
        idle_since = time.time() - IN_USE_SECONDS
        for path, stat in files:
            if size <= self._limit or stat.st_mtime > idle_since:
                return
            size -= stat.st_size
            path.unlink(missing_ok=True)
