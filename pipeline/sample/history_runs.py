"""Generate a history: runs, verdicts and decisions of a year.

Data arrives every week, a model is trained every month, and new data is scored all the time.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from pipeline.sample.history_metrics import score_metrics, train_metrics

GENERATED_TAG = ("generated_by", "history")
"""Tells a generated run from a real one."""

OPERATORS = ("ana", "ben", "chidi", "scheduler")
REVIEWERS = ("ana", "ben")
RETRAIN_DAYS, DATASET_DAYS = timedelta(days=30), timedelta(days=7)
QUIET_DAYS = timedelta(days=5)
"""No run fails at the end of the history, so that no alert is active."""

FAILED_SHARE, CANCELLED_SHARE = 0.025, 0.01
CONTAMINATION, TREES, ROWS_PER_TREE = 0.1, 200, 4096
VERDICTS_PER_MODEL, UNSURE_SHARE = 60, 0.08
REASONS = {"confirmed": "data entry error", "false_alarm": "rare but right", "unsure": ""}


@dataclass(frozen=True)
class GeneratedRun:
    """A data set, train or score run with all that it logged."""

    run_id: str
    name: str
    status: str
    started: datetime
    ended: datetime
    tags: dict[str, str]
    params: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """``dataset``, ``train`` or ``score``."""
        return self.tags["run_kind"]


@dataclass
class History:
    """Generated runs in the order of their start, and rows of the tables of schema ``console``."""

    datasets: list[GeneratedRun] = field(default_factory=list)
    runs: list[GeneratedRun] = field(default_factory=list)
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    threshold_changes: list[dict[str, Any]] = field(default_factory=list)
    model_changes: list[dict[str, Any]] = field(default_factory=list)


def generate_history(*, runs: int, days: float, until: datetime, seed: int) -> History:
    """Return about ``runs`` runs in the ``days`` before ``until``; the same seed gives the same."""
    random = Random(seed)  # noqa: S311 - demo data, no secret
    history = _RunGenerator(random, until - timedelta(days=days), until, runs).generate()
    models = [run for run in history.runs if run.kind == "train"]
    verdicts = _verdicts(random, models, history.runs)
    history.verdicts = [row for row in verdicts if row["decided_at"] < until]
    history.threshold_changes = [_threshold_change(random, model) for model in models[::2]]
    history.model_changes = [_promotion(*pair) for pair in pairwise(models)]
    return history


class _RunGenerator:
    """Generates the runs between ``since`` and ``until``, in order."""

    def __init__(self, random: Random, since: datetime, until: datetime, wanted: int) -> None:
        self._random = random
        self._since, self._until, self._wanted = since, until, wanted
        self._history = History()

    def generate(self) -> History:
        """Return the data sets and the runs."""
        model = None
        for when in self._starts():
            self._register_when_due(when)
            if model is None or when - model.started > RETRAIN_DAYS:
                model = self._train(when, is_first=model is None)
            else:
                self._score_new_data(when, model)
        return self._history

    def _starts(self) -> Iterator[datetime]:
        """Yield the start of each job, the last hours before the end; training makes two runs."""
        trainings = math.ceil((self._until - self._since) / RETRAIN_DAYS)
        jobs = max(self._wanted - trainings, 2)
        step = (self._until - timedelta(hours=3) - self._since) / jobs
        for index in range(jobs):
            yield self._since + step * (index + 0.7 + 0.3 * self._random.random())

    def _register_when_due(self, when: datetime) -> None:
        datasets = self._history.datasets
        if not datasets:
            self._register(when - timedelta(minutes=5))
            self._register(when - timedelta(minutes=1))
        elif when - datasets[-1].started > DATASET_DAYS:
            self._register(when - timedelta(minutes=5))

    def _register(self, when: datetime) -> None:
        run_id, dataset_id = self._hex(32), self._hex(16)
        name = f"accidents {when:%Y-%m-%d} {chr(97 + len(self._history.datasets) % 26)}"
        rows = int(200_000 * self._random.uniform(0.9, 1.1))
        tags = {
            "run_kind": "dataset",
            "dataset_id": dataset_id,
            "name": name,
            "sha256": dataset_id.ljust(64, "0"),
            "requested_by": "history",
            "rows": str(rows),
            "columns": "24",
            "size_bytes": str(rows * 230),
            "parquet_sha256": "",
        }
        tags |= dict([GENERATED_TAG])
        self._history.datasets.append(GeneratedRun(run_id, name, "FINISHED", when, when, tags))

    def _train(self, when: datetime, *, is_first: bool) -> GeneratedRun:
        """Add the two runs of a detection job and return the first."""
        data = self._history.datasets[0 if is_first else -1]
        job = self._job_tags(when, data)
        rows = int(data.tags["rows"])
        metrics = train_metrics(self._random, rows=rows, rate=CONTAMINATION, trees=TREES)
        params = {
            "n_estimators": str(TREES),
            "contamination": str(CONTAMINATION),
            "use_date_features": "True",
            "max_samples": str(ROWS_PER_TREE),
            "random_state": "42",
            "dataset": data.tags["dataset_id"],
        }
        seconds = metrics["training_seconds"] + 1.5
        model = self._add({"run_kind": "train", **job}, params, metrics, when, seconds)
        self._score(model.ended + timedelta(seconds=1), model, data, job)
        return model

    def _score_new_data(self, when: datetime, model: GeneratedRun) -> None:
        trained_on = model.tags["dataset_id"]
        unseen = [data for data in self._history.datasets if data.tags["dataset_id"] != trained_on]
        data = self._random.choice(unseen[-4:])
        self._score(when, model, data, self._job_tags(when, data))

    def _score(
        self, when: datetime, model: GeneratedRun, data: GeneratedRun, job: dict[str, str]
    ) -> None:
        on_training_data = job["dataset_id"] == model.tags["dataset_id"]
        metrics = score_metrics(
            self._random,
            when=when,
            rows=int(data.tags["rows"]),
            rate=CONTAMINATION,
            age_days=0.0 if on_training_data else (when - model.started) / timedelta(days=1),
            incident=0.0 if on_training_data else self._incident(when),
        )
        if on_training_data:
            metrics["anomaly_rate"] = CONTAMINATION
        tags = {"run_kind": "score", **job, "model_run_id": model.run_id}
        params = {"dataset": job["dataset_id"], "model": "latest"}
        self._add(tags, params, metrics, when, metrics["scoring_seconds"] + 2.5)

    def _incident(self, when: datetime) -> float:
        """Return how wrong a source's data is, 0 to 1: a bad month after the middle."""
        part = ((when - self._since) / (self._until - self._since) - 0.55) / 0.12
        return math.sin(math.pi * part) if 0 < part < 1 else 0.0

    def _job_tags(self, when: datetime, data: GeneratedRun) -> dict[str, str]:
        return {
            "dataset_id": data.tags["dataset_id"],
            "dataset_name": data.name,
            "dag_run_id": f"history__{when:%Y%m%dT%H%M%S}_{self._hex(4)}",
            "requested_by": self._random.choice(OPERATORS),
        }

    def _add(
        self,
        tags: dict[str, str],
        params: dict[str, str],
        metrics: dict[str, float],
        when: datetime,
        seconds: float,
    ) -> GeneratedRun:
        kind = tags["run_kind"]
        status = self._status(when) if kind == "score" else "FINISHED"
        run = GeneratedRun(
            run_id=self._hex(32),
            name=f"{kind} {when:%Y-%m-%d %H:%M}",
            status=status,
            started=when,
            ended=when + timedelta(seconds=seconds * self._random.uniform(0.9, 1.1)),
            tags=tags | dict([GENERATED_TAG]),
            params=params,
            metrics=metrics if status == "FINISHED" else {},
        )
        self._history.runs.append(run)
        return run

    def _status(self, when: datetime) -> str:
        drawn = self._random.random() * (1 - 0.7 * self._incident(when))
        if when > self._until - QUIET_DAYS or drawn > FAILED_SHARE + CANCELLED_SHARE:
            return "FINISHED"
        return "FAILED" if drawn < FAILED_SHARE else "KILLED"

    def _hex(self, digits: int) -> str:
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"


