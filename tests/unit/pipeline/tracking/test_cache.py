"""Local copies of data sets."""

import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import ParameterError
from pipeline.settings import settings
from pipeline.tracking import cache

WHOLE = b"PAR1" + b"x" * 92 + b"PAR1"
LONG_AGO = time.time() - 2 * cache.IN_USE_SECONDS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep the copies in a temporary folder."""
    monkeypatch.setenv("PIPELINE_CACHE_DIR", str(tmp_path / "cache"))
    settings.cache_clear()
    yield tmp_path / "cache" / "datasets"
    settings.cache_clear()


def keep(name: str, content: bytes = WHOLE) -> Path:
    """Make a copy the way a download does."""
    with cache.workspace() as part:
        (part / "data").write_bytes(content)
        return cache.adopt(part / "data", name)


def age(path: Path, seconds: float) -> None:
    """Make a copy one that nobody asked for since ``seconds`` before long ago."""
    os.utime(path, (LONG_AGO - seconds, LONG_AGO - seconds))


def test_a_copy_is_found_again(folder: Path) -> None:
    """What was adopted is found under its name, and the working folder is gone."""
    assert cache.find("a.parquet") is None
    path = keep("a.parquet")
    assert cache.find("a.parquet") == path
    assert [item.name for item in folder.iterdir()] == ["a.parquet"]


@pytest.mark.parametrize("content", [b"", b"PAR1xxxx"], ids=["empty", "cut off"])
def test_a_copy_that_is_not_whole_is_not_found(content: bytes) -> None:
    """What a power cut left behind is fetched anew."""
    keep("a.parquet", content)
    assert cache.find("a.parquet") is None


def test_finding_a_copy_keeps_it_young() -> None:
    """Asking for a copy counts as use."""
    path = keep("a.parquet")
    age(path, 0)
    cache.find("a.parquet")
    assert path.stat().st_mtime > LONG_AGO + cache.IN_USE_SECONDS


def test_the_oldest_copies_go_first(folder: Path) -> None:
    """Copies beyond the limit are removed, longest unused first, and no more than needed."""
    for seconds, name in enumerate(["newest", "middle", "oldest"]):
        age(keep(f"{name}.parquet"), seconds)
    cache.evict(folder, 2 * len(WHOLE), cache.IN_USE_SECONDS)
    assert sorted(path.stem for path in folder.iterdir()) == ["middle", "newest"]


def test_a_copy_in_use_stays(folder: Path) -> None:
    """A copy that somebody asked for lately is never removed."""
    keep("a.parquet")
    cache.evict(folder, 0, cache.IN_USE_SECONDS)
    assert [path.stem for path in folder.iterdir()] == ["a"]


def test_the_folder_is_private(folder: Path) -> None:
    """Other accounts of the machine cannot read the copies."""
    keep("a.parquet")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_what_a_killed_process_left_is_removed(folder: Path) -> None:
    """A working folder of yesterday goes, one of today stays."""
    cache.folder()
    old, new = folder / ".part-old", folder / ".part-new"
    for part in (old, new):
        part.mkdir()
        (part / "data").write_bytes(b"x")
    os.utime(old, (LONG_AGO - cache.ABANDONED_SECONDS,) * 2)
    keep("b.parquet")
    assert (old.exists(), new.exists()) == (False, True)


def test_a_folder_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the setting, the folder and the mend."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("PIPELINE_CACHE_DIR", str(tmp_path / "file"))
    settings.cache_clear()
    with pytest.raises(ParameterError, match=r"PIPELINE_CACHE_DIR: no folder.*set it to a folder"):
        cache.folder()
