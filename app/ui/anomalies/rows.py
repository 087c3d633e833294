"""The table of rows, paged and sorted on the server, and the details of one row."""

from typing import Any

import pandas as pd
import streamlit as st

from app.services.anomalies.rows import ROW as ROW_NUMBER
from app.services.anomalies.rows import Order, row_name
from app.services.anomalies.types import Counts, RowPage, Summary, View
from app.ui.anomalies import filters
from app.ui.kit import address, charts, errors, inputs, layout, text
from app.ui.kit.context import console
from app.ui.kit.tables import ROW
from app.ui.reviews import record, verdicts
from app.ui.runs import lineage
from pipeline.model.threshold import BANDS

PAGE = 25
SCORED = ("severity", "anomaly_score", "anomaly_pred")
ANOMALIES, ALL = "Anomalies", "All rows"
UP, DOWN = "Ascending", "Descending"


def rows_table(summary: Summary, view: View, counts: Counts) -> None:
    """Draw the table, and the open row beside it."""
    opened = address.number(filters.ROW)
    left, right = st.columns([3, 2]) if opened else (st.container(), None)
    with left, layout.card("rows"):
        _table(summary, view, counts)
    if right and opened:
        with right:
            _inspector(summary, opened)


def _table(summary: Summary, view: View, counts: Counts) -> None:
    only_anomalies, order = _controls(summary)
    whole = counts.anomalies if only_anomalies else counts.rows
    if not whole:
        layout.empty("No row", "No row is left by these filters and this threshold.")
        return
    above = st.container()
    with st.container(horizontal=True, vertical_alignment="center"):
        place = st.container()
        number = st.pagination(-(-whole // PAGE), key=filters.PAGE, bind="query-params")
    page = console().anomalies.rows(
        summary.run_id,
        view,
        offset=(number - 1) * PAGE,
        limit=PAGE,
        order=order,
        only_anomalies=only_anomalies,
    )
    place.caption(_place(page, order))
    with above:
        _rows(summary, page)


def _controls(summary: Summary) -> tuple[bool, Order]:
    """Choose which rows, and their order."""
    with st.container(horizontal=True, vertical_alignment="center"):
        layout.title("Rows", "Click a cell to open its row; tick rows to judge several.")
        which = address.switch("Which rows", [ANOMALIES, ALL], "rows")
        names = ["severity", "anomaly_score", ROW_NUMBER, *_own(summary)]
        column = st.selectbox(
            "Sort by",
            list(dict.fromkeys(names)),
            key="sort",
            bind="query-params",
            width=180,
            label_visibility="collapsed",
            help="Sorts all rows, not only this page.",
        )
        direction = address.switch("Order", [DOWN, UP], "order")
    return which != ALL, Order(column, descending=direction != UP)


def _own(summary: Summary) -> list[str]:
    return [name for name in summary.columns if name not in SCORED]


def _place(page: RowPage, order: Order) -> str:
    """Say which of how many rows are shown, and in what order."""
    last = page.offset + page.rows.num_rows
    sorting = "most severe first" if order == Order() else f"by {order.column}"
    first = text.number(page.offset + 1)
    return f"Rows {first} to {text.number(last)} of {text.number(page.total)}, {sorting}"


def _rows(summary: Summary, page: RowPage) -> None:
    """Draw the table; ticked rows can be judged together, a clicked one is opened."""
    frame = _with_bands(page, summary)
    numbers = frame[row_name(summary.columns)].tolist()
    columns = _columns(summary)
    if verdicts.COLUMN not in frame:
        columns[verdicts.COLUMN] = verdicts.column_config()
        frame.insert(1, verdicts.COLUMN, verdicts.column(page.rows, _own(summary)))
    key = f"rows-table-{st.session_state.setdefault('rows-turn', 0)}"

    def picked() -> None:
        cells = st.session_state[key]["selection"]["cells"]
        if cells and int(cells[0][0]) < len(numbers):
            filters.open_row(int(numbers[int(cells[0][0])]))

    event = st.dataframe(
        frame,
        hide_index=True,
        row_height=ROW,
        height=ROW * min(len(frame) + 1, 16) + 3,
        placeholder=text.ABSENT,
        column_config=columns,
        key=key,
        on_select=picked,
        selection_mode=["multi-row", "single-cell"],
    )
    ticked = [numbers[place] for place in event["selection"]["rows"] if place < len(numbers)]
    verdicts.bulk(summary.run_id, ticked)
    record.explain_ahead(summary.run_id, int(numbers[0]))


def _with_bands(page: RowPage, summary: Summary) -> pd.DataFrame:
    """Put the band and the scored columns before the operator's own."""
    frame: pd.DataFrame = page.rows.to_pandas()
    bands = [[charts.band_of(value).capitalize()] for value in frame["severity"]]
    frame = frame[["severity", "anomaly_score", row_name(summary.columns), *_own(summary)]]
    frame.insert(0, "Band", bands)
    return frame


def _columns(summary: Summary) -> dict[str, Any]:
    """Configure the scored columns; the operator's own stay as they are."""
    config = st.column_config
    limits = ", ".join(f"**{name.capitalize()}** from {low:g}" for name, low in BANDS)
    return {
        "Band": config.MultiselectColumn(
            width=92,
            options=[name.capitalize() for name, _ in BANDS],
            color=[f"{charts.band_colour(name)}55" for name, _ in BANDS],
            help=f"Severity bands: {limits}",
        ),
        "severity": config.NumberColumn(
            "Severity",
            width=85,
            format="%.2f",
            help="Share of training rows that are less anomalous, 0 to 100",
        ),
        "anomaly_score": config.NumberColumn(
            "Score",
            width=80,
            format="%.4f",
            help=f"Lower is more anomalous; below {summary.score_threshold:.4g} is an anomaly",
        ),
        row_name(summary.columns): config.NumberColumn(
            "Row", width=80, format="localized", help="Row in the file"
        ),
    }


def _inspector(summary: Summary, opened: int) -> None:
    """Draw the open row with its explanation and lineage."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        url = console().anomalies.record_url(summary.run_id, opened)
        inputs.download("JSON", url, title="This row as JSON")
        st.button(
            "Close",
            key="close-row",
            icon=":material/close:",
            type="tertiary",
            on_click=filters.open_row,
            args=(None,),
        )
    record.show_row(summary.run_id, opened)
    with layout.card("row-lineage"), errors.guarded("The row's lineage"):
        layout.title("Where it comes from", "Each station leads to it.")
        lineage.show(summary.run_id, opened)
