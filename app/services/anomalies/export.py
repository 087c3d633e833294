"""Export scored rows as CSV or Parquet."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Literal, Self

import pyarrow as pa
from pyarrow import parquet as pq

from app.services.anomalies.rows import ScoredRows
from app.services.anomalies.types import View, parse_threshold
from app.services.filters import parse_all
from pipeline.errors import Rejected
from pipeline.tables.csv_writer import write_csv

Form = Literal["csv", "parquet"]
DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar"}


@dataclass(frozen=True)
class Export:
    """The rows and columns to export and the file format; no columns means all."""

    view: View = field(default_factory=View)
    form: Form = "csv"
    delimiter: str = ","
    columns: tuple[str, ...] = ()
    only_anomalies: bool = True
    top: int | None = None

    def to_query(self) -> list[tuple[str, str]]:
        """Return the query parameters of the download address."""
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
            The format or the delimiter is unknown.
        """
        form, delimiter = first.get("format", "csv"), first.get("delimiter", ",")
        if delimiter not in DELIMITERS:
            raise Rejected("console", f"delimiter must be , ; | or a tab, got {delimiter!r}.")
        if form not in ("csv", "parquet"):
            raise Rejected("console", f"format must be csv or parquet, got {form!r}.")
        top = first.get("top", "")
        return cls(
            View(parse_all(filters), parse_threshold(first.get("t", ""))),
            "csv" if form == "csv" else "parquet",
            delimiter,
            tuple(columns),
            first.get("rows", "anomalies") != "all",
            int(top) if top.isdecimal() else None,
        )

    def fingerprint(self) -> str:
        """Return a short hash that identifies these choices."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:16]

    def file_name(self, run_id: str) -> str:
        """Return the name of the downloaded file."""
        what = "anomalies" if self.only_anomalies else "scored"
        narrowed = "-filtered" if self.view.filters else ""
        return f"{what}{narrowed}-{run_id[:8]}.{self.form}"


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
    """Convert dictionary columns back to plain values."""
    return (batch.cast(_plain_schema(batch.schema)) for batch in batches)


def _plain_schema(schema: pa.Schema) -> pa.Schema:
    return pa.schema(
        [
            each.with_type(each.type.value_type) if pa.types.is_dictionary(each.type) else each
            for each in schema
        ]
    )
