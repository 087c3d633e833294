"""Find training and scoring runs, and read their files."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.services.caching import FOREVER, LIVE, SHORT, Subject, cached
from app.services.runs.queries import RunFilter, RunPages, RunSlice, SortKey, order_by, quoted
from app.services.system.disk_cache import DiskCache
from app.services.system.links import Links
from pipeline.errors import MLFLOW, NotFound, Rejected
from pipeline.tracking import artifacts
from pipeline.tracking.client import TrackingServer
from pipeline.tracking.names import CHAMPION
from pipeline.tracking.registry import alias_holder
from pipeline.tracking.runs import (
    ACTIVE,
    DELETED,
    Run,
    RunKind,
    RunPage,
    RunStatus,
    Stage,
    get_run,
    search_runs,
)

PAGE_SIZE, NEWEST = 25, 50
FIELDS = 600
"""Seconds for which the names of metrics and parameters are kept."""
FILES = 40
SMALL_BYTES = 32 << 20
ID_LENGTH = 32
UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")
TRAINED = RunFilter(kind=RunKind.TRAIN, status=RunStatus.FINISHED, stage=Stage.ACTIVE)
SCORED = RunFilter(kind=RunKind.SCORE, status=RunStatus.FINISHED, stage=Stage.ACTIVE)


@dataclass(frozen=True)
class Artifact:
    """A stored file of a run; ``url`` downloads it through the console."""

    path: str
    size_bytes: int
    url: str


@lru_cache(maxsize=256)
def known_tokens(
    server: TrackingServer, clause: str, order: tuple[str, ...], view: int
) -> dict[int, str]:
    """Return the page tokens that MLflow gave for a list of runs, by offset, to be added to."""
    del server, clause, order, view  # the list they name
    return {0: ""}


class Runs:
    """Finds runs and their files.

    Parameters
    ----------
    files
        Where files are kept on the console's disk.
    """

    def __init__(self, mlflow: TrackingServer, links: Links, files: DiskCache) -> None:
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
        wanted = where or RunFilter()
        order = order_by(sort, descending=descending)
        return search_runs(
            self._mlflow, wanted.clause(), order, limit, page_token, view=_view(wanted)
        )

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

        order = tuple(order_by(sort, descending=descending))
        tokens = known_tokens(self._mlflow, where.clause(), order, _view(where))
        return RunPages(search, tokens).slice(where.compared_here, offset, limit)

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
        known = {
            run.run_id: run for run in search_runs(self._mlflow, where, limit=len(run_ids)).runs
        }
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
            return get_run(self._mlflow, run_id)
        except NotFound as error:
            raise NotFound(
                MLFLOW,
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
        found = artifacts.list_files(self._mlflow, self.get(run_id).artifact_uri)
        return tuple(
            Artifact(path, size, self._links.artifact(run_id, path)) for path, size in sorted(found)
        )

    def text(self, run_id: str, path: str) -> str:
        """Return a small text file of the run, such as ``summary_statistics.txt``."""
        return self.image(run_id, path).decode("utf-8", errors="replace")

    @cached(FOREVER, entries=FILES)
    def image(self, run_id: str, path: str) -> bytes:
        """Return a small binary file of the run, such as a PNG chart."""
        file = self.download(run_id, path)
        if file.stat().st_size > SMALL_BYTES:
            raise Rejected(MLFLOW, f"{path} is too large to show; download it instead.")
        return file.read_bytes()

    def download(self, run_id: str, path: str) -> Path:
        """Copy a file of the run to the console's disk and return where it lies."""

        def fetch(part: Path) -> None:
            artifacts.download(self._mlflow, self.get(run_id).artifact_uri, path, part)

        return self._files.get(f"{run_id}-{UNSAFE.sub('_', path)}", fetch)

    @cached(LIVE, Subject.RUNS, Subject.MODELS)
    def champion(self, alias: str = CHAMPION) -> Run | None:
        """Return the train run behind the champion or another alias; None when there is none."""
        version = alias_holder(self._mlflow, alias)
        return self.find(version.run_id) if version else None

    @cached(LIVE, Subject.RUNS, Subject.JOBS)
    def latest_model(self) -> Run | None:
        """Return the newest finished train run; None when there is none."""
        found = self.search(TRAINED, limit=1).runs
        return found[0] if found else None


def _view(where: RunFilter) -> int:
    return DELETED if where.stage is Stage.DELETED else ACTIVE
