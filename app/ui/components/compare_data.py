"""The data sets that compared runs saw: trained on by their models, or scored."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from app.services.datasets import Dataset
from app.services.run_compare import Comparison
from app.ui import cached, context, html, text
from app.ui.components import compare_table, layout

HEADINGS = ("Data set", "Trained on it", "Scored it", "Rows", "Columns", "SHA-256", "Uploaded")


def show(found: Comparison) -> None:
    """One line for each data set."""
    seen = found.datasets
    layout.title("Data sets they saw", "The same bytes are one data set.")
    if not seen:
        st.caption("None of these runs names its data set.")
        return
    known = {each.dataset_id: each for each in cached.datasets()}
    rows = [_row(each, known.get(each), seen[each]) for each in seen]
    head = html.tag("tr", "".join(html.tag("th", escape(each)) for each in HEADINGS))
    table = html.tag("table", html.tag("thead", head) + html.tag("tbody", "".join(rows)))
    st.html(html.tag("div", table, cls="ac-compare", tabindex="0"))


def _row(dataset_id: str, dataset: Dataset | None, used: tuple[Sequence[int], ...]) -> str:
    name = dataset.name if dataset else dataset_id
    link = html.tag(
        "a",
        escape(name),
        href=f"/data?dataset={dataset_id}",
        target="_self",
        cls="ac-link ac-cut",
        title=name,
    )
    cells = ["".join(map(compare_table.badge, places)) or text.ABSENT for places in used]
    cells += [html.words(each) for each in _facts(dataset)]
    return html.tag("tr", html.tag("th", link) + "".join(html.tag("td", each) for each in cells))


def _facts(dataset: Dataset | None) -> Sequence[str]:
    if dataset is None:
        return [text.ABSENT] * 4
    return [
        text.number(dataset.rows),
        text.number(dataset.columns),
        dataset.sha256[:12],
        text.minute(dataset.created, context.zone()),
    ]
