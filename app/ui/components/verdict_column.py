"""What was said of the rows of a table, as a column of words."""

import contextlib
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import streamlit as st

from app.clients.errors import ServiceError
from app.services.reviews import Verdict, in_force, keys_of
from app.ui import review_questions
from app.ui.components.verdict_words import LABELS

NAME = "Verdict"
COLOURS = {
    Verdict.CONFIRMED: "#c8322b55",
    Verdict.FALSE_ALARM: "#1f8a5b55",
    Verdict.UNSURE: "#7b8a9355",
}


def words(rows: pa.Table, own: Sequence[str]) -> list[list[str]]:
    """Return the verdict in force on each row, in a list that is empty where there is none.

    Parameters
    ----------
    own
        The operator's columns, which must be all there: a record is known by its whole content.
    """
    keys = keys_of(rows.select(list(own)))
    found = {}
    # A table without verdicts is better than none while the database does not answer.
    with contextlib.suppress(ServiceError):
        found = review_questions.history(tuple(keys))
    standing = [in_force(found.get(key, [])) for key in keys]
    return [[LABELS[Verdict(each.verdict)]] if each else [] for each in standing]


def config() -> Any:  # noqa: ANN401 - untyped upstream
    """How the column is shown."""
    return st.column_config.MultiselectColumn(
        NAME,
        width=100,
        options=list(LABELS.values()),
        color=[COLOURS[verdict] for verdict in LABELS],
        help="What reviewers said of the record, in this run or another",
    )
