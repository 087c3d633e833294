"""The frame around every page: title, logo, styles, navigation and the signed-in account."""

from pathlib import Path

import streamlit as st

from app.services.identity import Identity
from app.ui.kit import context, html, navigation

PRODUCT = "Anomaly Console"
_STYLES = Path(__file__).with_name("theme.css")
_STATIC = Path(__file__).parents[2] / "static"

ROLES = {
    "viewer": "Viewer: may look at everything, may not trigger",
    "user": "User: may trigger, cancel and retry",
    "op": "Operator: may trigger, cancel and retry",
    "admin": "Administrator",
}


def open_frame() -> None:
    """Set the page configuration, styles and logo, signed in or not."""
    st.set_page_config(page_title=PRODUCT, page_icon=str(_STATIC / "favicon.png"), layout="wide")
    st.html(_STYLES)
    theme = "dark" if context.is_dark() else "light"
    st.logo(str(_STATIC / f"logo-{theme}.svg"), icon_image=str(_STATIC / "mark.svg"), size="large")


def choose_page() -> st.Page:
    """List the pages and return the one the address names."""
    page = st.navigation(navigation.sections(), expanded=True)
    st.set_page_config(page_title=f"{page.title} · {PRODUCT}")
    return page


def account(identity: Identity) -> None:
    """Show the account, its role, and the link to sign out."""
    initial = html.span(identity.username[:1].upper(), cls="ac-avatar")
    name = html.span(identity.username, cls="ac-cut ac-title", title=identity.username)
    role = html.span(
        ROLES.get(identity.role, identity.role).split(":")[0],
        cls="ac-sub",
        title=ROLES.get(identity.role, ""),
    )
    out = html.tag("a", "Sign out", href="/signout", target="_self")
    person = html.tag("div", name + role, cls="ac-account-name")
    st.sidebar.html(html.tag("div", initial + person + out, cls="ac-account"))
