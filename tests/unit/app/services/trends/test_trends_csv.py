"""Trends as files."""

from datetime import UTC, datetime

from app.services.trends.service import to_csv
from app.services.trends.types import Change, DriftCell

WHEN = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)


def test_a_line_for_each_under_the_names():
    """Times are in UTC and to the second."""
    written = to_csv([DriftCell(WHEN, "a,b", 0.5)]).decode()
    assert written == 'begin,feature,psi\n2026-01-02T03:04:05+00:00,"a,b",0.5\n'


def test_text_that_a_spreadsheet_would_run_is_guarded():
    """A reason that begins as a formula stays text."""
    written = to_csv([Change(WHEN, "model", "w", "ana", "=1+1", "m")]).decode()
    assert ",'=1+1," in written


def test_nothing_is_an_empty_file():
    """No row, no header."""
    assert to_csv([]) == b""
