"""The browser session: the operator's console, the address, the time zone and the theme."""

from typing import cast
from urllib.parse import urlencode, urlsplit

import streamlit as st

from app.services.identity import Identity
from app.wiring import Console

_CONSOLE = "console"


def enter(console: Console) -> None:
    """Keep the operator's console where the parts of a page that refresh alone find it."""
    st.session_state[_CONSOLE] = console


def entered() -> bool:
    """Tell whether an operator's console is there at all."""
    return _CONSOLE in st.session_state


def console() -> Console:
    """Return the operator's console; every full run of a page has entered it before."""
    return cast("Console", st.session_state[_CONSOLE])


def operator() -> Identity:
    """Return who is signed in."""
    return console().identity


def address() -> str:
    """Path and query of the page the browser shows."""
    parts = urlsplit(st.context.url or "/")
    query = urlencode(st.query_params.to_dict())
    return f"{parts.path or '/'}{'?' if query else ''}{query}"


def zone() -> str | None:
    """Name the browser's time zone; None before it is known."""
    return st.context.timezone


def is_dark() -> bool:
    """Tell whether the browser shows the dark theme at present."""
    return st.context.theme.type == "dark"
