"""Runs beside each other: what they were asked, on what, and what came of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isnan
from typing import Any

import pyarrow as pa

from app.services.runs.types import Run, RunKind
from app.services.system import names

FEWEST, MOST = 2, 10
DATASET = "dataset"
ID_DIGITS = 8


@dataclass(frozen=True)
class Line:
    """One property of all runs.

    Attributes
    ----------
    values
        In the order of the runs; None where a run lacks it.
    foreign
        Places of the runs that are of a kind which never has it: their lack is no difference.
    """

    name: str
    values: tuple[Any, ...]
    foreign: frozenset[int] = frozenset()

    @property
    def differs(self) -> bool:
        """Whether not all runs have the same."""
        own = (value for place, value in enumerate(self.values) if place not in self.foreign)
        return len({_comparable(value) for value in own}) > 1


@dataclass(frozen=True)
class Comparison:
    """Runs to compare, in the order in which they were chosen.

    Attributes
    ----------
    models
        The train run behind each run: the run itself when it trained, None when it is unknown.
    """

    runs: tuple[Run, ...]
    models: tuple[Run | None, ...]

    @property
    def asked(self) -> list[Mapping[str, str]]:
        """Parameters of each run: those that its model was trained with."""
        return asked([model or run for run, model in zip(self.runs, self.models, strict=True)])

    @property
    def parameters(self) -> list[Line]:
        """Parameters of the models, by name."""
        return lines_of(self.asked)

    @property
    def metrics(self) -> list[Line]:
        """What the runs measured, by name."""
        lines = lines_of([run.metrics for run in self.runs])
        return [replace(line, foreign=self._foreign(line)) for line in lines]

    def _foreign(self, line: Line) -> frozenset[int]:
        """Find the runs of a kind that measures something else."""
        pairs = list(zip(self.runs, line.values, strict=True))
        kinds = {run.kind for run, value in pairs if value is not None}
        return frozenset(place for place, (run, _) in enumerate(pairs) if run.kind not in kinds)

    @property
    def datasets(self) -> dict[str, tuple[list[int], list[int]]]:
        """By data set id, which runs' models were trained on it and which runs scored it."""
        seen: dict[str, tuple[list[int], list[int]]] = {}
        for place, (run, model) in enumerate(zip(self.runs, self.models, strict=True)):
            if model and model.dataset_id:
                seen.setdefault(model.dataset_id, ([], []))[0].append(place)
            if run.kind is RunKind.SCORE and run.dataset_id:
                seen.setdefault(run.dataset_id, ([], []))[1].append(place)
        return seen


def asked(runs: Sequence[Run | None]) -> list[Mapping[str, str]]:
    """Return the parameters of runs, with the data set by its name.

    Its id is told as well where runs of several data sets of one name stand beside each other.
    """
    ids = {run.dataset_id: run.tags.get(names.DATASET_NAME, "") for run in runs if run}
    alike = Counter(ids.values())

    def told(run: Run) -> Mapping[str, str]:
        name = ids[run.dataset_id]
        if not name or DATASET not in run.params:
            return run.params
        words = name if alike[name] == 1 else f"{name} ({run.dataset_id[:ID_DIGITS]})"
        return {**run.params, DATASET: words}

    return [told(run) if run else {} for run in runs]


def lines_of(values: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Return one line for each name that any of the mappings has."""
    given = list(values)
    called = dict.fromkeys(name for each in given for name in each)
    return [Line(name, tuple(each.get(name) for each in given)) for name in called]


def _comparable(value: Any) -> Any:  # noqa: ANN401 - numbers and texts
    """Let one NaN be like another."""
    return None if isinstance(value, float) and isnan(value) else value


class Part(StrEnum):
    """Rows by which of the two models flags them."""

    ENTER = "enter"
    LEAVE = "leave"
    BOTH = "both"


@dataclass(frozen=True)
class Side:
    """One of the two.

    Attributes
    ----------
    asked
        The run that was chosen: a training, or a scoring of the data.
    model
        The train run behind it; None when it is unknown.
    scored
        The finished score run of the data with this model; None when there is none yet.
    """

    asked: Run
    model: Run | None
    scored: Run | None


@dataclass(frozen=True)
class Versus:
    """Two models and the data set they are compared on."""

    dataset_id: str
    a: Side
    b: Side


@dataclass(frozen=True)
class Overlap:
    """How two models flag the same rows, each by its own threshold.

    Attributes
    ----------
    both, entering, leaving
        Rows that both, only B, only A flags.
    correlation
        Pearson's, of the two severities; None where one of them does not vary.
    starts
        Severity from which A and B flag a row; None where one flags none.
    """

    rows: int
    both: int
    entering: int
    leaving: int
    correlation: float | None
    starts: tuple[float | None, float | None]

    @property
    def rates(self) -> tuple[float, float]:
        """Anomalies per row by A and by B."""
        whole = max(self.rows, 1)
        return (self.both + self.leaving) / whole, (self.both + self.entering) / whole

    @property
    def jaccard(self) -> float | None:
        """Rows that both flag by rows that any flags; None where no row is flagged."""
        return jaccard(self.both, self.entering + self.leaving)

    @property
    def agreement(self) -> float:
        """Rows on which both say the same, by all rows."""
        return 1.0 - (self.entering + self.leaving) / max(self.rows, 1)

    @property
    def kappa(self) -> float | None:
        """Agreement beyond chance: 1 is perfect, 0 what two unrelated models of these rates reach.

        Cohen 1960, Educational and Psychological Measurement 20, 37-46. None where chance alone
        agrees on everything.
        """
        a, b = self.rates
        chance = a * b + (1.0 - a) * (1.0 - b)
        return None if chance >= 1.0 else (self.agreement - chance) / (1.0 - chance)

    def count(self, part: Part) -> int:
        """Return the rows of a part."""
        return {Part.ENTER: self.entering, Part.LEAVE: self.leaving, Part.BOTH: self.both}[part]


@dataclass(frozen=True)
class Density:
    """Rows by both severities; ``counts`` are by the step of A, then of B, None for no row."""

    edges: tuple[float, ...]
    counts: tuple[tuple[int | None, ...], ...]


@dataclass(frozen=True)
class PartRows:
    """Some rows of a part.

    Attributes
    ----------
    rows
        ``severity_a``, ``severity_b``, ``change``, ``row`` (in the file, from 1), then the data.
    """

    rows: pa.Table
    offset: int


@dataclass(frozen=True)
class FlagOverlap:
    """Rows by which of two models flags them; ``first`` and ``second`` count those of one alone."""

    rows: int
    both: int
    first: int
    second: int

    @property
    def shared(self) -> float | None:
        """Rows flagged by both per row flagged by either (Jaccard); None when none is flagged."""
        return jaccard(self.both, self.first + self.second)


def jaccard(both: int, one: int) -> float | None:
    """Return what is in both sets by what is in any; None where both are empty.

    Parameters
    ----------
    one
        How much is in one of the two sets alone.

    References
    ----------
    Jaccard (1912), The distribution of the flora in the alpine zone. New Phytologist 11, 37-50.
    """
    return both / (both + one) if both + one else None
