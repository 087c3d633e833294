"""What Grafana makes of a query before PostgreSQL sees it.

Variables as documented for SQL data sources: ``${name:sqlstring}`` becomes quoted values between
commas; "All" with a custom value becomes that value, unquoted. Macros as in Grafana's
``pkg/tsdb/grafana-postgresql-datasource/macros.go``; any other macro is an error there and here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}|\$(?!__)(\w+)")
MACRO = re.compile(r"\$(\w+)\(([^)]*)\)")


class UnknownMacroError(Exception):
    """Grafana would answer with an error instead of rows."""


@dataclass(frozen=True)
class Grafana:
    """A dashboard that is open on a time range, with choices made.

    Attributes
    ----------
    chosen
        The values of each variable; a string stands for "All" with that custom value.
    interval
        What ``$__interval`` comes to.
    """

    chosen: Mapping[str, str | list[str]] = field(default_factory=dict)
    start: datetime = field(default_factory=lambda: datetime.now(UTC) - timedelta(days=365))
    end: datetime = field(default_factory=lambda: datetime.now(UTC))
    interval: str = "1d"

    def expand(self, sql: str) -> str:
        """Return the statement that PostgreSQL gets."""
        milliseconds = str(1000 * duration(self.interval))
        with_interval = sql.replace("$__interval_ms", milliseconds).replace(
            "$__interval", self.interval
        )
        return MACRO.sub(self._macro, VARIABLE.sub(self._variable, with_interval))

    def _variable(self, match: re.Match[str]) -> str:
        name, form = match[1] or match[3], match[2]
        chosen = self.chosen[name]
        if isinstance(chosen, str):
            return chosen
        assert form == "sqlstring", f"{name} would not be quoted"
        return ",".join("'" + value.replace("'", "''") + "'" for value in chosen)

    def _macro(self, match: re.Match[str]) -> str:
        name, arguments = match[1], [part.strip() for part in match[2].split(",")]
        if name == "__timeFilter":
            return f"{arguments[0]} BETWEEN '{moment(self.start)}' AND '{moment(self.end)}'"
        if name in {"__timeGroup", "__timeGroupAlias"}:
            seconds = duration(arguments[1].strip("'"))
            group = f"floor(extract(epoch from {arguments[0]})/{seconds})*{seconds}"
            return f'{group} AS "time"' if name.endswith("Alias") else group
        if name == "__timeFrom":
            return f"'{moment(self.start)}'"
        if name == "__timeTo":
            return f"'{moment(self.end)}'"
        raise UnknownMacroError(name)


def moment(when: datetime) -> str:
    """Write a time as Go's RFC3339Nano does."""
    return when.astimezone(UTC).isoformat().replace("+00:00", "Z")


def duration(interval: str) -> int:
    """Return the seconds of ``1h``, ``2d`` and the like."""
    return int(interval[:-1]) * SECONDS[interval[-1]]