def _verdicts(
    random: Random, models: list[GeneratedRun], runs: list[GeneratedRun]
) -> Iterator[dict[str, Any]]:
    """Judge rows of each model's first score runs; later models are confirmed more often."""
    for number, model in enumerate(models):
        scored = [run for run in runs if run.tags.get("model_run_id") == model.run_id][1:40]
        finished = [run for run in scored if run.status == "FINISHED"]
        precision = 0.45 + 0.3 * number / len(models)
        for _ in range(VERDICTS_PER_MODEL if finished else 0):
            yield _verdict(random, random.choice(finished), precision)


def _verdict(random: Random, run: GeneratedRun, precision: float) -> dict[str, Any]:
    sampled_by = random.choices(("queue", "top", "random"), (6, 3, 1))[0]
    flagged = sampled_by != "random"
    drawn = random.random()
    verdict = "confirmed" if flagged and drawn < precision else "false_alarm"
    if drawn > 1 - UNSURE_SHARE:
        verdict = "unsure"
    severity = random.uniform(90, 100) if flagged else random.uniform(5, 90)
    return {
        "row_hash": f"{random.getrandbits(256):064x}",
        "run_id": run.run_id,
        "model_run_id": run.tags["model_run_id"],
        "verdict": verdict,
        "reason": REASONS[verdict],
        "comment": "",
        "reviewer": random.choice(REVIEWERS),
        "decided_at": run.ended + timedelta(hours=random.uniform(0.2, 20)),
        "sampled_by": sampled_by,
        "anomaly_score": (90 - severity) / 100,
        "severity": severity,
        "flagged": flagged,
    }


def _threshold_change(random: Random, model: GeneratedRun) -> dict[str, Any]:
    """Move the threshold of a model some days after its training."""
    return {
        "model_run_id": model.run_id,
        "run_id": None,
        "previous": model.metrics["threshold"],
        "threshold": model.metrics["threshold"] - random.uniform(0.002, 0.01),
        "rows_gained": 0,
        "rows_lost": random.randrange(200, 2_000),
        "reason": "fewer rows than we can review",
        "changed_by": random.choice(REVIEWERS),
        "changed_at": model.ended + timedelta(days=random.uniform(2, 6)),
    }


def _promotion(previous: GeneratedRun, model: GeneratedRun) -> dict[str, Any]:
    """Promote a model a few hours after its training."""
    return {
        "alias": "champion",
        "action": "promote",
        "previous_run_id": previous.run_id,
        "model_run_id": model.run_id,
        "reason": "higher recall of injected anomalies",
        "changed_by": REVIEWERS[0],
        "changed_at": model.ended + timedelta(hours=4),
    }
