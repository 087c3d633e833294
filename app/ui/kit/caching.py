"""A question to the operator's console whose answer is kept for a while."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, Generic, ParamSpec, TypeVar

import streamlit as st

from app.ui.kit import context
from app.wiring import Console

P = ParamSpec("P")
R = TypeVar("R")


class Question(Generic[P, R]):
    """A question to the operator's console whose answer is kept for ``ttl`` seconds."""

    def __init__(self, ask: Callable[Concatenate[Console, P], R], ttl: int, entries: int) -> None:
        def answer(operator: str, _console: Console, *args: P.args, **kwargs: P.kwargs) -> R:
            del operator  # part of the key: an answer is one operator's own
            return ask(_console, *args, **kwargs)

        # Streamlit tells cached functions apart by these names, and all answers are one closure.
        answer.__module__, answer.__qualname__ = ask.__module__, ask.__qualname__
        keep = st.cache_data(ttl=ttl, max_entries=entries, show_spinner=False)
        self._answer = keep(answer)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Ask, or give the answer that is still good."""
        console = context.console()
        return self._answer(console.identity.username, console, *args, **kwargs)

    def forget(self) -> None:
        """Ask anew the next time, because the operator just changed the answer."""
        self._answer.clear()


@dataclass(frozen=True)
class question:  # noqa: N801 - reads as the decorator it is
    """Turn a function of the console into a question that is cached per operator."""

    ttl: int
    entries: int = 200

    def __call__(self, ask: Callable[Concatenate[Console, P], R]) -> Question[P, R]:
        """Wrap ``ask``."""
        return Question(ask, self.ttl, self.entries)
