"""Data sets: what the operator uploaded, as MLflow keeps it."""

import pyarrow as pa
from pyarrow import parquet as pq

from app.services.caching import SHORT, Subject, cached, changed
from app.services.datasets.uploads import Uploads
from app.services.runs.queries import ARCHIVE, text_clause
from pipeline.tables.profile import Profile
from pipeline.tracking import datasets
from pipeline.tracking.client import TrackingServer
from pipeline.tracking.datasets import Dataset
from pipeline.tracking.runs import ACTIVE, DELETED, Stage

PREVIEW_ROWS, MOST_LISTED = 1_000, 100


class Datasets:
    """Registers, lists and shows data sets.

    Parameters
    ----------
    username
        Recorded with what is registered.
    """

    def __init__(self, mlflow: TrackingServer, uploads: Uploads, username: str) -> None:
        self._mlflow = mlflow
        self._uploads = uploads
        self._username = username

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
        shown = name.strip() or upload.name
        try:
            return datasets.register(
                self._mlflow, path, shown, self._username, sha256=upload.sha256
            )
        finally:
            self._uploads.discard(upload_id)
            changed(Subject.DATASETS)

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
        clauses = [ARCHIVE.get(stage, ""), text_clause(name) if name else ""]
        where = " AND ".join(filter(None, clauses))
        view = DELETED if stage is Stage.DELETED else ACTIVE
        return datasets.search_datasets(self._mlflow, where, limit=limit, view=view)

    @cached(SHORT, Subject.DATASETS)
    def get(self, dataset_id: str) -> Dataset:
        """Return one data set by id, or the newest for ``latest``."""
        return datasets.get_dataset(self._mlflow, dataset_id)

    def names(self) -> dict[str, str]:
        """Return the name of each data set by its id, archived ones as well."""
        return {each.dataset_id: each.name for each in self.list_datasets(stage=None)}

    def profile(self, dataset_id: str) -> Profile:
        """Return what each column holds, in the file's order."""
        return datasets.profile_of(self._mlflow, self.get(dataset_id))

    def preview(self, dataset_id: str, rows: int = PREVIEW_ROWS) -> pa.Table:
        """Return the first rows, at most ``PREVIEW_ROWS``."""
        wanted = min(rows, PREVIEW_ROWS)
        with pq.ParquetFile(datasets.fetch(self._mlflow, dataset_id)) as file:
            batch = next(file.iter_batches(batch_size=wanted), None)
            schema = file.schema_arrow
        return pa.Table.from_batches([batch] if batch else [], schema=schema)
