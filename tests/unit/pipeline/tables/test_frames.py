"""Frames: Arrow rows of any file in the one form that features are built from."""

import datetime as dt
import decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import DataError
from pipeline.tables.frames import model_frame
from pipeline.tables.schema import Column, Role, Schema


def schema(role: Role) -> Schema:
    """Return a schema of the one column ``x``."""
    return Schema((Column("x", role, "any"),))


def frame_of(role: Role, values: pa.Array):
    """Return the one column as the model sees it."""
    return model_frame(pa.table({"x": values}), schema(role))["x"]


@pytest.mark.parametrize(
    "values",
    [
        pa.array([1, 2, None]),
        pa.array([1.0, 2.0, None]),
        pa.array([1, 2, None], pa.uint8()),
        pa.array([decimal.Decimal(1), decimal.Decimal(2), None]),
        pa.array([1.0, 2.0, None], pa.float16()),
    ],
)
def test_numbers_of_any_type_are_the_same(values) -> None:
    """Whole, fractional and decimal numbers score alike."""
    column = frame_of(Role.NUMERIC, values)
    assert column.dtype == np.float64
    assert column.tolist()[:2] == [1, 2]
    assert np.isnan(column[2])


@pytest.mark.parametrize("role", [Role.NUMERIC, Role.CATEGORICAL, Role.DATE])
@pytest.mark.parametrize("kind", [pa.null(), pa.string(), pa.int64(), pa.timestamp("us")])
def test_a_column_without_any_value_is_all_missing(role, kind) -> None:
    """Rows in which a column is empty can be scored, whatever type later rows give it."""
    assert frame_of(role, pa.nulls(3, kind)).isna().all()


def test_a_dictionary_may_name_a_value_twice_or_not_at_all() -> None:
    """Coded text is the same categories as plain text."""
    coded = pa.DictionaryArray.from_arrays([0, 1, 2, None, 3], ["clear", "rain", "clear", None])
    column = frame_of(Role.CATEGORICAL, coded)
    assert column.astype(object).where(column.notna(), None).tolist() == [
        "clear",
        "rain",
        "clear",
        None,
        None,
    ]


@pytest.mark.parametrize("values", [["7", None], [7, None]])
def test_categories_that_look_like_numbers_are_still_categories(values) -> None:
    """A code column of which a second file holds only digits is the same column."""
    column = frame_of(Role.CATEGORICAL, pa.array(values))
    assert column[0] == "7"
    assert column.isna().tolist() == [False, True]


def test_dates_of_any_type_are_the_same() -> None:
    """Days, moments and moments with a zone are the same moments."""
    moment = dt.datetime(2023, 7, 29, tzinfo=dt.UTC)
    columns = [
        pa.array([moment.date()]),
        pa.array([moment]),
        pa.array([moment.replace(tzinfo=None)]),
    ]
    assert len({frame_of(Role.DATE, column)[0] for column in columns}) == 1


def test_a_time_of_day_keeps_its_hour() -> None:
    """A column of bare times has no date, but its hour is what counts."""
    assert frame_of(Role.DATE, pa.array([dt.time(13, 5)]))[0].hour == 13


@pytest.mark.parametrize(
    ("role", "values", "told"),
    [
        (Role.NUMERIC, ["many"], "'x' holds 'many' where the model was trained on numbers"),
        (Role.DATE, ["soon"], "'x' holds 'soon' where the model was trained on dates"),
        (Role.DATE, [20230729], "trained on dates"),
        (Role.NUMERIC, [1e300], "beyond ±3.4e+38"),
        (Role.NUMERIC, [float("inf")], "beyond ±3.4e+38"),
    ],
)
def test_what_does_not_fit_is_named(role, values, told) -> None:
    """The sentence names the column, the value or rule, and what to do."""
    with pytest.raises(DataError, match=told.replace("+", r"\+")):
        frame_of(role, pa.array(values))


def test_missing_columns_are_named_all_at_once() -> None:
    """The operator mends the file once."""
    wanted = Schema((Column("a", Role.NUMERIC, ""), Column("b", Role.DATE, "")))
    with pytest.raises(DataError, match="missing columns 'a', 'b'"):
        model_frame(pa.table({"c": [1]}), wanted)


def test_order_and_further_columns_do_not_matter() -> None:
    """Only the columns of the schema come out, in its order."""
    wanted = Schema((Column("a", Role.NUMERIC, ""), Column("b", Role.NUMERIC, "")))
    frame = model_frame(pa.table({"b": [1], "extra": ["x"], "a": [2]}), wanted)
    assert frame.to_dict("list") == {"a": [2], "b": [1]}


ANYTHING = st.one_of(
    st.lists(st.one_of(st.none(), st.integers(-(2**53), 2**53)), min_size=1),
    st.lists(st.one_of(st.none(), st.floats(width=32, allow_infinity=False)), min_size=1),
    st.lists(st.one_of(st.none(), st.text()), min_size=1),
    st.lists(st.one_of(st.none(), st.booleans()), min_size=1),
    st.lists(st.one_of(st.none(), st.datetimes()), min_size=1),
)


@given(ANYTHING, st.sampled_from([Role.NUMERIC, Role.CATEGORICAL, Role.DATE]))
def test_any_column_is_read_or_refused_in_words(values, role) -> None:
    """Whatever a file holds, the rows stay as many, or a sentence says what is wrong."""
    refused = ""
    length = len(values)
    try:
        length = len(frame_of(role, pa.array(values)))
    except DataError as error:
        refused = str(error)
    assert length == len(values)
    assert not refused or "'x'" in refused
