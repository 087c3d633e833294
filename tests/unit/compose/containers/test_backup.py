"""A backup restores everything; the databases are fakes."""

import io
import json
import tarfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from compose.containers import backup
from compose.containers.init import SERVICE_DATABASES


class FakeServer:
    """Databases whose content is a text, with their stamps."""

    def __init__(self) -> None:
        """Start with empty databases."""
        self.content = dict.fromkeys(SERVICE_DATABASES, "")
        self.stamps = dict.fromkeys(SERVICE_DATABASES, "")

    @contextmanager
    def connect(self, _role: str, database: str):
        """Connect to one; its name stands for the connection."""
        yield database

    def run(self, command: tuple[str, ...], **_: object) -> None:
        """Dump or restore a database as pg_dump and pg_restore do."""
        options = dict(word.lstrip("-").split("=") for word in command if "=" in word)
        if command[0].endswith("pg_dump"):
            Path(options["file"]).write_text(self.content[options["dbname"]])
        else:
            self.content[options["dbname"]] = Path(command[-1]).read_text()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> FakeServer:
    """A fake in place of the real server."""
    fake = FakeServer()
    monkeypatch.setattr(backup, "connect", fake.connect)
    monkeypatch.setattr(backup.subprocess, "run", fake.run)
    monkeypatch.setattr(backup, "version_stamp", lambda name: fake.stamps[name])
    monkeypatch.setattr(backup, "stamp_version", fake.stamps.__setitem__)
    monkeypatch.setattr(backup, "has_tables", lambda name: bool(fake.content[name]))
    return fake


def written(artifacts: Path) -> io.BytesIO:
    """Return a backup as it is streamed."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w|") as archive:
        backup.write(archive, artifacts)
    stream.seek(0)
    return stream


def test_backup_restores_everything(server: FakeServer, tmp_path: Path) -> None:
    """Databases, their stamps and artifacts at any depth."""
    for name in SERVICE_DATABASES:
        server.content[name], server.stamps[name] = f"rows of {name}", f"version of {name}"
    content, stamps = dict(server.content), dict(server.stamps)
    file = tmp_path / "old" / "artifacts" / "1" / "model.bin"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"model")
    stream = written(tmp_path / "old" / "artifacts")

    server.content = dict.fromkeys(content, "")
    backup.refuse_used_stack()
    (tmp_path / "new").mkdir()
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        backup.read(archive, tmp_path / "new" / "artifacts")
    assert (server.content, server.stamps) == (content, stamps)
    assert (tmp_path / "new" / "artifacts" / "1" / "model.bin").read_bytes() == b"model"


def test_databases_come_before_the_artifacts(server: FakeServer, tmp_path: Path) -> None:
    """Every artifact that a dump names has been stored by then."""
    assert server.content
    with tarfile.open(fileobj=written(tmp_path)) as archive:
        names = archive.getnames()
    assert names[0] == "versions.json"
    assert names[-1] == "artifacts"
    assert {name.removesuffix(".dump") for name in names[1:-1]} == SERVICE_DATABASES.keys()


def test_stack_in_use_is_not_overwritten(server: FakeServer) -> None:
    """The refusal says how to empty it."""
    server.content["airflow"] = "something"
    with pytest.raises(SystemExit, match=r"database airflow has tables\. .*down --volumes"):
        backup.refuse_used_stack()


def test_archive_cannot_write_outside_the_artifacts(server: FakeServer, tmp_path: Path) -> None:
    """An archive that was tampered with is refused."""
    assert server.content
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w|") as archive:
        entry = tarfile.TarInfo("artifacts/../../outside")
        archive.addfile(entry, io.BytesIO(json.dumps({}).encode()))
    stream.seek(0)
    target = tmp_path / "deep" / "artifacts"
    target.mkdir(parents=True)
    with tarfile.open(fileobj=stream, mode="r|") as archive, pytest.raises(tarfile.FilterError):
        backup.read(archive, target)


def test_postgresql_s_own_programs_are_used() -> None:
    """They come from the locked packages and have the server's version."""
    program, user, option = backup.client_command("pg_dump", "--format=custom")
    assert Path(program).name == "pg_dump"
    assert Path(program).exists()
    assert (user, option) == ("--username=postgres", "--format=custom")
