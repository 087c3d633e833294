"""Data sets: each is an MLflow run with typed Parquet and a profile, found only when finished."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.errors import MLFLOW, NotFound, ServiceError
from pipeline.params import DATASET_PATTERN
from pipeline.tables.csv_convert import csv_to_parquet
from pipeline.tables.profile import Profile, profile
from pipeline.tracking import artifacts, cache
from pipeline.tracking.names import DATA, DATASET_EXPERIMENT, LATEST, NOT_ARCHIVED, PROFILE
from pipeline.tracking.runs import (
    ACTIVE,
    NEWEST_FIRST,
    Run,
    RunStatus,
    Stage,
    parse_run,
    search_runs,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from pipeline.tables.csv_convert import CsvInfo, Progress
    from pipeline.tracking.client import TrackingServer

ID_DIGITS = 16
PAGE = 100
FINISHED = "attributes.status = 'FINISHED'"
FIRST_FINISHED = ("attributes.end_time ASC",)


@dataclass(frozen=True)
class Dataset:
    """A registered data set; the same bytes are the same data set.

    Attributes
    ----------
    dataset_id
        The first 16 hex digits of the CSV file's SHA-256.
    run_id, experiment_id, artifact_uri
        The MLflow run that keeps it, and where its files are.
    size_bytes
        Size of the CSV file.
    created
        When it was registered, in UTC.
    """

    dataset_id: str
    run_id: str
    experiment_id: str
    artifact_uri: str
    name: str
    sha256: str
    rows: int
    columns: int
    size_bytes: int
    created: datetime
    requested_by: str
    parquet_sha256: str
    stage: Stage = Stage.ACTIVE


def register(
    server: TrackingServer,
    path: Path,
    name: str,
    requested_by: str,
    progress: Progress | None = None,
    *,
    sha256: str = "",
) -> Dataset:
    """Convert, profile and store a CSV file; the same bytes again are the first data set.

    Parameters
    ----------
    sha256
        That of the file's bytes, where it is known.

    Raises
    ------
    DataError
        The file breaks a rule; nothing is stored.
    ServiceError
        The server refused or does not answer; nothing counts as stored.
    """
    sha256 = sha256 or file_sha256(path)
    known = _of_bytes(server, sha256)
    if known:
        return known
    with cache.workspace() as folder:
        data = folder / DATA
        info = csv_to_parquet(path, data, progress)
        (folder / PROFILE).write_text(profile(data).to_json(), encoding="utf-8")
        tags = {"name": name, "sha256": sha256, "requested_by": requested_by}
        mine = _store(server, folder, info, tags)
        cache.adopt(data, f"{mine.dataset_id}.parquet")
    # Of two that were registered at the same time, the earlier one stays.
    first = _of_bytes(server, sha256) or mine
    if first.run_id != mine.run_id:
        server.client.delete_run(mine.run_id)
    return first


def get_dataset(server: TrackingServer, dataset_id: str = LATEST) -> Dataset:
    """Return a data set by its id, or the newest for ``latest``; raises NotFound."""
    _require_id(dataset_id)
    if dataset_id == LATEST:
        found = search_datasets(server, NOT_ARCHIVED, limit=1)
    else:
        found = search_datasets(server, f"tags.dataset_id = '{dataset_id}'", FIRST_FINISHED, 1)
    if not found:
        what = "no data set yet" if dataset_id == LATEST else f"no data set {dataset_id}"
        raise NotFound(MLFLOW, f"There is {what}; upload a CSV file, or choose one from the list.")
    return found[0]


def search_datasets(
    server: TrackingServer,
    where: str = "",
    order: Sequence[str] = NEWEST_FIRST,
    limit: int = PAGE,
    view: int = ACTIVE,
) -> tuple[Dataset, ...]:
    """Return finished data sets that satisfy ``where``, each once, by its first registration."""
    clause = f"{FINISHED} AND {where}" if where else FINISHED
    found = search_runs(
        server, clause, order, limit, view=view, experiments=(DATASET_EXPERIMENT,)
    ).runs
    first: dict[str, Dataset] = {}
    for run in reversed(found):
        first.setdefault(run.dataset_id, _dataset(run))
    return tuple(reversed(first.values()))


@lru_cache(maxsize=64)
def profile_of(server: TrackingServer, dataset: Dataset) -> Profile:
    """Return what the columns of a data set hold, with their roles."""
    with cache.workspace() as part:
        artifacts.download(server, dataset.artifact_uri, PROFILE, part / PROFILE)
        return Profile.from_json((part / PROFILE).read_text(encoding="utf-8"))


def fetch(server: TrackingServer, dataset_id: str) -> Path:
    """Return the local copy of a data set's Parquet file, downloading it when it is not there.

    Raises
    ------
    NotFound
        There is no such data set.
    ServiceError
        The download failed or came out different from what was stored.
    """
    _require_id(dataset_id)
    known = get_dataset(server) if dataset_id == LATEST else None
    name = f"{known.dataset_id if known else dataset_id}.parquet"
    return cache.find(name) or _download(server, known or get_dataset(server, dataset_id))


def _download(server: TrackingServer, dataset: Dataset) -> Path:
    with cache.workspace() as folder:
        artifacts.download(server, dataset.artifact_uri, DATA, folder / DATA)
        if file_sha256(folder / DATA) != dataset.parquet_sha256:
            raise ServiceError(
                MLFLOW,
                f"the stored file of data set {dataset.dataset_id} is not what was registered; "
                "upload the CSV file again",
            )
        return cache.adopt(folder / DATA, f"{dataset.dataset_id}.parquet")


def _require_id(dataset_id: str) -> None:
    """Keep what is no id out of file names and queries."""
    if not re.fullmatch(DATASET_PATTERN, dataset_id):
        raise NotFound(
            MLFLOW,
            f"data set must be {LATEST!r} or 16 hex digits, got {dataset_id!r}; "
            "choose one from the list",
        )


def _of_bytes(server: TrackingServer, sha256: str) -> Dataset | None:
    found = search_datasets(server, f"tags.sha256 = '{sha256}'", FIRST_FINISHED, 1)
    return found[0] if found else None


def _store(server: TrackingServer, folder: Path, info: CsvInfo, tags: Mapping[str, str]) -> Dataset:
    """Write a run with the files in ``folder``; it is finished only when all are stored."""
    known = {
        **tags,
        "run_kind": "dataset",
        "dataset_id": tags["sha256"][:ID_DIGITS],
        "rows": str(info.rows),
        "columns": str(info.columns),
        "size_bytes": str(info.size_bytes),
        "parquet_sha256": file_sha256(folder / DATA),
    }
    experiment = server.ensure_experiment(DATASET_EXPERIMENT)
    run = parse_run(server.client.create_run(experiment, tags=known, run_name=tags["name"]))
    status = RunStatus.FAILED
    try:
        server.files(run.artifact_uri).log_artifacts(str(folder))
        status = RunStatus.FINISHED
    finally:
        server.client.set_terminated(run.run_id, status)
    return _dataset(run)


def _dataset(run: Run) -> Dataset:
    tags = run.tags
    return Dataset(
        dataset_id=tags["dataset_id"],
        run_id=run.run_id,
        experiment_id=run.experiment_id,
        artifact_uri=run.artifact_uri,
        name=tags["name"],
        sha256=tags["sha256"],
        rows=int(tags["rows"]),
        columns=int(tags["columns"]),
        size_bytes=int(tags["size_bytes"]),
        created=run.started,
        requested_by=tags["requested_by"],
        parquet_sha256=tags["parquet_sha256"],
        stage=run.stage,
    )


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
