"""Text as dictionaries: what Parquet keeps, read without writing each value out."""

from __future__ import annotations

import pyarrow as pa

CODED = pa.dictionary(pa.int32(), pa.string())
"""What Arrow reads when it is told to leave text as it is kept."""


def compact(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Give text a dictionary of its own where the one it came with has more values than rows.

    Arrow hands the dictionary of a whole row group on with each part of it, and writes it with
    each part again: text of many values would grow with every step.
    """
    columns = [_own(values) if values.type == CODED else values for values in batch.columns]
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)


def _own(values: pa.DictionaryArray) -> pa.DictionaryArray:
    if len(values.dictionary) <= len(values):
        return values
    return values.cast(pa.string()).dictionary_encode()
