"""Rows as CSV that is safe to open in a spreadsheet and reads back as it was.

Text that a spreadsheet would run as a formula gets a leading apostrophe, see ``guard``; numbers
and dates are written as they are. ``csv_to_parquet`` takes the apostrophe away again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import csv

from pipeline.csv_io.guard import guard, guard_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipeline.csv_io.info import Progress

BATCH_ROWS = 16_384


def write_csv(
    batches: Iterable[pa.RecordBatch],
    schema: pa.Schema,
    target: Path,
    progress: Progress | None = None,
    rows: int = 0,
    *,
    delimiter: str = ",",
) -> None:
    """Write record batches as CSV to ``target``, which appears only when it is whole.

    Parameters
    ----------
    progress
        Called after each batch with the rows written and ``rows``, the rows in all.
    """
    part = target.with_name(f".{target.name}.part")
    guarded = pa.schema([(guard_name(field.name), _plain(field.type)) for field in schema])
    done = 0
    try:
        options = csv.WriteOptions(batch_size=BATCH_ROWS, delimiter=delimiter)
        with csv.CSVWriter(part, guarded, write_options=options) as writer:
            for batch in batches:
                writer.write_batch(_guarded(batch, guarded))
                done += len(batch)
                if progress:
                    progress(done, rows)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _plain(dtype: pa.DataType) -> pa.DataType:
    """Return the type that is written: the values themselves where they are coded."""
    return dtype.value_type if pa.types.is_dictionary(dtype) else dtype


def _guarded(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    arrays = [
        _guarded_column(values, field.type)
        for values, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _guarded_column(values: pa.Array, dtype: pa.DataType) -> pa.Array:
    if not (pa.types.is_string(dtype) or pa.types.is_large_string(dtype)):
        return values.cast(dtype)
    # Few values repeat many times: guarding each of them once is ten times faster.
    coded = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(coded.indices, guard(coded.dictionary)).cast(dtype)
