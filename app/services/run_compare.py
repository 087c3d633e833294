"""Runs beside each other: what they were asked, on what, and what came of it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isnan
from typing import Any

from app.services import names
from app.services.run_model import Run, RunKind

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
