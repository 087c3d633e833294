"""Upload of one file, straight to the server's disk and past the page's memory."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import streamlit as st

from app.services.datasets.types import Dataset
from app.ui.kit import context, errors, text

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


_REFUSED, _UNANNOUNCED = "refused-upload", "unannounced-upload"


def register_upload(key: str) -> Dataset | None:
    """Draw the drop zone and return the data set that an upload has just become."""
    allowed = context.operator().can_trigger
    uploader(key, disabled=not allowed)
    if not allowed:
        st.caption("Your role may look at data sets; uploading needs the role user or higher.")
    upload = waiting(key)
    registered = _register(key, upload) if upload else None
    if unannounced := st.session_state.pop(_UNANNOUNCED, None):
        errors.notice("Stored, but no retraining was started", unannounced, "warn")
    if refusal := st.session_state.get(_REFUSED):
        name, sentence = refusal
        errors.notice(f"{text.shorten(name, 60)} was not stored", sentence)
    return registered


def _register(key: str, upload: Uploaded) -> Dataset:
    """Check and store the file; a refusal is kept to be shown until the next upload."""
    registered: list[Dataset] = []
    begun = datetime.now(UTC)
    st.session_state.pop(_REFUSED, None)
    with st.status(f"Checking and storing {text.shorten(upload.name, 60)} …", expanded=True):
        st.write("Finding encoding, delimiter and column types, line by line")
        st.write("Storing the rows and a profile of each column in MLflow")
        sentence = errors.attempt(
            "Registering an upload",
            lambda: registered.append(
                context.console().datasets.register(upload.upload_id, upload.name)
            ),
        )
    done(key)
    if not registered:
        st.session_state[_REFUSED] = (upload.name, sentence)
        st.rerun()
    _announce(registered[0], begun)
    return registered[0]


def _announce(dataset: Dataset, begun: datetime) -> None:
    """Let a new data set start what waits for one; a failure is kept for the next page to show."""
    refusal = errors.attempt(
        "Announcing a data set", lambda: _note(context.console().schedule.announce(dataset, begun))
    )
    if refusal:
        st.session_state[_UNANNOUNCED] = f"{refusal} Start it on the Retrain page."


def _note(started: object) -> None:
    """Say that a retraining has begun."""
    if started:
        st.toast("A retraining on this data set has begun", icon=":material/model_training:")
