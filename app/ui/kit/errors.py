"""Error handling of pages: what is shown in place of a part that failed, and live parts."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from html import escape
from typing import ParamSpec
from urllib.parse import urlencode
from uuid import uuid4

import streamlit as st

from app.clients.errors import Unauthorized
from app.ui.kit import context, html, text
from app.ui.kit.layout import card
from pipeline.errors import PipelineError, Unreachable

P = ParamSpec("P")

RETRY_SECONDS = 10
_log = logging.getLogger(__name__)


def notice(title: str, sentence: str, tone: html.Tone = "bad") -> None:
    """Show a title and what to do about it behind a coloured edge."""
    inner = html.tag("div", escape(title), cls="ac-title")
    inner += html.tag("div", escape(sentence), cls="ac-sub")
    st.html(html.tag("div", inner, cls=f"ac-notice ac-{tone}-edge", role="alert"))


def session_ended(sentence: str) -> None:
    """Ask the operator to sign in again and come back to the same address."""
    with card("session"):
        notice("Your session has ended", f"{sentence} Sign in again to go on.", "warn")
        back = f"/signin?{urlencode({'next': context.address()})}"
        st.html(html.tag("a", "Sign in", href=back, target="_self", cls="ac-button ac-primary"))


def service_down(part: str, service: str, sentence: str) -> None:
    """Name the service, since when it is down and what works without it; offer a retry."""
    parts = [sentence]
    known = context.console().health.check() if context.entered() else ()
    for health in known:
        if health.name == service and health.down_since:
            parts.append(f"Down since {text.exact(health.down_since, context.zone())}.")
        if health.name == service and health.still_works:
            parts.append(health.still_works)
    parts.append("This page comes back by itself.")
    with card(f"down-{part}"):
        notice(f"{part}: waiting for {service}", " ".join(parts))
        _retry(part)


def refused(part: str, sentence: str) -> None:
    """Show the reason that a service or the pipeline gave."""
    with card(f"refused-{part}"):
        notice(f"{part} could not be shown", sentence)
        _retry(part)


def unexpected(part: str, reference: str) -> None:
    """Apologise and give the reference under which the log holds the rest."""
    with card(f"unexpected-{part}"):
        notice(
            f"{part} could not be shown",
            f"Something went wrong in the console itself. The log has the details under "
            f"reference {reference}.",
        )
        _retry(part)


def _retry(part: str) -> None:
    """Offer to draw the part again."""
    if st.button("Try again", key=f"retry-{part}", icon=":material/refresh:"):
        st.rerun()


@contextmanager
def guarded(part: str) -> Iterator[None]:
    """Draw a part of a page; if it fails, show the error in its place and keep the rest.

    Parameters
    ----------
    part
        Name of the part, unique on its page and fit to be shown.
    """
    try:
        yield
    except Unauthorized as error:
        session_ended(error.message)
    except Unreachable as error:
        service_down(part, error.service, error.message)
        _retry_later()
    except PipelineError as error:
        refused(part, str(error))
    except Exception:  # noqa: BLE001 - the only broad one: the operator gets a reference to the log
        reference = uuid4().hex[:8]
        _log.exception("%s failed, reference %s", part, reference)
        unexpected(part, reference)


@contextmanager
def refusal_of(what: str) -> Iterator[list[str]]:
    """Do what the operator asked for; the list holds the reason afterwards if it was refused."""
    reasons: list[str] = []
    try:
        yield reasons
    except Unauthorized:
        raise
    except PipelineError as error:
        reasons.append(str(error))
    except Exception:  # noqa: BLE001 - as above
        reference = uuid4().hex[:8]
        _log.exception("%s failed, reference %s", what, reference)
        reasons.append(
            f"Something went wrong in the console itself; the log has it under {reference}."
        )


def _retry_later() -> None:
    """Keep trying, in a container of its own for the reason that ``live`` gives."""
    with st.container():
        _redraw_later(time.monotonic())


@st.fragment(run_every=RETRY_SECONDS)
def _redraw_later(drawn: float) -> None:
    """Draw the page again: the service may be up again."""
    if time.monotonic() - drawn >= RETRY_SECONDS / 2:
        st.rerun()


def live(part: str, seconds: float | None) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Let a part of a page refresh alone every few seconds; None draws it once.

    The part has a container of its own: when a page is drawn again while refreshes are queued,
    Streamlit drops the part for a moment, and the next part would move into its place and be
    overwritten by the next refresh. The styles know live parts by the container's key: they never
    fade while they refresh.
    """

    def wrap(draw: Callable[P, None]) -> Callable[P, None]:
        @wraps(draw)
        def drawn(*args: P.args, **kwargs: P.kwargs) -> None:
            with guarded(part):
                draw(*args, **kwargs)

        refreshed = st.fragment(drawn, run_every=seconds)

        @wraps(draw)
        def placed(*args: P.args, **kwargs: P.kwargs) -> None:
            with st.container(key=f"live-{part}"):
                refreshed(*args, **kwargs)

        return placed

    return wrap
