"""Fill an empty stack from a backup on the standard input.

``docker compose run --rm --no-TTY restore < backup.tar``, then ``docker compose up --wait``, which
migrates what is of an older version. A stack that holds anything is refused.
"""

import json
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from compose.containers.archive import ARTIFACTS, DUMP, FOLDER, VERSIONS, client_command, say
from compose.containers.server import SERVICE_DATABASES, connect
from compose.launcher.databases import SUPERUSER, has_tables, stamp_version

NOT_EMPTY = (
    "this stack is not empty: its database {} has tables. `docker compose down --volumes` removes "
    "all that it holds"
)


def refuse_a_used_stack() -> None:
    """End unless every database is empty."""
    for database in SERVICE_DATABASES:
        with connect(SUPERUSER, database) as connection:
            if has_tables(connection):
                raise SystemExit(NOT_EMPTY.format(database))


def load(archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    """Fill one database, whole or not at all."""
    with TemporaryDirectory() as folder:
        archive.extract(member, folder, filter="data")
        options = ("--clean", "--if-exists", "--exit-on-error", "--single-transaction")
        target = f"--dbname={Path(member.name).stem}"
        file = str(Path(folder) / member.name)
        subprocess.run(client_command("pg_restore", *options, target, file), check=True)
    say(f"Database {Path(member.name).stem}: restored")


def stamp(versions: dict[str, str]) -> None:
    """Note what the tables were made for; a newer version then migrates them."""
    for database, noted in versions.items():
        with connect(SUPERUSER, database) as connection:
            stamp_version(connection, noted)


def read(archive: tarfile.TarFile, artifacts: Path = ARTIFACTS) -> None:
    """Put everything in an archive where it belongs."""
    versions: dict[str, str] = {}
    for member in archive:
        if member.name == VERSIONS and (file := archive.extractfile(member)):
            versions = json.load(file)
        elif member.name.removesuffix(DUMP) in SERVICE_DATABASES:
            load(archive, member)
        elif Path(member.name).parts[0] == FOLDER:
            archive.extract(member, artifacts.parent, filter="data")
    stamp(versions)
    say("Artifacts: restored. Start the stack: docker compose up --wait")


if __name__ == "__main__":
    refuse_a_used_stack()
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as stream:
        read(stream)
