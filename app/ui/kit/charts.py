"""Colours and common parts of charts; colours keep their contrast in both themes.

Severity runs from blue to red through yellow and orange, which readers with any of the common
kinds of colour blindness tell apart by lightness; every use adds the band's name.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from html import escape
from math import log10
from typing import Any

import plotly.graph_objects as go

from pipeline.model import threshold

NORMAL = "#9dadb6"
ANOMALY = "#d4552f"
ACCENT = "#1c8aa3"
QUIET = "rgba(125, 145, 155, 0.45)"
GRID = "rgba(125, 145, 155, 0.22)"
INK = "#75868f"

BANDS = {
    "minor": "#5b8fd0",
    "moderate": "#dfb11a",
    "major": "#e8792b",
    "critical": "#c4302b",
}
SERIES = (
    *("#1c8aa3", "#8a63d2", "#d97706", "#4575b4", "#be4b7d"),
    *("#6d8c24", "#8c6d4f", "#5f7480", "#c4302b", "#2f9e6e"),
)


def band_colour(name: str) -> str:
    """Colour of a severity band; below the lowest band rows are grey."""
    return BANDS.get(name.lower(), NORMAL)


def band_of(severity: float) -> str:
    """Name of the band that a severity falls into; empty below the lowest."""
    return next((name for name, low in reversed(threshold.BANDS) if severity >= low), "")


CONFIG: dict[str, Any] = {
    "displaylogo": False,
    "showSendToCloud": False,
    "responsive": True,
    "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}
"""What ``st.plotly_chart`` is told: few buttons, nothing that calls out, PNG at twice the size."""


def short(name: str, limit: int) -> str:
    """Cut a long label in its middle; what Plotly would take for mark-up is escaped."""
    return literal(name if len(name) <= limit else f"{name[: limit - 9]}…{name[-8:]}")


def literal(text: str) -> str:
    """Escape what Plotly would take for mark-up; quotes it shows as they are, or as ``&quot;``."""
    return escape(text, quote=False)


def figure(height: int, *, legend: bool = False, hover: str = "closest") -> go.Figure:
    """Return an empty figure of a fixed height, so that nothing moves when data arrives."""
    fig = go.Figure()
    fig.update_layout(
        height=height,
        margin={"l": 8, "r": 12, "t": 34 if legend else 12, "b": 8},
        hovermode=hover,
        showlegend=legend,
        bargap=0.06,
        legend={"orientation": "h", "x": 0, "y": 1.02, "xanchor": "left", "yanchor": "bottom"},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": INK},
    )
    fig.update_xaxes(showgrid=False, automargin=True, title_standoff=8)
    fig.update_yaxes(gridcolor=GRID, zeroline=False, automargin=True, title_standoff=8)
    return fig


def named_rows(fig: go.Figure, labels: Sequence[str]) -> None:
    """Name the places 0, 1, 2 … of the upright axis, the first on top.

    Rows have places, not labels, because two labels that are cut may be alike.
    """
    places = list(range(len(labels)))
    fig.update_yaxes(
        tickvals=places, ticktext=list(labels), range=[len(labels) - 0.5, -0.5], ticks=""
    )


def room_around_one_moment(fig: go.Figure, moments: Iterable[datetime]) -> None:
    """Show a day on each side where all happened at once: else the axis counts milliseconds."""
    seen = set(moments)
    if len(seen) == 1:
        alone = seen.pop()
        fig.update_xaxes(range=[alone - timedelta(days=1), alone + timedelta(days=1)])


def mark(fig: go.Figure, x: float, label: str, *, right: bool = False) -> None:
    """Draw a dashed vertical line with its meaning beside it."""
    fig.add_vline(
        x=x,
        line={"color": INK, "width": 1.5, "dash": "dash"},
        annotation_text=label,
        annotation_position="top right" if right else "top left",
        annotation_font={"color": INK, "size": 12},
    )


FULL, MOST_RARE = 100.0, 4.05


def rarity(severity: float) -> float:
    """Return the position of a severity on the axis: each unit is ten times rarer.

    >>> [round(rarity(value), 2) for value in (0, 90, 99, 100)]
    [0.0, 1.0, 2.0, 4.05]
    """
    left = 1.0 - severity / FULL
    return MOST_RARE if left <= 10**-MOST_RARE else -log10(left)


SEVERITY_TICKS = (0.0, 50.0, 80.0, 90.0, 95.0, 99.0, 99.5, 99.9, 99.99)
SEVERITY_AXIS: dict[str, Any] = {
    "title": "Severity, upper end enlarged",
    "tickvals": [rarity(tick) for tick in SEVERITY_TICKS],
    "ticktext": [f"{tick:g}" for tick in SEVERITY_TICKS],
    "range": (0, MOST_RARE),
}
"""An axis on which severities that are ten times rarer lie at equal distances."""
