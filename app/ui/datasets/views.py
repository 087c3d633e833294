"""One data set: its facts, what its columns hold, and its first rows."""

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from app.services.datasets.service import PREVIEW_ROWS
from app.ui.kit import context, errors, html, layout, text
from app.ui.kit.tables import ROW, clock, opened, percentage, when
from pipeline.tables.profile import ColumnProfile, Profile
from pipeline.tables.schema import Role
from pipeline.tracking.datasets import Dataset

MANY_MISSING, WHOLE_FROM = 0.5, 10_000.0
PREVIEW_HEIGHT = 520
ROLE_NAMES = {
    "numeric": "Number",
    "categorical": "Category",
    "date": "Date",
    "ignored": "Ignored",
}
ROLE_COLOURS = ["#1c8aa355", "#8a63d255", "#d9770655", "#7b8a9355"]


def facts(dataset: Dataset) -> None:
    """Size, origin and identity."""
    uploaded = html.span(
        text.ago(dataset.created), title=text.exact(dataset.created, context.zone())
    )
    st.html(
        html.facts(
            [
                ("Rows", html.span(text.number(dataset.rows))),
                ("Columns", html.span(text.number(dataset.columns))),
                ("File size", html.span(text.size(dataset.size_bytes))),
                ("Uploaded", uploaded),
                ("By", html.span(dataset.requested_by or text.ABSENT, title=dataset.requested_by)),
                ("Id", html.span(dataset.dataset_id, cls="ac-code", title=dataset.sha256)),
            ]
        )
    )


def warnings(profile: Profile) -> None:
    """Warn about columns that are not scored and columns that are mostly empty."""
    ignored = [column.name for column in profile.columns if column.role is Role.IGNORED]
    sparse = [
        column.name
        for column in profile.columns
        if MANY_MISSING * profile.rows < column.nulls < profile.rows
    ]
    if ignored:
        errors.notice(
            f"{text.plural(len(ignored), 'column')} carried along but not scored",
            f"{', '.join(ignored)}: the same value, or a different one, in every row.",
            "warn",
        )
    if sparse:
        errors.notice(
            f"{text.plural(len(sparse), 'column')} mostly empty",
            f"{', '.join(sparse)}: more than half of the cells hold nothing.",
            "warn",
        )


def columns_table(profile: Profile) -> None:
    """What each column holds, in the file's order."""
    config = st.column_config
    st.dataframe(
        pd.DataFrame([_column_row(column, profile.rows) for column in profile.columns]),
        hide_index=True,
        row_height=ROW,
        height="content",
        placeholder=text.ABSENT,
        column_config={
            "Column": config.TextColumn(width=185, pinned=True),
            "Role": config.MultiselectColumn(
                width=95, options=list(ROLE_NAMES.values()), color=ROLE_COLOURS
            ),
            "Type": config.TextColumn(width=95),
            "Empty": config.ProgressColumn(
                width=110, min_value=0, max_value=100, format="%.1f %%", color="orange"
            ),
            "Distinct": config.NumberColumn(width=80, format="localized"),
            "Values": config.TextColumn(
                width=380, help="From the smallest to the largest, or the most frequent ones"
            ),
        },
    )


def _column_row(column: ColumnProfile, rows: int) -> dict[str, Any]:
    """What the table says about a column."""
    return {
        "Column": column.name,
        "Role": [ROLE_NAMES.get(column.role, column.role)],
        "Type": column.dtype,
        "Empty": percentage(column.nulls / max(rows, 1)),
        "Distinct": column.distinct,
        "Values": _values(column, rows),
    }


def _values(column: ColumnProfile, rows: int) -> str | None:
    """The range with its mean, or the most frequent values with their shares."""
    if column.minimum is not None:
        mean = f", mean {value_text(column.mean)}" if column.mean is not None else ""
        return f"{value_text(column.minimum)} to {value_text(column.maximum)}{mean}"
    top = [f"{value} ({text.percent(count / max(rows, 1), 0)})" for value, count in column.top]
    return ", ".join(top) or None


def value_text(value: float | str | None) -> str:
    """Format a number with separators or four digits; dates stay as they are."""
    if value is None or isinstance(value, str):
        return value or ""
    whole = abs(value) >= WHOLE_FROM or float(value).is_integer()
    return f"{value:,.0f}" if whole else f"{value:.4g}"


def preview(dataset: Dataset) -> None:
    """The first rows as they were stored."""
    table = context.console().datasets.preview(dataset.dataset_id)
    shown = text.number(table.num_rows)
    whole = text.number(dataset.rows)
    st.caption(f"The first {shown} of {whole} rows; at most {text.number(PREVIEW_ROWS)} are shown.")
    st.dataframe(table, height=PREVIEW_HEIGHT, hide_index=True, placeholder=text.ABSENT)


def show(dataset: Dataset) -> None:
    """Everything about one data set."""
    profile = context.console().datasets.profile(dataset.dataset_id)
    with layout.card("facts"):
        facts(dataset)
        warnings(profile)
    held, first = st.tabs(["Columns", "Preview"])
    with held:
        columns_table(profile)
    with first:
        preview(dataset)


def dataset_table(datasets: Sequence[Dataset], key: str) -> Dataset | None:
    """List data sets and return the one to open."""
    frame = pd.DataFrame([_dataset_row(each) for each in datasets])
    config = st.column_config
    columns = {
        "Name": config.TextColumn(width=360),
        "Rows": config.NumberColumn(width=90, format="localized"),
        "Columns": config.NumberColumn(width=80, format="localized"),
        "Size": config.TextColumn(width=90, alignment="right"),
        "Uploaded by": config.TextColumn(width=130),
        "Uploaded": when(),
    }
    row = opened(frame, columns, key)
    return None if row is None else datasets[row]


def _dataset_row(dataset: Dataset) -> dict[str, Any]:
    """What the list says about a data set."""
    return {
        "Name": dataset.name,
        "Rows": dataset.rows,
        "Columns": dataset.columns,
        "Size": text.size(dataset.size_bytes),
        "Uploaded by": dataset.requested_by or text.ABSENT,
        "Uploaded": clock(dataset.created),
    }
