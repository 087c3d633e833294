"""How numbers, times and names are written."""

from datetime import UTC, datetime, timedelta

import pytest

from app.ui.kit import text

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (None, "—"),
        (0.42, "0.4 s"),
        (9.96, "10.0 s"),
        (12.3, "12 s"),
        (59.6, "1 min 0 s"),
        (72, "1 min 12 s"),
        (3599.7, "1 h 0 min"),
        (11100, "3 h 5 min"),
    ],
)
def test_duration_has_two_units_at_most(seconds, written):
    """Short times have tenths, long ones none."""
    assert text.duration(seconds) == written


@pytest.mark.parametrize(
    ("ago", "written"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=4), "4 min ago"),
        (timedelta(hours=23), "23 h ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=9), "9 days ago"),
    ],
)
def test_relative_time_has_one_unit(ago, written):
    """A clock that runs ahead is no moment in the future."""
    assert text.ago(NOW - ago, NOW) == written


def test_exact_moment_is_on_the_operators_clock():
    """The zone's abbreviation stands behind the time; without a zone it is UTC."""
    assert text.exact(NOW, "Europe/Zurich") == "2026-11-23 13:00:00 CET"
    assert text.exact(NOW) == "2026-11-23 12:00:00 UTC"


@pytest.mark.parametrize(
    ("count", "written"),
    [(None, "—"), (999, "999 B"), (1000, "1.0 kB"), (48_212_345, "48.2 MB"), (3e12, "3.0 TB")],
)
def test_size_is_in_decimal_units(count, written):
    """Bytes have no decimals."""
    assert text.size(count) == written


def test_numbers_are_grouped_and_shares_are_per_cent():
    """As in 209,306 and 10.0 %."""
    assert text.number(209_306) == "209,306"
    assert text.percent(0.1) == "10.0 %"
    assert text.number(None) == text.percent(None) == text.ago(None) == text.exact(None) == "—"
    assert text.plural(1, "row") == "1 row"
    assert text.plural(2, "entry", "entries") == "2 entries"


def test_long_name_keeps_its_beginning_and_its_end():
    """The middle is left out, because endings tell files apart."""
    assert text.shorten("short.csv") == "short.csv"
    cut = text.shorten("export_" * 20 + "2024.csv", 40)
    assert len(cut) == 40
    assert cut.startswith("export_export_")
    assert cut.endswith("_2024.csv")
