"""Records of scored files: reading them, and keys that depend on nothing but their content."""

# ruff: noqa: S608 - names of columns are not part of these queries, values are parameters

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from math import isnan
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from app.services.reviews.types import SampledBy, ScoredRecord
from pipeline.errors import NotFound
from pipeline.tables.schema import SCORED_COLUMNS

QUEUE_CHUNK = 100
ROWS = "read_parquet($1, file_row_number = true)"
NUMBER = "file_row_number"


def record_key(values: Mapping[str, object]) -> str:
    """Return the SHA-256 of a record's own columns, in hex.

    The order of the columns does not matter, 2 and 2.0 are the same, and an empty cell counts as a
    missing column. The columns that scoring added are left out.

    >>> record_key({"units": 2, "weather": "SNOW"}) == record_key({"weather": "SNOW", "units": 2.0})
    True
    """
    cells = [
        (name, *_canonical(value))
        for name, value in sorted(values.items())
        if name not in SCORED_COLUMNS and not _is_empty(value)
    ]
    text = json.dumps(cells, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def keys_of(rows: pa.Table) -> list[str]:
    """Return the key of each row of a table."""
    return [record_key(row) for row in rows.to_pylist()]


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, float) and isnan(value))


def _canonical(value: object) -> tuple[str, str]:
    """Return type and text of a value, so that the text 1 differs from the number 1."""
    if isinstance(value, bool):
        return "b", str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        return "n", _number(value)
    if isinstance(value, (datetime, date)):
        return "d", _moment(value)
    if isinstance(value, (time, timedelta)):
        return "t", str(value)
    return "s", str(value)


def _number(value: float | Decimal) -> str:
    is_finite = abs(value) != float("inf")
    whole = is_finite and (isinstance(value, int) or value == value.__floor__())
    return str(int(value)) if whole else repr(float(value))


def _moment(value: date) -> str:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day).isoformat()  # noqa: DTZ001 - as stored
    return (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat()


def read_rows(path: Path, rows: Sequence[int]) -> tuple[ScoredRecord, ...]:
    """Return some rows of a scored file, by their numbers from 1, in that order.

    Raises
    ------
    NotFound
        The file has no such row.
    """
    found = _read(path, f"WHERE {NUMBER} IN (SELECT unnest($2))", [row - 1 for row in rows])
    by_row = {record.row: record for record in found}
    missing = [row for row in rows if row not in by_row]
    if missing:
        raise NotFound("MLflow", f"This run has no row {missing[0]:,}.")
    return tuple(by_row[row] for row in rows)


@lru_cache(maxsize=64)
def read_queue(
    path: Path, sampled_by: SampledBy, threshold: float, run_id: str, offset: int
) -> tuple[ScoredRecord, ...]:
    """Return a chunk of the review queue.

    Rows from a severity of ``threshold`` come most severe first; random ones come from below it,
    in an order that depends on the run's id alone.
    """
    if sampled_by is SampledBy.RANDOM:
        order = f"WHERE severity < $2 ORDER BY hash({NUMBER}::VARCHAR || $3), {NUMBER} "
        return _read(path, f"{order} LIMIT {QUEUE_CHUNK} OFFSET $4", threshold, run_id, offset)
    order = f"WHERE severity >= $2 ORDER BY severity DESC, anomaly_score, {NUMBER}"
    return _read(path, f"{order} LIMIT {QUEUE_CHUNK} OFFSET $3", threshold, offset)


def count_rows(path: Path, severity: float) -> int:
    """Count the rows of a scored file from a severity upwards."""
    with duckdb.connect() as connection:
        query = "SELECT count(*) FROM read_parquet($1) WHERE severity >= $2"
        return int(connection.execute(query, [str(path), severity]).fetchall()[0][0])


def _read(path: Path, rest: str, *values: object) -> tuple[ScoredRecord, ...]:
    """Find the numbers of the rows first, so that all columns are read of these rows only."""
    with duckdb.connect() as connection:
        query = f"SELECT {NUMBER} FROM {ROWS} {rest}"
        numbers = [row[0] for row in connection.execute(query, [str(path), *values]).fetchall()]
        if not numbers:
            return ()
        query = f"SELECT * FROM {ROWS} WHERE {NUMBER} IN (SELECT unnest($2))"
        answer = connection.execute(query, [str(path), numbers])
        names = [column[0] for column in answer.description]
        rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
    by_number = {row[NUMBER]: row for row in rows}
    return tuple(_record(by_number[number]) for number in numbers)


def _record(row: dict[str, Any]) -> ScoredRecord:
    own = {name: value for name, value in row.items() if name not in (*SCORED_COLUMNS, NUMBER)}
    return ScoredRecord(
        row=row[NUMBER] + 1,
        key=record_key(own),
        values=own,
        score=row["anomaly_score"],
        severity=row["severity"],
        flagged=row["anomaly_pred"] < 0,
    )
