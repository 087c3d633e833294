"""What cleanup asks of MLflow: runs and data sets, what uses them, and the size of their files."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from app.services.cleanup.types import Item, ItemKind, Operation, item_of
from app.services.runs.queries import quoted
from pipeline.errors import NotFound, Rejected
from pipeline.tracking import names
from pipeline.tracking.artifacts import list_files
from pipeline.tracking.client import TrackingServer
from pipeline.tracking.names import NOT_ARCHIVED
from pipeline.tracking.registry import alias_holder
from pipeline.tracking.runs import ACTIVE, ALL, DELETED, NEWEST_FIRST, search_runs

CONSOLE = "The console"
EXPERIMENTS = (names.EXPERIMENT, names.DATASET_EXPERIMENT)
MOST_CHOSEN, MOST_DEPENDENT, MOST_RUNNING = 100, 200, 100
THREADS, MOST_SIZES = 8, 20_000
OLDEST_FIRST = ("attributes.start_time ASC",)


class Finder:
    """Finds items in MLflow; each method is a bounded number of requests."""

    def __init__(self, mlflow: TrackingServer) -> None:
        self._mlflow = mlflow

    def items(self, run_ids: Sequence[str]) -> list[Item]:
        """Return runs and data sets by their run ids, at any stage, the oldest first.

        Raises
        ------
        Rejected
            More than ``MOST_CHOSEN`` are requested.
        """
        if len(run_ids) > MOST_CHOSEN:
            raise Rejected(
                CONSOLE,
                f"At most {MOST_CHOSEN} can be chosen at once, not {len(run_ids)}; choose fewer.",
            )
        listed = ", ".join(quoted(run_id) for run_id in run_ids)
        return self.search(f"attributes.run_id IN ({listed})", MOST_CHOSEN, ALL) if run_ids else []

    def scored_with(self, train: Item, operation: Operation) -> list[Item]:
        """Return the score runs of a model that ``operation`` includes."""
        deleted = operation in {Operation.RESTORE, Operation.PURGE}
        where = f"tags.run_kind = 'score' AND tags.model_run_id = {quoted(train.run_id)}"
        found = self.search(where, MOST_DEPENDENT + 1, DELETED if deleted else ACTIVE)
        if len(found) > MOST_DEPENDENT:
            raise Rejected(
                CONSOLE,
                f"More than {MOST_DEPENDENT} score runs depend on {train.name}; "
                "choose some of them first.",
            )
        return found

    def using(self, dataset: Item, limit: int) -> list[Item]:
        """Return runs that read a data set and are not deleted."""
        where = f"tags.dataset_id = {quoted(dataset.dataset_id)}"
        found = self.search(where, limit + 1)
        return [item for item in found if item.kind is not ItemKind.DATASET]

    def running(self) -> list[Item]:
        """Return the runs in progress."""
        return self.search("attributes.status = 'RUNNING'", MOST_RUNNING)

    def alias_holders(self) -> dict[str, Item]:
        """Return the train run behind each alias of the registry."""
        try:
            aliases = self._mlflow.client.get_registered_model(names.REGISTERED_MODEL).aliases
        except NotFound:
            return {}
        versions = {alias: alias_holder(self._mlflow, alias) for alias in aliases}
        runs = {alias: version.run_id for alias, version in versions.items() if version}
        items = {item.run_id: item for item in self.items(sorted(set(runs.values())))}
        return {alias: items[run_id] for alias, run_id in runs.items() if run_id in items}

    def versions(self, train: Item) -> tuple[tuple[str, str], ...]:
        """Return the registered versions that a train run created."""
        found = self._mlflow.client.search_model_versions(f"run_id='{train.run_id}'")
        return tuple((each.name, str(each.version)) for each in found)

    def unused_since(self, moment: datetime) -> Iterator[Item]:
        """Yield older runs and data sets that nothing uses any more, the oldest first.

        Left out are archived runs, models that an alias names with their data sets (without a
        champion the newest model), models that have scored since, and data sets that an active run
        has read.
        """
        in_use = {model.run_id for model in self.alias_holders().values()} or self._newest_model()
        for run in self._ended_before(moment, names.EXPERIMENT):
            scored = run.kind is ItemKind.TRAIN and self._scored_since(run, moment)
            if run.run_id not in in_use and not scored:
                yield run
        for dataset in self._ended_before(moment, names.DATASET_EXPERIMENT):
            if not self.using(dataset, 1):
                yield dataset

    def search(
        self,
        where: str,
        limit: int,
        view: int = ACTIVE,
        *,
        experiments: Sequence[str] = EXPERIMENTS,
        order: Sequence[str] = OLDEST_FIRST,
    ) -> list[Item]:
        """Return items of the console's experiments."""
        found = search_runs(self._mlflow, where, order, limit, view=view, experiments=experiments)
        return [item_of(run) for run in found.runs]

    def _ended_before(self, moment: datetime, experiment: str) -> list[Item]:
        started = f"attributes.start_time < {int(moment.timestamp() * 1000)}"
        where = f"{started} AND attributes.status != 'RUNNING' AND {NOT_ARCHIVED}"
        return self.search(where, MOST_CHOSEN, experiments=(experiment,))

    def _scored_since(self, train: Item, moment: datetime) -> bool:
        where = (
            f"tags.model_run_id = {quoted(train.run_id)} "
            f"AND attributes.start_time >= {int(moment.timestamp() * 1000)}"
        )
        return bool(self.search(where, 1, experiments=(names.EXPERIMENT,)))

    def _newest_model(self) -> set[str]:
        where = f"tags.run_kind = 'train' AND attributes.status = 'FINISHED' AND {NOT_ARCHIVED}"
        return {train.run_id for train in self.search(where, 1, order=NEWEST_FIRST)}


class StoredFiles:
    """Files in the artifact store; the sizes of ended runs never grow, so they are remembered."""

    def __init__(self, mlflow: TrackingServer) -> None:
        self._mlflow = mlflow
        self._sizes: dict[str, int] = {}

    def sizes(self, items: Sequence[Item]) -> list[int]:
        """Return the stored bytes of each item, several measured at the same time."""
        with ThreadPoolExecutor(THREADS, "cleanup") as pool:
            return list(pool.map(self._size, items))

    def remove(self, item: Item) -> int:
        """Remove all files of an item; returns the bytes freed, measured before and after."""
        before = self._measure(item)
        for location in item.locations:
            self._mlflow.files(location).delete_artifacts()
        self._sizes.pop(item.run_id, None)
        return before - self._measure(item)

    def _size(self, item: Item) -> int:
        if item.run_id in self._sizes:
            return self._sizes[item.run_id]
        size = self._measure(item)
        if not item.running and len(self._sizes) < MOST_SIZES:
            self._sizes[item.run_id] = size
        return size

    def _measure(self, item: Item) -> int:
        found = (list_files(self._mlflow, location) for location in item.locations)
        return sum(size for files in found for _, size in files)
