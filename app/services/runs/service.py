"""Find training and scoring runs, and read their files."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from app.clients.errors import NotFound, Rejected
from app.clients.mlflow import ACTIVE, DELETED, MlflowClient
from app.services.caching import FOREVER, LIVE, SHORT, Subject, cached
from app.services.runs.queries import RunFilter, RunSlice, SortKey, order_by, quoted, read_slice
from app.services.runs.types import (
    Artifact,
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

PAGE_SIZE, NEWEST = 25, 50
FIELDS = 600
"""Seconds for which the names of metrics and parameters are kept."""
FILES = 40
SMALL_BYTES = 32 << 20
ID_LENGTH = 32
UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
SCORED = RunFilter(kind=RunKind.SCORE, status=RunStatus.FINISHED, stage=Stage.ACTIVE)


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

    @cached(LIVE, Subject.RUNS)
    def slice(
        self,
        where: RunFilter,
        sort: SortKey = SortKey.STARTED,
        *,
        descending: bool = True,
        offset: int = 0,
        limit: int = PAGE_SIZE,
    ) -> RunSlice:
        """Return a page of runs by its offset; conditions that MLflow lacks are compared here."""

        def search(most: int, token: str) -> RunPage:
            return self.search(where, sort, descending=descending, limit=most, page_token=token)

        return read_slice(search, where.compared_here, offset, limit)

    @cached(FIELDS, Subject.RUNS)
    def fields(self) -> tuple[list[str], list[str]]:
        """Return the names of the metrics and of the parameters that the newest runs have."""
        newest = self.search(limit=NEWEST).runs
        metrics = {name for run in newest for name in run.metrics}
        params = {name for run in newest for name in run.params}
        return sorted(metrics), sorted(params)

    @cached(LIVE, Subject.RUNS)
    def scored(self, limit: int) -> tuple[Run, ...]:
        """Return the newest finished score runs."""
        return self.search(SCORED, limit=limit).runs

    def some(self, run_ids: Sequence[str]) -> tuple[Run, ...]:
        """Return runs by their ids, in that order; unknown ids are left out."""
        listed = ", ".join(map(quoted, run_ids))
        if not listed:
            return ()
        where = f"attributes.run_id IN ({listed})"
        experiment = self._mlflow.experiment_id(names.EXPERIMENT)
        found, _ = self._mlflow.search_runs([experiment], where, limit=len(run_ids))
        known = {run.run_id: run for run in map(self._parse, found)}
        return tuple(known[each] for each in dict.fromkeys(run_ids) if each in known)

    @cached(LIVE, Subject.RUNS, Subject.MODELS)
    def get(self, run_id: str) -> Run:
        """Return one run as it was a moment ago; raises as ``fetch`` does."""
        return self.fetch(run_id)

    def fetch(self, run_id: str) -> Run:
        """Return one run as it is now.

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

    def find(self, run_id: str) -> Run | None:
        """Return one run; None where there is none, or no id."""
        try:
            return self.fetch(run_id) if run_id else None
        except NotFound:
            return None

    @cached(SHORT, Subject.RUNS)
    def artifacts(self, run_id: str) -> tuple[Artifact, ...]:
        """Return every file of the run in all folders, sorted by path."""
        return tuple(sorted(self._listed(run_id, ""), key=lambda file: file.path))

    def text(self, run_id: str, path: str) -> str:
        """Return a small text file of the run, such as ``summary_statistics.txt``."""
        return self.image(run_id, path).decode("utf-8", errors="replace")

    @cached(FOREVER, entries=FILES)
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

    @cached(LIVE, Subject.RUNS, Subject.MODELS)
    def champion(self, alias: str = names.CHAMPION) -> Run | None:
        """Return the train run behind the champion or another alias; None when there is none."""
        try:
            version = self._mlflow.version_by_alias(names.REGISTERED_MODEL, alias)
        except NotFound:
            return None
        return self.find(version.get("run_id", ""))

    @cached(LIVE, Subject.RUNS, Subject.JOBS)
    def latest_model(self) -> Run | None:
        """Return the newest finished train run; None when there is none."""
        return self._newest(RunKind.TRAIN)

    @cached(LIVE, Subject.RUNS, Subject.JOBS)
    def latest_score(self) -> Run | None:
        """Return the newest finished score run; None when there is none."""
        return self._newest(RunKind.SCORE)

    def _newest(self, kind: RunKind) -> Run | None:
        wanted = RunFilter(kind=kind, status=RunStatus.FINISHED, stage=Stage.ACTIVE)
        page = self.search(wanted, limit=1)
        return page.runs[0] if page.runs else None

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
