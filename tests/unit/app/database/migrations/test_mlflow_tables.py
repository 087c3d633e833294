"""What the check says of tables that are not as expected."""

from sqlalchemy import BigInteger, Boolean, Float, String, Text

from app.database.migrations.mlflow_tables import NEEDED, problems_of

METRICS = {"run_uuid": String(32), "key": String(250), "value": Float(), "is_nan": Boolean()}


def test_expected_tables_give_no_complaint() -> None:
    """More columns than are needed, and longer texts, are all right."""
    found = {"latest_metrics": {**METRICS, "key": Text(), "step": BigInteger()}}
    assert problems_of("latest_metrics", found) == []


def test_a_missing_table_is_named() -> None:
    """One sentence for a table, not one for each of its columns."""
    assert problems_of("tags", {}) == ["table tags is missing"]


def test_missing_and_changed_columns_are_named() -> None:
    """Each with what is there and what is expected."""
    found = {"latest_metrics": {**METRICS, "value": Text()}}
    del found["latest_metrics"]["is_nan"]
    assert problems_of("latest_metrics", found) == [
        "column latest_metrics.value is TEXT, expected a number",
        "column latest_metrics.is_nan is missing, expected true or false",
    ]


def test_every_table_that_the_views_read_is_checked() -> None:
    """The check knows the tables that the views name."""
    assert set(NEEDED) == {"experiments", "runs", "tags", "params", "latest_metrics"}
