"""Writes CSV whose text cells no spreadsheet runs as a formula.

Spreadsheets run text that starts with ``=``, ``+``, ``-``, ``@`` or their full-width forms, a
tab or a line end. OWASP advises a leading apostrophe (https://owasp.org/www-community/attacks/CSV_Injection).
Text that already has apostrophes before such a character gets one more, so that removing one
restores every text exactly. Numbers and dates are never touched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa
from pyarrow import compute as pc
from pyarrow import csv

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pipeline.tables.csv_convert import Progress

BATCH_ROWS = 16_384
DANGEROUS = "[=+\\-@\\t\\r\\n\uff1d\uff0b\uff0d\uff20]"
TO_GUARD = f"^('*{DANGEROUS})"
GUARDED = f"^'('*{DANGEROUS})"

Text = TypeVar("Text", pa.Array, pa.ChunkedArray)


def guard(values: Text) -> Text:
    """Put an apostrophe before text that a spreadsheet would run."""
    return pc.replace_substring_regex(values, TO_GUARD, r"'\1", max_replacements=1)


def unguard(values: Text) -> Text:
    """Remove the apostrophe that ``guard`` added."""
    if not pc.any(pc.starts_with(values, "'")).as_py():
        return values
    return pc.replace_substring_regex(values, GUARDED, r"\1", max_replacements=1)


def guard_name(name: str) -> str:
    """Guard a column name, which is a cell as well."""
    return re.sub(TO_GUARD, r"'\1", name)


def unguard_name(name: str) -> str:
    """Remove the apostrophe that ``guard_name`` added."""
    return re.sub(GUARDED, r"\1", name)


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
