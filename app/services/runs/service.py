"""Training and scoring runs as MLflow tracks them."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from app.clients.errors import NotFound, Rejected
from app.services.runs.queries import RunFilter, RunPages, RunSlice, SortKey, order_by, quoted
from app.services.runs.types import Artifact, Lineage
from app.services.system import names
from app.services.system.disk_cache import DiskCache
from app.services.system.links import Links
from pipeline.errors import MLFLOW
from pipeline.tracking import artifacts
from pipeline.tracking.client import TrackingServer
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

PAGE_SIZE = 25
SMALL_BYTES = 32 << 20
ID_LENGTH = 32
UNSAFE = re.compile(r"[^A-Za-z0-9_.-]")


@lru_cache(maxsize=256)
def known_tokens(
    server: TrackingServer, clause: str, order: tuple[str, ...], view: int
) -> dict[int, str]:
    """Return the page tokens that MLflow gave for a list of runs, by place, to be added to."""
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

        order = tuple(order_by(sort, descending=descending))
        tokens = known_tokens(self._mlflow, where.clause(), order, _view(where))
        return RunPages(search, tokens).slice(where.compared_here, offset, limit)

    def some(self, run_ids: Sequence[str]) -> tuple[Run, ...]:
        """Return runs by their ids, in that order; what is not there is left out."""
        listed = ", ".join(map(quoted, run_ids))
        if not listed:
            return ()
        found = search_runs(
            self._mlflow, f"attributes.run_id IN ({listed})", limit=len(run_ids)
        ).runs
        known = {run.run_id: run for run in found}
        return tuple(known[each] for each in dict.fromkeys(run_ids) if each in known)

    def get(self, run_id: str) -> Run:
        """Return one run.

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

    def artifacts(self, run_id: str) -> list[Artifact]:
        """Return every file of the run, folders opened, sorted by path."""
        found = artifacts.list_files(self._mlflow, self.get(run_id).artifact_uri)
        return [Artifact(*file, self._links.artifact(run_id, file[0])) for file in sorted(found)]

    def text(self, run_id: str, path: str) -> str:
        """Return a small text file of the run, such as ``summary_statistics.txt``."""
        return self.image(run_id, path).decode("utf-8", errors="replace")

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
        version = alias_holder(self._mlflow, alias)
        return self._find(version.run_id) if version else None

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


def _view(where: RunFilter) -> int:
    return DELETED if where.stage is Stage.DELETED else ACTIVE
