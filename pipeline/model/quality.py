"""Corrupts rows on purpose, to measure at every training how many of them the model flags.

The share of flagged training rows equals the contamination by construction and says nothing
about the model. What it does to rows that are known to be wrong does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from pipeline.model.drift import ranked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Column: TypeAlias = "pd.Series[Any]"

ROWS = 1_000
CORRUPTED_SHARE = 0.15
"""Share of a row's columns that are corrupted, at least one: wrong fields in a plausible row."""

UNKNOWN = "(never recorded)"


def corrupt(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return up to 1,000 rows drawn from ``frame``, each with a few fields made wrong.

    A number goes far beyond its range, a category becomes the rarest or an unknown one, a date
    moves years away.
    """
    random = np.random.default_rng(seed)
    drawn = frame.iloc[random.choice(len(frame), min(ROWS, len(frame)), replace=False)]
    fields = _fields(drawn.shape, random)
    return pd.DataFrame(
        {
            name: _corrupted(frame[name], drawn[name], fields[:, position], random)
            for position, name in enumerate(frame.columns)
        }
    )


def injected_quality(
    normal: NDArray[np.float64], corrupted: NDArray[np.float64]
) -> dict[str, float]:
    """Compare the ``decision_function`` of the training rows with that of the corrupted ones.

    Returns
    -------
    dict
        ``injected_recall``, the share of the corrupted rows that are flagged, and
        ``injected_auc``, the probability that one is more anomalous than a training row.
    """
    truth = np.repeat([0, 1], [len(normal), len(corrupted)])
    auc = roc_auc_score(truth, -np.concatenate([normal, corrupted]))
    return {"injected_recall": float((corrupted < 0).mean()), "injected_auc": float(auc)}


def _fields(shape: tuple[int, int], random: np.random.Generator) -> NDArray[np.bool_]:
    rows, columns = shape
    wrong = max(1, round(CORRUPTED_SHARE * columns))
    return random.random((rows, columns)).argsort(axis=1) < wrong


def _corrupted(
    training: Column, drawn: Column, fields: NDArray[np.bool_], random: np.random.Generator
) -> Column:
    count = len(drawn)
    if isinstance(training.dtype, pd.CategoricalDtype):
        wrong = random.choice([UNKNOWN, *ranked(training)[-1:]], count)
        return drawn.astype(object).where(~fields, wrong).astype("category")
    if pd.api.types.is_datetime64_any_dtype(training):
        return drawn.where(~fields, drawn + _years(count, random))
    return drawn.where(~fields, _far_numbers(training, count, random))


def _far_numbers(training: Column, count: int, random: np.random.Generator) -> NDArray[np.float64]:
    low, high = training.min(), training.max()
    beyond = random.uniform(1, 3, count) * max(high - low, 1.0)
    wrong: NDArray[np.float64] = np.where(
        random.integers(2, size=count), low - beyond, high + beyond
    )
    return wrong


def _years(count: int, random: np.random.Generator) -> NDArray[np.timedelta64]:
    years = random.integers(5, 50, count) * random.choice([-1, 1], count)
    moved: NDArray[np.timedelta64] = (years * 365).astype("timedelta64[D]")
    return moved
