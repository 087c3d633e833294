"""Data sets: what the operator uploaded, as MLflow keeps it."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet as pq

from app.clients.errors import NotFound, Rejected, Unreachable
from app.clients.mlflow import ACTIVE, DELETED, MlflowClient
from app.services.caching import SHORT, Subject, cached, changed
from app.services.datasets.types import Dataset
from app.services.datasets.uploads import Uploads
from app.services.runs.queries import ARCHIVE, quoted, text_clause
from app.services.runs.types import Stage, moment, pairs, stage_of
from app.services.system import names
from app.services.system.disk_cache import DiskCache
from app.services.system.links import Links
from pipeline import datasets as registry
from pipeline import errors as pipeline_errors
from pipeline.tables.profile import Profile

PREVIEW_ROWS, MOST_LISTED = 1_000, 100
Store = Callable[[Path, str, str], registry.Dataset]
FINISHED = "attributes.status = 'FINISHED'"


class Datasets:
    """Registers, lists and shows data sets.

    Parameters
    ----------
    username
        Recorded with what is registered.
    files
        Where profiles and data are kept on the console's disk.
    store
        Turns a file into a registered data set, given its name and who asked.
    """

    def __init__(
        self,
        mlflow: MlflowClient,
        uploads: Uploads,
        username: str,
        files: DiskCache,
        links: Links,
        *,
        store: Store = registry.register,
    ) -> None:
        self._mlflow = mlflow
        self._uploads = uploads
        self._username = username
        self._files = files
        self._links = links
        self._store = store

    def register(self, upload_id: str, name: str = "") -> Dataset:
        """Turn a finished upload of this operator into a data set; the upload is gone afterwards.

        Raises
        ------
        pipeline.errors.DataError
            The file breaks a rule; nothing is stored.
        NotFound
            No such upload of this operator.
        """
        path, upload = self._uploads.find(upload_id)
        try:
            stored = self._store(path, name.strip() or upload.name, self._username)
        except pipeline_errors.Unreachable as error:
            raise Unreachable("MLflow", str(error)) from error
        except pipeline_errors.TrackingError as error:
            raise Rejected("MLflow", str(error)) from error
        finally:
            self._uploads.discard(upload_id)
        changed(Subject.DATASETS)
        return self.get(stored.dataset_id)

    @cached(SHORT, Subject.DATASETS)
    def list_datasets(
        self, limit: int = MOST_LISTED, stage: Stage | None = Stage.ACTIVE, *, name: str = ""
    ) -> tuple[Dataset, ...]:
        """Return the newest data sets first.

        Parameters
        ----------
        stage
            None is all that are not deleted.
        name
            Part of the name, or a whole data set id; empty means any.
        """
        where = f"{_at(stage)} AND {text_clause(name)}" if name else _at(stage)
        found = self._search(where, "attributes.start_time DESC", limit, _view(stage))
        first: dict[str, Dataset] = {}
        for dataset in reversed(found):
            first.setdefault(dataset.dataset_id, dataset)
        return tuple(reversed(first.values()))

    @cached(SHORT, Subject.DATASETS)
    def get(self, dataset_id: str) -> Dataset:
        """Return one data set by id, or the newest for ``latest``."""
        if dataset_id == names.LATEST:
            found = self._search(_at(Stage.ACTIVE), "attributes.start_time DESC", 1)
        else:
            where = f"{FINISHED} AND tags.dataset_id = {quoted(dataset_id)}"
            found = self._search(where, "attributes.end_time ASC", 1)
        if not found:
            what = "no data set yet" if dataset_id == names.LATEST else f"no data set {dataset_id}"
            raise NotFound("MLflow", f"There is {what}; upload a CSV file on the Data page.")
        return found[0]

    def profile(self, dataset_id: str) -> Profile:
        """Return what each column holds, in the file's order."""
        text = self._file(dataset_id, "profile.json").read_text(encoding="utf-8")
        return Profile.from_json(text)

    def preview(self, dataset_id: str, rows: int = PREVIEW_ROWS) -> pa.Table:
        """Return the first rows, at most ``PREVIEW_ROWS``."""
        wanted = min(rows, PREVIEW_ROWS)
        with pq.ParquetFile(self._file(dataset_id, "data.parquet")) as file:
            batch = next(file.iter_batches(batch_size=wanted), None)
            schema = file.schema_arrow
        return pa.Table.from_batches([batch] if batch else [], schema=schema)

    def _file(self, dataset_id: str, path: str) -> Path:
        run_id = self.get(dataset_id).run_id
        return self._files.get(
            f"{run_id}-{path}", lambda target: self._mlflow.download(run_id, path, target)
        )

    def _search(self, where: str, order: str, limit: int, view: str = ACTIVE) -> list[Dataset]:
        try:
            experiment = self._mlflow.experiment_id(names.DATASET_EXPERIMENT)
        except NotFound:
            return []
        found, _ = self._mlflow.search_runs([experiment], where, [order], limit, view=view)
        return [self._parse(run) for run in found]

    def _parse(self, answer: Mapping[str, Any]) -> Dataset:
        info, tags = answer["info"], pairs(answer["data"].get("tags", ()))
        return Dataset(
            dataset_id=tags["dataset_id"],
            run_id=info["run_id"],
            name=tags["name"],
            sha256=tags["sha256"],
            rows=int(tags["rows"]),
            columns=int(tags["columns"]),
            size_bytes=int(tags["size_bytes"]),
            created=moment(info["start_time"]),
            requested_by=tags["requested_by"],
            url=self._links.run(info["experiment_id"], info["run_id"]),
            stage=stage_of(info, tags),
        )


def _at(stage: Stage | None) -> str:
    """Return the condition that keeps finished data sets of a stage."""
    return f"{FINISHED} AND {ARCHIVE[stage]}" if stage in ARCHIVE else FINISHED


def _view(stage: Stage | None) -> str:
    return DELETED if stage is Stage.DELETED else ACTIVE
