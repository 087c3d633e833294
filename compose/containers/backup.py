"""Write a backup of databases and artifacts to the standard output, while everything runs.

``docker compose run --rm --no-TTY backup > backup.tar``. The databases come first: whatever they
name has been stored by then. The secrets of ``.env`` are not in it; keep them apart.
"""

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from compose.containers.archive import ARTIFACTS, DUMP, FOLDER, VERSIONS, client_command, say
from compose.containers.server import SERVICE_DATABASES, connect
from compose.launcher.databases import SUPERUSER, version_stamp


def versions() -> bytes:
    """Return what each database's tables were made for, which no dump holds."""
    found = {}
    for database in SERVICE_DATABASES:
        with connect(SUPERUSER, database) as connection:
            found[database] = version_stamp(connection)
    return json.dumps(found).encode()


def dump(database: str, folder: Path) -> Path:
    """Write one database, as it is at this moment, to a file."""
    file = folder / f"{database}{DUMP}"
    options = ("--format=custom", f"--file={file}", f"--dbname={database}")
    subprocess.run(client_command("pg_dump", *options), check=True)
    return file


def write(archive: tarfile.TarFile, artifacts: Path = ARTIFACTS) -> None:
    """Fill an archive."""
    noted = versions()
    entry = tarfile.TarInfo(VERSIONS)
    entry.size = len(noted)
    archive.addfile(entry, io.BytesIO(noted))
    with TemporaryDirectory() as folder:
        for database in SERVICE_DATABASES:
            file = dump(database, Path(folder))
            archive.add(file, file.name)
            say(f"Database {database}: {file.stat().st_size:,} bytes")
    archive.add(artifacts, FOLDER)
    say("Artifacts: written. The backup is complete.")


if __name__ == "__main__":
    if sys.stdout.isatty():
        sys.exit("send the backup to a file: docker compose run --rm --no-TTY backup > backup.tar")
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|") as stream:
        write(stream)
