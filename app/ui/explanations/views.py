"""The explanation of a row: counterfactuals, contributions of its fields, and similar rows."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from app.services.reviews.types import ScoredRecord
from app.ui.explanations.charts import contributions
from app.ui.kit import charts, errors, html, layout, text
from app.ui.kit.context import console
from pipeline.explain.types import Counterfactual, Explanation, Field, How, NormalRow, Rarity, shown

FIRST = 8
TIMEOUT_SECONDS = 0.7
REFRESH_SECONDS = 0.5
SMALLEST_BAR = 2.0


def show(run_id: str, record: ScoredRecord, *, wide: bool = False) -> None:
    """Draw the explanation, or the row's values while it is computed."""
    with st.container(key=f"row-why-{record.key[:12]}"):
        with errors.guarded("The explanation"):
            found = console().explanations.get(run_id, record.row, TIMEOUT_SECONDS)
            if found is not None:
                _explanation(record, found, wide=wide)
                return
            _wait(run_id, record.row)
        facts = [(name, html.span(shown(value))) for name, value in record.values.items()]
        st.html(html.facts(facts, cls="ac-rows ac-wrapped"))


@errors.live("Why it stands out", REFRESH_SECONDS)
def _wait(run_id: str, row: int) -> None:
    """Redraw the page once the explanation is there."""
    if console().explanations.get(run_id, row, 0) is not None:
        st.rerun()
    waiting = html.pill("Working out why", "busy")
    waiting += html.span("The first row of a model takes a few seconds.", cls="ac-sub")
    st.html(html.tag("div", waiting, cls="ac-row", role="status"))


def _explanation(record: ScoredRecord, found: Explanation, *, wide: bool) -> None:
    """Draw counterfactuals first, then the fields, similar rows and the chart."""
    values = {name: shown(value) for name, value in record.values.items()}
    left, right = st.columns([3, 2], gap="large") if wide else (st.container(), st.container())
    with left:
        title = "Why it stands out" if found.is_anomaly else "Why it counts as normal"
        layout.title(title, splits_label(found))
        _counterfactuals(record, found, values)
        _fields(found, values)
    with right:
        _neighbours(found.neighbours, values)
        with st.expander("Contributions as a chart"):
            st.plotly_chart(
                contributions(found, values),
                key=f"contributions-{record.row}",
                config=charts.CONFIG,
            )


def _counterfactuals(record: ScoredRecord, found: Explanation, values: Mapping[str, str]) -> None:
    """Draw the single changes that would make the row normal, smallest first."""
    if not found.counterfactuals:
        return
    helps = found.counterfactuals[0].makes_normal
    title = "One change would make it normal" if helps else "No single change makes it normal"
    lead = "" if helps else html.span("The one that comes nearest: ")
    items = ""
    for each in found.counterfactuals:
        label = counterfactual_label(each, values.get(each.column, text.ABSENT), record.severity)
        items += html.tag("li", lead + html.span(label))
    inner = html.tag("div", escape(title), cls="ac-title")
    inner += html.tag("ul", items, cls="ac-counterfactuals")
    st.html(html.tag("div", inner, cls=f"ac-notice ac-{'ok' if helps else 'warn'}-edge"))


def _fields(found: Explanation, values: Mapping[str, str]) -> None:
    """Draw each field on a line, by contribution, those that the model does not use at the end."""
    layout.section("Fields by contribution")
    largest = max((abs(field.saved) for field in found.fields), default=1.0) or 1.0
    lines = [_field(field, values, largest, found.reference_rows) for field in found.fields]
    used = {field.column for field in found.fields}
    lines += [
        html.tag(
            "div",
            _name_and_value(name, value) + html.span("not used by the model", cls="ac-rarity"),
            cls="ac-field is-unused",
        )
        for name, value in values.items()
        if name not in used
    ]
    about = f"Bars: splits saved in isolating the row. Shares: of {reference_label(found)}."
    st.html(
        html.tag("div", "".join(lines[:FIRST]), cls="ac-fields")
        + _more(f"{len(lines) - FIRST} other fields", "".join(lines[FIRST:]))
        + html.tag("div", html.span(about), cls="ac-sub")
    )


