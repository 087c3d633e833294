"""Wiring: the clients that all operators share, and the services of one operator."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache

from app.clients.airflow import AirflowClient
from app.clients.postgres import Database
from app.services.anomalies.service import Anomalies
from app.services.cleanup.log import OperationLog
from app.services.cleanup.queries import StoredFiles
from app.services.cleanup.service import Cleanup
from app.services.cleanup.types import Retention
from app.services.comparison.service import Comparisons
from app.services.datasets.service import Datasets
from app.services.datasets.uploads import Uploads
from app.services.explanations.process import ExplainerProcess
from app.services.explanations.service import Explanations, Pending
from app.services.identity import Identities, Identity
from app.services.jobs.schedule import Schedule
from app.services.jobs.scoring import ScoringJobs
from app.services.jobs.training import TrainingJobs
from app.services.models.decision_log import DecisionLog
from app.services.models.evidence import EvidenceQueries
from app.services.models.service import Models
from app.services.models.thresholds import Thresholds
from app.services.overview.service import Suggestions
from app.services.reviews.service import Reviews
from app.services.reviews.store import VerdictStore
from app.services.runs.lineage import Lineages
from app.services.runs.service import Runs
from app.services.system.disk_cache import DiskCache
from app.services.system.links import Links
from app.services.system.service import Health, Outages
from app.services.trends.service import Trends
from app.settings import MEGABYTE, ConsoleSettings
from pipeline.settings import settings as pipeline_settings
from pipeline.tracking import client
from pipeline.tracking.client import TrackingServer

SESSIONS = 256
PAGE_LIMITS = {"mlflow_http_request_timeout": 8, "mlflow_http_request_max_retries": 0}
"""An operator who waits for a page is told sooner than a task that MLflow does not answer."""


@dataclass(frozen=True)
class Shared:
    """What all operators of one process share: clients, caches and state.

    Attributes
    ----------
    airflow
        Returns the Airflow client for a token, or the one without.
    """

    settings: ConsoleSettings
    airflow: Callable[[str | None], AirflowClient]
    identities: Identities
    mlflow: TrackingServer
    database: Database
    verdicts: VerdictStore
    decision_log: DecisionLog
    explaining: Pending
    outages: Outages
    files: DiskCache
    links: Links
    operation_log: OperationLog
    stored_files: StoredFiles


def share(settings: ConsoleSettings) -> Shared:
    """Open the clients and caches that ``settings`` describe; sends no request."""

    @lru_cache(maxsize=SESSIONS)  # a client keeps its connection open between requests
    def airflow(token: str | None) -> AirflowClient:
        return AirflowClient(settings.airflow_url, token)

    mlflow = tracking_server()
    return Shared(
        settings=settings,
        airflow=airflow,
        identities=Identities(airflow),
        mlflow=mlflow,
        database=Database(settings.database_url),
        verdicts=VerdictStore(settings.database_url),
        decision_log=DecisionLog(settings.database_url),
        explaining=Pending(ExplainerProcess()),
        outages=Outages(),
        files=DiskCache(settings.cache_dir, settings.cache_limit_mb * MEGABYTE),
        links=Links(settings.airflow_link, settings.mlflow_link),
        operation_log=OperationLog(settings.database_url),
        stored_files=StoredFiles(mlflow),
    )


def tracking_server() -> TrackingServer:
    """Return the MLflow server, with the limits of a page where the settings leave them open."""
    known = pipeline_settings()
    open_limits = PAGE_LIMITS.keys() - known.model_fields_set
    return client.connect(
        known.model_copy(update={name: PAGE_LIMITS[name] for name in open_limits})
    )


@cache
def shared() -> Shared:
    """Return what this process shares: the same for the web routes and every page."""
    return share(ConsoleSettings())


class Console:
    """Everything one operator can do; building it sends no request."""

    def __init__(self, identity: Identity, shared: Shared) -> None:
        settings, links, mlflow, files = shared.settings, shared.links, shared.mlflow, shared.files
        airflow = shared.airflow(identity.token)
        self.identity = identity
        self.settings = settings
        self.links = links
        self.health = Health(airflow, mlflow, shared.database, shared.outages)
        self.uploads = Uploads(
            settings.uploads_dir, identity.username, settings.upload_limit_mb * MEGABYTE
        )
        self.datasets = Datasets(mlflow, self.uploads, identity.username)
        self.runs = Runs(mlflow, links, files)
        self.training = TrainingJobs(identity, airflow, self.runs, self.datasets, links)
        self.scoring = ScoringJobs(identity, airflow, self.runs, self.datasets, links)
        self.schedule = Schedule(airflow)
        self.anomalies = Anomalies(mlflow, files, links)
        self.explanations = Explanations(
            mlflow=mlflow,
            files=files,
            runs=self.runs,
            datasets=self.datasets,
            anomalies=self.anomalies,
            pending=shared.explaining,
        )
        self.comparisons = Comparisons(self.runs, self.anomalies)
        self.reviews = Reviews(identity, shared.verdicts, self.anomalies, self.runs)
        self.models = Models(identity, self.runs, mlflow, shared.decision_log)
        self.thresholds = Thresholds(
            identity=identity,
            mlflow=mlflow,
            runs=self.runs,
            anomalies=self.anomalies,
            verdicts=shared.verdicts,
            decision_log=shared.decision_log,
        )
        self.evidence = EvidenceQueries(
            runs=self.runs,
            datasets=self.datasets,
            anomalies=self.anomalies,
            models=self.models,
            thresholds=self.thresholds,
            verdicts=shared.verdicts,
        )
        self.lineages = Lineages(
            self.runs, self.datasets, self.models, shared.verdicts, shared.links
        )
        self.suggestions = Suggestions(self.runs, shared.verdicts, settings.wanted_precision)
        self.trends = Trends(shared.database)
        self.cleanup = Cleanup(
            identity,
            mlflow,
            shared.operation_log,
            shared.stored_files,
            disk_cache=files,
            retention=Retention(settings.retention_days, settings.retention_purge_days),
        )


def connect(token: str) -> Console:
    """Return the console of the operator whose session cookie holds ``token``.

    Raises
    ------
    app.clients.errors.Unauthorized
        The session is missing, invalid, revoked or expired: sign in again.
    pipeline.errors.Unreachable
        Airflow does not answer and has not verified this token before.
    """
    return Console(shared().identities.verify(token), shared())
