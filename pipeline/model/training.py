"""Fits a model on a seeded sample of a data set and measures it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import parquet as pq

from pipeline.errors import DataError
from pipeline.model.detector import TrainedModel, fit_detector, score_samples, set_threshold
from pipeline.model.drift import DriftReference
from pipeline.model.parallel import cores, map_threads
from pipeline.model.quality import corrupt, injected_quality
from pipeline.model.threshold import Threshold, flags
from pipeline.tables.frames import compact, model_frame
from pipeline.tables.schema import Role, Schema

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray
    from sklearn.pipeline import Pipeline

    from pipeline.params import TrainParams

TRAINING_ROWS = 65_536
"""Rows that a model is fitted on at most: as many as the largest tree may draw.

A forest of 200 trees of 4,096 rows looks at each of them a dozen times, and with so many the
share of rows beyond any score is known to 0.2 percentage points.
"""

LEAST_ROWS = 2
BATCH_ROWS = 65_536


@dataclass(frozen=True)
class Training:
    """A fitted model and its metrics.

    Attributes
    ----------
    metrics
        Those of a train run, by name.
    """

    model: TrainedModel
    metrics: dict[str, float]


def fit(source: Path, schema: Schema, params: TrainParams) -> Training:
    """Fit a model on a seeded sample of a Parquet file.

    Parameters
    ----------
    source
        Parquet file with at least the usable columns of ``schema``.

    Raises
    ------
    DataError
        There are too few rows or no usable columns.
    """
    begun = time.perf_counter()
    used = used_columns(schema, use_date_features=params.use_date_features)
    rows = pq.read_metadata(source).num_rows
    if rows < LEAST_ROWS:
        raise DataError(f"a model needs at least {LEAST_ROWS} rows to learn from, got {rows}")
    sample = sample_rows(source, used.usable, TRAINING_ROWS, params.random_state)
    model, metrics = _fit_frame(model_frame(sample, used), used, params)
    metrics |= {"rows": float(rows), "training_seconds": time.perf_counter() - begun}
    return Training(model, metrics)


def sample_rows(source: Path, columns: list[str], limit: int, seed: int) -> pa.Table:
    """Read at most ``limit`` rows of a Parquet file, drawn without replacement, in file order.

    The file is streamed once, so memory does not grow with it. Text is read as dictionaries, as
    the file stores it: decoding each value would take longer than all the rest.

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


def used_columns(schema: Schema, *, use_date_features: bool) -> Schema:
    """Mark the columns that the model will not use as ignored.

    Without date features dates are left out altogether: an instant as a bare number would only
    say that new rows are newer than the training data.

    Raises
    ------
    DataError
        Nothing is left.
    """
    if use_date_features:
        return schema
    used = Schema(
        tuple(
            replace(column, role=Role.IGNORED) if column.role is Role.DATE else column
            for column in schema.columns
        )
    )
    if not used.usable:
        raise DataError(
            "only date columns can be used and use_date_features is off; turn it on, or add a "
            "column of numbers or categories"
        )
    return used


def _fit_frame(
    frame: pd.DataFrame, schema: Schema, params: TrainParams
) -> tuple[TrainedModel, dict[str, float]]:
    detector = fit_detector(frame, schema, params)
    scores = _score_in_parallel(detector, frame)
    offset = set_threshold(detector, scores, params.contamination)
    decisions = scores - offset
    model = TrainedModel(
        detector,
        schema,
        Threshold.of_training(decisions, offset, params.contamination),
        DriftReference.of_training(frame, schema),
    )
    corrupted = model.decision(corrupt(frame, params.random_state))
    return model, {
        "anomaly_rate": float((flags(decisions) < 0).mean()),
        "features": float(len(detector["features"].get_feature_names_out())),
        "threshold": offset,
        **injected_quality(decisions, corrupted),
    }


def _score_in_parallel(detector: Pipeline, frame: pd.DataFrame) -> NDArray[np.float64]:
    pieces = np.array_split(np.arange(len(frame)), min(cores(), len(frame)))
    parts = [frame.iloc[piece[0] : piece[-1] + 1] for piece in pieces]
    scored = map_threads(lambda part: score_samples(detector, part), parts)
    return np.concatenate([scores for _, scores in scored])
