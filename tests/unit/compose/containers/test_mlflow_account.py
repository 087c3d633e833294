"""The account of console and tasks at MLflow."""

import httpx
import pytest

from compose.containers.mlflow_account import create

USERS = "/api/2.0/mlflow/users"
EXISTS = (400, {"error_code": "RESOURCE_ALREADY_EXISTS"})


def made(web) -> str:
    """Ask for the account."""
    return create(web.url, ("admin", "strong"), "console", "secret")


def test_a_new_server_gets_the_account(web) -> None:
    """By its administrator."""
    web.answers[f"POST {USERS}/create"] = (200, {})
    assert "was made" in made(web)
    assert web.asked == [
        (f"POST {USERS}/create", {"username": "console", "password": "secret"}),
    ]


def test_an_account_with_that_password_is_left_alone(web) -> None:
    """At every later start."""
    web.answers[f"POST {USERS}/create"] = EXISTS
    web.answers[f"GET {USERS}/get"] = (200, {})
    assert "is there" in made(web)


def test_a_password_that_was_changed_is_set(web) -> None:
    """In `.env` it is changed, so the server has to follow."""
    web.answers[f"POST {USERS}/create"] = EXISTS
    web.answers[f"GET {USERS}/get"] = (401, {})
    web.answers[f"PATCH {USERS}/update-password"] = (200, {})
    assert "new password" in made(web)
    assert web.asked[-1] == (
        f"PATCH {USERS}/update-password",
        {"username": "console", "password": "secret"},
    )


def test_a_refusal_is_an_error(web) -> None:
    """The container ends with it, and nothing starts on top."""
    web.answers[f"POST {USERS}/create"] = (401, {})
    with pytest.raises(httpx.HTTPStatusError):
        made(web)
