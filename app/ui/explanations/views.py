"""Why a row was scored as it was: what would make it normal, its fields, and rows like it."""

from collections.abc import Mapping
from html import escape

import streamlit as st

from app.services.reviews.types import ScoredRecord
from app.ui.explanations import charts as explanations_charts
from app.ui.kit import charts, context, errors, html, layout, text
from pipeline.explain.types import Explanation, Field, How, NormalRow, Rarity, SingleChange, shown

FIRST = 8
PATIENCE_SECONDS = 0.7
ASK_AGAIN_SECONDS = 0.5
SMALLEST_BAR = 2.0


def show(run_id: str, record: ScoredRecord, *, wide: bool = False) -> None:
    """Draw the explanation, or the row alone with a place that waits for it."""
    with st.container(key=f"row-why-{record.key[:12]}"):
        with errors.guarded("The explanation"):
            found = context.console().explanations.of(run_id, record.row, PATIENCE_SECONDS)
            if found is not None:
                explained(record, found, wide=wide)
                return
            _await(run_id, record.row)
        plain(record)


@errors.live("Why it stands out", ASK_AGAIN_SECONDS)
def _await(run_id: str, row: int) -> None:
    """Say what is going on, and draw the page anew once the explanation is there."""
    if context.console().explanations.of(run_id, row, 0) is not None:
        st.rerun()
    waiting = html.pill("Working out why", "busy")
    waiting += html.words("The first row of a model takes a few seconds.", cls="ac-sub")
    st.html(html.tag("div", waiting, cls="ac-row", role="status"))


def explained(record: ScoredRecord, found: Explanation, *, wide: bool) -> None:
    """Critical things first: what stands out, what would mend it, then every field."""
    values = {name: shown(value) for name, value in record.values.items()}
    left, right = st.columns([3, 2], gap="large") if wide else (st.container(), st.container())
    with left:
        title = "Why it stands out" if found.is_anomaly else "Why it counts as normal"
        layout.title(title, place(found))
        _changes(record, found, values)
        _fields(found, values)
    with right:
        _neighbours(found.neighbours, values)
        _chart(record, found, values)


def _chart(record: ScoredRecord, found: Explanation, values: Mapping[str, str]) -> None:
    """The same contributions to be saved as a picture."""
    with st.expander("Contributions as a chart"):
        st.plotly_chart(
            explanations_charts.figure(found, values),
            key=f"contributions-{record.row}",
            config=charts.CONFIG,
        )


def plain(record: ScoredRecord) -> None:
    """Every field as it came."""
    facts = [(name, html.words(shown(value))) for name, value in record.values.items()]
    st.html(html.facts(facts, cls="ac-rows ac-wrapped"))


def _changes(record: ScoredRecord, found: Explanation, values: Mapping[str, str]) -> None:
    """The single changes that would make the row normal, smallest first."""
    if not found.changes:
        return
    helps = found.changes[0].makes_normal
    title = "One change would make it normal" if helps else "No single change makes it normal"
    lines = [
        change_sentence(change, values.get(change.column, text.ABSENT), record.severity)
        for change in found.changes
    ]
    lead = "" if helps else html.words("The one that comes nearest: ")
    items = "".join(html.tag("li", lead + html.words(line)) for line in lines)
    inner = html.tag("div", escape(title), cls="ac-title")
    inner += html.tag("ul", items, cls="ac-changes")
    tone = "ok" if helps else "warn"
    st.html(html.tag("div", inner, cls=f"ac-notice ac-{tone}-edge"))


def _fields(found: Explanation, values: Mapping[str, str]) -> None:
    """Every field by contribution: name, value, bar and how rare the value is."""
    layout.section("Fields by contribution")
    largest = max((abs(field.saved) for field in found.fields), default=1.0) or 1.0
    lines = [_field(field, values, largest, found.reference_rows) for field in found.fields]
    explained_columns = {field.column for field in found.fields}
    lines += [_unused(name, values[name]) for name in values if name not in explained_columns]
    st.html(
        html.tag("div", "".join(lines[:FIRST]), cls="ac-fields")
        + _more(f"{len(lines) - FIRST} other fields", "".join(lines[FIRST:]))
        + html.tag(
            "div",
            html.words(f"Bars: splits saved in isolating the row. Shares: of {shares_of(found)}."),
            cls="ac-sub",
        )
    )


