"""Turns Arrow rows into the frames that a model takes, with text as dictionaries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from pipeline.errors import DataError
from pipeline.tables.schema import Column, Role, Schema

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

LARGEST = float(np.finfo(np.float32).max)
"""A forest compares in single precision."""

CODED = pa.dictionary(pa.int32(), pa.string())
"""The type of text that Arrow reads as dictionaries."""


def compact(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give text a smaller dictionary where its own has more values than rows.

    Arrow keeps the dictionary of a whole row group with each part of it and writes it again with
    each part, so text of many values would grow.
    """
    columns = [_own(values) if values.type == CODED else values for values in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _own(values: pa.DictionaryArray) -> pa.DictionaryArray:
    if len(values.dictionary) <= len(values):
        return values
    return values.cast(pa.string()).dictionary_encode()


def model_frame(rows: pa.Table | pa.RecordBatch, schema: Schema) -> pd.DataFrame:
    """Return the usable columns of ``rows`` in the order of ``schema``.

    Parameters
    ----------
    rows
        Any number of rows; columns in any order, extra ones allowed.

    Raises
    ------
    DataError
        Columns are missing, or one holds what its role does not allow.
    """
    schema.check(rows.schema.names)
    columns = [column for column in schema.columns if column.role is not Role.IGNORED]
    arrays = [_READERS[column.role](column, _array(rows, column.name)) for column in columns]
    table = pa.Table.from_arrays(arrays, names=[column.name for column in columns])
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    return frame


def _array(rows: pa.Table | pa.RecordBatch, name: str) -> pa.Array:
    column = rows.column(name)
    values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    # Whatever the type, rows without any value are missing, as a sparse column's first ones may be.
    return pa.nulls(len(values)) if values.null_count == len(values) else values


def _numbers(column: Column, values: pa.Array) -> pa.Array:
    kind = values.type
    if not (types.is_primitive(kind) or types.is_decimal(kind) or types.is_null(kind)) or (
        types.is_temporal(kind)
    ):
        raise _misfit(column, values)
    numbers = values.cast(pa.float64(), safe=False)
    largest = pc.max(pc.abs(numbers)).as_py()
    if largest is not None and largest > LARGEST:
        raise DataError(
            f"column {column.name!r} holds a number beyond ±{LARGEST:.1e}, which a model cannot "
            "tell from infinity; correct it or leave the cell empty"
        )
    return numbers


def _categories(_column: Column, values: pa.Array) -> pa.Array:
    if not types.is_dictionary(values.type):
        return values.cast(pa.string()).dictionary_encode()
    # A dictionary may name a value twice. Its few values are encoded anew, not those of all rows.
    coded = values.dictionary.cast(pa.string()).dictionary_encode()
    return pa.DictionaryArray.from_arrays(coded.indices.take(values.indices), coded.dictionary)


def _dates(column: Column, values: pa.Array) -> pa.Array:
    kind = values.type
    if types.is_time(kind):
        # A time of day counts from the epoch, so that its hour is what it says.
        return values.cast(pa.time64("us")).cast(pa.int64()).cast(pa.timestamp("us"))
    if not (types.is_timestamp(kind) or types.is_date(kind) or types.is_null(kind)):
        raise _misfit(column, values)
    return values.cast(pa.timestamp("us"), safe=False)


def _misfit(column: Column, values: pa.Array) -> DataError:
    wanted = "numbers" if column.role is Role.NUMERIC else "dates"
    example = values.drop_null()[0].as_py()
    return DataError(
        f"column {column.name!r} holds {example!r} where the model was trained on {wanted}; "
        f"write {wanted} there or choose another model"
    )


_READERS: dict[Role, Callable[[Column, pa.Array], pa.Array]] = {
    Role.NUMERIC: _numbers,
    Role.CATEGORICAL: _categories,
    Role.DATE: _dates,
}
