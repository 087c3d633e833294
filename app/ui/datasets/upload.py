"""Upload widget: the browser sends the file to the upload route, not through the page."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import streamlit as st

from app.services.datasets.types import Dataset
from app.ui.kit import context, errors, text

_HERE = Path(__file__).parent
_ADDRESS = "/upload"
_MEGABYTE = 1_000_000
_REFUSED, _UNANNOUNCED = "refused-upload", "unannounced-upload"
_mount = st.components.v2.component(
    "dataset_uploader",
    html=(_HERE / "uploader.html").read_text(encoding="utf-8"),
    css=(_HERE / "uploader.css").read_text(encoding="utf-8"),
    js=(_HERE / "uploader.js").read_text(encoding="utf-8"),
)


def uploader(key: str, *, disabled: bool = False) -> None:
    """Draw the drop zone; a finished upload is kept under ``key`` until it is registered."""
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
    """Keep the finished upload until it is registered, whatever else is clicked meanwhile."""
    if arrived := st.session_state[name].get("uploaded"):
        st.session_state[f"{key}-waiting"] = arrived


def clear(key: str) -> None:
    """Forget the upload, and show an empty drop zone the next time."""
    st.session_state.pop(f"{key}-waiting", None)
    st.session_state[f"{key}-count"] = st.session_state.get(f"{key}-count", 0) + 1


def register_upload(key: str) -> Dataset | None:
    """Draw the drop zone and return the data set that an upload has just become."""
    allowed = context.operator().can_trigger
    uploader(key, disabled=not allowed)
    if not allowed:
        st.caption("Your role may look at data sets; uploading needs the role user or higher.")
    upload = st.session_state.get(f"{key}-waiting")
    registered = _register(key, upload) if upload else None
    if unannounced := st.session_state.pop(_UNANNOUNCED, None):
        errors.notice("Stored, but no retraining was started", unannounced, "warn")
    if refusal := st.session_state.get(_REFUSED):
        name, sentence = refusal
        errors.notice(f"{text.shorten(name, 60)} was not stored", sentence)
    return registered


def _register(key: str, upload: dict[str, Any]) -> Dataset:
    """Check and store the file; a refusal is kept to be shown until the next upload."""
    begun = datetime.now(UTC)
    st.session_state.pop(_REFUSED, None)
    with st.status(f"Checking and storing {text.shorten(upload['name'], 60)} …", expanded=True):
        st.write("Finding encoding, delimiter and column types, line by line")
        st.write("Storing the rows and a profile of each column in MLflow")
        with errors.refusal_of("Registering an upload") as reasons:
            dataset = context.console().datasets.register(upload["upload_id"])
    clear(key)
    if reasons:
        st.session_state[_REFUSED] = (upload["name"], reasons[0])
        st.rerun()
    with errors.refusal_of("Announcing a data set") as reasons:
        if context.console().schedule.announce(dataset, begun):
            st.toast("A retraining on this data set has begun", icon=":material/model_training:")
    if reasons:
        st.session_state[_UNANNOUNCED] = f"{reasons[0]} Start it on the Retrain page."
    return dataset
