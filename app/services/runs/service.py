"""Training and scoring runs as MLflow tracks them."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.clients.errors import NotFound, Rejected
from app.clients.mlflow import ACTIVE, DELETED, MlflowClient
from app.services.runs.queries import RunFilter, RunSlice, SortKey, order_by, quoted, read_slice
from app.services.runs.types import (
    Artifact,
    Lineage,
    Run,
    RunKind,
    RunPage,
    RunStatus,
    Stage,
    parse_run,
)
from app.services.system import names
from app.services.system.disk_cache import DiskCache
from app.services.system.links import Links

PAGE_SIZE = 25
SMALL_BYTES = 32 << 20
ID_LENGTH = 32
UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")


class Runs:
    """Finds runs and their files.

    Parameters
    ----------
    files
        Where files are kept on the console's disk.
    """

    def __init__(self, mlflow: MlflowClient, links: Links, files: DiskCache) -> None:
        self._mlflow = mlflow
        self._links = links
        self._files = files

    def search(
        self,
        where: RunFilter | None = None,
        sort: SortKey = SortKey.STARTED,
        *,
        descending: bool = True,
        limit: int = PAGE_SIZE,
        page_token: str = "",
    ) -> RunPage:
        """Return one page of runs, filtered and sorted by MLflow itself."""
        try:
            experiment = self._mlflow.experiment_id(names.EXPERIMENT)
        except NotFound:
            return RunPage(())
        wanted = where or RunFilter()
        found, token = self._mlflow.search_runs(
            [experiment],
            wanted.clause(),
            order_by(sort, descending=descending),
            limit,
            page_token,
            view=DELETED if wanted.stage is Stage.DELETED else ACTIVE,
        )
        return RunPage(tuple(self._parse(run) for run in found), token)

    def slice(
        self,
        where: RunFilter,
        sort: SortKey = SortKey.STARTED,
        *,
        descending: bool = True,
        offset: int = 0,
        limit: int = PAGE_SIZE,
    ) -> RunSlice:
        """Return the runs from a place in the list on, also where MLflow cannot compare them."""

        def search(most: int, token: str) -> RunPage:
            return self.search(where, sort, descending=descending, limit=most, page_token=token)

        return read_slice(search, where.compared_here, offset, limit)

    def some(self, run_ids: Sequence[str]) -> tuple[Run, ...]:
        """Return runs by their ids, in that order; what is not there is left out."""
        listed = ", ".join(map(quoted, run_ids))
        if not listed:
            return ()
        where = f"attributes.run_id IN ({listed})"
        experiment = self._mlflow.experiment_id(names.EXPERIMENT)
        found, _ = self._mlflow.search_runs([experiment], where, limit=len(run_ids))
        known = {run.run_id: run for run in map(self._parse, found)}
        return tuple(known[each] for each in dict.fromkeys(run_ids) if each in known)

    def get(self, run_id: str) -> Run:
        """Return one run.

        Raises
        ------
        NotFound
            There is none of that id.
        """
        try:
            return self._parse(self._mlflow.run(run_id))
        except NotFound as error:
            raise NotFound(
                "MLflow",
                f"There is no run {run_id[:ID_LENGTH]}; it may have been deleted for good. Choose "
                "another one from the list.",
            ) from error

    def artifacts(self, run_id: str) -> list[Artifact]:
        """Return every file of the run, folders opened, sorted by path."""
        return sorted(self._listed(run_id, ""), key=lambda file: file.path)

    def text(self, run_id: str, path: str) -> str:
        """Return a small text file of the run, such as ``summary_statistics.txt``."""
        return self.image(run_id, path).decode("utf-8", errors="replace")

    def image(self, run_id: str, path: str) -> bytes:
        """Return a small binary file of the run, such as a PNG chart."""
        content = bytearray()
        for chunk in self._mlflow.stream(run_id, path):
            content += chunk
            if len(content) > SMALL_BYTES:
                raise Rejected("MLflow", f"{path} is too large to show; download it instead.")
        return bytes(content)

    def download(self, run_id: str, path: str) -> Path:
        """Copy a file of the run to the console's disk and return where it lies."""
        name = f"{run_id}-{UNSAFE.sub('_', path)}"
        return self._files.get(name, lambda part: self._mlflow.download(run_id, path, part))

    def stream(self, run_id: str, path: str) -> Iterator[bytes]:
        """Yield a file of the run in pieces, without a copy on the console's disk."""
        return self._mlflow.stream(run_id, path)

    def lineage(self, run_id: str) -> Lineage:
        """Return what the run came from and what came of it."""
        run = self.get(run_id)
        train = run if run.kind is RunKind.TRAIN else self._find(run.model_run_id)
        scores: tuple[Run, ...] = ()
        if train:
            scores = self.search(RunFilter(kind=RunKind.SCORE, model_run_id=train.run_id)).runs
        same_job = train is not None and train.dag_run_id == run.dag_run_id
        dag_id = names.TRAIN_DAG if same_job else names.SCORE_DAG
        url = self._links.job(dag_id, run.dag_run_id) if run.dag_run_id else ""
        return Lineage(run, run.dataset_id, train, scores, run.dag_run_id, url)

    def champion(self, alias: str = names.CHAMPION) -> Run | None:
        """Return the train run behind the champion or another alias; None when there is none."""
        try:
            version = self._mlflow.version_by_alias(names.REGISTERED_MODEL, alias)
        except NotFound:
            return None
        return self._find(version.get("run_id", ""))

    def latest_model(self) -> Run | None:
        """Return the newest finished train run; None when there is none."""
        return self._newest(RunKind.TRAIN)

    def latest_score(self) -> Run | None:
        """Return the newest finished score run; None when there is none."""
        return self._newest(RunKind.SCORE)

    def _newest(self, kind: RunKind) -> Run | None:
        wanted = RunFilter(kind=kind, status=RunStatus.FINISHED, stage=Stage.SHOWN)
        page = self.search(wanted, limit=1)
        return page.runs[0] if page.runs else None

    def _find(self, run_id: str) -> Run | None:
        try:
            return self.get(run_id) if run_id else None
        except NotFound:
            return None

    def _listed(self, run_id: str, folder: str) -> Iterator[Artifact]:
        for entry in self._mlflow.artifacts(run_id, folder):
            path = entry["path"]
            if entry.get("is_dir"):
                yield from self._listed(run_id, path)
            else:
                size = int(entry.get("file_size", 0))
                yield Artifact(path, size, self._links.artifact(run_id, path))

    def _parse(self, answer: dict[str, Any]) -> Run:
        info = answer["info"]
        return parse_run(answer, self._links.run(info["experiment_id"], info["run_id"]))
