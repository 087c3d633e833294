"""Scores a data set with a trained model, chunk by chunk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import parquet as pq

from pipeline.errors import DataError
from pipeline.model.parallel import map_threads
from pipeline.model.threshold import flags
from pipeline.report.summary import ScoreSummary
from pipeline.tables.csv_writer import write_csv
from pipeline.tables.frames import compact, model_frame
from pipeline.tables.schema import SCORED_COLUMNS, Role, Schema

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from pipeline.model.detector import TrainedModel
    from pipeline.model.drift import ColumnDrift

CHUNK_ROWS = 32_768
"""Rows scored at once at most: enough for the forest to run at full speed, and flat memory.

A chunk also ends where a row group of the file does.
"""

ADDED_FIELDS = [
    pa.field(name, kind)
    for name, kind in zip(SCORED_COLUMNS, (pa.int8(), pa.float64(), pa.float64()), strict=True)
]

PARQUET, CSV = "scored.parquet", "scored_output.csv"


@dataclass(frozen=True)
class ScoredChunk:
    """The scores of some rows, in their order.

    Attributes
    ----------
    pred
        -1 for an anomaly, which scores below the model's threshold, 1 for a normal row.
    score
        scikit-learn's ``decision_function``: lower is more anomalous.
    severity
        Share of the training rows that are less anomalous, 0 to 100.
    drift_counts
        Rows in each bin of each column of the model's drift reference.
    """

    pred: NDArray[np.int8]
    score: NDArray[np.float64]
    severity: NDArray[np.float64]
    drift_counts: list[NDArray[np.int64]]


ScoreChunk = Callable[[pa.RecordBatch], ScoredChunk]
MapChunks = Callable[
    [ScoreChunk, Iterable[pa.RecordBatch]], Iterator[tuple[pa.RecordBatch, ScoredChunk]]
]
"""Applies a function to each batch and yields both, in order, on threads or on a cluster."""

Progress = Callable[[int, int], None]
"""Called regularly with the rows done and the total."""


@dataclass(frozen=True)
class Scoring:
    """The result of scoring a file.

    Attributes
    ----------
    metrics
        Those of a score run, by name.
    drift
        By column, most drifted first.
    """

    summary: ScoreSummary
    drift: list[ColumnDrift]
    metrics: dict[str, float]


def score_chunk(model: TrainedModel, batch: pa.RecordBatch) -> ScoredChunk:
    """Score some rows: a pure function, which gives the same for a row in any chunk.

    Parameters
    ----------
    batch
        Rows with at least the model's columns, in any order.

    Raises
    ------
    DataError
        A column is missing or holds what the model cannot read.
    """
    frame = model_frame(batch, model.schema)
    score = model.decision(frame)
    return ScoredChunk(
        flags(score, model.score_threshold),
        score,
        model.threshold.severity(score),
        model.drift.count(frame),
    )


def score_file(
    model: TrainedModel,
    source: Path,
    folder: Path,
    *,
    map_chunks: MapChunks = map_threads,
    chunk_rows: int = CHUNK_ROWS,
    progress: Progress | None = None,
) -> Scoring:
    """Score a Parquet file into ``scored.parquet`` and ``scored_output.csv`` in ``folder``.

    Every input column is carried through unchanged; memory does not grow with the file.

    Raises
    ------
    DataError
        A column is missing, has a name that scoring adds, or holds what the model cannot read.
    """
    begun = time.perf_counter()
    plain = pq.read_schema(source)
    coded = _dictionary_columns(plain, model.schema)
    with pq.ParquetFile(source, read_dictionary=coded) as file, ExitStack() as closing:
        model.schema.check(plain.names)
        if not file.metadata.num_rows:
            raise DataError("the data set has no rows to score; upload one that has")
        schema = _scored_schema(file.schema_arrow)
        summary = ScoreSummary(_scored_schema(plain), file.metadata.num_rows, model.score_threshold)
        scoring = _ScoringTotals(model, summary, progress)
        chunks = map(compact, file.iter_batches(chunk_rows))
        scored = map_chunks(partial(score_chunk, model), chunks)
        # Without Arrow's own schema, text written as dictionaries is read back as text.
        writer = pq.ParquetWriter(folder / PARQUET, schema, store_schema=False)
        parquet = closing.enter_context(writer)
        write_csv(_into(parquet, map(scoring.take, scored)), schema, folder / CSV)
    return scoring.finish(time.perf_counter() - begun)


class _ScoringTotals:
    """Adds up the results of the chunks as they pass."""

    def __init__(
        self, model: TrainedModel, summary: ScoreSummary, progress: Progress | None
    ) -> None:
        self._drift = model.drift
        self._counts = [np.zeros(len(c.counts), dtype=np.int64) for c in model.drift.columns]
        self._summary = summary
        self._progress = progress

    def take(self, pair: tuple[pa.RecordBatch, ScoredChunk]) -> pa.RecordBatch:
        """Count a chunk and return its rows with the scored columns."""
        batch, chunk = pair
        rows = _with_scores(batch, chunk)
        self._summary.add(rows, chunk.score, chunk.severity)
        self._counts = [a + b for a, b in zip(self._counts, chunk.drift_counts, strict=True)]
        if self._progress:
            self._progress(self._summary.rows, self._summary.total_rows)
        return rows

    def finish(self, seconds: float) -> Scoring:
        """Return the result of the whole file."""
        rows = self._summary.rows
        metrics = {
            "anomaly_rate": self._summary.anomaly_rate,
            "scoring_seconds": seconds,
            "rows": float(rows),
            "rows_per_second": rows / seconds,
            "score_threshold": self._summary.score_threshold,
        }
        drift = self._drift.measure(self._counts)
        return Scoring(self._summary, drift, metrics | self._drift.metrics(self._counts))


def _dictionary_columns(schema: pa.Schema, used: Schema) -> list[str]:
    """Return the category columns of the model, which are read and written as dictionaries."""
    categories = set(used.of_role(Role.CATEGORICAL))
    return [
        field.name
        for field in schema
        if field.name in categories and pa.types.is_string(field.type)
    ]


def _scored_schema(schema: pa.Schema) -> pa.Schema:
    taken = [name for name in SCORED_COLUMNS if name in schema.names]
    if taken:
        raise DataError(
            f"column {taken[0]!r} has a name that scoring adds; rename it or score the original "
            "file instead"
        )
    return pa.schema([*schema, *ADDED_FIELDS])


def _with_scores(batch: pa.RecordBatch, chunk: ScoredChunk) -> pa.RecordBatch:
    added = (chunk.pred, chunk.score, chunk.severity)
    schema = _scored_schema(batch.schema)
    return pa.RecordBatch.from_arrays([*batch.columns, *map(pa.array, added)], schema=schema)


def _into(writer: pq.ParquetWriter, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        writer.write_batch(batch)
        yield batch
