"""Queries of a scored file, against results worked out by hand."""

import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from app.services.anomalies import database
from app.services.anomalies.database import quoted
from app.services.anomalies.rows import Order, ScoredRows
from app.services.anomalies.types import ColumnKind, View
from app.services.filters import Filter, Op
from pipeline.errors import NotFound, Rejected

SCORES = [-0.3, 0.2, -0.1, 0.4, 0.1, 0.3]
SEVERITIES = [99.95, 60.0, 95.0, 10.0, 80.0, 30.0]
EVERYTHING = View()


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
    """A function that stores a table and asks about it."""

    def written(content):
        pq.write_table(content, tmp_path / "scored.parquet")
        database.make(tmp_path / "scored.parquet", tmp_path / "scored.duckdb")
        return ScoredRows(tmp_path / "scored.duckdb")

    return written


@pytest.fixture
def scored(write):
    """Six rows with a name that needs quoting, numbers and dates, some of them missing."""
    moments = pa.array(
        [86_400_000_000 * day for day in (0, 1, 2, 3, 4)] + [None], pa.timestamp("us")
    )
    return write(
        table(
            kind=["x", "y", "=1+1", "z", None, "Xylem"],
            units=pa.array([1, 2, 3, None, 5, 6]),
            when=moments,
        )
    )


def numbers(scored, *filters):
    """Return the numbers of the rows that filters leave, in the order of the file."""
    page = scored.page(View(filters), ["kind"], only_anomalies=False, order=Order("row", False))
    return page.column("row").to_pylist()


def test_columns_have_their_kind(scored):
    """What can be filtered how."""
    kinds = {name: field.kind for name, field in scored.fields.items()}
    assert kinds == {
        "kind": ColumnKind.CATEGORY,
        "units": ColumnKind.NUMBER,
        "when": ColumnKind.DATE,
        "anomaly_pred": ColumnKind.NUMBER,
        "anomaly_score": ColumnKind.NUMBER,
        "severity": ColumnKind.NUMBER,
    }
    assert scored.fields["kind"].distinct == 5


def test_totals_count_rows_and_anomalies(scored):
    """The threshold is the severity of the least severe anomaly."""
    assert scored.totals() == (6, 2, 95.0)


def test_without_anomalies_there_is_no_threshold(write):
    """Nothing is made up where nothing was flagged."""
    calm = table(a=range(6)).set_column(1, "anomaly_pred", pa.array([1] * 6))
    assert write(calm).totals() == (6, 0, None)


def test_counts_follow_threshold_and_filters(scored):
    """Bands count anomalies only, each row once."""
    assert scored.counts(EVERYTHING).bands == (0, 1, 0, 1)
    lower = scored.counts(View(threshold=60.0))
    assert (lower.rows, lower.anomalies, lower.flagged, lower.bands) == (6, 4, 2, (0, 1, 0, 1))
    few = scored.counts(View((Filter("units", Op.BETWEEN, (2, None)),), 99.0))
    assert (few.rows, few.anomalies, few.flagged, few.rate) == (4, 0, 1, 0.0)


def test_spans_include_their_lower_edge_only(scored):
    """No row is counted twice and none is lost."""


@pytest.mark.parametrize(
    ("column", "op", "values", "expected"),
    [
        ("kind", Op.IN, ("x", "=1+1"), [1, 3]),
        ("kind", Op.IN, (None,), [5]),
        ("kind", Op.IN, ("x", None), [1, 5]),
        ("kind", Op.OUT, ("x",), [2, 3, 4, 5, 6]),
        ("kind", Op.OUT, ("x", None), [2, 3, 4, 6]),
        ("kind", Op.IN, ("nothing of that name",), []),
        ("kind", Op.CONTAINS, ("X",), [1, 6]),
        ("kind", Op.CONTAINS, ("%",), []),
        ("units", Op.IN, (2, 3), [2, 3]),
        ("units", Op.BETWEEN, (2, 5), [2, 3, 5]),
        ("units", Op.BETWEEN, (None, 2), [1, 2]),
        ("units", Op.CONTAINS, ("5",), [5]),
        ("when", Op.BETWEEN, ("1970-01-02", "1970-01-03T12:00:00"), [2, 3]),
        ("severity", Op.BETWEEN, (80, None), [1, 3, 5]),
    ],
)
def test_filters_leave_the_rows_that_hold_them(scored, column, op, values, expected):
    """Missing values belong only where they are asked for, or where others are left out."""
    assert numbers(scored, Filter(column, op, values)) == expected


