"""Streamlit entry point: authenticate, pick the page, render it."""

import streamlit as st

from app import wiring
from app.ui.kit import context, errors, shell
from app.web.session import COOKIE


def main() -> None:
    """Render the page of the address, or say why it cannot be rendered."""
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
