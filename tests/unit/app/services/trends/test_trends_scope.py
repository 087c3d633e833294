"""Which runs a trend is about."""

from datetime import UTC, date, datetime, timedelta

from app.services.trends.types import Grain, Scope

NOW = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)


def test_days_count_back_from_now():
    """A range of days has no end but now."""
    scope = Scope(days=7)
    assert scope.since(NOW) == NOW - timedelta(days=7)
    assert scope.until() is None


def test_custom_days_begin_and_end_at_midnight():
    """The last day is included."""
    scope = Scope(first=date(2026, 3, 1), last=date(2026, 3, 1))
    assert scope.since(NOW) == datetime(2026, 3, 1, tzinfo=UTC)
    assert scope.until() == datetime(2026, 3, 2, tzinfo=UTC)


def test_all_time_has_no_ends():
    """Without days and dates everything counts."""
    assert (Scope().since(NOW), Scope().until()) == (None, None)


def test_a_stretch_ends_where_the_next_begins():
    """Months are as long as they are; a run's stretch holds only its own moment."""
    first = datetime(2026, 1, 1, tzinfo=UTC)
    assert Grain.DAY.following(first) == datetime(2026, 1, 2, tzinfo=UTC)
    assert Grain.WEEK.following(first) == datetime(2026, 1, 8, tzinfo=UTC)
    assert Grain.MONTH.following(first) == datetime(2026, 2, 1, tzinfo=UTC)
    assert first < Grain.RUN.following(first) < first + timedelta(milliseconds=1)
