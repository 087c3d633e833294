"""What is said before anything of ours can be imported."""

from compose.launcher.__main__ import NEEDED, obstacle


def test_a_complete_installation_has_no_obstacle() -> None:
    """All that the stack starts is installed here."""
    assert obstacle((3, 11, 7), "posix", NEEDED) == ""


def test_an_old_python_is_named() -> None:
    """The sentence says what is needed, what was found and what to do."""
    said = obstacle((3, 10, 2), "posix", NEEDED)
    assert said == (
        "Python 3.11 or newer is needed, found 3.10.2: set PYTHON and run `make install`"
    )


def test_missing_packages_are_named_together() -> None:
    """One sentence lists all that is missing and how to get it."""
    said = obstacle((3, 12, 0), "posix", ("sys", "no_such_a", "no_such_b"))
    assert said == "not installed: no_such_a, no_such_b; run `make install`"


def test_windows_is_told_where_to_go() -> None:
    """A system without the calls that the launcher needs is refused before they are missed."""
    assert obstacle((3, 11, 0), "nt", ()).startswith("Windows is not supported: use Linux")
