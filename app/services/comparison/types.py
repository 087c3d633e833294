"""Records of comparisons: runs side by side, and two models on the same rows."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import isnan
from typing import Any

from pipeline.tracking.runs import Run, RunKind

FEWEST, MOST = 2, 10
"""How many runs can be compared."""

DATASET = "dataset"
ID_DIGITS = 8


@dataclass(frozen=True)
class ComparisonRow:
    """One parameter, metric or other property of all runs.

    Attributes
    ----------
    values
        In the order of the runs; None where a run lacks it.
    not_applicable
        Positions of runs of a kind that never has it, so that its absence is no difference.
    """

    name: str
    values: tuple[Any, ...]
    not_applicable: frozenset[int] = frozenset()

    @property
    def differs(self) -> bool:
        """Whether at least two runs have different values; one NaN equals another."""
        own = (value for i, value in enumerate(self.values) if i not in self.not_applicable)
        return len({None if _is_nan(value) else value for value in own}) > 1


@dataclass(frozen=True)
class RunComparison:
    """Runs to compare, in the order in which they were chosen.

    Attributes
    ----------
    models
        The train run behind each run: the run itself when it trained, None when it is unknown.
    """

    runs: tuple[Run, ...]
    models: tuple[Run | None, ...]

    @property
    def parameters(self) -> list[ComparisonRow]:
        """Parameters that the models were trained with; those of the run where it is unknown."""
        known = [model or run for run, model in zip(self.runs, self.models, strict=True)]
        return comparison_rows(model_parameters(known))

    @property
    def metrics(self) -> list[ComparisonRow]:
        """Metrics of the runs."""
        rows = comparison_rows([run.metrics for run in self.runs])
        return [replace(row, not_applicable=self._of_other_kinds(row)) for row in rows]

    def _of_other_kinds(self, row: ComparisonRow) -> frozenset[int]:
        pairs = list(zip(self.runs, row.values, strict=True))
        kinds = {run.kind for run, value in pairs if value is not None}
        return frozenset(i for i, (run, _) in enumerate(pairs) if run.kind not in kinds)

    @property
    def datasets(self) -> dict[str, tuple[list[int], list[int]]]:
        """By data set id, the positions of runs whose models trained on it, and that scored it."""
        found: dict[str, tuple[list[int], list[int]]] = {}
        for i, (run, model) in enumerate(zip(self.runs, self.models, strict=True)):
            if model and model.dataset_id:
                found.setdefault(model.dataset_id, ([], []))[0].append(i)
            if run.kind is RunKind.SCORE and run.dataset_id:
                found.setdefault(run.dataset_id, ([], []))[1].append(i)
        return found


def model_parameters(models: Sequence[Run | None]) -> list[Mapping[str, str]]:
    """Return the parameters of train runs, with the data set by its name.

    The name is followed by the id where data sets of the same name are compared.
    """
    dataset_names = {run.dataset_id: run.tags.get("dataset_name", "") for run in models if run}
    uses = Counter(dataset_names.values())

    def parameters(run: Run) -> Mapping[str, str]:
        name = dataset_names[run.dataset_id]
        if not name or DATASET not in run.params:
            return run.params
        suffix = f" ({run.dataset_id[:ID_DIGITS]})" if uses[name] > 1 else ""
        return {**run.params, DATASET: f"{name}{suffix}"}

    return [parameters(run) if run else {} for run in models]


def comparison_rows(values: Iterable[Mapping[str, Any]]) -> list[ComparisonRow]:
    """Return one row for each name that any of the mappings has."""
    given = list(values)
    found = dict.fromkeys(name for each in given for name in each)
    return [ComparisonRow(name, tuple(each.get(name) for each in given)) for name in found]


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and isnan(value)


class ScoreColumn(StrEnum):
    """Column of the scored rows whose distribution is compared."""

    SEVERITY = "severity"
    SCORE = "anomaly_score"


@dataclass(frozen=True)
class RunHistogram:
    """Share of a run's rows by severity or score.

    Attributes
    ----------
    edges
        One more than there are shares.
    threshold
        Lowest severity, or highest score, of the rows that the run flagged; None without any.
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]
    rows: int
    threshold: float | None


class FlaggedBy(StrEnum):
    """Which of the models A and B flag a row."""

    ONLY_B = "only_b"
    ONLY_A = "only_a"
    BOTH = "both"


@dataclass(frozen=True)
class ComparedModel:
    """One of two compared models.

    Attributes
    ----------
    run
        The run that was chosen: a training, or a scoring of the data.
    model
        The train run behind it; None when it is unknown.
    scoring
        The finished score run of the data with this model; None when there is none yet.
    """

    run: Run
    model: Run | None
    scoring: Run | None

    @property
    def run_id(self) -> str:
        """The train run, or the chosen run where that is unknown."""
        return (self.model or self.run).run_id


@dataclass(frozen=True)
class ModelComparison:
    """Two models and the data set they are compared on."""

    dataset_id: str
    a: ComparedModel
    b: ComparedModel


@dataclass(frozen=True)
class Overlap:
    """Rows of one data set by which of two models flag them.

    Attributes
    ----------
    correlation
        Pearson's, of the two severities; None where one of them does not vary.
    lowest_severities
        Of the rows that A and that B flag; None where it flags none.
    """

    rows: int
    both: int
    only_a: int
    only_b: int
    correlation: float | None = None
    lowest_severities: tuple[float | None, float | None] = (None, None)

    @property
    def rates(self) -> tuple[float, float]:
        """Anomalies per row by A and by B."""
        rows = max(self.rows, 1)
        return (self.both + self.only_a) / rows, (self.both + self.only_b) / rows

    @property
    def jaccard(self) -> float | None:
        """Rows that both flag by rows that either flags; None where no row is flagged.

        Jaccard 1912, New Phytologist 11, 37-50.
        """
        either = self.both + self.only_a + self.only_b
        return self.both / either if either else None

    @property
    def agreement(self) -> float:
        """Share of the rows that both flag or both do not flag."""
        return 1.0 - (self.only_a + self.only_b) / max(self.rows, 1)

    @property
    def kappa(self) -> float | None:
        """Agreement beyond chance: 1 is perfect, 0 what two unrelated models of these rates reach.

        Cohen 1960, Educational and Psychological Measurement 20, 37-46. None where chance alone
        agrees on everything.
        """
        a, b = self.rates
        chance = a * b + (1.0 - a) * (1.0 - b)
        return None if chance >= 1.0 else (self.agreement - chance) / (1.0 - chance)

    def count(self, by: FlaggedBy) -> int:
        """Return the number of rows that ``by`` flag."""
        return int(getattr(self, by))


@dataclass(frozen=True)
class Density:
    """Rows by both severities; ``counts`` are by the bin of A, then of B, None for no row."""

    edges: tuple[float, ...]
    counts: tuple[tuple[int | None, ...], ...]
