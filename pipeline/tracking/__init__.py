"""Training and scoring runs as MLflow keeps them: found, started, closed, and their models."""

from pipeline.tracking.find import close_leftovers, finished_run, model_run, standing, tags
from pipeline.tracking.models import load_model, log_model
from pipeline.tracking.runs import ActiveRun, RunContext, RunKind, download, start_run

__all__ = [
    "ActiveRun",
    "RunContext",
    "RunKind",
    "close_leftovers",
    "download",
    "finished_run",
    "load_model",
    "log_model",
    "model_run",
    "standing",
    "start_run",
    "tags",
]
