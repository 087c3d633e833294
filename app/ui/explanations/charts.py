"""Chart of the contributions of columns to a row's score."""

from collections.abc import Mapping

import plotly.graph_objects as go

from app.ui.kit import charts
from app.ui.kit.charts import ANOMALY, INK, SERIES
from pipeline.explain.types import Explanation

NORMALISING = SERIES[3]
SHOWN = 12
LONGEST, NAME = 28, 120
ROOM = 1.35
"""Length of the axis by the longest bar, which leaves room for its number."""


def contributions(explanation: Explanation, values: Mapping[str, str]) -> go.Figure:
    """Draw the splits that each column saves in isolating the row, the strongest first.

    Parameters
    ----------
    values
        The row's value in each column, as text.
    """
    strongest = sorted(explanation.fields, key=lambda field: -abs(field.saved))
    bars = []
    for field in strongest[:SHOWN]:
        value = values.get(field.column, "")
        bars.append((f"{field.column} = {value}" if value else field.column, field.saved))
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
