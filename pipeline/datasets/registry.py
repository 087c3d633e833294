"""Registering, finding and fetching data sets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipeline.datasets import cache, store
from pipeline.errors import NotFound, TrackingError
from pipeline.params import DATASET_PATTERN
from pipeline.tables.csv_convert import csv_to_parquet
from pipeline.tables.hashing import file_sha256
from pipeline.tables.profile import profile

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.datasets.store import Dataset
    from pipeline.tables.csv_convert import Progress

LATEST = "latest"
PAGE = 100


def register(path: Path, name: str, requested_by: str, progress: Progress | None = None) -> Dataset:
    """Convert, profile and store a CSV file; the same bytes again are the first data set.

    Raises
    ------
    DataError
        The file breaks a rule; nothing is stored.
    TrackingError
        The server refused or does not answer; nothing counts as stored.
    """
    known = _of_bytes(file_sha256(path))
    if known:
        return known
    with cache.workspace() as folder:
        data = folder / store.DATA
        info = csv_to_parquet(path, data, progress)
        (folder / store.PROFILE).write_text(profile(data).to_json(), encoding="utf-8")
        mine = store.save(folder, info, name, requested_by)
        cache.adopt(data, _cached_name(mine))
    return _settle(mine)


def get(dataset_id: str = LATEST) -> Dataset:
    """Return a data set by its id, or the newest for ``latest``.

    Raises
    ------
    NotFound
        There is none.
    """
    _require_id(dataset_id)
    found = list_datasets(1) if dataset_id == LATEST else _earliest("dataset_id", dataset_id)
    if not found:
        what = "no data set" if dataset_id == LATEST else f"no data set {dataset_id}"
        raise NotFound(f"{what} is registered; upload a CSV file, or choose one of the list")
    return found[0]


def list_datasets(limit: int = PAGE) -> list[Dataset]:
    """Return the newest data sets first, each once; what is archived is left out."""
    found: dict[str, Dataset] = {}
    token = ""
    while len(found) < limit:
        page, token = store.search(store.NOT_ARCHIVED, "attributes.start_time DESC", limit, token)
        for dataset in page:
            found.setdefault(dataset.dataset_id, dataset)
        if not token:
            break
    return list(found.values())[:limit]


def fetch(dataset_id: str) -> Path:
    """Return the local copy of a data set's Parquet file, downloading it when it is not there.

    Raises
    ------
    NotFound
        There is no such data set.
    TrackingError
        The download failed or came out different from what was stored.
    """
    _require_id(dataset_id)
    dataset = get(dataset_id) if dataset_id == LATEST else None
    name = f"{dataset.dataset_id if dataset else dataset_id}.parquet"
    return cache.find(name) or _download(dataset or get(dataset_id))


def _require_id(dataset_id: str) -> None:
    """Keep what is no id out of file names and queries."""
    if not re.fullmatch(DATASET_PATTERN, dataset_id):
        raise NotFound(
            f"data set must be {LATEST!r} or 16 hex digits, got {dataset_id!r}; "
            "choose one of the list"
        )


def _download(dataset: Dataset) -> Path:
    with cache.workspace() as folder:
        data = store.download(dataset, folder)
        if file_sha256(data) != dataset.parquet_sha256:
            raise TrackingError(
                f"the stored file of data set {dataset.dataset_id} is not what was registered; "
                "upload the CSV file again"
            )
        return cache.adopt(data, _cached_name(dataset))


def _settle(mine: Dataset) -> Dataset:
    """Return the earliest run of these bytes; a later one, registered meanwhile, is removed."""
    first = _of_bytes(mine.sha256) or mine
    if first.run_id != mine.run_id:
        store.discard(mine)
    return first


def _of_bytes(sha256: str) -> Dataset | None:
    found = _earliest("sha256", sha256)
    return found[0] if found else None


def _earliest(tag: str, value: str) -> list[Dataset]:
    found, _ = store.search(f" and tags.{tag} = '{value}'", "attributes.end_time ASC", 1)
    return found


def _cached_name(dataset: Dataset) -> str:
    return f"{dataset.dataset_id}.parquet"
