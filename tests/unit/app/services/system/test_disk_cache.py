"""Files kept on disk: made once, whole or not at all, within a limit."""

import os
import threading
import time

import pytest

from app.services.system.disk_cache import IN_USE_SECONDS, DiskCache


def test_file_is_made_once(tmp_path):
    """The second caller gets what the first one made."""
    made = []

    def make(path):
        made.append(path)
        path.write_text("content")

    cache = DiskCache(tmp_path / "cache", 1_000)
    first, second = cache.get("a", make), cache.get("a", make)
    assert first == second
    assert first.read_text() == "content"
    assert len(made) == 1


def test_two_callers_at_once_make_it_once(tmp_path):
    """The second waits for the first instead of fetching the same."""
    made = []

    def make(path):
        made.append(path)
        time.sleep(0.1)
        path.write_text("content")

    cache = DiskCache(tmp_path, 1_000)
    threads = [threading.Thread(target=cache.get, args=("a", make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 1


def test_broken_download_leaves_nothing(tmp_path):
    """Half a file never appears under its name, and no rest stays behind."""

    def make(path):
        path.write_text("half")
        raise ConnectionError

    cache = DiskCache(tmp_path, 1_000)
    with pytest.raises(ConnectionError):
        cache.get("a", make)
    assert list(tmp_path.iterdir()) == []


def test_least_recently_used_files_are_removed_first(tmp_path):
    """Beyond the limit the oldest idle file is removed, and one in use never."""
    cache = DiskCache(tmp_path, 250)
    for age, name in ((3, "old"), (2, "used"), (1, "young")):
        path = cache.get(name, lambda target: target.write_bytes(b"x" * 100))
        then = time.time() - age * IN_USE_SECONDS - 1
        os.utime(path, (then, then))
    cache.get("used", pytest.fail)
    cache.get("new", lambda target: target.write_bytes(b"x" * 100))
    assert {path.name for path in tmp_path.iterdir()} == {"used", "new"}
