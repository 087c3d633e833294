"""The name of a record by its content, the same wherever and in whatever order it turns up."""

# ruff: noqa: S608 - names of columns are not part of these queries, values are parameters

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import isnan
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from app.clients.errors import NotFound
from app.services.reviews.types import Record
from pipeline.tables.schema import SCORED_COLUMNS


def record_key(values: Mapping[str, object]) -> str:
    """Return the SHA-256 of a record's own columns, in hex.

    Columns go by name, a whole number is the same written as 2 or 2.0, and an empty cell counts
    like a column that is not there. The scored columns say nothing about the record and are left
    out.

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
    """Return kind and text of a value; the kind keeps the text 1 apart from the number 1."""
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
    whole = isinstance(value, int) or value == value.__floor__() if _is_finite(value) else False
    return str(int(value)) if whole else repr(float(value))


def _is_finite(value: float | Decimal) -> bool:
    return abs(value) != float("inf")


def _moment(value: date) -> str:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day).isoformat()  # noqa: DTZ001 - as stored
    return (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat()


MLFLOW = "MLflow"
ROWS = "read_parquet($1, file_row_number = true)"
NUMBER = "file_row_number"


@dataclass(frozen=True)
class ReviewRows:
    """One scored file; each question opens it and lets go."""

    path: Path

    def records(self, rows: Sequence[int]) -> list[Record]:
        """Return some rows, by their numbers from 1, in that order.

        Raises
        ------
        NotFound
            The file has no such row.
        """
        found = self._records(f"WHERE {NUMBER} IN (SELECT unnest($2))", [row - 1 for row in rows])
        by_row = {record.row: record for record in found}
        missing = [row for row in rows if row not in by_row]
        if missing:
            raise NotFound(MLFLOW, f"This run has no row {missing[0]:,}.")
        return [by_row[row] for row in rows]

    def worst(self, severity: float, limit: int, offset: int) -> list[Record]:
        """Return rows from a severity upwards, most severe first."""
        return self._records(
            f"WHERE severity >= $2 ORDER BY severity DESC, anomaly_score, {NUMBER} "
            "LIMIT $3 OFFSET $4",
            severity,
            limit,
            offset,
        )

    def random(self, below: float, seed: str, limit: int, offset: int) -> list[Record]:
        """Return rows below a severity in an order that depends on the seed alone."""
        return self._records(
            f"WHERE severity < $2 ORDER BY hash({NUMBER}::VARCHAR || $3), {NUMBER} "
            "LIMIT $4 OFFSET $5",
            below,
            seed,
            limit,
            offset,
        )

    def count(self, severity: float) -> int:
        """Count the rows from a severity upwards."""
        with duckdb.connect() as connection:
            query = "SELECT count(*) FROM read_parquet($1) WHERE severity >= $2"
            return int(connection.execute(query, [str(self.path), severity]).fetchall()[0][0])

    def _records(self, rest: str, *values: object) -> list[Record]:
        """Find the numbers of the rows first, so that only their own columns are read."""
        with duckdb.connect() as connection:
            numbers = f"SELECT {NUMBER} FROM {ROWS} {rest}"
            found = [
                row[0] for row in connection.execute(numbers, [str(self.path), *values]).fetchall()
            ]
            if not found:
                return []
            query = f"SELECT * FROM {ROWS} WHERE {NUMBER} IN (SELECT unnest($2))"
            answer = connection.execute(query, [str(self.path), found])
            names = [column[0] for column in answer.description]
            rows = [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
        order = {number: place for place, number in enumerate(found)}
        rows.sort(key=lambda row: order[row[NUMBER]])
        return [_record(row) for row in rows]


def _record(row: dict[str, Any]) -> Record:
    own = {name: value for name, value in row.items() if name not in (*SCORED_COLUMNS, NUMBER)}
    return Record(
        row=row[NUMBER] + 1,
        key=record_key(own),
        values=own,
        score=row["anomaly_score"],
        severity=row["severity"],
        flagged=row["anomaly_pred"] < 0,
    )
