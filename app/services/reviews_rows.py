"""Single rows of a scored file, and the order in which a reviewer gets them."""

# ruff: noqa: S608 - names of columns are not part of these queries, values are parameters

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from app.clients.errors import NotFound
from app.services.reviews_key import record_key
from app.services.reviews_model import Record
from pipeline.schema import SCORED_COLUMNS

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
