"""Tables as lines of CSV in the published form: quotes only where a value needs them.

Arrow's own writer quotes all text, and pandas takes many times as long.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import ParameterError
from pipeline.sample.anomalies import plant
from pipeline.sample.records import draw_records, to_table

SPECIAL = r'[",\r\n]'


def csv_lines(table: pa.Table, *, header: bool) -> bytes:
    """Return the rows of a table without missing values, with or without the names on top."""
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


ROWS = 209_306
RANDOM_STATE = 42
ANOMALY_SHARE = 0.01
BLOCK_ROWS = 65_536

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Sample:
    """Records and what was planted among them.

    Attributes
    ----------
    records
        The 24 published columns.
    truth
        ``row`` (from 1, the first record) and ``kind`` of each planted anomaly.
    """

    records: pa.Table
    truth: pa.Table


def truth_path(path: Path) -> Path:
    """Return where the truth of a sample file is kept."""
    return path.with_suffix(".truth.csv")


def generate(
    rows: int = ROWS, *, random_state: int = RANDOM_STATE, anomaly_share: float = ANOMALY_SHARE
) -> Sample:
    """Make a sample in memory; ``write_sample`` writes the same records.

    Raises
    ------
    ParameterError
        ``rows`` is below 1 or ``anomaly_share`` is not in [0, 0.5].
    """
    parts = list(_blocks(rows, random_state, anomaly_share))
    return Sample(
        pa.concat_tables([part.records for part in parts]),
        pa.concat_tables([part.truth for part in parts]),
    )


def write_sample(
    path: Path,
    *,
    rows: int = ROWS,
    random_state: int = RANDOM_STATE,
    anomaly_share: float = ANOMALY_SHARE,
    progress: Progress | None = None,
) -> None:
    """Write the records to ``path`` and the truth beside it; memory does not grow with ``rows``.

    Both files appear only when they are whole.

    Parameters
    ----------
    progress
        Is told the number of rows written since the last call.

    Raises
    ------
    ParameterError
        As ``generate``.
    """
    targets = (path, truth_path(path))
    parts = [target.with_name(f".{target.name}.part") for target in targets]
    try:
        with parts[0].open("wb") as records, parts[1].open("wb") as truth:
            for number, block in enumerate(_blocks(rows, random_state, anomaly_share)):
                records.write(csv_lines(block.records, header=number == 0))
                truth.write(csv_lines(block.truth, header=number == 0))
                if progress:
                    progress(block.records.num_rows)
        for part, target in zip(parts, targets, strict=True):
            part.replace(target)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _blocks(rows: int, random_state: int, anomaly_share: float) -> Iterator[Sample]:
    """Give each block a stream of random numbers of its own, so that it needs no other block."""
    if rows < 1:
        raise ParameterError(f"rows must be at least 1, got {rows}")
    if not 0 <= anomaly_share <= 0.5:  # noqa: PLR2004 - the bound that the message names
        raise ParameterError(f"anomaly_share must be in [0, 0.5], got {anomaly_share}")
    for number, first in enumerate(range(0, rows, BLOCK_ROWS)):
        rng = np.random.default_rng([random_state, number])
        yield _block(rng, min(BLOCK_ROWS, rows - first), first, anomaly_share)


def _block(rng: np.random.Generator, rows: int, first: int, share: float) -> Sample:
    moments, columns = draw_records(rng, rows)
    moments, planted, kinds = plant(rng, moments, columns, share)
    truth = pa.table(
        {"row": pa.array(planted + first + 1, pa.int64()), "kind": pa.array(kinds, pa.string())}
    )
    return Sample(to_table(moments, columns), truth)
