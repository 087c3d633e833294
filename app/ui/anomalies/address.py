"""What the Anomalies page shows is in its address alone: run, filters, threshold and row."""

from collections.abc import Callable
from typing import Any, Literal

import plotly.graph_objects as go
import streamlit as st

from app.services.anomalies.export import threshold_of
from app.services.anomalies.types import View
from app.services.filters import Filter
from app.ui.kit import address

SelectionMode = Literal["points", "box", "lasso"]
THRESHOLD, ROW, PAGE = "t", "row", "page"


def view() -> View:
    """Read filters and threshold from the address."""
    return View(address.filters(), threshold_of(address.get(THRESHOLD)))


def row() -> int | None:
    """Read the row that is open."""
    return address.number(ROW) or None


def narrow(*added: Filter) -> None:
    """Add filters to the address; each takes the place of its like."""
    _keep(view().with_filters(*added).filters)


def widen(dropped: Filter) -> None:
    """Take one filter out of the address."""
    _keep(view().without(dropped).filters)


def clear() -> None:
    """Take out every filter and the operator's own threshold."""
    _keep(())
    move(None)


def move(threshold: float | None) -> None:
    """Put a threshold into the address; None is the model's own."""
    address.put(THRESHOLD, "" if threshold is None else f"{threshold:g}")
    _first_page()


def open_row(number: int | None) -> None:
    """Put the row that is open into the address."""
    address.put(ROW, "" if number is None else str(number))


def _keep(filters: tuple[Filter, ...]) -> None:
    address.put_filters(filters)
    _first_page()


def _first_page() -> None:
    """Another set of rows begins at its first page."""
    if PAGE in st.session_state:
        st.session_state[PAGE] = 1


def pickable(
    figure: go.Figure,
    key: str,
    config: dict[str, Any],
    pick: Callable[[list[Any]], None],
    *modes: SelectionMode,
) -> None:
    """Draw a chart whose selected points are handed to ``pick``.

    What was selected becomes a filter in the address, and the chart forgets its selection: it is
    drawn anew under another key.
    """
    turn = st.session_state.setdefault(f"{key}-turn", 0)
    name = f"chart-{key}-{turn}"

    def picked() -> None:
        points = st.session_state[name]["selection"]["points"]
        if points:
            pick(points)
            st.session_state[f"{key}-turn"] = turn + 1

    st.plotly_chart(figure, key=name, config=config, on_select=picked, selection_mode=modes)
