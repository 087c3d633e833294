"""The drift heatmap; a click on a cell shows how the feature's rows moved since training."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from app.services.trends.types import (
    DriftCell,
    DriftedRun,
    DriftHeatmap,
    Scope,
    drift_heatmap,
    shift_of,
)
from app.ui.kit import address, charts, errors, layout, navigation, text
from app.ui.kit.context import console
from app.ui.trends import drift_charts
from app.ui.trends.views import PERIODS, draw
from pipeline.errors import NotFound
from pipeline.tracking.names import DRIFT

FEATURE, AT = "feature", "at"


@errors.live("The drift", None)
def drift(scope: Scope) -> None:
    """The heatmap at the left, the chosen cell at the right; a click redraws only these."""
    cells = console().trends.drift(scope)
    found = drift_heatmap(cells)
    left, right = st.columns([3, 2])
    with left, layout.card("drift", height="stretch"):
        layout.title("Drift by feature", _description(found, scope))
        if found.begins:
            _heatmap(found, scope)
    with right, layout.card("shift", height="stretch"):
        chosen = _cell(found, f"{address.get(AT)} {address.get(FEATURE)}") or found.peak()
        if chosen:
            _detail(scope, cells, *chosen)
        else:
            layout.empty("No drift measured", "Scoring a data set measures it.")


def _description(found: DriftHeatmap, scope: Scope) -> str:
    largest = f", the largest of each {PERIODS[scope.grain]}" if scope.grain in PERIODS else ""
    hidden = f" {found.hidden} less drifted features are left out." if found.hidden else ""
    return (
        f"Population stability index against the training data{largest}. "
        f"Click a cell to see what moved.{hidden}"
    )


def _heatmap(found: DriftHeatmap, scope: Scope) -> None:
    """Draw the heatmap and put the cell that was clicked into the address."""
    event: Any = st.plotly_chart(
        drift_charts.heatmap(found, scope.grain),
        key="chart-drift",
        on_select="rerun",
        selection_mode="points",
        config=charts.CONFIG,
    )
    points = event["selection"]["points"]
    if points and (cell := _cell(found, points[0]["customdata"])):
        address.put(FEATURE, cell[0])
        address.put(AT, cell[1].isoformat())


def _cell(found: DriftHeatmap, key: str) -> tuple[str, datetime] | None:
    """Find a cell by its key; None for one that another scope has removed."""
    begins = {begin.isoformat(): begin for begin in found.begins}
    written, _, feature = key.partition(" ")
    begin = begins.get(written)
    return (feature, begin) if begin and feature in found.features else None


def _detail(scope: Scope, cells: Sequence[DriftCell], feature: str, begin: datetime) -> None:
    """One feature: its index over time, the run behind the cell, and its rows then and now."""
    run = console().trends.drifted_run(scope, feature, begin)
    when = drift_charts.stamp(begin, scope.grain)
    index = f"index {run.psi:.3f}, {text.shorten(run.dataset_name, 30)}" if run else "no run"
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        layout.title(feature, f"{when}: {index}", tooltip=feature)
        if run and st.button("Open the run", key="open-drifted", type="tertiary"):
            navigation.go("runs", run=run.run_id)
    own = [cell for cell in cells if cell.feature == feature]
    draw(drift_charts.over_time(own, begin), "drift-course")
    layout.section("Share of the rows in each bin")
    if run:
        with errors.guarded("The distribution"):
            _shares(run, feature)


def _shares(run: DriftedRun, feature: str) -> None:
    """Draw the shares; a run whose files are gone says so."""
    try:
        shift = shift_of(console().runs.text(run.run_id, DRIFT), feature)
    except NotFound:
        shift = None
    if shift:
        draw(drift_charts.shares(shift), "shares")
    else:
        layout.empty(
            "No distribution stored",
            "The files of this run are gone, or it was generated for a demonstration.",
        )
