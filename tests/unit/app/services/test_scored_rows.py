"""Questions about a scored file, held against answers worked out by hand."""

# ruff: noqa: DTZ001 - the times in the data have no zone

from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from app.clients.errors import NotFound
from app.services.scored_rows import ScoredRows, fitting_grain, quoted
from pipeline.spans import shown_span

SCORES = [-0.3, 0.2, -0.1, 0.4, 0.1, 0.3]
SEVERITIES = [99.95, 60.0, 95.0, 10.0, 80.0, 30.0]


def table(**columns):
    """Return six scored rows with further columns before them."""
    return pa.table(
        columns
        | {
            "anomaly_pred": [-1 if score < 0 else 1 for score in SCORES],
            "anomaly_score": SCORES,
            "severity": SEVERITIES,
        }
    )


@pytest.fixture
def write(tmp_path):
    """A function that writes a table and asks about it."""

    def written(content):
        pq.write_table(content, tmp_path / "scored.parquet")
        return ScoredRows(tmp_path / "scored.parquet")

    return written


@pytest.fixture
def scored(write):
    """Six rows with a name that needs quoting and one value that a spreadsheet would run."""
    return write(table(**{'a "quoted" name': ["x", "y", "=1+1", "z", None, "w"]}))


def test_totals_count_rows_and_anomalies(scored):
    """The threshold is the severity of the least severe anomaly."""
    assert scored.totals() == (6, 2, 95.0)


def test_without_anomalies_there_is_no_threshold(write):
    """Nothing is made up where nothing was flagged."""
    calm = table().set_column(0, "anomaly_pred", pa.array([1] * 6))
    assert write(calm).totals() == (6, 0, None)


def test_spans_include_their_lower_edge_only(scored):
    """No row is counted twice and none is lost."""
    assert scored.between([(0.0, 60.0), (60.0, 95.0), (95.0, 101.0)]) == [2, 2, 2]


def test_bins_count_by_flag_and_clamp_the_edges(scored):
    """The largest value belongs to the last bin."""
    bins = scored.bins("anomaly_score", -0.4, 0.4, 2)
    assert bins.counts == ((0, 0, 2), (1, 4, 0))


def test_a_page_has_the_most_severe_rows_with_their_place_in_the_file(scored):
    """Row numbers count from 1; limit and offset page through."""
    page = scored.page(["severity"], only_anomalies=False, limit=2, offset=1)
    assert page.to_pylist() == [{"row": 3, "severity": 95.0}, {"row": 5, "severity": 80.0}]
    flagged = scored.page(["severity"], only_anomalies=True, limit=10)
    assert flagged.column("row").to_pylist() == [1, 3]


def test_batches_hold_the_same_rows_as_pages(scored):
    """What is downloaded is what was shown."""
    names = list(scored.columns())
    batches = list(scored.batches(names, only_anomalies=False, limit=None))
    whole = scored.page(names, only_anomalies=False, limit=None)
    assert pa.Table.from_batches(batches).to_pylist() == whole.to_pylist()


def test_time_is_counted_by_grain(write):
    """Rows without a date are left out; spans without rows do not appear."""
    days = [date(2026, 1, 1), date(2026, 1, 31), date(2026, 3, 1), None, date(2026, 3, 2), None]
    scored = write(table(day=pa.array(days)))
    span = scored.span("day")
    assert span == (datetime(2026, 1, 1), datetime(2026, 3, 2))
    assert scored.dated("day") == 4
    assert scored.by_time("day", "month", span) == [
        (datetime(2026, 1, 1), 2, 1),
        (datetime(2026, 3, 1), 2, 1),
    ]


@pytest.mark.parametrize(
    ("last", "grain"),
    [
        (datetime(2026, 1, 3), "hour"),
        (datetime(2026, 4, 1), "day"),
        (datetime(2028, 1, 1), "week"),
        (datetime(2034, 1, 1), "month"),
        (datetime(2050, 1, 1), "quarter"),
        (datetime(2226, 1, 1), "year"),
    ],
)
def test_the_grain_gives_a_readable_number_of_points(last, grain):
    """From two days by hour to two centuries by year."""
    assert fitting_grain((datetime(2026, 1, 1), last)) == grain


def test_a_stray_date_does_not_set_the_scale():
    """One wrong century in a thousand rows is left out of the span, ordinary ends are not."""
    first = datetime(2026, 1, 1)
    when = [first + timedelta(hours=hour) for hour in range(1000)]
    assert shown_span(when[0], when[10], when[989], when[-1]) == (when[0], when[-1])
    start, end = shown_span(when[0], when[10], when[989], datetime(2126, 1, 1))
    assert start == when[0]
    assert when[-1] < end < when[-1] + timedelta(days=20)


def test_a_column_without_dates_has_no_span(write):
    """A date column that is empty cannot be trended."""
    empty = pa.array([None] * 6, pa.timestamp("us"))
    assert write(table(when=empty)).span("when") is None


def test_a_column_that_is_not_there_is_not_found(scored):
    """Whatever a page's address asks for."""
    with pytest.raises(NotFound, match="lack a column"):
        scored.range('x"; DROP TABLE y; --')


def test_names_are_quoted_for_sql(scored):
    """A quote in a column's name does not end it."""
    assert quoted('a "b"') == '"a ""b"""'
    assert scored.range('a "quoted" name') == ("=1+1", "z")