def _field(field: Field, values: Mapping[str, str], largest: float, records: int) -> str:
    """One field on a line."""
    width = f"{max(SMALLEST_BAR, 50 * abs(field.saved) / largest):.1f}%"
    side = "is-odd" if field.saved > 0 else "is-calm"
    bar = html.tag("i", "", style=f"width:{width}")
    rare = " is-rare" if field.rarity.share < RARE else ""
    words = rarity(field.rarity, records)
    return html.tag(
        "div",
        _name_and_value(field.column, values.get(field.column, text.ABSENT))
        + html.tag("span", bar, cls=f"ac-bar {side}")
        + html.words(f"{field.saved:+.2f}", cls="ac-num ac-saved")
        + html.words(words, cls=f"ac-rarity{rare}", title=words),
        cls="ac-field",
    )


def _unused(name: str, value: str) -> str:
    """A field that the model does not look at."""
    return html.tag(
        "div",
        _name_and_value(name, value) + html.words("not used by the model", cls="ac-rarity"),
        cls="ac-field is-unused",
    )


def _name_and_value(name: str, value: str) -> str:
    return html.words(name, cls="ac-field-name", title=name) + html.words(
        value, cls="ac-field-value", title=value
    )


def _neighbours(rows: tuple[NormalRow, ...], values: Mapping[str, str]) -> None:
    """Normal rows that resemble it, and where they differ."""
    if not rows:
        return
    layout.section("Nearest normal rows")
    first, *others = [_neighbour(row, values) for row in rows]
    st.html(first + _more(f"{len(others)} more", "".join(others)))


def _neighbour(row: NormalRow, values: Mapping[str, str]) -> str:
    """One row with the values that set the two apart."""
    alike = text.percent(1 - row.distance, 0)
    head = html.words(f"Row {row.row:,}", cls="ac-strong")
    head += html.words(f"{alike} alike, differs in {len(row.differs)}", cls="ac-sub")
    cells = "".join(
        html.tag(
            "li",
            html.words(name, cls="ac-field-name", title=name)
            + html.words(value, title=value)
            + html.words(f"here {values.get(name, text.ABSENT)}", cls="ac-sub"),
        )
        for name, value in row.differs.items()
    )
    return html.tag("div", html.tag("div", head, cls="ac-row"), cls="ac-near") + html.tag(
        "ul", cells, cls="ac-differs"
    )


def _more(label: str, inner: str) -> str:
    """What is folded away until asked for."""
    if not inner:
        return ""
    return html.tag("details", html.tag("summary", escape(label)) + inner, cls="ac-more")


RARE = 0.01
PARTS = {
    How.YEAR: "year",
    How.MONTH: "month",
    How.WEEKDAY: "weekday",
    How.HOUR: "hour",
}


def share(value: float, records: int) -> str:
    """A share with as many digits as it has meaning: ``0.3 %``, ``0.02 %``."""
    if value <= 0:
        return f"none of {text.number(records)}"
    percent = value * 100
    digits = 0 if percent >= 10 else 1 if percent >= 0.1 else 2  # noqa: PLR2004 - readable steps
    return "< 0.01 %" if percent < 0.005 else text.percent(value, digits)  # noqa: PLR2004


def rarity(found: Rarity, records: int) -> str:
    """How rare a value is, in words: ``seen in 0.3 %``."""
    part = share(found.share, records)
    match found.how:
        case How.SEEN:
            return f"seen in {part}"
        case How.EMPTY:
            return f"empty in {part}"
        case How.AT_LEAST:
            return f"as high in {part}"
        case How.AT_MOST:
            return f"as low in {part}"
    return f"same {PARTS[found.how]} in {part}"


def place(found: Explanation) -> str:
    """Where the row lies between typical rows and the threshold."""
    return (
        f"{text.number(found.splits, 1)} splits isolate this row. A typical one needs "
        f"{text.number(found.typical, 1)}; anomalies lie below {text.number(found.threshold, 1)}."
    )


def shares_of(found: Explanation) -> str:
    """What the rarities are shares of."""
    count = text.number(found.reference_rows)
    if found.by_training:
        return f"{count} training records"
    return f"{count} rows of this file, as the training data was deleted"


def change_sentence(found: SingleChange, old: str, severity: float) -> str:
    """One change with what comes of it."""
    lowered = f"severity {text.number(severity, 1)} → {text.number(found.severity, 1)}"
    return f"{found.column}: {old} → {found.value} ({lowered})"
