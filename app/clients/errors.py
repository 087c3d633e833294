"""Errors of the services that the console talks to."""

from pipeline.errors import NotFound, Rejected, ServiceError, Unreachable


class Conflict(Rejected):
    """What is to be created exists already, or changed meanwhile."""


class Unauthorized(ServiceError):  # noqa: N818 - a state of the world, not a fault
    """The session has ended, or user name and password do not match."""


class Forbidden(ServiceError):  # noqa: N818 - as above
    """The operator's role does not allow it."""


UNAUTHORIZED, FORBIDDEN, NOT_FOUND, CONFLICT, SERVER_FAULT = 401, 403, 404, 409, 500
# Airflow answers 403, not 401, for a token that was revoked or is no token at all.
SESSION_ENDED = "Invalid JWT token"


def from_status(service: str, status: int, detail: str) -> ServiceError:
    """Turn an HTTP error status into the error it means.

    Parameters
    ----------
    detail
        What the service says about it; its first line is fit for the operator.
    """
    reason = detail.strip().split("\n", 1)[0].strip() or f"{service} answered with status {status}"
    if status >= SERVER_FAULT:
        return Unreachable(service, f"{service} failed with status {status}: {reason}")
    if status == UNAUTHORIZED or (status == FORBIDDEN and SESSION_ENDED in detail):
        return Unauthorized(service, "The session has ended; sign in again.")
    if status == FORBIDDEN:
        return Forbidden(service, f"Your role in {service} does not allow this.")
    kinds = {NOT_FOUND: NotFound, CONFLICT: Conflict}
    return kinds.get(status, Rejected)(service, reason)


def unreachable(service: str, address: str) -> Unreachable:
    """Say that ``service`` did not answer at ``address`` in time."""
    return Unreachable(service, f"{service} does not answer at {address}.")
