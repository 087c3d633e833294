"""Upload of one file, straight to the server's disk and past the page's memory."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from app.ui import context, text

_HERE = Path(__file__).parent
_ADDRESS = "/upload"
_MEGABYTE = 1_000_000
_mount = st.components.v2.component(
    "dataset_uploader",
    html=(_HERE / "uploader.html").read_text(encoding="utf-8"),
    css=(_HERE / "uploader.css").read_text(encoding="utf-8"),
    js=(_HERE / "uploader.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Uploaded:
    """A finished upload that waits to become a data set."""

    upload_id: str
    name: str


def uploader(key: str, *, disabled: bool = False) -> None:
    """Draw the drop zone; a finished upload waits under ``key`` until it is taken."""
    limit = context.console().settings.upload_limit_mb * _MEGABYTE
    name = f"{key}-{st.session_state.get(f'{key}-count', 0)}"
    _mount(
        key=name,
        data={
            "address": _ADDRESS,
            "limit": limit,
            "disabled": disabled,
            "hint": f"With a header row, in any encoding and delimiter, up to {text.size(limit)}",
        },
        on_uploaded_change=lambda: _keep(key, name),
    )


def _keep(key: str, name: str) -> None:
    """Keep what arrived until it is dealt with, whatever else the operator clicks meanwhile."""
    arrived = st.session_state[name].get("uploaded")
    if arrived:
        st.session_state[f"{key}-waiting"] = Uploaded(arrived["upload_id"], arrived["name"])


def waiting(key: str) -> Uploaded | None:
    """Return the upload that waits."""
    found: Uploaded | None = st.session_state.get(f"{key}-waiting")
    return found


def done(key: str) -> None:
    """Forget the upload and show an empty drop zone the next time."""
    st.session_state.pop(f"{key}-waiting", None)
    st.session_state[f"{key}-count"] = st.session_state.get(f"{key}-count", 0) + 1
