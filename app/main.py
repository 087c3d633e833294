"""Streamlit entry point: authenticate, pick the page, render it."""

import streamlit as st

from app import wiring
from app.ui.kit import context, errors, shell
from app.web.session import COOKIE

FORMER_NAMES = {"versus": "models", "tidy": "operation", "tidied": "done", "lane": "heatmap"}
"""What addresses of earlier versions call something else."""


def accept_former_names() -> None:
    """Give the parts of an old address, such as a bookmark, the names of today."""
    for former, name in FORMER_NAMES.items():
        if former in st.query_params:
            st.query_params[name] = st.query_params.pop(former)


def main() -> None:
    """Render the page of the address, or say why it cannot be rendered."""
    accept_former_names()
    shell.open_frame()
    entered = False
    with errors.guarded("The console"):
        context.enter(wiring.connect(st.context.cookies.get(COOKIE, "")))
        entered = True
    if entered:
        page = shell.choose_page()
        shell.account(context.operator())
        with errors.guarded(page.title):
            page.run()


main()
