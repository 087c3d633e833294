"""A data set as an MLflow run: written whole or marked failed, found only when finished."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from pipeline.datasets import cache
from pipeline.errors import NotFound
from pipeline.mlflow_rest import Run, mlflow_rest
from pipeline.tables.hashing import file_sha256
from pipeline.tables.profile import Profile

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.tables.csv_convert import CsvInfo
    from pipeline.tables.schema import Schema

EXPERIMENT = "traffic_datasets"
DATA = "data.parquet"
PROFILE = "profile.json"
ID_DIGITS = 16
FINISHED = "attributes.status = 'FINISHED'"
NOT_ARCHIVED = " and tags.archived IS NULL"


@dataclass(frozen=True)
class Dataset:
    """A registered data set; the same bytes are the same data set.

    Attributes
    ----------
    dataset_id
        The first 16 hex digits of the CSV file's SHA-256.
    run_id, artifact_uri
        The MLflow run that keeps it, and where its files are.
    size_bytes
        Size of the CSV file.
    created
        When it was registered, in UTC.
    """

    dataset_id: str
    run_id: str
    artifact_uri: str
    name: str
    sha256: str
    rows: int
    columns: int
    size_bytes: int
    created: datetime
    requested_by: str
    parquet_sha256: str

    @cached_property
    def profile(self) -> Profile:
        """What the columns hold; fetched from the server when first asked for."""
        with cache.workspace() as part:
            _fetch(self, PROFILE, part / PROFILE)
            return Profile.from_json((part / PROFILE).read_text(encoding="utf-8"))

    @property
    def schema(self) -> Schema:
        """The columns with their roles; fetched with the profile."""
        return self.profile.schema


def save(folder: Path, info: CsvInfo, name: str, requested_by: str) -> Dataset:
    """Write a run with the files in ``folder``; it is finished only when all are stored."""
    tags = {
        "run_kind": "dataset",
        "dataset_id": info.sha256[:ID_DIGITS],
        "name": name,
        "sha256": info.sha256,
        "requested_by": requested_by,
        "rows": str(info.rows),
        "columns": str(info.columns),
        "size_bytes": str(info.size_bytes),
        "parquet_sha256": file_sha256(folder / DATA),
    }
    rest = mlflow_rest()
    run = rest.create_run(rest.experiment_id(EXPERIMENT), name, tags)
    status = "FAILED"
    try:
        rest.artifacts.upload(run.artifact_uri, folder)
        status = "FINISHED"
    finally:
        rest.end_run(run.run_id, status)
    return _dataset(run)


def discard(dataset: Dataset) -> None:
    """Delete a run that turned out to be a second copy."""
    mlflow_rest().delete_run(dataset.run_id)


def download(dataset: Dataset, folder: Path) -> Path:
    """Download the Parquet file into ``folder``."""
    target = folder / DATA
    _fetch(dataset, DATA, target)
    return target


def search(where: str, order: str, limit: int, token: str = "") -> tuple[list[Dataset], str]:
    """Return one page of finished data sets that satisfy ``where``, and the token of the next."""
    rest = mlflow_rest()
    try:
        experiment = rest.find_experiment(EXPERIMENT)
    except NotFound:  # nothing was ever registered
        return [], ""
    runs, following = rest.search_runs(
        experiment, FINISHED + where, order=order, limit=limit, token=token
    )
    return [_dataset(run) for run in runs], following


def _fetch(dataset: Dataset, path: str, target: Path) -> None:
    mlflow_rest().artifacts.download(dataset.artifact_uri, path, target)


def _dataset(run: Run) -> Dataset:
    tags = run.tags
    return Dataset(
        dataset_id=tags["dataset_id"],
        run_id=run.run_id,
        artifact_uri=run.artifact_uri,
        name=tags["name"],
        sha256=tags["sha256"],
        rows=int(tags["rows"]),
        columns=int(tags["columns"]),
        size_bytes=int(tags["size_bytes"]),
        created=datetime.fromtimestamp(run.started_ms / 1000, UTC),
        requested_by=tags["requested_by"],
        parquet_sha256=tags["parquet_sha256"],
    )
