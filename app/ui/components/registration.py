"""From an upload to a data set, with its phases named and its refusal explained."""

from datetime import UTC, datetime

import streamlit as st

from app.services.datasets import Dataset
from app.ui import cached, context, guard, text
from app.ui.components import failures, uploader

_REFUSED, _UNANNOUNCED = "refused-upload", "unannounced-upload"


def register_upload(key: str) -> Dataset | None:
    """Draw the drop zone and return the data set that an upload has just become."""
    allowed = context.operator().can_trigger
    uploader.uploader(key, disabled=not allowed)
    if not allowed:
        st.caption("Your role may look at data sets; uploading needs the role user or higher.")
    upload = uploader.waiting(key)
    registered = _register(key, upload) if upload else None
    if unannounced := st.session_state.pop(_UNANNOUNCED, None):
        failures.notice("Stored, but no retraining was started", unannounced, "warn")
    if refusal := st.session_state.get(_REFUSED):
        name, sentence = refusal
        failures.notice(f"{text.shorten(name, 60)} was not stored", sentence)
    return registered


def _register(key: str, upload: uploader.Uploaded) -> Dataset:
    """Check and store the file; a refusal is kept to be shown until the next upload."""
    registered: list[Dataset] = []
    begun = datetime.now(UTC)
    st.session_state.pop(_REFUSED, None)
    with st.status(f"Checking and storing {text.shorten(upload.name, 60)} …", expanded=True):
        st.write("Finding encoding, delimiter and column types, line by line")
        st.write("Storing the rows and a profile of each column in MLflow")
        sentence = guard.attempt(
            "Registering an upload",
            lambda: registered.append(
                context.console().datasets.register(upload.upload_id, upload.name)
            ),
        )
    uploader.done(key)
    if not registered:
        st.session_state[_REFUSED] = (upload.name, sentence)
        st.rerun()
    cached.datasets.forget()
    _announce(registered[0], begun)
    return registered[0]


def _announce(dataset: Dataset, begun: datetime) -> None:
    """Let a new data set start what waits for one; a failure is kept for the next page to show."""
    refusal = guard.attempt(
        "Announcing a data set", lambda: _note(context.console().schedule.announce(dataset, begun))
    )
    if refusal:
        st.session_state[_UNANNOUNCED] = f"{refusal} Start it on the Retrain page."


def _note(started: object) -> None:
    """Say that a retraining has begun."""
    if started:
        cached.jobs.forget()
        st.toast("A retraining on this data set has begun", icon=":material/model_training:")
