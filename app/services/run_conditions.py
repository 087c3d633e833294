"""Conditions on any parameter or metric of a run.

MLflow compares metrics as numbers on its server, but parameters as text and only for being equal:
it refuses ``params.n_estimators > '100'``. Where an operator asks for that all the same, MLflow is
asked for the runs that have the parameter, and the console compares the numbers itself.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from operator import eq, ge, gt, le, lt, ne

from app.clients.errors import Rejected
from app.services.run_model import Run

WRITTEN = re.compile(r"(metrics|params)\.(.+?) (<=|>=|!=|<|>|=) (.*)", re.DOTALL)
LONGEST = 250
COMPARE = {"<": lt, "<=": le, "=": eq, "!=": ne, ">=": ge, ">": gt}
TEXTUAL = ("=", "!=")


class Subject(StrEnum):
    """What a condition is on, as MLflow's search language calls it."""

    METRIC = "metrics"
    PARAM = "params"


@dataclass(frozen=True)
class Condition:
    """One comparison; ``condition`` makes one that holds to the rules.

    Attributes
    ----------
    comparison
        One of ``<``, ``<=``, ``=``, ``!=``, ``>=`` and ``>``.
    value
        A number, or any text where a parameter is compared for being equal.
    """

    subject: Subject
    name: str
    comparison: str
    value: str

    @property
    def is_served(self) -> bool:
        """Whether MLflow's server answers the whole of it."""
        return self.subject is Subject.METRIC or self.comparison in TEXTUAL

    def clause(self) -> str:
        """Return what MLflow is asked; for the order of a parameter, that it is there."""
        field = f"{self.subject}.`{self.name}`"
        if not self.is_served:
            return f"{field} IS NOT NULL"
        value = self.value if self.subject is Subject.METRIC else _quoted(self.value)
        return f"{field} {self.comparison} {value}"

    def holds(self, run: Run) -> bool:
        """Tell whether a run that MLflow found fulfils the rest; text is never in order."""
        if self.is_served:
            return True
        found = _number(run.params.get(self.name, ""))
        return found is not None and COMPARE[self.comparison](found, float(self.value))

    def __str__(self) -> str:
        """Write it for an address and for a reader."""
        return f"{self.subject}.{self.name} {self.comparison} {self.value}"


def condition(subject: Subject, name: str, comparison: str, value: str) -> Condition:
    """Return a condition.

    >>> str(condition(Subject.METRIC, "anomaly_rate", ">", " 0.10 "))
    'metrics.anomaly_rate > 0.1'

    Raises
    ------
    Rejected
        A part is missing or cannot be compared; the message says which.
    """
    name, value = name.strip(), value.strip()
    if not name or "`" in name or len(name) > LONGEST:
        raise _refusal(f"name a metric or parameter in 1 to {LONGEST} characters without `", name)
    if comparison not in COMPARE:
        raise _refusal(f"compare with one of {', '.join(COMPARE)}", comparison)
    number = _number(value)
    if number is not None:
        return Condition(subject, name, comparison, f"{number:.15g}")
    if subject is Subject.METRIC or comparison not in TEXTUAL:
        raise _refusal(f"{name} {comparison} needs a number, such as 0.1", value)
    if not value or len(value) > LONGEST or {"'", '"'} <= set(value):
        raise _refusal(f"{name} needs 1 to {LONGEST} characters with one kind of quote", value)
    return Condition(subject, name, comparison, value)


def parse(text: str) -> Condition:
    """Read what a condition was written as.

    Raises
    ------
    Rejected
        It is none, or breaks a rule.
    """
    found = WRITTEN.fullmatch(text)
    if not found:
        raise _refusal(
            "write it as in metrics.anomaly_rate > 0.1 or params.n_estimators = 200", text
        )
    subject, name, comparison, value = found.groups()
    return condition(Subject(subject), name, comparison, value)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _quoted(value: str) -> str:
    mark = '"' if "'" in value else "'"
    return f"{mark}{value}{mark}"


def _refusal(rule: str, got: str) -> Rejected:
    return Rejected("console", f"This condition cannot be used: {rule}; got {got!r}.")
