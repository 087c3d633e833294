"""The address of a page holds what the page shows; these functions read and change it.

A name means the same on every page: ``run``, ``dataset`` and ``model`` are ids, ``from`` and
``to`` are days, ``f`` holds one filter each time it stands there.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NoReturn

import streamlit as st

from app.services.filters import Filter, parse_all

FILTER = "f"
RUN_ID = re.compile(r"[0-9a-f]{32}")
MOST_DIGITS = 9


def get(name: str) -> str:
    """Return a value of the address; empty where it has none."""
    return st.query_params.get(name, "")


def put(name: str, value: str) -> None:
    """Put a value into the address; an empty one is taken out."""
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def change(**query: str) -> NoReturn:
    """Put values into the address, take empty ones out, and draw the page of the new address."""
    for name, value in query.items():
        put(name, value)
    st.rerun()


def number(name: str) -> int | None:
    """Read a whole number, 0 or more; None where there is none."""
    text = get(name)
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None


def run_ids(name: str) -> tuple[str, ...]:
    """Read run ids, each once and in order."""
    texts = ",".join(st.query_params.get_all(name)).split(",")
    return tuple(dict.fromkeys(text for text in texts if RUN_ID.fullmatch(text)))


def filters() -> tuple[Filter, ...]:
    """Read the filters; what is none is left out, since anyone can type an address."""
    return parse_all(st.query_params.get_all(FILTER))


def put_filters(chosen: Iterable[Filter]) -> None:
    """Put these filters into the address in place of those it has."""
    texts = [each.to_text() for each in dict.fromkeys(chosen)]
    st.query_params[FILTER] = texts
    if not texts:
        st.query_params.pop(FILTER, None)


def switch(label: str, options: Sequence[str], name: str, *, help: str | None = None) -> str:  # noqa: A002
    """Draw a segmented control whose choice is in the address; the first option is the default."""
    return str(
        st.segmented_control(
            label,
            options,
            default=options[0],
            required=True,
            key=name,
            bind="query-params",
            label_visibility="collapsed",
            help=help,
        )
    )


def choice(
    label: str,
    name: str,
    options: Mapping[str, str],
    everything: str,
    *,
    help: str | None = None,  # noqa: A002 - as Streamlit calls it
    on_change: Callable[[], None] | None = None,
) -> str:
    """Draw a select box whose id is in the address; empty stands for ``everything``.

    An id of the address that ``options`` lacks can be chosen all the same.
    """
    asked = get(name)
    labels = {"": everything, **({asked: asked} if asked else {}), **options}
    key = f"{name}-{asked}"

    def changed() -> None:
        put(name, st.session_state[key])
        if on_change:
            on_change()

    return st.selectbox(
        label,
        list(labels),
        index=list(labels).index(asked),
        format_func=lambda each: labels.get(each, each),
        key=key,
        on_change=changed,
        help=help,
    )
