"""What is shown in place of a part that could not be drawn."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from html import escape
from typing import ParamSpec, TypeVar
from urllib.parse import urlencode
from uuid import uuid4

import streamlit as st

from app.clients.errors import ServiceError, Unauthorized, Unreachable
from app.services.system.service import ServiceHealth
from app.ui.kit import context, html, text
from app.ui.kit.layout import card
from pipeline.errors import PipelineError
from pipeline.errors import Unreachable as TrackingUnreachable


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
    known = context.console().health.check() if context.entered() else ()
    health = next((each for each in known if each.name == service), None)
    with card(f"down-{part}"):
        notice(f"{part}: waiting for {service}", _since(sentence, health))
        _retry(part)


def _since(sentence: str, health: ServiceHealth | None) -> str:
    """Add to the sentence what the health check knows."""
    parts = [sentence]
    if health and health.down_since:
        parts.append(f"Down since {text.exact(health.down_since, context.zone())}.")
    if health and health.still_works:
        parts.append(health.still_works)
    parts.append("This page comes back by itself.")
    return " ".join(parts)


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


P = ParamSpec("P")
R = TypeVar("R")

COME_BACK_SECONDS = 10
_log = logging.getLogger(__name__)


@contextmanager
def guarded(part: str) -> Iterator[None]:
    """Draw a part of a page; should it fail, say so in its place and keep the rest of the page.

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
    except TrackingUnreachable as error:
        service_down(part, "MLflow", str(error))
        _retry_later()
    except (ServiceError, PipelineError) as error:
        refused(part, str(error))
    except Exception:  # noqa: BLE001 - the only broad one: the operator gets a reference to the log
        reference = uuid4().hex[:8]
        _log.exception("%s failed, reference %s", part, reference)
        unexpected(part, reference)


def attempt(what: str, do: Callable[[], None]) -> str:
    """Do what the operator asked for; return why it was refused, or nothing when it was done."""
    try:
        do()
    except Unauthorized:
        raise
    except (ServiceError, PipelineError) as error:
        return str(error)
    except Exception:  # noqa: BLE001 - as above
        reference = uuid4().hex[:8]
        _log.exception("%s failed, reference %s", what, reference)
        return f"Something went wrong in the console itself; the log has it under {reference}."
    return ""


def _retry_later() -> None:
    """Keep trying, from a place of its own for the reason that ``live`` gives."""
    with st.container():
        _come_back(time.monotonic())


@st.fragment(run_every=COME_BACK_SECONDS)
def _come_back(drawn: float) -> None:
    """Draw the page again by itself, since what is down may be back."""
    if time.monotonic() - drawn >= COME_BACK_SECONDS / 2:
        st.rerun()


def live(part: str, seconds: float | None) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Let a part of a page refresh alone every few seconds; None draws it once.

    The part stands in a container that the page draws: when a page is drawn anew while refreshes
    wait in line, Streamlit drops the part for a moment, and whatever came after it would move up
    into its place and be overwritten by the next refresh. The container's name is what the styles
    know live parts by: they never fade while they refresh.
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
