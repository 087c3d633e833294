"""Questions of the comparison of runs; what a finished run wrote never changes."""

from app.services.comparison.queries import Shape, ShapeOf
from app.services.comparison.types import Comparison, Density, Overlap, Part, PartRows, Versus
from app.services.runs.types import Run
from app.ui.kit.caching import question
from app.wiring import Console

MOMENT, SHORT = 3, 15
LONG = 24 * 3600
VIEWS = 60


@question(MOMENT)
def comparison(console: Console, run_ids: tuple[str, ...]) -> Comparison:
    """Runs beside each other."""
    return console.comparisons.of(run_ids)


@question(SHORT)
def scored(console: Console, run_ids: tuple[str, ...]) -> tuple[Run | None, ...]:
    """The scored rows that stand for each run."""
    return tuple(console.comparisons.scored(run) for run in comparison(run_ids).runs)


@question(LONG, entries=VIEWS)
def shapes(console: Console, run_ids: tuple[str, ...], of: ShapeOf) -> list[Shape]:
    """How the scored rows of score runs are distributed."""
    return console.comparisons.shapes(run_ids, of)


@question(MOMENT)
def versus(console: Console, run_ids: tuple[str, ...], dataset_id: str) -> Versus:
    """Two models and the data they are compared on."""
    return console.model_pairs.find(run_ids, dataset_id)


@question(LONG, entries=VIEWS)
def overlap(console: Console, a: str, b: str) -> Overlap:
    """How two score runs flag the same rows."""
    return console.model_pairs.overlap(a, b)


@question(LONG, entries=VIEWS)
def density(console: Console, a: str, b: str) -> Density:
    """Rows by the severities of two score runs."""
    return console.model_pairs.density(a, b)


@question(LONG, entries=VIEWS)
def part_rows(
    console: Console, a: str, b: str, part: Part, order: str, *, offset: int, limit: int
) -> PartRows:
    """Some rows that enter, leave or stay."""
    return console.model_pairs.rows(a, b, part, order, offset=offset, limit=limit)
