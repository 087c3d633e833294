"""Formatting of numbers, times and names, the same on every page."""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

ABSENT = "—"
MINUTE, HOUR, DAY = 60, 3600, 86_400
KILO = 1000
MARKDOWN = re.compile(r"[\\`*\[\]$~<]|:(?=[a-zA-Z])")


def number(value: float | None, digits: int = 0) -> str:
    """Thousands in groups: ``209,306``."""
    return ABSENT if value is None else f"{value:,.{digits}f}"


def percent(share: float | None, digits: int = 1) -> str:
    """A share between 0 and 1 as ``10.0 %``."""
    return ABSENT if share is None else f"{share * 100:,.{digits}f} %"


def duration(seconds: float | None) -> str:
    """Two units at the most: ``0.4 s``, ``12 s``, ``1 min 12 s``, ``3 h 5 min``."""
    if seconds is None:
        return ABSENT
    if seconds < 10:  # noqa: PLR2004 - tenths matter only where they are seen
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"


def size(count: float | None) -> str:
    """Bytes in decimal units: ``48.2 MB``."""
    if count is None:
        return ABSENT
    for unit in ("B", "kB", "MB", "GB"):
        if count < KILO:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= KILO
    return f"{count:.1f} TB"


def ago(when: datetime | None, now: datetime | None = None) -> str:
    """How long ago in one unit: ``just now``, ``4 min ago``, ``2 days ago``."""
    if when is None:
        return ABSENT
    seconds = max(0, int(((now or datetime.now(UTC)) - when).total_seconds()))
    if seconds < MINUTE:
        return "just now"
    if seconds < HOUR:
        return f"{seconds // MINUTE} min ago"
    if seconds < DAY:
        return f"{seconds // HOUR} h ago"
    days = seconds // DAY
    return "yesterday" if days == 1 else f"{days} days ago"


def exact(when: datetime | None, zone: str | None = None) -> str:
    """The moment itself in the operator's time zone: ``2026-11-23 14:05:09 CET``."""
    if when is None:
        return ABSENT
    return local(when, zone).strftime("%Y-%m-%d %H:%M:%S %Z")


def minute(when: datetime, zone: str | None = None) -> str:
    """The moment to the minute, short enough for a list: ``2026-11-23 14:05``."""
    return local(when, zone).strftime("%Y-%m-%d %H:%M")


def local(when: datetime, zone: str | None = None) -> datetime:
    """The same moment on the operator's clock."""
    return when.astimezone(ZoneInfo(zone) if zone else UTC)


def shorten(name: str, limit: int = 40) -> str:
    """The name with its middle left out when it is longer than ``limit`` characters."""
    if len(name) <= limit:
        return name
    tail = limit // 3
    return f"{name[: limit - tail - 1]}…{name[-tail:]}"


def literal(text: str) -> str:
    r"""Text as it is where Streamlit reads Markdown, as in the labels of buttons.

    >>> print(literal("$5 to $9 [a*b] :red[x]"))
    \$5 to \$9 \[a\*b\] \:red\[x\]
    """
    return MARKDOWN.sub(r"\\\g<0>", text)


def plural(count: int, noun: str, nouns: str | None = None) -> str:
    """``1 row``, ``2 rows``."""
    return f"{number(count)} {noun if count == 1 else nouns or noun + 's'}"
