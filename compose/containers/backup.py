"""Backup and restore of the databases and the artifacts, as a tar archive.

``docker compose run --rm --no-TTY backup > backup.tar`` works while everything runs. The databases
come first: whatever they name has been stored by then. The secrets of ``.env`` are not in it; keep
them apart.

``docker compose run --rm --no-TTY restore < backup.tar`` fills an empty stack; a stack that holds
anything is refused. ``docker compose up --wait`` then migrates what is of an older version.
"""

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from compose.containers.init import SERVICE_DATABASES, connect
from compose.launcher.postgres import (
    SUPERUSER,
    find_binaries,
    has_tables,
    stamp_version,
    version_stamp,
)

ARTIFACTS = Path("/var/lib/mlflow/artifacts")
FOLDER, VERSIONS, DUMP = "artifacts", "versions.json", ".dump"
NOT_EMPTY = (
    "this stack is not empty: its database {} has tables. `docker compose down --volumes` removes "
    "all that it holds"
)


def client_command(program: str, *options: str) -> tuple[str, ...]:
    """Return a command of PostgreSQL's own, as its superuser."""
    return (str(find_binaries() / program), f"--username={SUPERUSER}", *options)


def say(text: str) -> None:
    """Write to the error stream, as the archive itself goes to the standard output."""
    sys.stderr.write(f"{text}\n")


def write(archive: tarfile.TarFile, artifacts: Path = ARTIFACTS) -> None:
    """Fill an archive."""
    stamps = json.dumps(_version_stamps()).encode()
    entry = tarfile.TarInfo(VERSIONS)
    entry.size = len(stamps)
    archive.addfile(entry, io.BytesIO(stamps))
    with TemporaryDirectory() as folder:
        for database in SERVICE_DATABASES:
            file = Path(folder) / f"{database}{DUMP}"
            options = ("--format=custom", f"--file={file}", f"--dbname={database}")
            subprocess.run(client_command("pg_dump", *options), check=True)
            archive.add(file, file.name)
            say(f"Database {database}: {file.stat().st_size:,} bytes")
    archive.add(artifacts, FOLDER)
    say("Artifacts: written. The backup is complete.")


def _version_stamps() -> dict[str, str]:
    """Return what each database's tables were made for, which no dump holds."""
    stamps = {}
    for database in SERVICE_DATABASES:
        with connect(SUPERUSER, database) as connection:
            stamps[database] = version_stamp(connection)
    return stamps


def refuse_used_stack() -> None:
    """End unless every database is empty."""
    for database in SERVICE_DATABASES:
        with connect(SUPERUSER, database) as connection:
            if has_tables(connection):
                raise SystemExit(NOT_EMPTY.format(database))


def read(archive: tarfile.TarFile, artifacts: Path = ARTIFACTS) -> None:
    """Restore everything in an archive."""
    stamps: dict[str, str] = {}
    for member in archive:
        if member.name == VERSIONS and (file := archive.extractfile(member)):
            stamps = json.load(file)
        elif member.name.removesuffix(DUMP) in SERVICE_DATABASES:
            _load(archive, member)
        elif Path(member.name).parts[0] == FOLDER:
            archive.extract(member, artifacts.parent, filter="data")
    for database, stamp in stamps.items():
        with connect(SUPERUSER, database) as connection:
            stamp_version(connection, stamp)
    say("Artifacts: restored. Start the stack: docker compose up --wait")


def _load(archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
    """Fill one database, whole or not at all."""
    with TemporaryDirectory() as folder:
        archive.extract(member, folder, filter="data")
        options = ("--clean", "--if-exists", "--exit-on-error", "--single-transaction")
        target = f"--dbname={Path(member.name).stem}"
        file = str(Path(folder) / member.name)
        subprocess.run(client_command("pg_restore", *options, target, file), check=True)
    say(f"Database {Path(member.name).stem}: restored")


def main(command: str) -> None:
    """Run ``backup`` or ``restore``."""
    if command == "restore":
        refuse_used_stack()
        with tarfile.open(fileobj=sys.stdin.buffer, mode="r|") as archive:
            read(archive)
    elif sys.stdout.isatty():
        sys.exit("send the backup to a file: docker compose run --rm --no-TTY backup > backup.tar")
    else:
        with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as archive:
            write(archive)


if __name__ == "__main__":
    main(*sys.argv[1:])
