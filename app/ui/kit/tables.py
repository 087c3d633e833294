"""Tables whose rows open on a click, and common kinds of columns."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from app.ui.kit import context, text

ROW = 36
TONES = {"ok": "#1f8a5b55", "busy": "#3b6fb655", "warn": "#d18f0055", "bad": "#c8322b55"}
IDLE = "#7b8a9355"


def opened(frame: pd.DataFrame, columns: dict[str, Any], key: str) -> int | None:
    """Show ``frame`` and return the position of the row that was clicked."""
    event = st.dataframe(
        frame,
        key=key,
        column_config=columns,
        hide_index=True,
        row_height=ROW,
        height="content",
        on_select="rerun",
        selection_mode="single-cell",
        placeholder=text.ABSENT,
    )
    cells = event["selection"]["cells"]
    return int(cells[0][0]) if cells else None


def percentage(share: float | None) -> float | None:
    """A share as a percentage."""
    return None if share is None else share * 100


def status_column(states: Mapping[Any, tuple[str, str]]) -> Any:  # noqa: ANN401 - untyped upstream
    """Column of coloured states."""
    labels = list(dict.fromkeys(states.values()))
    return st.column_config.MultiselectColumn(
        width=100,
        options=[label for label, _ in labels],
        color=[TONES.get(tone, IDLE) for _, tone in labels],
    )


def clock(moment: datetime) -> datetime:
    """The moment as the operator's clock shows it, without a zone for the table to change."""
    return text.local(moment, context.zone()).replace(tzinfo=None)


def when(help_text: str = "") -> Any:  # noqa: ANN401 - untyped upstream
    """Column of moments in the operator's time zone."""
    return st.column_config.DatetimeColumn(
        width=130,
        format="YYYY-MM-DD HH:mm",
        help=help_text or f"In your time zone, {context.zone() or 'UTC'}",
    )
