"""A task's log as text: every line, and the one line that says what went wrong."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pipeline.errors import PipelineError

Event = Mapping[str, Any] | str
ERROR_LEVELS = frozenset({"error", "critical"})
# What Airflow does around a task lies between these marks; its own page folds it.
FOLD_BEGINS, FOLD_ENDS = "::group::", "::endgroup::"
AIRFLOW_ITSELF = ("/airflow/sdk/", "/airflow/providers/")
# Exceptions whose message is written for the operator; the class adds nothing.
TOLD = frozenset(
    {"AirflowFailException", *(kind.__name__ for kind in PipelineError.__subclasses__())}
)


def as_lines(events: Iterable[Event], *, folded: bool = True) -> list[str]:
    """Write each event as ``12:00:01 INFO text`` and an error's traceback below it.

    Parameters
    ----------
    folded
        Whether to write also what Airflow folds; errors are written in any case.
    """
    lines: list[str] = []
    inside = False
    for event in events:
        text = _text(event)
        inside = text.startswith(FOLD_BEGINS) or (inside and not text.startswith(FOLD_ENDS))
        is_mark = text.startswith((FOLD_BEGINS, FOLD_ENDS))
        if not is_mark and (folded or not inside or _level(event) in ERROR_LEVELS):
            lines += _written(event)
    return lines


def first_error(events: Sequence[Event]) -> str:
    """Return the sentence of the first error, the exception's own where there is one.

    The outermost exception is what the task was stopped by; its message is what the pipeline
    wrote for the operator.
    """
    structured = [event for event in events if not isinstance(event, str)]
    for event in structured:
        if detail := event.get("error_detail"):
            return _sentence(detail[0])
    for event in structured:
        if _level(event) in ERROR_LEVELS:
            return _text(event).strip().split("\n", 1)[0]
    return ""


def _written(event: Event) -> list[str]:
    if isinstance(event, str):
        return event.splitlines()
    words = (_clock(event.get("timestamp")), _level(event).upper(), _text(event))
    lines = " ".join(filter(None, words)).splitlines()
    for detail in event.get("error_detail") or ():
        lines += [
            f"    {frame['filename']}:{frame['lineno']} in {frame['name']}"
            for frame in detail.get("frames") or ()
            if not any(part in frame["filename"] for part in AIRFLOW_ITSELF)
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
    if value and kind in TOLD:
        return value
    return f"{kind}: {value}" if kind and value else kind or value
