"""Draw categories by weight, alone or given another column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Weights = Mapping[str, float]


Texts = NDArray[np.object_]


@dataclass(frozen=True)
class Choice:
    """One categorical column.

    Attributes
    ----------
    weights
        How often each value occurs, in any unit.
    given
        For some values of another column the weights that hold there instead.
    """

    weights: Weights
    given: Mapping[str, Weights]

    @cached_property
    def values(self) -> tuple[str, ...]:
        """Every value that can be drawn."""
        tables = (self.weights, *self.given.values())
        return tuple(dict.fromkeys(value for table in tables for value in table))

    def draw(self, rng: np.random.Generator, rows: int) -> Texts:
        """Draw ``rows`` values, of shape (rows,)."""
        return self._pick(rng, [self.weights], np.zeros(rows, dtype=np.intp))

    def draw_given(self, rng: np.random.Generator, parents: Texts) -> Texts:
        """Draw a value for each of ``parents``, of shape (rows,)."""
        coded = pa.array(parents, pa.string()).dictionary_encode()
        tables = [self.given.get(name, self.weights) for name in coded.dictionary.to_pylist()]
        return self._pick(rng, tables, coded.indices.to_numpy())

    def _pick(
        self, rng: np.random.Generator, tables: Sequence[Weights], table_of_row: NDArray[np.intp]
    ) -> Texts:
        """Look all draws up at once: table 0 lies in [0, 1), table 1 in [1, 2) and so on."""
        steps = np.concatenate(
            [self._cumulated(weights) + place for place, weights in enumerate(tables)]
        )
        found = np.searchsorted(steps, table_of_row + rng.random(len(table_of_row)), side="right")
        places = np.minimum(found - table_of_row * len(self.values), len(self.values) - 1)
        vocabulary: Texts = np.array(self.values, dtype=object)
        drawn: Texts = vocabulary[places]
        return drawn

    def _cumulated(self, weights: Weights) -> NDArray[np.float64]:
        steps = np.cumsum([weights.get(value, 0.0) for value in self.values])
        return np.asarray(steps / steps[-1])


def choice(weights: Weights, given: Mapping[str | Sequence[str], Weights] | None = None) -> Choice:
    """Make a column; a key of ``given`` may name several values that share their weights."""
    spread = {
        name: table
        for names, table in (given or {}).items()
        for name in ((names,) if isinstance(names, str) else names)
    }
    return Choice(weights, spread)
