"""Labels of explanations."""

from dataclasses import replace

import pytest

from app.ui.explanations import views
from pipeline.explain.types import Counterfactual, Explanation, How, Rarity

PLAIN = Explanation(1, 8.74, 20.04, 17.4, -0.2, True, (), (), (), 65_536, by_training=True)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (0.0, "none of 65,536"),
        (0.00002, "< 0.01 %"),
        (0.00031, "0.03 %"),
        (0.003, "0.3 %"),
        (0.0721, "7.2 %"),
        (0.432, "43 %"),
    ],
)
def test_a_share_has_the_digits_it_needs(value, label):
    """Rare values are told apart, common ones are round."""
    assert views.share_label(value, 65_536) == label


@pytest.mark.parametrize(
    ("how", "label"),
    [
        (How.SEEN, "seen in 0.3 %"),
        (How.EMPTY, "empty in 0.3 %"),
        (How.AT_LEAST, "as high in 0.3 %"),
        (How.AT_MOST, "as low in 0.3 %"),
        (How.HOUR, "same hour in 0.3 %"),
        (How.WEEKDAY, "same weekday in 0.3 %"),
    ],
)
def test_rarity_names_what_it_counts(how, label):
    """The value itself, numbers beyond it, empty cells or a part of a date."""
    assert views.rarity_label(Rarity(0.003, how), 65_536) == label


def test_splits_are_compared_with_typical_rows_and_the_threshold():
    """All three in splits."""
    assert views.splits_label(PLAIN) == (
        "8.7 splits isolate this row. A typical one needs 20.0; anomalies lie below 17.4."
    )


def test_counterfactual_names_its_effect():
    """Old and new value, old and new severity."""
    change = Counterfactual("num_units", "2", 88.04, makes_normal=True)
    assert (
        views.counterfactual_label(change, "17", 99.98)
        == "num_units: 17 → 2 (severity 100.0 → 88.0)"
    )


def test_reference_of_shares_is_named():
    """The training records, or the file itself where those were deleted."""
    assert views.reference_label(PLAIN) == "65,536 training records"
    without = replace(PLAIN, by_training=False)
    assert views.reference_label(without).startswith("65,536 rows of this file, as the training")
