"""Wiring: the services of one operator, on clients that all operators share."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

from app.clients.airflow import AirflowClient
from app.clients.mlflow import MlflowClient
from app.clients.mlflow_bin import MlflowBin
from app.clients.postgres import Database
from app.services.anomalies.service import Anomalies
from app.services.cleanup.log import OperationLog
from app.services.cleanup.queries import StoredFiles
from app.services.cleanup.service import Cleanup
from app.services.cleanup.types import Retention
from app.services.comparison.service import Comparisons
from app.services.datasets.service import Datasets, Store
from app.services.datasets.uploads import Uploads
from app.services.explanations.process import ExplainerProcess
from app.services.explanations.service import ExplanationFiles, Explanations, Pending
from app.services.jobs.preflight import Checks
from app.services.jobs.schedule import Schedule
from app.services.jobs.scoring import Scoring
from app.services.jobs.service import Jobs
from app.services.jobs.training import Training
from app.services.models.decision_log import ModelDecisions
from app.services.models.evidence import Evidences
from app.services.models.service import Models, Registry
from app.services.models.thresholds import Thresholds
from app.services.overview.service import Suggestions
from app.services.reviews.service import Reviews
from app.services.reviews.service import Store as VerdictStore
from app.services.reviews.store import Decisions
from app.services.runs.lineage import Lineages
from app.services.runs.service import Runs
from app.services.runs.types import RunKind
from app.services.system import names
from app.services.system.disk_cache import DiskCache
from app.services.system.identity import Identities, Identity
from app.services.system.links import Links
from app.services.system.service import Health, Outages
from app.services.trends.service import Trends
from app.settings import MEGABYTE, ConsoleSettings
from pipeline import datasets as registry

SESSIONS = 256


@dataclass(frozen=True)
class Console:
    """Everything one operator can do."""

    identity: Identity
    settings: ConsoleSettings
    health: Health
    datasets: Datasets
    runs: Runs
    training: Training
    scoring: Scoring
    anomalies: Anomalies
    trends: Trends
    reviews: Reviews
    explanations: Explanations
    models: Models
    thresholds: Thresholds
    evidences: Evidences
    lineages: Lineages
    comparisons: Comparisons
    schedule: Schedule
    suggestions: Suggestions
    cleanup: Cleanup


@dataclass(frozen=True)
class Shared:
    """What all operators of one process share: connections, caches and what is remembered.

    Attributes
    ----------
    airflow
        Makes the Airflow client that speaks with a token, or without one.
    store
        Turns an uploaded file into a registered data set.
    """

    settings: ConsoleSettings
    airflow: Callable[[str | None], AirflowClient]
    identities: Identities
    mlflow: MlflowClient
    database: Database
    decisions: VerdictStore
    ledger: ModelDecisions
    explaining: Pending
    outages: Outages
    files: DiskCache
    links: Links
    bin: MlflowBin
    operation_log: OperationLog
    stored_files: StoredFiles
    store: Store = registry.register


def share(settings: ConsoleSettings) -> Shared:
    """Open the clients and caches that ``settings`` describe; nothing is asked yet."""

    @lru_cache(maxsize=SESSIONS)  # a client keeps its connection open between requests
    def airflow(token: str | None) -> AirflowClient:
        return AirflowClient(settings.airflow_url, token)

    mlflow_bin = MlflowBin(settings.mlflow_tracking_uri, settings.mlflow_auth)
    return Shared(
        settings=settings,
        airflow=airflow,
        identities=Identities(airflow),
        mlflow=MlflowClient(settings.mlflow_tracking_uri, settings.mlflow_auth),
        database=Database(settings.database_url),
        decisions=Decisions(settings.database_url),
        ledger=ModelDecisions(settings.database_url),
        explaining=Pending(ExplainerProcess()),
        outages=Outages(),
        files=DiskCache(settings.cache_dir, settings.cache_limit_mb * MEGABYTE),
        links=Links(settings.airflow_link, settings.mlflow_link),
        bin=mlflow_bin,
        operation_log=OperationLog(settings.database_url),
        stored_files=StoredFiles(mlflow_bin),
    )


@cache
def shared() -> Shared:
    """Return what this process shares; the web routes and every page get the same."""
    return share(ConsoleSettings())


def connect(token: str) -> Console:
    """Return the console of the operator whose session cookie holds ``token``.

    Raises
    ------
    app.clients.errors.Unauthorized
        The session is missing, invalid, revoked or expired: sign in again.
    app.clients.errors.Unreachable
        Airflow does not answer and has not vouched for this token before.
    """
    return build(shared().identities.verify(token), shared())


def uploads(identity: Identity, settings: ConsoleSettings) -> Uploads:
    """Return the uploads of one operator."""
    return Uploads(settings.uploads_dir, identity.username, settings.upload_limit_mb * MEGABYTE)


def build(identity: Identity, common: Shared) -> Console:
    """Wire the services of one operator; nothing is asked yet."""
    airflow = common.airflow(identity.token)
    settings, links, mlflow, files = common.settings, common.links, common.mlflow, common.files
    runs = Runs(mlflow, links, files)
    anomalies = Anomalies(mlflow, files, links)
    models = Models(identity, runs, Registry(mlflow), common.ledger)
    mine = uploads(identity, settings)
    datasets = Datasets(mlflow, mine, identity.username, files, links, store=common.store)

    def jobs(dag_id: str, kind: RunKind) -> Jobs:
        return Jobs(
            dag_id, kind, username=identity.username, airflow=airflow, runs=runs, links=links
        )

    def checks(dag_id: str) -> Checks:
        return Checks(dag_id, identity, airflow, datasets)

    return Console(
        identity=identity,
        settings=settings,
        health=Health(airflow, mlflow, common.database, common.outages),
        datasets=datasets,
        runs=runs,
        training=Training(jobs(names.TRAIN_DAG, RunKind.TRAIN), checks(names.TRAIN_DAG), runs),
        scoring=Scoring(
            jobs(names.SCORE_DAG, RunKind.SCORE), checks(names.SCORE_DAG), runs, datasets, links
        ),
        anomalies=anomalies,
        trends=Trends(common.database),
        reviews=Reviews(identity, common.decisions, anomalies, runs),
        explanations=Explanations(
            ExplanationFiles(mlflow, files, runs, datasets, anomalies), common.explaining
        ),
        models=models,
        thresholds=Thresholds(
            identity=identity,
            mlflow=mlflow,
            runs=runs,
            anomalies=anomalies,
            verdicts=common.decisions,
            ledger=common.ledger,
        ),
        evidences=Evidences(runs, datasets, anomalies, common.decisions),
        schedule=Schedule(airflow),
        suggestions=Suggestions(runs, common.decisions, settings.wanted_precision),
        lineages=Lineages(runs, datasets, models, common.decisions, links),
        cleanup=Cleanup(
            identity,
            common.bin,
            common.operation_log,
            common.stored_files,
            disk_cache=files,
            retention=Retention(settings.retention_days, settings.retention_purge_days),
        ),
        comparisons=Comparisons(runs, anomalies),
    )
