"""The address of the list of runs: conditions, page and ticked runs, or the run that is open."""

from typing import NoReturn

import streamlit as st

from app.services.filters import Filter
from app.services.runs.queries import parse_condition
from app.ui.comparison.address import TICKED
from app.ui.kit.address import FILTER, change, put, put_filters, run_ids
from pipeline.errors import Rejected

RUN, OFFSET = "run", "at"
OLD_CONDITION = "where"
"""Name of conditions in addresses of earlier versions."""

MOST_CONDITIONS = 8


def show(run_id: str) -> NoReturn:
    """Open a run; without an id, return to the list as it was."""
    change(**{RUN: run_id})


def tick(ticked: tuple[str, ...]) -> None:
    """Keep ticked runs in the address, so that they stay ticked on other pages of the list."""
    if ticked != run_ids(TICKED):
        put(TICKED, ",".join(ticked))


def first_page() -> None:
    """Return to the first page, because the list is another one."""
    put(OFFSET, "")


def conditions() -> tuple[list[Filter], list[str]]:
    """Read the conditions, and why those that cannot be used are none."""
    found, refused = [], []
    texts = [*st.query_params.get_all(FILTER), *st.query_params.get_all(OLD_CONDITION)]
    for text in dict.fromkeys(texts):
        try:
            found.append(parse_condition(text))
        except Rejected as error:
            refused.append(error.message)
    return found, refused


def put_conditions(chosen: list[Filter]) -> None:
    """Replace the conditions; raises Rejected when there are too many."""
    if len(chosen) > MOST_CONDITIONS:
        raise Rejected("console", f"{MOST_CONDITIONS} conditions are the most; drop one first.")
    put_filters(chosen)
    put(OLD_CONDITION, "")
    first_page()
