"""What made a row anomalous, column by column."""

from collections.abc import Mapping

import plotly.graph_objects as go

from app.ui.kit import charts
from app.ui.kit.charts import ANOMALY, INK, SERIES
from pipeline.explain.types import Explanation

NORMALISING = SERIES[3]
SHOWN = 12
LONGEST, NAME = 28, 120
ROOM = 1.35
"""Of the axis beside the longest bar, for its number."""


def figure(explanation: Explanation, values: Mapping[str, str]) -> go.Figure:
    """Splits that each column saves in isolating the row, the strongest first.

    Parameters
    ----------
    values
        The row's value in each column, in words.
    """
    strongest = sorted(explanation.fields, key=lambda field: -abs(field.saved))
    bars = [
        (_label(field.column, values.get(field.column, "")), field.saved)
        for field in strongest[:SHOWN]
    ]
    if rest := strongest[SHOWN:]:
        bars.append((f"{len(rest)} other columns", sum(field.saved for field in rest)))
    fig = charts.figure(90 + 26 * len(bars))
    fig.add_bar(
        x=[saved for _, saved in bars],
        y=list(range(len(bars))),
        orientation="h",
        marker={"color": [ANOMALY if saved > 0 else NORMALISING for _, saved in bars]},
        text=[f"{saved:+.2f}" for _, saved in bars],
        textposition="outside",
        cliponaxis=False,
        customdata=[charts.short(label, NAME) for label, _ in bars],
        hovertemplate="%{customdata}: %{x:+.2f} splits<extra></extra>",
    )
    fig.add_vline(x=0, line={"color": INK, "width": 1})
    low, high = min(0.0, *(bar[1] for bar in bars)), max(0.0, *(bar[1] for bar in bars))
    room = (ROOM - 1) * max(high - low, 1e-9)
    fig.update_xaxes(
        title="Splits saved", showgrid=True, zeroline=False, range=[low - room, high + room]
    )
    charts.named_rows(fig, [charts.short(label, LONGEST) for label, _ in bars])
    fig.update_yaxes(showgrid=False)
    return fig


def _label(column: str, value: str) -> str:
    return f"{column} = {value}" if value else column
