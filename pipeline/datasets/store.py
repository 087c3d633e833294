"""A data set as an MLflow run: written whole or marked failed, found only when finished."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.datasets import cache
from pipeline.datasets.client import experiment_id, tracking_client, tracking_errors
from pipeline.hashing import file_sha256
from pipeline.profile import Profile

if TYPE_CHECKING:
    from mlflow.entities import Run

    from pipeline.csv_io import CsvInfo
    from pipeline.schema import Schema

EXPERIMENT = "traffic_datasets"
DATA = "data.parquet"
PROFILE = "profile.json"
ID_DIGITS = 16
FINISHED = "attributes.status = 'FINISHED'"


@dataclass(frozen=True)
class Dataset:
    """A registered data set; the same bytes are the same data set.

    Attributes
    ----------
    dataset_id
        The first 16 hex digits of the CSV file's SHA-256.
    run_id
        The MLflow run that keeps it.
    size_bytes
        Size of the CSV file.
    created
        When it was registered, in UTC.
    """

    dataset_id: str
    run_id: str
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
        with cache.workspace() as part, tracking_errors():
            path = tracking_client().download_artifacts(self.run_id, PROFILE, str(part))
            return Profile.from_json(Path(path).read_text(encoding="utf-8"))

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
    client = tracking_client()
    with tracking_errors():
        run_id = client.create_run(experiment_id(EXPERIMENT), tags=tags, run_name=name).info.run_id
        status = "FAILED"
        try:
            client.log_artifacts(run_id, str(folder))
            status = "FINISHED"
        finally:
            client.set_terminated(run_id, status)
        return _dataset(client.get_run(run_id))


def discard(dataset: Dataset) -> None:
    """Delete a run that turned out to be a second copy."""
    with tracking_errors():
        tracking_client().delete_run(dataset.run_id)


def download(dataset: Dataset, folder: Path) -> Path:
    """Download the Parquet file into ``folder``."""
    with tracking_errors():
        return Path(tracking_client().download_artifacts(dataset.run_id, DATA, str(folder)))


def search(
    where: str, order: str, limit: int, token: str | None = None
) -> tuple[list[Dataset], str | None]:
    """Return one page of finished data sets that satisfy ``where``, and the token of the next."""
    client = tracking_client()
    with tracking_errors():
        experiment = client.get_experiment_by_name(EXPERIMENT)
        if experiment is None:
            return [], None
        runs = client.search_runs(
            [experiment.experiment_id],
            FINISHED + where,
            max_results=limit,
            order_by=[order],
            page_token=token,
        )
        return [_dataset(run) for run in runs], runs.token


def _dataset(run: Run) -> Dataset:
    tags = run.data.tags
    return Dataset(
        dataset_id=tags["dataset_id"],
        run_id=run.info.run_id,
        name=tags["name"],
        sha256=tags["sha256"],
        rows=int(tags["rows"]),
        columns=int(tags["columns"]),
        size_bytes=int(tags["size_bytes"]),
        created=datetime.fromtimestamp(run.info.start_time / 1000, UTC),
        requested_by=tags["requested_by"],
        parquet_sha256=tags["parquet_sha256"],
    )
