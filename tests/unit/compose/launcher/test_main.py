"""The check of the installation, before any module of the launcher is imported."""

from compose.launcher.__main__ import NEEDED, obstacle


def test_complete_installation_has_no_obstacle() -> None:
    """Everything that the stack starts is installed here."""
    assert obstacle((3, 11, 7), "posix", NEEDED) == ""


def test_old_python_is_named() -> None:
    """The sentence says what is needed, what was found and what to do."""
    said = obstacle((3, 10, 2), "posix", NEEDED)
    assert said == (
        "Python 3.11 or newer is needed, found 3.10.2: set PYTHON and run `make install`"
    )


def test_missing_packages_are_named_together() -> None:
    """One sentence lists the missing packages and how to get them."""
    said = obstacle((3, 12, 0), "posix", ("sys", "no_such_a", "no_such_b"))
    assert said == "not installed: no_such_a, no_such_b; run `make install`"


def test_windows_is_refused_with_alternatives() -> None:
    """The launcher needs system calls that Windows lacks."""
    assert obstacle((3, 11, 0), "nt", ()).startswith("Windows is not supported: use Linux")
