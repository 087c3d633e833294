"""Turns columns into the numbers that the detector splits on; one column stays one feature.

Numbers pass through, categories become the log of their frequency in the training data, and a
date gives its calendar parts. Everything is learned in ``fit``, so training and scoring share it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.utils.validation import (
    _check_feature_names_in,
    check_array,
    check_is_fitted,
    validate_data,
)

from pipeline.tables.schema import Role, Schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sklearn.utils import Tags

DATE_PARTS = ("year", "month", "day", "hour", "weekday")
UNSEEN_COUNT = 0.5

Floats = NDArray[np.float64]


class _ColumnwiseTransformer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Reads a data frame or an array column by column, each in the type it came in."""

    def _columns(self, X: ArrayLike | pd.DataFrame, *, reset: bool) -> Iterator[pd.Series[Any]]:
        frame = X if isinstance(X, pd.DataFrame) else _frame_of_array(X)
        validate_data(self, X, reset=reset, skip_check_array=True)
        return (frame.iloc[:, position] for position in range(frame.shape[1]))

    def __sklearn_tags__(self) -> Tags:
        """Say that values may be missing."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


class LogFrequencyEncoder(OneToOneFeatureMixin, _ColumnwiseTransformer):  # type: ignore[misc]
    """Replaces a category by the log of its share of the training rows.

    A rare category lies far from the common ones, which is what an isolation forest splits
    off first. Missing is a category of its own. A category that training never saw counts as
    half an occurrence, so it is rarer than any seen one.

    Attributes
    ----------
    log_shares_ : list of dict
        For each column the log share of each category seen in ``fit``.
    missing_log_share_ : ndarray of shape (n_features,)
        Log share of the missing values of each column.
    unseen_log_share_ : float
        What an unseen category becomes.

    Examples
    --------
    >>> import pandas as pd
    >>> weather = pd.DataFrame({"weather": ["clear", "clear", "clear", "snow"]})
    >>> encoder = LogFrequencyEncoder().fit(weather)
    >>> encoder.transform(pd.DataFrame({"weather": ["clear", "snow", "ash"]})).ravel().round(2)
    array([-0.29, -1.39, -2.08])
    """

    def fit(self, X: ArrayLike | pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002
        """Count the categories of each column of ``X``, of shape (n_rows, n_features)."""
        columns = [pd.Categorical(column) for column in self._columns(X, reset=True)]
        rows = len(columns[0])
        self.unseen_log_share_ = float(np.log(UNSEEN_COUNT / rows))
        self.log_shares_, missing = [], []
        for column in columns:
            none, *counts = np.bincount(column.codes + 1, minlength=len(column.categories) + 1)
            seen = zip(column.categories.tolist(), counts, strict=True)
            self.log_shares_.append(
                {category: float(np.log(count / rows)) for category, count in seen if count}
            )
            missing.append(max(none, UNSEEN_COUNT) / rows)
        self.missing_log_share_ = np.log(missing)
        return self

    def transform(self, X: ArrayLike | pd.DataFrame) -> Floats:
        """Return the log shares, of shape (n_rows, n_features)."""
        check_is_fitted(self)
        encoded = [
            self._encode(pd.Categorical(column), position)
            for position, column in enumerate(self._columns(X, reset=False))
        ]
        return np.column_stack(encoded)

    def _encode(self, column: pd.Categorical, position: int) -> Floats:
        shares, unseen = self.log_shares_[position], self.unseen_log_share_
        known = [shares.get(category, unseen) for category in column.categories.tolist()]
        # The code of a missing value is -1, which picks the last entry.
        shares_by_code = np.array([*known, self.missing_log_share_[position]])
        return shares_by_code.take(column.codes)

    def __sklearn_tags__(self) -> Tags:
        """Say that text may come in."""
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


class DateParts(_ColumnwiseTransformer):
    """Splits each date column into year, month, day, hour and weekday (Monday is 0).

    A missing date gets the median of each part, as a missing number does. Plain numbers are
    read as nanoseconds since 1970.

    Attributes
    ----------
    imputer_ : SimpleImputer
        Knows the median of each part in the training data.

    Examples
    --------
    >>> import pandas as pd
    >>> dates = pd.DataFrame({"crash": pd.to_datetime(["2023-07-29 13:00", None])})
    >>> parts = DateParts().fit(dates)
    >>> parts.get_feature_names_out().tolist()
    ['crash_year', 'crash_month', 'crash_day', 'crash_hour', 'crash_weekday']
    >>> parts.transform(dates).tolist()
    [[2023.0, 7.0, 29.0, 13.0, 5.0], [2023.0, 7.0, 29.0, 13.0, 5.0]]
    """

    def fit(self, X: ArrayLike | pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002
        """Learn the median of each part of ``X``, of shape (n_rows, n_features)."""
        parts = np.hstack([_date_parts(column) for column in self._columns(X, reset=True)])
        self.imputer_ = SimpleImputer(strategy="median", keep_empty_features=True).fit(parts)
        return self

    def transform(self, X: ArrayLike | pd.DataFrame) -> Floats:
        """Return the parts, of shape (n_rows, 5 * n_features)."""
        check_is_fitted(self)
        parts = np.hstack([_date_parts(column) for column in self._columns(X, reset=False)])
        filled: Floats = self.imputer_.transform(parts)
        return filled

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Name each part after its column."""
        check_is_fitted(self)
        names = _check_feature_names_in(self, input_features)
        return np.array([f"{name}_{part}" for name in names for part in DATE_PARTS], dtype=object)


def _frame_of_array(X: ArrayLike) -> pd.DataFrame:
    return pd.DataFrame(check_array(X, dtype=None, ensure_all_finite="allow-nan"))


def _date_parts(column: pd.Series[Any]) -> Floats:
    is_date = pd.api.types.is_datetime64_any_dtype(column)
    dates = pd.to_datetime(column if is_date else column.astype(np.float64)).dt
    parts = (dates.year, dates.month, dates.day, dates.hour, dates.day_of_week)
    return np.column_stack([part.to_numpy(dtype=np.float64, na_value=np.nan) for part in parts])


def build_features(schema: Schema) -> ColumnTransformer:
    """Lay out one transformer for each role; columns are found by name, in any order."""
    transformers = {
        Role.NUMERIC: SimpleImputer(strategy="median", keep_empty_features=True),
        Role.CATEGORICAL: LogFrequencyEncoder(),
        Role.DATE: DateParts(),
    }
    chosen = [(role.value, step, schema.of_role(role)) for role, step in transformers.items()]
    return ColumnTransformer([step for step in chosen if step[2]], verbose_feature_names_out=False)