def test_filters_hold_together(scored):
    """A row has to fit them all."""
    first, second = Filter("units", Op.BETWEEN, (1, 3)), Filter("kind", Op.OUT, ("x",))
    assert numbers(scored, first, second) == [2, 3]


def test_a_page_has_the_most_severe_rows_with_their_place_in_the_file(scored):
    """Row numbers count from 1; limit and offset page through."""
    page = scored.page(EVERYTHING, ["severity"], only_anomalies=False, limit=2, offset=1)
    assert page.to_pylist() == [{"row": 3, "severity": 95.0}, {"row": 5, "severity": 80.0}]
    flagged = scored.page(EVERYTHING, ["severity"], limit=10)
    assert flagged.column("row").to_pylist() == [1, 3]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order("units"), [6, 5, 3, 2, 1, 4]),
        (Order("units", descending=False), [1, 2, 3, 5, 6, 4]),
        (Order("severity", descending=False), [4, 6, 2, 5, 3, 1]),
        (Order("kind", descending=False), [3, 6, 1, 2, 4, 5]),
    ],
)
def test_rows_sort_by_any_column(scored, order, expected):
    """Over all rows, not over a page; missing values come last either way."""
    page = scored.page(EVERYTHING, ["kind"], only_anomalies=False, order=order)
    assert page.column("row").to_pylist() == expected


def test_one_row_is_found_by_its_number(scored):
    """Every column of it, as it came."""
    record = scored.number(3)
    assert (record["kind"], record["units"], record["severity"]) == ("=1+1", 3, 95.0)
    with pytest.raises(NotFound, match="no row 7"):
        scored.number(7)


def test_batches_hold_the_same_rows_as_pages(scored):
    """What is downloaded is what was shown."""
    names = list(scored.fields)
    batches = list(scored.batches(EVERYTHING, names, only_anomalies=False))
    whole = scored.page(EVERYTHING, names, only_anomalies=False)
    assert pa.Table.from_batches(batches).to_pylist() == whole.to_pylist()


def test_a_column_that_is_not_there_is_not_found(scored):
    """Whatever a page's address asks for."""
    asked = View((Filter('x"; DROP TABLE y; --', Op.IN, ("a",)),))
    with pytest.raises(NotFound, match="no column"):
        scored.counts(asked)
    with pytest.raises(NotFound, match="lack a column"):
        scored.page(EVERYTHING, ["nothing"])


def test_a_value_of_another_kind_is_refused(scored):
    """A text where the column has numbers is the asker's mistake, not ours."""
    with pytest.raises(Rejected):
        scored.counts(View((Filter("units", Op.IN, ("many",)),)))


def test_names_are_quoted_for_sql(write):
    """A quote in a column's name does not end it."""
    assert quoted('a "b"') == '"a ""b"""'
    scored = write(table(**{'a "quoted" name': ["=1+1", "z"] * 3}))
    assert scored.bounds('a "quoted" name') == ("=1+1", "z")


def test_an_operators_own_row_column_is_kept(write):
    """The number of the row gets another name then."""
    page = write(table(row=list("abcdef"))).page(EVERYTHING, ["row"], limit=1)
    assert page.to_pylist() == [{"row_number": 1, "row": "a"}]


def test_text_of_too_many_values_stays_text(write, monkeypatch):
    """It can be searched but not listed."""
    monkeypatch.setattr(database, "MOST_CODED", 3)
    scored = write(table(note=list("abcdef")))
    assert scored.fields["note"].kind is ColumnKind.TEXT
    assert scored.counts(View((Filter("note", Op.CONTAINS, ("C",)),))).rows == 1


def test_a_file_that_is_not_scored_is_refused(tmp_path):
    """It says so instead of failing later."""
    pq.write_table(pa.table({"a": [1]}), tmp_path / "plain.parquet")
    with pytest.raises(Rejected, match="cannot be read"):
        database.make(tmp_path / "plain.parquet", tmp_path / "plain.duckdb")


def test_an_engine_lets_go_of_the_oldest_database(tmp_path, write):
    """However many runs are looked at, few are open."""
    write(table(a=range(6)))
    source = (tmp_path / "scored.duckdb").read_bytes()
    engine = database.Engine(most=2)
    for number in range(5):
        path = tmp_path / f"{number}.duckdb"
        path.write_bytes(source)
        with engine.cursor(path) as (cursor, base):
            assert len(cursor.table(f"{base}.rows").fetchall()) == 6
    assert len(engine._attached) == 2
