"""A console on fakes: ``fake_console()`` for pages, ``FakeWorld`` to look behind it.

Everything between the pages and the network is the real code; Airflow, MLflow and PostgreSQL are
kept in memory.
"""

import functools
import hashlib
import io
import json
import secrets
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv
from pyarrow import parquet as pq

from app.clients.errors import unreachable
from app.services import caching
from app.services.cleanup.queries import StoredFiles
from app.services.explanations.service import Pending
from app.services.identity import Identities, Identity
from app.services.system.disk_cache import DiskCache
from app.services.system.links import Links
from app.services.system.service import Outages
from app.settings import ConsoleSettings
from app.wiring import Console, Shared
from pipeline.orchestration import TRAIN_DAG
from pipeline.tables.profile import profile
from pipeline.tables.schema import Schema
from pipeline.tracking import names
from pipeline.tracking.names import MODEL_SCHEMA
from tests.fakes.airflow import ACCOUNTS, FakeAirflow, FakeJob, token_of
from tests.fakes.cleanup_log import FakeOperationLog
from tests.fakes.decision_log import FakeDecisionLog
from tests.fakes.explainer import AtOnce, FakeExplainer, trained_model
from tests.fakes.mlflow import FakeMlflow, FakeRun
from tests.fakes.monitoring import FakeMonitoring
from tests.fakes.verdicts import FakeVerdicts

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63606060"
    "00000004000173751ba50000000049454e44ae426082"
)
WEATHER = ("CLEAR", "RAIN", "SNOW", "FOG/SMOKE/HAZE")
ROWS = 2_000
ANOMALY_SHARE = 0.1
ERROR_DETAIL = [
    {
        "exc_type": "DataError",
        "exc_value": "missing column 'weather_condition': the model was trained with it",
        "frames": [{"filename": "/opt/pipeline/score.py", "lineno": 41, "name": "score"}],
    }
]


@functools.cache
def accidents(rows=ROWS):
    """Return a small table with numbers, categories and one date."""
    random = np.random.default_rng(7)
    hours = random.integers(0, 3 * 365 * 24, rows).astype("timedelta64[h]")
    return pa.table(
        {
            "crash_date": np.datetime64("2021-01-01T00:00:00") + hours,
            "weather_condition": random.choice(WEATHER, rows, p=(0.8, 0.15, 0.04, 0.01)),
            "num_units": random.integers(1, 5, rows),
            "injuries_total": random.poisson(0.3, rows).astype(float),
        }
    )


def with_scores(table, score):
    """Return a table with the three scored columns; below 0 is an anomaly."""
    severity = 100.0 * (len(score) - 1 - score.argsort().argsort()) / len(score)
    table = table.append_column("anomaly_pred", pa.array(np.where(score < 0, -1, 1)))
    table = table.append_column("anomaly_score", pa.array(score))
    return table.append_column("severity", pa.array(severity))


@functools.cache
def scored(rows=ROWS):
    """Return the same table with the three scored columns."""
    score = np.random.default_rng(11).normal(0.1, 0.05, rows)
    return with_scores(accidents(rows), score - np.quantile(score, ANOMALY_SHARE))


@functools.cache
def rescored(rows=ROWS):
    """Return the same rows as another model scores them: fewer anomalies, most of them the same."""
    noise = np.random.default_rng(12).normal(0, 0.02, rows)
    score = scored(rows).column("anomaly_score").to_numpy() + noise
    return with_scores(accidents(rows), score - np.quantile(score, ANOMALY_SHARE / 2))


def parquet_bytes(table):
    """Write a table as Parquet."""
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def csv_bytes(table):
    """Write a table as CSV."""
    sink = io.BytesIO()
    csv.write_csv(table, sink)
    return sink.getvalue()


@functools.cache
def dataset_files(rows=ROWS):
    """Return the artifacts of a data set."""
    data = parquet_bytes(accidents(rows))
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(data)
        file.flush()
        described = profile(Path(file.name)).to_json().encode()
    return {"data.parquet": data, "profile.json": described}


@functools.cache
def score_files(rows=ROWS):
    """Return the artifacts of a score run."""
    charts = ("anomaly_score_distribution", "anomaly_percentage", "top_anomalies", "anomaly_trend")
    return {
        names.SCORED_PARQUET: parquet_bytes(scored(rows)),
        names.SCORED_CSV: csv_bytes(scored(rows)),
        **{f"visualizations/{chart}.png": PNG for chart in charts},
        **{f"visualizations/{chart}.html": b"<html></html>" for chart in charts},
        "visualizations/summary_statistics.txt": b"rows 2000\nanomalies 200\n",
    }


