"""What runs, their states, kinds, parameters and metrics are called on every page."""

from typing import Any

from app.ui.kit import context, html, text
from pipeline.params import ScoreParams, TrainParams
from pipeline.tracking.runs import Run, RunKind, RunStatus

RUN_STATES: dict[RunStatus, tuple[str, html.Tone]] = {
    RunStatus.SCHEDULED: ("Scheduled", "idle"),
    RunStatus.RUNNING: ("Running", "busy"),
    RunStatus.FINISHED: ("Finished", "ok"),
    RunStatus.FAILED: ("Failed", "bad"),
    RunStatus.KILLED: ("Cancelled", "warn"),
}
PARAMETERS: dict[str, dict[str, Any]] = (
    ScoreParams.model_json_schema()["properties"] | TrainParams.model_json_schema()["properties"]
)
KINDS = {RunKind.TRAIN: "Training", RunKind.SCORE: "Scoring"}

SHARES = {
    "anomaly_rate": "Anomaly rate",
    "injected_recall": "Injected recall",
    "unseen_category_rate": "Unseen categories",
    "missing_rate": "Missing values",
}
TIMES = {"training_seconds": "Training time", "scoring_seconds": "Scoring time"}
COUNTS = {
    "rows": "Rows",
    "features": "Features",
    "rows_per_second": "Rows per second",
    "drifted_features": "Drifted features",
}
METRICS = (
    SHARES
    | TIMES
    | COUNTS
    | {
        "threshold": "Threshold",
        "score_threshold": "Flagged below score",
        "injected_auc": "AUC on injected anomalies",
        "drift_max": "Largest drift",
    }
)


def metric_title(name: str) -> str:
    """Return what a metric is called."""
    return METRICS.get(name, name)


def metric(name: str, value: float) -> str:
    """Write a metric in its unit."""
    if name in SHARES:
        return text.percent(value, 2)
    if name in TIMES:
        return text.duration(value)
    return text.number(value) if name in COUNTS else text.number(value, 4)


def model_label(model: Run) -> str:
    """Name a train run by the parameters of its model, its start and its id."""
    parameters = [model.params.get(name) for name in ("n_estimators", "contamination")]
    what = "{} trees, {}".format(*parameters) if all(parameters) else text.shorten(model.name, 20)
    return f"{what} · {text.minute(model.started, context.zone())[5:]} · {model.run_id[:6]}"


def parameter_title(name: str) -> str:
    """The title of a parameter, the same on every page."""
    return str(PARAMETERS[name]["title"]) if name in PARAMETERS else name
