"""Entry of the console's pages: who is it, which page, and draw it."""

import streamlit as st

from app import console
from app.ui import context, guard, shell
from app.web.session import COOKIE


def main() -> None:
    """Draw the page the address names, or what stands in the way."""
    shell.open_frame()
    entered = False
    with guard.guarded("The console"):
        context.enter(console.connect(st.context.cookies.get(COOKIE, "")))
        entered = True
    if entered:
        page = shell.choose_page()
        shell.account(context.operator())
        with guard.guarded(page.title):
            page.run()


main()
