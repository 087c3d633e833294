"""The columns of a data set, their roles, and the check that a model's columns are there.

A schema is stored as JSON in a data set's profile and inside a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from pydantic import TypeAdapter

from pipeline.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

SCORED_COLUMNS = ("anomaly_pred", "anomaly_score", "severity")
"""Names that scoring adds to a table; no input column may have them."""

SAMPLED_ROWS = 100_000
NEAR_UNIQUE_SHARE = 0.5
NEAR_UNIQUE_MINIMUM = 50


class Role(StrEnum):
    """What a column contributes to a model."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    DATE = "date"
    IGNORED = "ignored"


@dataclass(frozen=True)
class Column:
    """One column: its name, role and Arrow type, such as ``int64`` or ``timestamp[us]``."""

    name: str
    role: Role
    dtype: str


@dataclass(frozen=True)
class Schema:
    """The columns of a data set, in the order of the file."""

    columns: tuple[Column, ...]

    @classmethod
    def infer(cls, source: pa.Table | Path) -> Self:
        """Give each column of a table or Parquet file its role.

        Text of which most values are unique, such as a record number or a remark, is
        ignored, because a value that occurs once says nothing about how rare it is. Only
        the first 100,000 rows are read for that.

        Raises
        ------
        DataError
            No column is left that a model could use.
        """
        head = _head(source)
        schema = cls(
            tuple(
                Column(field.name, _role(field.type, head.get(field.name)), str(field.type))
                for field in _arrow_schema(source)
            )
        )
        schema._require_usable()
        return schema

    def _require_usable(self) -> None:
        if not self.usable:
            raise DataError(
                f"none of the columns {_listed(self.names)} can be used: a model needs a column of "
                "numbers, dates or repeated categories, and each of these holds text that is "
                "different in almost every row; add such a column"
            )

    @property
    def names(self) -> list[str]:
        """All column names, in order."""
        return [column.name for column in self.columns]

    @property
    def usable(self) -> list[str]:
        """Names of the columns that a model may use, in order."""
        return [column.name for column in self.columns if column.role is not Role.IGNORED]

    def of_role(self, role: Role) -> list[str]:
        """Names of the columns with ``role``, in order."""
        return [column.name for column in self.columns if column.role is role]

    def check(self, names: Iterable[str]) -> None:
        """Check that every usable column is among ``names``; order and extra names do not matter.

        Raises
        ------
        DataError
            Names all missing columns.
        """
        present = set(names)
        missing = [name for name in self.usable if name not in present]
        if missing:
            noun = "column" if len(missing) == 1 else "columns"
            raise DataError(
                f"missing {noun} {_listed(missing)}: the model was trained with "
                f"{'it' if len(missing) == 1 else 'them'}; add the {noun} under the same "
                f"name{'' if len(missing) == 1 else 's'} or choose another model"
            )

    def to_json(self) -> str:
        """Return the schema as JSON text."""
        return TypeAdapter(Schema).dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Build the schema that ``to_json`` wrote."""
        return TypeAdapter(cls).validate_json(text)


def _listed(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _arrow_schema(source: pa.Table | Path) -> pa.Schema:
    if not isinstance(source, Path):
        return source.schema
    import pyarrow.parquet as pq  # noqa: PLC0415 - keeps the module light to import

    return pq.read_schema(source)


def _head(source: pa.Table | Path) -> dict[str, pa.Array]:
    """Return the first values of the text columns, of a table or a Parquet file."""
    from pyarrow import types  # noqa: PLC0415

    names = [field.name for field in _arrow_schema(source) if not types.is_primitive(field.type)]
    if not isinstance(source, Path):
        head = source.select(names).slice(0, SAMPLED_ROWS)
        return {name: head.column(name) for name in names}
    return _parquet_head(source, names)


def _parquet_head(path: Path, names: list[str]) -> dict[str, pa.Array]:
    import pyarrow.parquet as pq  # noqa: PLC0415

    with pq.ParquetFile(path, read_dictionary=names) as file:
        batches = file.iter_batches(batch_size=SAMPLED_ROWS, columns=names)
        batch = next(batches, None) if names else None
        return {} if batch is None else {name: batch.column(name) for name in names}


def _role(dtype: pa.DataType, values: pa.Array | None) -> Role:
    from pyarrow import types  # noqa: PLC0415

    if types.is_temporal(dtype):
        return Role.DATE
    if types.is_integer(dtype) or types.is_floating(dtype) or types.is_decimal(dtype):
        return Role.NUMERIC
    if values is not None and _near_unique(values):
        return Role.IGNORED
    return Role.CATEGORICAL


def _near_unique(values: pa.Array) -> bool:
    import pyarrow.compute as pc  # noqa: PLC0415

    distinct = len(pc.unique(values))
    present: int = len(values) - values.null_count
    return distinct > max(NEAR_UNIQUE_MINIMUM, NEAR_UNIQUE_SHARE * present)
