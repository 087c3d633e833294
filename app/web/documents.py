"""Small HTML pages of the console, each with a strict content security policy."""

import secrets
from functools import cache
from html import escape
from pathlib import Path
from string import Template

from starlette.responses import HTMLResponse

TEMPLATES = Path(__file__).parent / "templates"


def document(name: str, status: int, **values: str) -> HTMLResponse:
    """Fill a template; every value is escaped."""
    nonce = secrets.token_urlsafe(16)
    filled = {key: escape(value) for key, value in values.items()}
    body = _template(name).substitute(filled, nonce=nonce, style=_text("style.css"))
    headers = {"Content-Security-Policy": _policy(nonce), "Cache-Control": "no-store"}
    return HTMLResponse(body, status, headers)


def _policy(nonce: str) -> str:
    return (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "img-src 'self' data:; font-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    )


@cache
def _template(name: str) -> Template:
    return Template(_text(f"{name}.html"))


@cache
def _text(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
