"""Scored rows as files to take away: CSV for spreadsheets, Parquet for programs."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Literal, Self

import pyarrow as pa
from pyarrow import parquet as pq

from app.clients.errors import Rejected
from app.services.anomalies.rows import ScoredRows
from app.services.anomalies.types import View
from app.services.filters import parse_all
from pipeline.tables.csv_writer import write_csv

Form = Literal["csv", "parquet"]
DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar"}


@dataclass(frozen=True)
class Export:
    """Which rows and columns of a run, and in what form; no columns means all."""

    view: View = field(default_factory=View)
    form: Form = "csv"
    delimiter: str = ","
    columns: tuple[str, ...] = ()
    only_anomalies: bool = True
    top: int | None = None

    def to_query(self) -> list[tuple[str, str]]:
        """Return what an address says after the question mark."""
        given = [
            ("rows", "anomalies" if self.only_anomalies else "all"),
            ("format", self.form),
            *(("f", each.to_text()) for each in self.view.filters),
            *(("column", name) for name in self.columns),
        ]
        if self.view.threshold is not None:
            given.append(("t", repr(self.view.threshold)))
        if self.form == "csv" and self.delimiter != ",":
            given.append(("delimiter", self.delimiter))
        return given if self.top is None else [*given, ("top", str(self.top))]

    @classmethod
    def from_query(
        cls, first: Mapping[str, str], filters: Sequence[str], columns: Sequence[str]
    ) -> Self:
        """Read what ``to_query`` wrote.

        Parameters
        ----------
        first
            The first value of each key.
        filters, columns
            All values of ``f`` and ``column``.

        Raises
        ------
        Rejected
            A choice is none of those there are.
        """
        form, delimiter = first.get("format", "csv"), first.get("delimiter", ",")
        if delimiter not in DELIMITERS:
            raise Rejected("console", f"delimiter must be , ; | or a tab, got {delimiter!r}.")
        if form not in ("csv", "parquet"):
            raise Rejected("console", f"format must be csv or parquet, got {form!r}.")
        top = first.get("top", "")
        return cls(
            View(parse_all(filters), threshold_of(first.get("t", ""))),
            "csv" if form == "csv" else "parquet",
            delimiter,
            tuple(columns),
            first.get("rows", "anomalies") != "all",
            int(top) if top.isdecimal() else None,
        )

    def fingerprint(self) -> str:
        """Name these choices in a few letters."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]

    def file_name(self, run_id: str) -> str:
        """Name the file that an operator saves."""
        what = "anomalies" if self.only_anomalies else "scored"
        narrowed = "-filtered" if self.view.filters else ""
        return f"{what}{narrowed}-{run_id[:8]}.{self.form}"


def threshold_of(text: str) -> float | None:
    """Read a severity from an address; None when it is none."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0.0 <= value <= 100.0 else None  # noqa: PLR2004 - the scale


def write(scored: ScoredRows, export: Export, target: Path) -> None:
    """Write rows, most severe first, a batch at a time."""
    columns = export.columns or tuple(scored.fields)
    batches = _plain(
        scored.batches(export.view, columns, only_anomalies=export.only_anomalies, limit=export.top)
    )
    first = next(batches, None)
    if first is None:
        table = scored.page(export.view, columns, limit=0)
        first = pa.RecordBatch.from_pylist([], schema=_plain_schema(table.schema))
    whole = chain([first], batches)
    if export.form == "csv":
        write_csv(whole, first.schema, target, delimiter=export.delimiter)
    else:
        with pq.ParquetWriter(target, first.schema) as writer:
            for batch in whole:
                writer.write_batch(batch)


def _plain(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Turn codes back into the values that they stand for."""
    return (batch.cast(_plain_schema(batch.schema)) for batch in batches)


def _plain_schema(schema: pa.Schema) -> pa.Schema:
    return pa.schema(
        [
            each.with_type(each.type.value_type) if pa.types.is_dictionary(each.type) else each
            for each in schema
        ]
    )
