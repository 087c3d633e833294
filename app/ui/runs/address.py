"""What the list of runs shows is in the page's address: conditions, place, and the ticked runs."""

import re
from typing import NoReturn

import streamlit as st

from app.clients.errors import Rejected
from app.services.runs.queries import Condition, parse

WHERE, PLACE, PICKED = "where", "at", "picked"
RUN, COMPARE, VERSUS, ON = "run", "compare", "versus", "on"
RUN_ID = re.compile(r"[0-9a-f]{32}")
MOST_CONDITIONS = 8


def show(**query: str) -> NoReturn:
    """Open one run or some beside each other; the list's own part of the address stays."""
    for name in (RUN, COMPARE, VERSUS, ON):
        place(name, query.get(name, ""))
    st.rerun()


def back(picked: tuple[str, ...] = ()) -> NoReturn:
    """Return to the list as it was, with some runs ticked."""
    if picked:
        pick(picked)
    show()


def conditions() -> tuple[list[Condition], list[str]]:
    """Read the conditions, and why what anyone else may have typed there is none."""
    found, refused = [], []
    for text in dict.fromkeys(st.query_params.get_all(WHERE)):
        try:
            found.append(parse(text))
        except Rejected as error:
            refused.append(error.message)
    return found, refused


def add(condition: Condition) -> None:
    """Put a condition into the address; raises Rejected when there are too many."""
    held, _ = conditions()
    if len(held) >= MOST_CONDITIONS:
        raise Rejected("console", f"{MOST_CONDITIONS} conditions are the most; drop one first.")
    keep([*held, condition])


def keep(chosen: list[Condition]) -> None:
    """Leave these conditions alone in the address; the list begins at its first page."""
    st.query_params[WHERE] = list(dict.fromkeys(map(str, chosen)))
    if not chosen:
        st.query_params.pop(WHERE, None)
    first_page()


def narrow_to(name: str, value: str) -> None:
    """Put a choice into the address; the list begins at its first page."""
    place(name, value)
    first_page()


def place(name: str, value: str) -> None:
    """Put a value into the address; empty is none."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def offset() -> int:
    """Read how many runs stand before the first one shown."""
    text = st.query_params.get(PLACE, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004 - digits


def turn_to(begin: int) -> None:
    """Begin the page at a place in the list."""
    place(PLACE, str(begin) if begin > 0 else "")


def first_page() -> None:
    """Another list begins at its first page."""
    st.query_params.pop(PLACE, None)


def ids(name: str) -> tuple[str, ...]:
    """Read run ids from the address, each once and in order."""
    texts = ",".join(st.query_params.get_all(name)).split(",")
    return tuple(dict.fromkeys(text for text in texts if RUN_ID.fullmatch(text)))


def pick(run_ids: tuple[str, ...]) -> None:
    """Keep the ticked runs in the address, so that other pages of the list leave them ticked."""
    if run_ids != ids(PICKED):
        place(PICKED, ",".join(run_ids))