def _field(field: Field, values: Mapping[str, str], largest: float, records: int) -> str:
    """Return name, value, bar and rarity of a field."""
    width = f"{max(SMALLEST_BAR, 50 * abs(field.saved) / largest):.1f}%"
    side = "is-anomalous" if field.saved > 0 else "is-normal"
    rare = " is-rare" if field.rarity.share < RARE else ""
    label = rarity_label(field.rarity, records)
    return html.tag(
        "div",
        _name_and_value(field.column, values.get(field.column, text.ABSENT))
        + html.tag("span", html.tag("i", "", style=f"width:{width}"), cls=f"ac-bar {side}")
        + html.span(f"{field.saved:+.2f}", cls="ac-num ac-saved")
        + html.span(label, cls=f"ac-rarity{rare}", title=label),
        cls="ac-field",
    )


def _name_and_value(name: str, value: str) -> str:
    return html.span(name, cls="ac-field-name", title=name) + html.span(
        value, cls="ac-field-value", title=value
    )


def _neighbours(rows: tuple[NormalRow, ...], values: Mapping[str, str]) -> None:
    """Draw the most similar normal rows."""
    if not rows:
        return
    layout.section("Nearest normal rows")
    first, *others = [_neighbour(row, values) for row in rows]
    st.html(first + _more(f"{len(others)} more", "".join(others)))


def _neighbour(row: NormalRow, values: Mapping[str, str]) -> str:
    """Return one row with the values in which the two differ."""
    alike = text.percent(1 - row.distance, 0)
    head = html.span(f"Row {row.row:,}", cls="ac-strong")
    head += html.span(f"{alike} alike, differs in {len(row.differs)}", cls="ac-sub")
    cells = "".join(
        html.tag(
            "li",
            html.span(name, cls="ac-field-name", title=name)
            + html.span(value, title=value)
            + html.span(f"here {values.get(name, text.ABSENT)}", cls="ac-sub"),
        )
        for name, value in row.differs.items()
    )
    return html.tag("div", html.tag("div", head, cls="ac-row"), cls="ac-near") + html.tag(
        "ul", cells, cls="ac-differs"
    )


def _more(label: str, inner: str) -> str:
    """Return a part that is folded at first; empty without content."""
    if not inner:
        return ""
    return html.tag("details", html.tag("summary", escape(label)) + inner, cls="ac-more")


RARE = 0.01
LABELS = {
    How.SEEN: "seen",
    How.EMPTY: "empty",
    How.AT_LEAST: "as high",
    How.AT_MOST: "as low",
    How.YEAR: "same year",
    How.MONTH: "same month",
    How.WEEKDAY: "same weekday",
    How.HOUR: "same hour",
}


def share_label(value: float, records: int) -> str:
    """Write a share with one or two significant digits: ``0.3 %``, ``0.02 %``."""
    if value <= 0:
        return f"none of {text.number(records)}"
    percent = value * 100
    digits = 0 if percent >= 10 else 1 if percent >= 0.1 else 2  # noqa: PLR2004 - readable steps
    return "< 0.01 %" if percent < 0.005 else text.percent(value, digits)  # noqa: PLR2004


def rarity_label(found: Rarity, records: int) -> str:
    """Say how rare a value is: ``seen in 0.3 %``."""
    return f"{LABELS[found.how]} in {share_label(found.share, records)}"


def splits_label(found: Explanation) -> str:
    """Compare the splits that isolate the row with a typical row and the threshold."""
    return (
        f"{text.number(found.splits, 1)} splits isolate this row. A typical one needs "
        f"{text.number(found.typical, 1)}; anomalies lie below {text.number(found.threshold, 1)}."
    )


def reference_label(found: Explanation) -> str:
    """Name the records that rarity is a share of."""
    count = text.number(found.reference_rows)
    if found.by_training:
        return f"{count} training records"
    return f"{count} rows of this file, as the training data was deleted"


def counterfactual_label(found: Counterfactual, old: str, severity: float) -> str:
    """Write a change and the severity that it leads to."""
    lowered = f"severity {text.number(severity, 1)} → {text.number(found.severity, 1)}"
    return f"{found.column}: {old} → {found.value} ({lowered})"
