"""The files of a run: download any, look at the small ones."""

from pathlib import PurePosixPath

import streamlit as st

from app.services.runs import Artifact
from app.ui import cached, html, text
from app.ui.components import layout
from app.ui.components.actions import download

PREVIEW_LIMIT = 8_000_000
PREVIEW_HEIGHT = 520
PICTURES = {".png", ".jpg", ".jpeg"}
TEXTS = {".txt", ".json", ".yaml", ".yml", ".md", ".log"}
PAGES = {".html"}


def files(run_id: str) -> None:
    """The list at the left, the chosen file at the right."""
    found = cached.artifacts(run_id)
    if not found:
        with layout.card("artifacts"):
            layout.empty("No files", "A run stores its files when it finishes.")
        return
    left, right = st.columns([2, 3])
    with left, layout.card("artifacts", height="stretch"):
        layout.title("Files", text.plural(len(found), "file"))
        with st.container(key="file-list"):
            chosen = st.radio(
                "File",
                found,
                index=_first_shown(found),
                format_func=lambda each: each.path,
                label_visibility="collapsed",
                width="stretch",
            )
    with right, layout.card("preview", height="stretch"):
        _head(chosen)
        _preview(run_id, chosen)


def _first_shown(found: list[Artifact]) -> int:
    """Position of the first picture, which says most at a glance."""
    return next((i for i, each in enumerate(found) if _kind(each) in PICTURES), 0)


def _kind(artifact: Artifact) -> str:
    """The file's suffix."""
    return PurePosixPath(artifact.path).suffix.lower()


def _head(artifact: Artifact) -> None:
    """Name, size and download."""
    with st.container(horizontal=True, vertical_alignment="center", wrap=False):
        name = PurePosixPath(artifact.path).name
        layout.title(name, text.size(artifact.size_bytes), artifact.path)
        download("Download", artifact.url, title=artifact.path)


def _preview(run_id: str, artifact: Artifact) -> None:
    """The file itself where it can be shown."""
    kind = _kind(artifact)
    if artifact.size_bytes > PREVIEW_LIMIT:
        st.caption("Too large to show here; download it.")
    elif kind in PICTURES:
        st.image(cached.artifact_bytes(run_id, artifact.path), width="content", alt=artifact.path)
    elif kind in PAGES:
        # The server sends it with a policy that keeps it from the console's own session.
        st.iframe(f"{artifact.url}?view", height=PREVIEW_HEIGHT)
    elif kind in TEXTS:
        st.code(cached.artifact_text(run_id, artifact.path), language=None, height=PREVIEW_HEIGHT)
    else:
        st.html(html.tag("div", "No preview for this kind of file.", cls="ac-sub"))
