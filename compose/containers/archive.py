"""What a backup holds: a dump of each database, what their tables were made for, the artifacts."""

import sys
from pathlib import Path

from compose.launcher.databases import SUPERUSER
from compose.launcher.postgres import find_binaries

ARTIFACTS = Path("/var/lib/mlflow/artifacts")
FOLDER, VERSIONS, DUMP = "artifacts", "versions.json", ".dump"


def client_command(program: str, *options: str) -> tuple[str, ...]:
    """Return a command of PostgreSQL's own, as its superuser."""
    return (str(find_binaries() / program), f"--username={SUPERUSER}", *options)


def say(text: str) -> None:
    """Tell the operator; the archive itself goes to the standard output."""
    sys.stderr.write(f"{text}\n")