def shifts(largest):
    """Return what a score run stores of drift: two features with their shares in each bin."""
    bins = {"labels": ["≤ 2", "> 2", "missing"], "expected": [0.5, 0.49, 0.01], "drifted": False}
    moved = {"num_units": largest, "weather_condition": largest / 4}
    return [
        bins | {"name": name, "psi": psi, "actual": [0.5 - psi, 0.49 + psi, 0.01]}
        for name, psi in moved.items()
    ]


class FakeDatabase(FakeMonitoring):
    """The views of the trends, over the runs of a ``FakeMlflow``; ``down`` refuses."""

    address = "postgres.test:5432/mlflow"

    def __init__(self, mlflow):
        super().__init__(mlflow)
        self.down = False

    def version(self):
        """Return the version."""
        if self.down:
            raise unreachable("PostgreSQL", self.address)
        return "18.4"

    def rows(self, query):
        """Return the rows of a statement."""
        self.version()
        return super().rows(query)


class FakeWorld:
    """The three services, empty at first, and consoles of operators on them."""

    def __init__(self, folder=None):
        self.mlflow = FakeMlflow()
        self.airflow = FakeAirflow()
        self.database = FakeDatabase(self.mlflow)
        self.verdicts = FakeVerdicts(self.database)
        self.decision_log = FakeDecisionLog(self.database)
        self.explainer = FakeExplainer()
        tracking = self.mlflow.server()
        self.operation_log = FakeOperationLog(self.database, self.mlflow)
        self.now = datetime.now(UTC)
        folder = Path(folder or tempfile.mkdtemp(prefix="console-"))
        self.shared = Shared(
            settings=ConsoleSettings(console_state_dir=folder, upload_limit_mb=50),
            airflow=self.airflow.client,
            identities=Identities(self.airflow.client),
            mlflow=tracking,
            database=self.database,
            verdicts=self.verdicts,
            decision_log=self.decision_log,
            explaining=Pending(self.explainer, AtOnce()),
            outages=Outages(),
            files=DiskCache(folder / "cache", 1_000_000_000),
            links=Links("http://airflow.test", "http://mlflow.test"),
            operation_log=self.operation_log,
            stored_files=StoredFiles(tracking),
        )

    def console(self, username="operator"):
        """Return the console of ``admin``, ``operator`` (role op) or ``viewer``."""
        role = ACCOUNTS[username]
        token = token_of(username, role)
        identity = Identity(username, role, token, self.now + timedelta(hours=1))
        return Console(identity, self.shared)

    def stop(self, *services):
        """Take services down, by the names the operator knows."""
        caching.clear()
        by_name = {"Airflow": self.airflow, "MLflow": self.mlflow, "PostgreSQL": self.database}
        for service in services:
            by_name[service].down = True

    def add_dataset(self, name, sha256=None, rows=ROWS, *, files=None, user="operator", age=1):
        """Store a data set, ``age`` minutes old."""
        sha256 = sha256 or hashlib.sha256(name.encode()).hexdigest()
        files = files or dict(dataset_files(rows))
        tags = {
            "parquet_sha256": hashlib.sha256(files["data.parquet"]).hexdigest(),
            "dataset_id": sha256[:16],
            "name": name,
            "sha256": sha256,
            "requested_by": user,
            "rows": str(rows),
            "columns": "4",
            "size_bytes": "123456",
        }
        return self._add(
            names.DATASET_EXPERIMENT,
            name,
            age,
            1,
            tags=tags,
            files=files,
        )

    def add_training(self, dataset, *, age, status="FINISHED", trees=200, seconds=12):
        """Store a train run, ``age`` minutes old, with the DAG run that made it."""
        model_files, digest = trained_model(accidents)
        intent = f"train__{age}-{secrets.token_hex(4)}"
        run = self._add(
            names.EXPERIMENT,
            f"train {trees} trees",
            age,
            seconds,
            status=status,
            params={"n_estimators": str(trees), "contamination": "0.1", "dataset": dataset},
            tags={
                "run_kind": "train",
                "dataset_id": dataset,
                "dataset_name": self._name_of(dataset),
                "dag_run_id": intent,
                "model_sha256": digest,
            },
            model_files=dict(model_files),
            version=str(len(self.mlflow.runs)),
            metrics={
                "anomaly_rate": ANOMALY_SHARE,
                "rows": ROWS,
                "features": 8,
                "threshold": -0.5,
                "training_seconds": seconds - 1.0,
                "injected_recall": 0.72,
                "injected_auc": 0.95,
            },
            files={MODEL_SCHEMA: Schema.infer(accidents()).to_json().encode()},
        )
        conf = {"dataset": dataset, "n_estimators": trees, "contamination": 0.1}
        self._add_job(intent, age=age, seconds=seconds + 8, status=status, conf=conf)
        return run

    def add_scoring(self, train, *, age, rate=ANOMALY_SHARE, drift=0.08):
        """Store the score run of a train run's own job."""
        tags = train.tags | {"run_kind": "score", "model_run_id": train.run_id}
        metrics = {
            "anomaly_rate": rate,
            "rows": ROWS,
            "scoring_seconds": 5.5,
            "rows_per_second": ROWS / 5.5,
            "drift_max": drift,
            "drifted_features": 0,
            "unseen_category_rate": 0.001,
            "missing_rate": 0.02,
            **{f"drift/{each['name']}": each["psi"] for each in shifts(drift)},
        }
        return self._add(
            names.EXPERIMENT,
            "score",
            age - 0.25,
            6,
            params={"model": train.run_id},
            tags=tags,
            metrics=metrics,
            files=dict(score_files()) | {names.DRIFT: json.dumps(shifts(drift)).encode()},
        )

    def _name_of(self, dataset_id):
        stored = (run for run in self.mlflow.runs if "sha256" in run.tags)
        return next((run.name for run in stored if run.tags["dataset_id"] == dataset_id), "")

    def _add(self, experiment, name, age, seconds, status="FINISHED", **content):
        start = int((self.now - timedelta(minutes=age)).timestamp() * 1000)
        run = FakeRun(
            self.mlflow.experiment(experiment),
            name,
            start,
            None if status == "RUNNING" else start + seconds * 1000,
            status,
            **content,
        )
        run.tags.setdefault("requested_by", "operator")
        return self.mlflow.add(run)

    def _add_job(self, dag_run_id, *, age, seconds, status, conf):
        begin = self.now - timedelta(minutes=age)
        end = None if status == "RUNNING" else begin + timedelta(seconds=seconds)
        states = {"FINISHED": ("success",) * 2, "FAILED": ("failed", "upstream_failed")}
        first, second = states.get(status, ("running", None))
        started = begin if second == "success" else None
        self.airflow.add(
            FakeJob(
                TRAIN_DAG,
                dag_run_id,
                {"FINISHED": "success", "FAILED": "failed"}.get(status, "running"),
                begin,
                begin,
                end,
                conf,
                tasks=[
                    ("train_model", first, begin, end),
                    ("score_model", second, started, started and end),
                ],
                logs={"train_model": log_of(status, begin), "score_model": []},
            )
        )


