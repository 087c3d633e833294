"""What is older than the retention allows: proposed, never taken by itself."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.clients.mlflow_bin import MlflowBin
from app.services.cleanup.log import Store
from app.services.cleanup.planner import EXPERIMENTS, MOST_CHOSEN, Finder
from app.services.cleanup.types import Kind, Thing
from app.services.runs.queries import NOT_ARCHIVED, quoted
from app.services.system import names

ENDED = "attributes.status != 'RUNNING'"


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Periods:
    """How long things are kept.

    Attributes
    ----------
    days
        Until a run may be deleted; None keeps all.
    purge_days
        In the bin, until it may be removed for good; None keeps all.
    """

    days: int | None
    purge_days: int | None


class Retention:
    """Finds what is due; the oldest first, at most as many as one act takes.

    Left out are archived runs, the models in charge with their data sets, models that scored
    lately, and data sets that a run in use has read.
    """

    def __init__(
        self,
        periods: Periods,
        mlflow: MlflowBin,
        store: Store,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.periods = periods
        self._finder = Finder(mlflow)
        self._store = store
        self._now = now

    def to_delete(self) -> tuple[str, ...]:
        """Return the runs and data sets that are due to be deleted, by run id."""
        if self.periods.days is None:
            return ()
        before = self._now() - timedelta(days=self.periods.days)
        runs = self._old(before, names.EXPERIMENT)
        due = [*self._runs_due(runs, before), *self._datasets_due(before)]
        return tuple(thing.run_id for thing in due[:MOST_CHOSEN])

    def to_purge(self) -> tuple[str, ...]:
        """Return what has lain in the bin long enough, by run id."""
        if self.periods.purge_days is None:
            return ()
        before = self._now() - timedelta(days=self.periods.purge_days)
        return tuple(self._store.in_bin(before, EXPERIMENTS, MOST_CHOSEN))

    def _old(self, before: datetime, experiment: str) -> list[Thing]:
        started = f"attributes.start_time < {int(before.timestamp() * 1000)}"
        where = f"{started} AND {ENDED} AND {NOT_ARCHIVED}"
        return self._finder.search(where, MOST_CHOSEN, experiments=(experiment,))

    def _runs_due(self, runs: list[Thing], before: datetime) -> Iterator[Thing]:
        kept = self._in_use()
        for run in runs:
            if run.run_id in kept or (run.kind is Kind.TRAIN and self._scored_since(run, before)):
                continue
            yield run

    def _datasets_due(self, before: datetime) -> Iterator[Thing]:
        for dataset in self._old(before, names.DATASET_EXPERIMENT):
            if not self._finder.using(dataset, 1):
                yield dataset

    def _in_use(self) -> set[str]:
        """Return the models in charge; without a champion, the newest one is in use."""
        charged = {model.run_id for model in self._finder.in_charge().values()}
        return charged or {model.run_id for model in self._finder.newest_model()}

    def _scored_since(self, train: Thing, since: datetime) -> bool:
        where = (
            f"tags.model_run_id = {quoted(train.run_id)} "
            f"AND attributes.start_time >= {int(since.timestamp() * 1000)}"
        )
        return bool(self._finder.search(where, 1, experiments=(names.EXPERIMENT,)))
