"""Fragments of HTML in the console's own style; every text is escaped here and nowhere else."""

from collections.abc import Iterable
from html import escape

Tone = str
"""One of ``ok``, ``busy``, ``warn``, ``bad``, ``idle`` and ``accent``."""


def tag(name: str, inner: str, **attributes: str) -> str:
    """One element around ``inner``, which is HTML already; ``cls`` stands for ``class``."""
    written = "".join(
        f' {"class" if key == "cls" else key}="{escape(value)}"'
        for key, value in attributes.items()
        if value
    )
    return f"<{name}{written}>{inner}</{name}>"


def span(text: str, *, cls: str = "", title: str = "") -> str:
    """Plain text, with the whole of it or something more exact in its tooltip."""
    return tag("span", escape(text), cls=cls, title=title)


def pill(label: str, tone: Tone, title: str = "") -> str:
    """A state in a word with a coloured dot."""
    return tag("span", escape(label), cls=f"ac-pill ac-{tone}", title=title)


def link(label: str, address: str, *, title: str = "", cls: str = "ac-link") -> str:
    """A link out of the console, in a tab of its own."""
    inner = escape(label) + tag("span", "↗", cls="ac-out")
    return tag("a", inner, href=address, target="_blank", rel="noopener", title=title, cls=cls)


def facts(items: Iterable[tuple[str, str]], *, cls: str = "") -> str:
    """Names and values in a grid that fills the width; a value is HTML already."""
    cells = "".join(tag("div", tag("dt", escape(name)) + tag("dd", value)) for name, value in items)
    return tag("dl", cells, cls=f"ac-facts {cls}".strip())
