"""Write a sample: accident records as CSV, and beside it which anomalies were injected."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import ParameterError
from pipeline.sample.anomalies import inject
from pipeline.sample.records import AccidentRecords

ROWS = 209_306
RANDOM_STATE = 42
ANOMALY_SHARE = 0.01
BLOCK_ROWS = 65_536
SPECIAL = r'[",\r\n]'
"""What makes a value need quotes."""

Progress = Callable[[int], None]


@dataclass(frozen=True)
class SampleBlock:
    """Consecutive records of a sample.

    Attributes
    ----------
    records
        The 24 published columns.
    truth
        ``row`` (from 1, the first record of the sample) and ``kind`` of each injected anomaly.
    """

    records: pa.Table
    truth: pa.Table


def truth_path(path: Path) -> Path:
    """Return where the injected anomalies of a sample file are listed."""
    return path.with_suffix(".truth.csv")


def write_sample(
    path: Path,
    *,
    rows: int = ROWS,
    random_state: int = RANDOM_STATE,
    anomaly_share: float = ANOMALY_SHARE,
    progress: Progress | None = None,
) -> None:
    """Write the records to ``path`` and the truth beside it, with flat memory.

    Both files appear only when they are whole.

    Parameters
    ----------
    progress
        Called with the number of rows written since the last call.

    Raises
    ------
    ParameterError
        As ``sample_blocks``.
    """
    targets = (path, truth_path(path))
    parts = [target.with_name(f".{target.name}.part") for target in targets]
    try:
        with parts[0].open("wb") as records, parts[1].open("wb") as truth:
            blocks = sample_blocks(rows, random_state, anomaly_share)
            for number, block in enumerate(blocks):
                records.write(_csv_lines(block.records, header=number == 0))
                truth.write(_csv_lines(block.truth, header=number == 0))
                if progress:
                    progress(block.records.num_rows)
        for part, target in zip(parts, targets, strict=True):
            part.replace(target)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def sample_blocks(
    rows: int = ROWS, random_state: int = RANDOM_STATE, anomaly_share: float = ANOMALY_SHARE
) -> Iterator[SampleBlock]:
    """Generate a sample block by block, each with a stream of random numbers of its own.

    Raises
    ------
    ParameterError
        ``rows`` is below 1 or ``anomaly_share`` is not in [0, 0.5].
    """
    if rows < 1:
        raise ParameterError(f"rows must be at least 1, got {rows}")
    if not 0 <= anomaly_share <= 0.5:  # noqa: PLR2004 - the bound that the message names
        raise ParameterError(f"anomaly_share must be in [0, 0.5], got {anomaly_share}")
    for number, first in enumerate(range(0, rows, BLOCK_ROWS)):
        rng = np.random.default_rng([random_state, number])
        records = AccidentRecords.draw(rng, min(BLOCK_ROWS, rows - first))
        injected, kinds = inject(rng, records, anomaly_share)
        truth = {
            "row": pa.array(injected + first + 1, pa.int64()),
            "kind": pa.array(kinds, pa.string()),
        }
        yield SampleBlock(records.to_table(), pa.table(truth))


def _csv_lines(table: pa.Table, *, header: bool) -> bytes:
    """Return a table without missing values as CSV, with quotes only where a value needs them.

    Arrow's own writer quotes all text, and pandas takes many times as long.
    """
    cells = [_cells(column.combine_chunks()) for column in table.columns]
    cells[-1] = pc.binary_join_element_wise(cells[-1], "\n", "")
    lines = pc.binary_join_element_wise(*cells, ",")
    names = ",".join(table.column_names) + "\n" if header else ""
    whole = pc.binary_join(pa.ListArray.from_arrays([0, len(lines)], lines), "")
    body: bytes = whole[0].as_buffer().to_pybytes()
    return names.encode() + body


def _cells(values: pa.Array) -> pa.Array:
    """Write each different value once; most repeat."""
    if not pa.types.is_string(values.type):
        return values.cast(pa.string())
    coded = values.dictionary_encode()
    quoted = pc.binary_join_element_wise(
        '"', pc.replace_substring(coded.dictionary, '"', '""'), '"', ""
    )
    needed = pc.match_substring_regex(coded.dictionary, SPECIAL)
    return pc.if_else(needed, quoted, coded.dictionary).take(coded.indices)
