"""When what ran: data every week, a new model every month, scoring all the time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from math import ceil
from random import Random

from app.monitoring.history import figures
from app.monitoring.history.model import MARK, PastDataset, PastRun

PEOPLE = ("ana", "ben", "chidi", "scheduler")
RETRAIN_DAYS, DATASET_DAYS, QUIET_DAYS = 30, 7, 5
FAILED_SHARE, CANCELLED_SHARE = 0.025, 0.01
CONTAMINATION, TREES, ROWS_PER_TREE = 0.1, 200, 4096


@dataclass
class Timeline:
    """Makes the runs between ``since`` and ``until``, in order; the same seed makes the same."""

    random: Random
    since: datetime
    until: datetime
    wanted: int
    datasets: list[PastDataset] = field(default_factory=list)
    runs: list[PastRun] = field(default_factory=list)

    _model: PastRun | None = field(default=None, init=False)

    @cached_property
    def trouble(self) -> figures.Trouble:
        """A bad month, a little after the middle."""
        days = (self.until - self.since) / timedelta(days=1)
        return figures.Trouble(self.since + timedelta(days=0.55 * days), 0.12 * days)

    def make(self) -> None:
        """Fill ``datasets`` and ``runs``."""
        for when in self._moments():
            self._register_when_due(when)
            if self._model is None or when - self._model.started > timedelta(days=RETRAIN_DAYS):
                self._train(when)
            else:
                self._score_new_data(when)

    def _moments(self) -> Iterator[datetime]:
        """Yield when jobs begin, the last a few hours before the end; training makes two runs."""
        trainings = ceil((self.until - self.since) / timedelta(days=RETRAIN_DAYS))
        jobs = max(self.wanted - trainings, 2)
        step = (self.until - timedelta(hours=3) - self.since) / jobs
        for index in range(jobs):
            yield self.since + step * (index + 0.7 + 0.3 * self.random.random())

    def _register_when_due(self, when: datetime) -> None:
        newest = self.datasets[-1].registered if self.datasets else None
        if newest is None or when - newest > timedelta(days=DATASET_DAYS):
            self._register(when - timedelta(minutes=5))
            if newest is None:
                self._register(when - timedelta(minutes=1))

    def _register(self, when: datetime) -> None:
        past = PastDataset(
            run_id=self._hex(32),
            dataset_id=self._hex(16),
            name=f"accidents {when:%Y-%m-%d} {chr(97 + len(self.datasets) % 26)}",
            rows=int(200_000 * self.random.uniform(0.9, 1.1)),
            registered=when,
        )
        self.datasets.append(past)

    def _train(self, when: datetime) -> None:
        """Add the two runs of a detection job; later runs score with its model."""
        data = self.datasets[0] if self._model is None else self.datasets[-1]
        job = self._job(when, data)
        metrics = figures.train_metrics(
            self.random, rows=data.rows, rate=CONTAMINATION, trees=TREES
        )
        params = {
            "n_estimators": str(TREES),
            "contamination": str(CONTAMINATION),
            "use_date_features": "True",
            "max_samples": str(ROWS_PER_TREE),
            "random_state": "42",
            "dataset": data.dataset_id,
        }
        tags = {"run_kind": "train", **job}
        seconds = metrics["training_seconds"] + 1.5
        self._model = self._add(tags, params, metrics, when=when, seconds=seconds)
        self._score(self._model.ended + timedelta(seconds=1), data, job, on_training_data=True)

    def _score_new_data(self, when: datetime) -> None:
        data = self.random.choice(self._unseen()[-4:])
        self._score(when, data, self._job(when, data), on_training_data=False)

    def _unseen(self) -> list[PastDataset]:
        trained_on = self._trained().tags["dataset_id"]
        return [past for past in self.datasets if past.dataset_id != trained_on]

    def _trained(self) -> PastRun:
        if self._model is None:
            raise LookupError("nothing is scored before the first model")
        return self._model

    def _score(
        self, when: datetime, data: PastDataset, job: dict[str, str], *, on_training_data: bool
    ) -> None:
        model = self._trained()
        age = 0.0 if on_training_data else (when - model.started) / timedelta(days=1)
        trouble = 0.0 if on_training_data else self.trouble.at(when)
        metrics = figures.score_metrics(
            self.random,
            when=when,
            rows=data.rows,
            rate=CONTAMINATION,
            age_days=age,
            trouble=trouble,
        )
        if on_training_data:
            metrics["anomaly_rate"] = CONTAMINATION
        tags = {"run_kind": "score", **job, "model_run_id": model.run_id}
        params = {"dataset": data.dataset_id, "model": "latest"}
        self._add(tags, params, metrics, when=when, seconds=metrics["scoring_seconds"] + 2.5)

    def _job(self, when: datetime, data: PastDataset) -> dict[str, str]:
        return {
            "dataset_id": data.dataset_id,
            "dataset_name": data.name,
            "dag_run_id": f"history__{when:%Y%m%dT%H%M%S}_{self._hex(4)}",
            "requested_by": self.random.choice(PEOPLE),
        }

    def _add(
        self,
        tags: dict[str, str],
        params: dict[str, str],
        metrics: dict[str, float],
        *,
        when: datetime,
        seconds: float,
    ) -> PastRun:
        kind = tags["run_kind"]
        status = self._status(when) if kind == "score" else "FINISHED"
        run = PastRun(
            run_id=self._hex(32),
            name=f"{kind} {when:%Y-%m-%d %H:%M}",
            status=status,
            started=when,
            ended=when + timedelta(seconds=seconds * self.random.uniform(0.9, 1.1)),
            tags={**tags, MARK[0]: MARK[1]},
            params=params,
            metrics=metrics if status == "FINISHED" else {},
        )
        self.runs.append(run)
        return run

    def _status(self, when: datetime) -> str:
        """Draw how a run ends; the last days go well, so that no alert stands at the end."""
        drawn = self.random.random() * (1 - 0.7 * self.trouble.at(when))
        if when > self.until - timedelta(days=QUIET_DAYS) or drawn > FAILED_SHARE + CANCELLED_SHARE:
            return "FINISHED"
        return "FAILED" if drawn < FAILED_SHARE else "KILLED"

    def _hex(self, digits: int) -> str:
        return f"{self.random.getrandbits(4 * digits):0{digits}x}"
