"""What an operation would do: the items and their dependents, and what is refused and why."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain

from app.services.cleanup.queries import THREADS, Finder, StoredFiles
from app.services.cleanup.types import (
    POSSIBLE,
    CleanupPreview,
    Entry,
    Item,
    ItemKind,
    Operation,
    Refusal,
)
from pipeline.tracking.runs import Stage

MOST_NAMED = 5
UNKNOWN = "There is no run or data set of this id."
WRONG_STAGE = {
    Stage.ACTIVE: "It is neither archived nor deleted.",
    Stage.ARCHIVED: "It is archived already.",
    Stage.DELETED: "It is deleted already: restore it first, or remove it for good.",
}


class Rules:
    """Why an operation must leave an item alone, from what MLflow held when this was made."""

    def __init__(self, finder: Finder, operation: Operation) -> None:
        self._operation = operation
        self._alias_holders: Mapping[str, Item] = finder.alias_holders() if operation.hides else {}
        self._running: Sequence[Item] = finder.running() if operation.hides else ()

    def against(self, item: Item) -> str:
        """Return the reason to refuse in one sentence; empty where there is none."""
        if item.stage not in POSSIBLE[self._operation]:
            return WRONG_STAGE[item.stage]
        if self._operation is Operation.PURGE and not item.locations:
            return "Its files do not lie behind MLflow's artifact proxy, so they would stay."
        if not self._operation.hides:
            return ""
        return self._named_by_alias(item) or self._in_progress(item)

    def _named_by_alias(self, item: Item) -> str:
        for alias, model in self._alias_holders.items():
            if item.run_id == model.run_id:
                return f"It is the {alias}: let another model take its place first."
            if item.kind is ItemKind.DATASET and item.dataset_id == model.dataset_id:
                return f"The {alias} was trained on it: let another model take its place first."
        return ""

    def _in_progress(self, item: Item) -> str:
        if item.running:
            return "It is running: wait for its end, or cancel it."
        for run in self._running:
            if item.run_id == run.model_run_id:
                return f"{run.name} is running with its model: wait for its end, or cancel it."
            if item.kind is ItemKind.DATASET and item.dataset_id == run.dataset_id:
                return f"{run.name} is running on it: wait for its end, or cancel it."
        return ""


class Previewer:
    """Makes previews; changes nothing."""

    def __init__(self, finder: Finder, files: StoredFiles) -> None:
        self._finder = finder
        self._files = files

    def preview(self, operation: Operation, run_ids: Sequence[str]) -> CleanupPreview:
        """Return what an operation would do to some runs and data sets."""
        chosen = self._finder.items(run_ids)
        rules = Rules(self._finder, operation)
        reasons = {item.run_id: self._refusal(rules, operation, item) for item in chosen}
        allowed = [item for item in chosen if not reasons[item.run_id]]
        included = self._with_dependents(operation, allowed, rules)
        refusals = [
            *(Refusal(i.name, reasons[i.run_id]) for i in chosen if reasons[i.run_id]),
            *(Refusal(each, UNKNOWN) for each in run_ids if each not in reasons),
        ]
        entries = tuple(self._entries(operation, included))
        notes = tuple(self._notes(operation, [item for item, _ in included]))
        return CleanupPreview(operation, tuple(run_ids), entries, tuple(refusals), notes)

    def _refusal(self, rules: Rules, operation: Operation, item: Item) -> str:
        """Refuse by the rules, and to purge a model while score runs of it are not deleted."""
        if reason := rules.against(item):
            return reason
        if operation is Operation.PURGE and item.kind is ItemKind.TRAIN:
            active = self._finder.scored_with(item, Operation.DELETE)
            return f"{len(active)} score runs in use depend on its model." if active else ""
        return ""

    def _with_dependents(
        self, operation: Operation, chosen: Sequence[Item], rules: Rules
    ) -> list[tuple[Item, str]]:
        """Return the chosen and their dependents, each once with the reason."""
        included = {item.run_id: (item, "") for item in chosen}
        with ThreadPoolExecutor(THREADS, "cleanup") as pool:
            found = pool.map(
                partial(self._dependents, operation), chosen if operation.cascades else ()
            )
            for item, because in chain.from_iterable(found):
                if not rules.against(item):
                    included.setdefault(item.run_id, (item, because))
        return list(included.values())

    def _dependents(self, operation: Operation, item: Item) -> list[tuple[Item, str]]:
        """Return a model's score runs, and to restore a score run the model it needs."""
        if item.kind is ItemKind.TRAIN:
            scores = self._finder.scored_with(item, operation)
            return [(score, f"scored with {item.name}") for score in scores]
        if operation is Operation.RESTORE and item.model_run_id:
            trains = self._finder.items([item.model_run_id])
            return [(train, f"the model of {item.name}") for train in trains]
        return []

    def _entries(
        self, operation: Operation, included: Sequence[tuple[Item, str]]
    ) -> Iterator[Entry]:
        items = [item for item, _ in included]
        sizes = self._files.sizes(items)
        with ThreadPoolExecutor(THREADS, "cleanup") as pool:
            versions = list(pool.map(partial(self._versions, operation), items))
        for (item, because), size, numbers in zip(included, sizes, versions, strict=True):
            yield Entry(item, size, because, numbers)

    def _versions(self, operation: Operation, item: Item) -> tuple[tuple[str, str], ...]:
        versioned = item.kind is ItemKind.TRAIN and operation.cascades
        return self._finder.versions(item) if versioned else ()

    def _notes(self, operation: Operation, items: Sequence[Item]) -> Iterator[str]:
        """Name the runs that stay while their data set goes."""
        included = {item.run_id for item in items}
        for dataset in items if operation in {Operation.DELETE, Operation.PURGE} else ():
            if dataset.kind is not ItemKind.DATASET:
                continue
            using = self._finder.using(dataset, MOST_NAMED)
            names = [run.name for run in using if run.run_id not in included]
            if names:
                more = " and more" if len(using) > MOST_NAMED else ""
                yield (
                    f"{', '.join(names[:MOST_NAMED])}{more}: used {dataset.name} and stay with all "
                    "their results, but cannot be run on it again."
                )
