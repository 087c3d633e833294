"""The seeded sample of the rows that a model is fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import parquet as pq

from pipeline.dictionaries import compact

if TYPE_CHECKING:
    from pathlib import Path

BATCH_ROWS = 65_536


def sample_rows(source: Path, columns: list[str], limit: int, seed: int) -> pa.Table:
    """Read at most ``limit`` rows of a Parquet file, drawn without replacement, in file order.

    The file is streamed once, so memory does not grow with it. Text comes as dictionaries, as the
    file keeps it: to write each value out would take longer than all the rest.

    Parameters
    ----------
    source
        A Parquet file of any size.
    seed
        The same seed and rows give the same sample.
    """
    with pq.ParquetFile(source, read_dictionary=columns) as file:
        total = file.metadata.num_rows
        chosen = np.arange(total)
        if total > limit:
            random = np.random.default_rng(seed)
            chosen = np.sort(random.choice(total, limit, replace=False, shuffle=False))
        parts, start = [], 0
        for batch in file.iter_batches(BATCH_ROWS, columns=columns):
            first, last = np.searchsorted(chosen, [start, start + batch.num_rows])
            parts.append(compact(batch.take(pa.array(chosen[first:last] - start))))
            start += batch.num_rows
        schema = pa.schema([file.schema_arrow.field(name) for name in columns])
    return pa.Table.from_batches(parts, schema=schema)
