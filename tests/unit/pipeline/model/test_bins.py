"""Bins: how numbers and categories are counted."""

import numpy as np
import pandas as pd

from pipeline.model.drift import CategoryBins, NumericBins


def test_numbers_fall_into_deciles() -> None:
    """Each bin holds its upper edge, the last one the missing values."""
    bins = NumericBins.of_training(pd.Series(np.arange(1, 101, dtype=float)))
    counts = bins.count(pd.Series([-5.0, 10.0, 1e9, np.nan]))
    assert len(bins.labels) == len(counts) == 11
    assert (counts[0], counts[9], counts[10]) == (2, 1, 1)


def test_a_column_of_one_number_has_bins_around_it() -> None:
    """Deciles that coincide do not break the counting."""
    bins = NumericBins.of_training(pd.Series([3.0, 3.0]))
    assert bins.labels == ["≤ 3", "> 3", "missing"]
    assert bins.count(pd.Series([3.0, 4.0, np.nan])).tolist() == [1, 1, 1]


def test_a_column_without_numbers_has_one_bin_for_any() -> None:
    """All missing in training is a reference as well."""
    bins = NumericBins.of_training(pd.Series([np.nan]))
    assert bins.labels == ["any number", "missing"]
    assert bins.count(pd.Series([1.0, np.nan])).tolist() == [1, 1]


def test_categories_fall_into_common_rare_unseen_and_missing() -> None:
    """Twenty bins for the most frequent ones, one each for the rest."""
    names = [f"k{n:02}" for n in range(22)]
    bins = CategoryBins.of_training(pd.Series(pd.Categorical([*names, "k21", "k20"])))
    assert bins.common[:2] == ("k20", "k21")
    counts = bins.count(pd.Series(pd.Categorical(["k21", "k19", "new", None])))
    assert counts[bins.labels.index("k21")] == 1
    assert counts[-3:].tolist() == [1, 1, 1]
