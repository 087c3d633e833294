"""The one place where a failure becomes something an operator can read and act on."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import uuid4

import streamlit as st

from app.clients.errors import ServiceError, Unauthorized, Unreachable
from app.ui.components import failures
from pipeline.errors import PipelineError
from pipeline.errors import Unreachable as TrackingUnreachable

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
        failures.session_ended(error.message)
    except Unreachable as error:
        failures.service_down(part, error.service, error.message)
        _retry_later()
    except TrackingUnreachable as error:
        failures.service_down(part, "MLflow", str(error))
        _retry_later()
    except (ServiceError, PipelineError) as error:
        failures.refused(part, str(error))
    except Exception:  # noqa: BLE001 - the only broad one: the operator gets a reference to the log
        reference = uuid4().hex[:8]
        _log.exception("%s failed, reference %s", part, reference)
        failures.unexpected(part, reference)


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
