"""Finds what an act is about, what hangs on it, and what must not be touched."""

from collections.abc import Sequence

from app.clients.errors import NotFound, Rejected
from app.clients.mlflow import ACTIVE, ALL, DELETED
from app.clients.mlflow_bin import MlflowBin
from app.services import names
from app.services.run_query import NOT_ARCHIVED, quoted
from app.services.tidy_model import Act, Kind, Thing, parse_thing

EXPERIMENTS = (names.EXPERIMENT, names.DATASET_EXPERIMENT)
MOST_CHOSEN, MOST_HANGING, MOST_BUSY = 100, 200, 100
OLDEST_FIRST, NEWEST_FIRST = ("attributes.start_time ASC",), ("attributes.start_time DESC",)


class Finder:
    """Asks MLflow; each method is a bounded number of requests."""

    def __init__(self, mlflow: MlflowBin) -> None:
        self._mlflow = mlflow
        self._known: dict[str, str] = {}

    def things(self, run_ids: Sequence[str]) -> list[Thing]:
        """Return runs and data sets by their run ids, in use or in the bin, oldest first.

        Raises
        ------
        Rejected
            More than ``MOST_CHOSEN`` are asked for.
        """
        if len(run_ids) > MOST_CHOSEN:
            raise Rejected(
                "The console",
                f"At most {MOST_CHOSEN} can be chosen at once, not {len(run_ids)}; choose fewer.",
            )
        listed = ", ".join(quoted(run_id) for run_id in run_ids)
        return self.search(f"attributes.run_id IN ({listed})", MOST_CHOSEN, ALL) if run_ids else []

    def scored_with(self, train: Thing, act: Act) -> list[Thing]:
        """Return the score runs of a model that ``act`` takes along."""
        view = DELETED if act in {Act.RESTORE, Act.PURGE} else ACTIVE
        where = f"tags.run_kind = 'score' AND tags.model_run_id = {quoted(train.run_id)}"
        found = self.search(where, MOST_HANGING + 1, view)
        if len(found) > MOST_HANGING:
            raise Rejected(
                "The console",
                f"More than {MOST_HANGING} score runs hang on {train.name}; "
                "choose some of them first.",
            )
        return found

    def using(self, dataset: Thing, limit: int) -> list[Thing]:
        """Return runs in use that read a data set."""
        where = f"tags.dataset_id = {quoted(dataset.dataset_id)}"
        found = self.search(where, limit + 1)
        return [thing for thing in found if thing.kind is not Kind.DATASET]

    def busy(self) -> list[Thing]:
        """Return the runs that are being worked on."""
        return self.search("attributes.status = 'RUNNING'", MOST_BUSY)

    def in_charge(self) -> dict[str, Thing]:
        """Return the train run behind each alias of the registry."""
        try:
            aliases = self._mlflow.aliases(names.REGISTERED_MODEL)
        except NotFound:
            return {}
        runs = {alias: self._run_of(alias) for alias in aliases}
        things = {thing.run_id: thing for thing in self.things(sorted(set(runs.values())))}
        return {alias: things[run_id] for alias, run_id in runs.items() if run_id in things}

    def newest_model(self) -> list[Thing]:
        """Return the newest finished train run, if there is one."""
        where = f"tags.run_kind = 'train' AND attributes.status = 'FINISHED' AND {NOT_ARCHIVED}"
        return self.search(where, 1, order=NEWEST_FIRST)

    def versions(self, train: Thing) -> tuple[tuple[str, str], ...]:
        """Return the versions of registered models that came of a train run."""
        found = self._mlflow.versions_of(train.run_id)
        return tuple((str(each["name"]), str(each["version"])) for each in found)

    def search(
        self,
        where: str,
        limit: int,
        view: str = ACTIVE,
        *,
        experiments: Sequence[str] = EXPERIMENTS,
        order: Sequence[str] = OLDEST_FIRST,
    ) -> list[Thing]:
        """Return runs of our experiments, the oldest first if not told otherwise."""
        ids = [found for name in experiments if (found := self._experiment(name))]
        if not ids:
            return []
        runs, _ = self._mlflow.search_runs(ids, where, order, limit, view=view)
        return [parse_thing(run) for run in runs]

    def _experiment(self, name: str) -> str:
        if name not in self._known:
            try:
                self._known[name] = self._mlflow.experiment_id(name)
            except NotFound:
                return ""
        return self._known[name]

    def _run_of(self, alias: str) -> str:
        version = self._mlflow.version_by_alias(names.REGISTERED_MODEL, alias)
        return str(version.get("run_id", ""))
