"""The drift map; a click on a cell opens where the rows lay at training and lie now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from app.clients.errors import NotFound
from app.services.trends.types import DriftCell, DriftedRun, DriftMap, Scope, drift_map
from app.ui.kit import charts, errors, layout, navigation, text
from app.ui.trends import drift_charts
from app.ui.trends import queries as ask
from app.ui.trends.views import MEANS, draw

Cell = tuple[str, datetime]
FEATURE, AT = "feature", "at"


@errors.live("The drift", None)
def drift(scope: Scope) -> None:
    """The map at the left, the chosen cell at the right; a click draws nothing else anew."""
    cells = ask.drift(scope)
    found = drift_map(cells)
    left, right = st.columns([3, 2])
    with left, layout.card("drift", height="stretch"):
        layout.title("Drift by feature", _in_words(found, scope))
        clicked = _map(found, scope) if found.begins else None
    with right, layout.card("shift", height="stretch"):
        chosen = _remember(clicked) or _asked(found) or found.peak()
        if chosen:
            _detail(scope, cells, *chosen)
        else:
            layout.empty("No drift measured", "Scoring a data set measures it.")


def _in_words(found: DriftMap, scope: Scope) -> str:
    largest = f", the largest of each {MEANS[scope.grain]}" if scope.grain in MEANS else ""
    left_out = f" {found.hidden} less drifted features are left out." if found.hidden else ""
    return (
        f"Population stability index against the training data{largest}. "
        f"Click a cell to see what moved.{left_out}"
    )


def _map(found: DriftMap, scope: Scope) -> Cell | None:
    """Draw the map and return the cell that was clicked."""
    event: Any = st.plotly_chart(
        drift_charts.drift_map(found, scope.grain),
        key="chart-drift",
        on_select="rerun",
        selection_mode="points",
        config=charts.CONFIG,
    )
    points = event["selection"]["points"]
    return _cell(found, points[0]["customdata"]) if points else None


def _cell(found: DriftMap, key: str) -> Cell | None:
    """Find a cell by its key; None for one that another choice of runs has taken away."""
    begins = {begin.isoformat(): begin for begin in found.begins}
    written, _, feature = key.partition(" ")
    begin = begins.get(written)
    return (feature, begin) if begin and feature in found.features else None


def _remember(clicked: Cell | None) -> Cell | None:
    """Put the clicked cell into the address."""
    if clicked:
        st.query_params[FEATURE], st.query_params[AT] = clicked[0], clicked[1].isoformat()
    return clicked


def _asked(found: DriftMap) -> Cell | None:
    """Return the cell of the address, if the map has it."""
    return _cell(found, f"{st.query_params.get(AT, '')} {st.query_params.get(FEATURE, '')}")


def _detail(scope: Scope, cells: Sequence[DriftCell], feature: str, begin: datetime) -> None:
    """One feature: its course, the run behind the cell, and its shares then and now."""
    run = ask.drifted_run(scope, feature, begin)
    when = drift_charts.stamp(begin, scope.grain)
    index = f"index {run.psi:.3f}" if run else "no run"
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        layout.title(feature, f"{when}: {index}{_of(run)}", tooltip=feature)
        if run and st.button("Open the run", key="open-drifted", type="tertiary"):
            navigation.go("runs", run=run.run_id)
    own = [cell for cell in cells if cell.feature == feature]
    draw(drift_charts.course(own, begin), "drift-course")
    layout.section("Share of the rows in each bin")
    if run:
        with errors.guarded("The distribution"):
            _shares(run, feature)


def _of(run: DriftedRun | None) -> str:
    return f", {text.shorten(run.dataset_name, 30)}" if run else ""


def _shares(run: DriftedRun, feature: str) -> None:
    """Draw the shares; a run whose files are gone says so."""
    try:
        shift = ask.shift(run.run_id, feature)
    except NotFound:
        shift = None
    if shift:
        draw(drift_charts.shares(shift), "shares")
    else:
        layout.empty(
            "No distribution stored",
            "The files of this run are gone, or it was generated for a demonstration.",
        )
