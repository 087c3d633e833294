"""How the scores of one run are distributed."""

import plotly.graph_objects as go

from app.charts import base
from app.charts.palette import ANOMALY, INK, NORMAL, band_colour
from app.services.anomalies import BandShare, Histogram, Summary


def histogram(counts: Histogram, axis: str) -> go.Figure:
    """Rows by score, normal and anomalous stacked, with the threshold as a line.

    Parameters
    ----------
    axis
        Title of the score's axis.
    """
    fig = base.figure(300, legend=True, hover="x unified")
    pairs = list(zip(counts.edges, counts.edges[1:], strict=False))
    kinds = (("Normal", counts.normal, NORMAL), ("Anomaly", counts.anomalous, ANOMALY))
    for name, rows, colour in kinds:
        fig.add_bar(
            x=[(low + high) / 2 for low, high in pairs],
            y=list(rows),
            width=[high - low for low, high in pairs],
            name=name,
            marker={"color": colour, "line": {"width": 0}},
            hovertemplate="%{y:,} rows",
        )
    fig.update_layout(barmode="stack", bargap=0)
    fig.update_xaxes(title=axis, hoverformat=".3f")
    fig.update_yaxes(title="Rows")
    base.mark(fig, counts.threshold, f"Threshold {counts.threshold:.3g}")
    return fig


def share(summary: Summary) -> go.Figure:
    """Normal rows against the anomalies, the anomalies by severity band."""
    fig = base.figure(300, legend=True)
    parts = [("Normal", summary.rows - summary.anomalies, NORMAL), *_flagged(summary)]
    parts = [part for part in parts if part[1] > 0]
    fig.add_pie(
        labels=[name for name, _, _ in parts],
        values=[rows for _, rows, _ in parts],
        marker={"colors": [colour for _, _, colour in parts]},
        hole=0.68,
        sort=False,
        direction="clockwise",
        textinfo="none",
        hovertemplate="%{label}: %{value:,} rows, %{percent}<extra></extra>",
    )
    fig.add_annotation(
        text=f"<b>{summary.rate:.1%}</b><br>anomalies".replace("%", " %"),
        showarrow=False,
        font={"size": 16},
    )
    return fig


def _flagged(summary: Summary) -> list[tuple[str, int, str]]:
    """Split the anomalies by band; rows of a band below the threshold stay normal."""
    left, parts = summary.anomalies, []
    for band in reversed(summary.bands):
        taken = min(left, band.rows) if _is_named(band) else 0
        parts.append((band.name.capitalize(), taken, band_colour(band.name)))
        left -= taken
    return [("Other anomalies", left, INK), *reversed(parts)]


def _is_named(band: BandShare) -> bool:
    """Tell whether the band has a colour of its own."""
    return band_colour(band.name) != NORMAL


def top(rows: list[tuple[str, float, str]]) -> go.Figure:
    """The most anomalous rows as bars.

    Parameters
    ----------
    rows
        Label, raw score (below 0 is an anomaly) and severity band of each, most severe first.
    """
    fig = base.figure(300)
    fig.add_bar(
        x=[-score for _, score, _ in rows],
        y=[label for label, _, _ in rows],
        orientation="h",
        marker={"color": [band_colour(band) for _, _, band in rows]},
        customdata=[[score, band.capitalize()] for _, score, band in rows],
        hovertemplate="%{y}: score %{customdata[0]:.4f}, %{customdata[1]}<extra></extra>",
    )
    fig.update_xaxes(title="How far beyond the threshold", showgrid=True)
    fig.update_yaxes(autorange="reversed", type="category")
    return fig
