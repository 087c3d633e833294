"""How the values of a data set's columns are shown."""

import pytest

from app.ui.datasets.views import value_text


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (None, ""),
        (1234567.8, "1,234,568"),
        (3.0, "3"),
        (0.123456, "0.1235"),
        ("2021-01-01", "2021-01-01"),
    ],
)
def test_values_are_formatted_for_the_operator(stored, shown):
    """Numbers get separators, dates stay as they are, nothing stays nothing."""
    assert value_text(stored) == shown