def log_of(status, begin):
    """Write a task's log as the server stores it."""
    lines = [
        {"timestamp": begin.isoformat(), "level": "info", "event": "reading the data set"},
        {"timestamp": begin.isoformat(), "level": "info", "event": "fitting 200 trees"},
    ]
    if status == "FAILED":
        failure = {"level": "error", "event": "Task failed with exception"}
        lines.append(failure | {"timestamp": begin.isoformat(), "error_detail": ERROR_DETAIL})
    return lines


def filled_world(folder=None):
    """Return a world with two data sets, three scored trainings, one failed and one running."""
    world = FakeWorld(folder)
    first = world.add_dataset("accidents.csv", age=4000).tags["dataset_id"]
    second = world.add_dataset("accidents_new.csv", age=300).tags["dataset_id"]
    for age, dataset, trees in ((3000, first, 100), (1500, first, 200), (200, second, 200)):
        train = world.add_training(dataset, age=age, trees=trees)
        world.add_scoring(train, age=age, rate=0.09 + age / 100_000)
        world.mlflow.aliases[names.REGISTERED_MODEL, names.CHAMPION] = train.run_id
    world.add_training(first, age=100, status="FAILED")
    world.add_training(second, age=0.2, status="RUNNING")
    return world


def fake_console(data="normal", *, down=(), username="operator", folder=None):
    """Return a console on fakes.

    Parameters
    ----------
    data
        ``normal``: data sets, runs and jobs of the last days; ``empty``: nothing yet.
    down
        Services that do not answer: ``Airflow``, ``MLflow``, ``PostgreSQL``.
    username
        ``admin``, ``operator`` (role op) or ``viewer`` (may trigger nothing).
    """
    world = filled_world(folder) if data == "normal" else FakeWorld(folder)
    world.stop(*down)
    return world.console(username)
