"""The file of secrets that the containers start with."""

import re
import stat
import subprocess
import sys
from pathlib import Path

from compose.containers.dotenv import EXAMPLE, SECRETS, filled, main
from compose.launcher.layout import REPOSITORY


def values(text: str) -> dict[str, str]:
    """Return what a file sets."""
    return dict(re.findall(r"^([A-Z]\w+)=(.*)$", text, re.MULTILINE))


def test_every_secret_gets_a_strong_value_of_its_own(tmp_path: Path) -> None:
    """They are as long as those of the embedded stack, and only the owner reads the file."""
    file = tmp_path / ".env"
    main(file)
    made = values(file.read_text())
    assert made.keys() == SECRETS.keys()
    assert len(set(made.values())) == len(made)
    assert all(len(value) >= 32 for value in made.values())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_existing_secrets_are_kept_and_missing_ones_added(tmp_path: Path) -> None:
    """A new version may need more secrets; those in use must not change."""
    file = tmp_path / ".env"
    file.write_text("POSTGRES_PASSWORD=mine\nREDIS_PASSWORD=\nSEED_ROWS=10\n")
    main(file)
    made = values(file.read_text())
    assert (made["POSTGRES_PASSWORD"], made["SEED_ROWS"]) == ("mine", "10")
    assert made["REDIS_PASSWORD"]
    assert SECRETS.keys() <= made.keys()
    before = file.read_text()
    main(file)
    assert file.read_text() == before


def test_no_value_needs_quoting() -> None:
    """Compose and shells would read a dollar sign, a quote or a hash as their own."""
    assert all(re.fullmatch(r"[\w=-]+", v) for v in values(filled(EXAMPLE.read_text())).values())


def test_dotenv_uses_only_python_s_own_library() -> None:
    """``make env`` runs before anything is installed."""
    command = (sys.executable, "-I", "-S", "-c")
    program = (
        f"import sys; sys.path.insert(0, {str(REPOSITORY)!r}); import compose.containers.dotenv"
    )
    subprocess.run((*command, program), check=True)
