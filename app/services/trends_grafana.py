"""The address of a Grafana dashboard that shows what the Trends page shows."""

from datetime import UTC, datetime
from urllib.parse import urlencode

from app.services.trends_scope import Scope

DETECTION, OPERATIONS = "anomaly-detection", "anomaly-operations"
ALL = "$__all"


def dashboard_url(base: str, uid: str, scope: Scope, first: datetime | None) -> str:
    """Return a dashboard's address with the same time range and variables.

    Parameters
    ----------
    uid
        ``DETECTION`` or ``OPERATIONS``.
    first
        When the first run began: where "all time" begins.
    """
    since, until = _times(scope, first)
    chosen = {
        "from": since,
        "to": until,
        "timezone": "utc",
        "var-experiment": ALL,
        "var-dataset": scope.dataset_id or ALL,
        "var-model": scope.model_run_id or ALL,
    }
    return f"{base.rstrip('/')}/d/{uid}?{urlencode(chosen)}"


def _times(scope: Scope, first: datetime | None) -> tuple[str, str]:
    if scope.days is not None:
        return f"now-{scope.days}d", "now"
    since, until = scope.since(datetime.now(UTC)) or first, scope.until()
    return _milliseconds(since) if since else "now-1y", _milliseconds(until) if until else "now"


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
