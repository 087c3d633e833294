"""Explanations in words."""

from dataclasses import replace

import pytest

from app.ui.explanations import views as explanations_views
from pipeline.explain.types import Explanation, How, Rarity, SingleChange

PLAIN = Explanation(1, 8.74, 20.04, 17.4, -0.2, True, (), (), (), 65_536, by_training=True)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "none of 65,536"),
        (0.00002, "< 0.01 %"),
        (0.00031, "0.03 %"),
        (0.003, "0.3 %"),
        (0.0721, "7.2 %"),
        (0.432, "43 %"),
    ],
)
def test_a_share_has_the_digits_it_needs(value, words):
    """Rare values are told apart, common ones are round."""
    assert explanations_views.share(value, 65_536) == words


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (How.SEEN, "seen in 0.3 %"),
        (How.EMPTY, "empty in 0.3 %"),
        (How.AT_LEAST, "as high in 0.3 %"),
        (How.AT_MOST, "as low in 0.3 %"),
        (How.HOUR, "same hour in 0.3 %"),
        (How.WEEKDAY, "same weekday in 0.3 %"),
    ],
)
def test_a_rarity_says_what_it_counts(how, words):
    """The value itself, numbers beyond it, empty cells or a part of a date."""
    assert explanations_views.rarity(Rarity(0.003, how), 65_536) == words


def test_the_place_of_a_row_is_told_against_typical_rows_and_the_threshold():
    """All three in splits."""
    assert explanations_views.place(PLAIN) == (
        "8.7 splits isolate this row. A typical one needs 20.0; anomalies lie below 17.4."
    )


def test_a_change_says_what_comes_of_it():
    """Old and new value, old and new severity."""
    change = SingleChange("num_units", "2", 88.04, makes_normal=True)
    assert (
        explanations_views.change_sentence(change, "17", 99.98)
        == "num_units: 17 → 2 (severity 100.0 → 88.0)"
    )


def test_shares_say_what_they_are_of():
    """The training records, or the file itself where those were deleted."""
    assert explanations_views.shares_of(PLAIN) == "65,536 training records"
    without = replace(PLAIN, by_training=False)
    assert explanations_views.shares_of(without).startswith(
        "65,536 rows of this file, as the training"
    )
