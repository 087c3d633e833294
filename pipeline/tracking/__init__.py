"""Training and scoring runs as MLflow keeps them: found, started, closed, and their models."""

from pipeline.tracking.find import earlier_try, model_run, standing, tags
from pipeline.tracking.models import load_model, log_model
from pipeline.tracking.runs import ActiveRun, RunContext, RunKind, download, start_run

__all__ = [
    "ActiveRun",
    "RunContext",
    "RunKind",
    "download",
    "earlier_try",
    "load_model",
    "log_model",
    "model_run",
    "standing",
    "start_run",
    "tags",
]
