"""What the states of services are called on every page."""

from app.services.system.service import Status
from app.ui.kit import html

SERVICE_STATES: dict[Status, tuple[str, html.Tone]] = {
    Status.HEALTHY: ("Healthy", "ok"),
    Status.DEGRADED: ("Degraded", "warn"),
    Status.DOWN: ("Down", "bad"),
}


def service_pill(status: Status) -> str:
    """Pill of a service's health."""
    return html.pill(*SERVICE_STATES[status])
