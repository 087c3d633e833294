"""The period in single numbers: what the models say, and how the work goes."""

from collections.abc import Sequence

import streamlit as st

from app.services.trends_model import Headline
from app.ui import html, text

Figure = tuple[str, str, str]


def detection(numbers: Headline) -> None:
    """What the models say."""
    figures: list[Figure] = [
        ("Total runs", text.number(numbers.runs), "Train and score runs in this time"),
        (
            "Latest rate",
            text.percent(numbers.latest_rate, 2),
            "Anomaly rate of the newest scoring, on new data where there is any",
        ),
        (
            "Latest drift",
            text.number(numbers.latest_drift, 3),
            "Largest index of any feature: from 0.1 moderate, from 0.25 significant",
        ),
        (
            "Injected recall",
            text.percent(numbers.recall),
            "Share of deliberately corrupted rows that the newest model catches",
        ),
        (
            "Verdict precision",
            text.percent(numbers.precision),
            "Confirmed share of the judged rows, for the model that was judged last",
        ),
        (
            "Threshold",
            text.number(numbers.threshold, 4),
            "Raw score below which the newest model flags a row",
        ),
    ]
    for column, (label, value, help_text) in zip(st.columns(6), figures, strict=True):
        column.metric(label, value, help=help_text, border=True)


def operations(numbers: Headline) -> None:
    """How the work goes."""
    age = numbers.hours_since_success
    figures = [
        ("Failed runs", text.number(numbers.failed), "Cancelled ones are not counted"),
        ("Success rate", text.percent(numbers.success), "Finished / (finished + failed) runs"),
        (
            "Newest success",
            text.ABSENT if age is None else f"{text.duration(age * text.HOUR)} ago",
            "Since a run last finished, whenever that was",
        ),
        ("In progress", text.number(numbers.running), "Whenever they began"),
        ("Rows processed", text.number(numbers.rows), "That finished runs have read"),
        ("Data sets", text.number(numbers.datasets), "Different ones that runs have read"),
    ]
    st.html(html.facts(_cells(figures), cls="ac-six"))


def _cells(figures: Sequence[Figure]) -> list[tuple[str, str]]:
    return [
        (label, html.words(value, cls="ac-trend-figure", title=help_text))
        for label, value, help_text in figures
    ]
