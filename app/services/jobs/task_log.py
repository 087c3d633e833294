"""A task's log as text, and the first error in it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pipeline.errors import PipelineError

Event = Mapping[str, Any] | str
ERROR_LEVELS = frozenset({"error", "critical"})
# Airflow's own lines around a task stand between these marks; its page folds them.
FOLD_BEGINS, FOLD_ENDS = "::group::", "::endgroup::"
AIRFLOW_CODE = ("/airflow/sdk/", "/airflow/providers/")
# Exceptions whose message is written for the operator; the class name adds nothing.
OPERATOR_ERRORS = frozenset(
    {"AirflowFailException", *(kind.__name__ for kind in PipelineError.__subclasses__())}
)


def as_lines(events: Iterable[Event], *, folded: bool = True) -> list[str]:
    """Format each event as ``12:00:01 INFO text``, with the traceback of an error below it.

    Parameters
    ----------
    folded
        Whether to include what Airflow folds; errors are always included.
    """
    lines: list[str] = []
    inside = False
    for event in events:
        text = _text(event)
        inside = text.startswith(FOLD_BEGINS) or (inside and not text.startswith(FOLD_ENDS))
        is_mark = text.startswith((FOLD_BEGINS, FOLD_ENDS))
        if not is_mark and (folded or not inside or _level(event) in ERROR_LEVELS):
            lines += _lines_of(event)
    return lines


def first_error(events: Sequence[Event]) -> str:
    """Return the message of the first error.

    The outermost exception stopped the task; the pipeline wrote its message for the operator.
    """
    structured = [event for event in events if not isinstance(event, str)]
    for event in structured:
        if detail := event.get("error_detail"):
            return _sentence(detail[0])
    for event in structured:
        if _level(event) in ERROR_LEVELS:
            return _text(event).strip().split("\n", 1)[0]
    return ""


def _lines_of(event: Event) -> list[str]:
    if isinstance(event, str):
        return event.splitlines()
    parts = (_clock(event.get("timestamp")), _level(event).upper(), _text(event))
    lines = " ".join(filter(None, parts)).splitlines()
    for detail in event.get("error_detail") or ():
        lines += [
            f"    {frame['filename']}:{frame['lineno']} in {frame['name']}"
            for frame in detail.get("frames") or ()
            if not any(part in frame["filename"] for part in AIRFLOW_CODE)
        ]
        lines.append(f"    {_sentence(detail)}")
    return lines


def _clock(timestamp: str | None) -> str:
    return f"{datetime.fromisoformat(timestamp):%H:%M:%S}" if timestamp else ""


def _text(event: Event) -> str:
    return event if isinstance(event, str) else str(event.get("event", ""))


def _level(event: Event) -> str:
    return "" if isinstance(event, str) else str(event.get("level", ""))


def _sentence(detail: Mapping[str, Any]) -> str:
    kind, value = detail.get("exc_type", ""), str(detail.get("exc_value", "")).strip()
    if value and kind in OPERATOR_ERRORS:
        return value
    return f"{kind}: {value}" if kind and value else kind or value
