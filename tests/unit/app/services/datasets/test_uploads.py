"""Uploads belong to one operator, are whole or not there, and do not stay for ever."""

import hashlib
import os
import time
from types import SimpleNamespace

import pytest

from app.services.datasets import uploads as module
from app.services.datasets.uploads import ABANDONED_SECONDS, Uploads, clean_name
from pipeline.errors import NotFound, Rejected


@pytest.fixture
def uploads(tmp_path):
    """The uploads of one operator, at most a kilobyte each."""
    return Uploads(tmp_path, "operator", 1_000)


def upload(uploads, content=b"a,b\n1,2\n", name="data.csv"):
    """Upload ``content`` in one piece."""
    writer = uploads.begin(name, len(content))
    writer.write(content)
    return writer.finish()


def test_finished_upload_is_found_with_its_hash(uploads):
    """Name, size and SHA-256 are what the browser sent."""
    content = b"a,b\n1,2\n"
    sent = upload(uploads, content)
    path, found = uploads.find(sent.upload_id)
    assert path.read_bytes() == content
    assert found == sent
    assert (sent.name, sent.bytes) == ("data.csv", 8)
    assert sent.sha256 == hashlib.sha256(content).hexdigest()


def test_upload_is_hidden_from_other_operators(uploads, tmp_path):
    """Knowing an id is not enough."""
    sent = upload(uploads)
    with pytest.raises(NotFound):
        Uploads(tmp_path, "someone else", 1_000).find(sent.upload_id)


def test_unfinished_upload_is_not_found_and_can_be_abandoned(uploads, tmp_path):
    """A transfer that broke leaves nothing behind."""
    writer = uploads.begin("data.csv", None)
    writer.write(b"a,b")
    with pytest.raises(NotFound):
        uploads.find(writer.path.stem)
    writer.abandon()
    assert list(tmp_path.glob("*/*")) == []


def test_abandoning_a_finished_upload_keeps_it(uploads):
    """Cleaning up after success is harmless."""
    writer = uploads.begin("data.csv", None)
    sent = writer.finish()
    writer.abandon()
    assert uploads.find(sent.upload_id)[1] == sent


@pytest.mark.parametrize("upload_id", ["../../etc/passwd", "", "a" * 31, "A" * 32, "a" * 33])
def test_id_of_another_form_is_not_found(uploads, upload_id):
    """No id leads out of the folder."""
    for ask in (uploads.find, uploads.discard):
        with pytest.raises(NotFound, match="choose the file again"):
            ask(upload_id)


def test_discarded_upload_is_gone(uploads, tmp_path):
    """Neither the file nor its description stays."""
    uploads.discard(upload(uploads).upload_id)
    assert list(tmp_path.glob("*/*")) == []


def test_upload_over_the_limit_is_refused_before_it_begins(uploads):
    """The sentence names the limit and the setting that raises it."""
    with pytest.raises(Rejected, match="UPLOAD_LIMIT_MB"):
        uploads.begin("data.csv", 1_001)


def test_upload_that_announced_less_is_cut_off_at_the_limit(uploads):
    """A browser's word about the size is not trusted."""
    writer = uploads.begin("data.csv", 10)
    writer.write(b"x" * 600)
    with pytest.raises(Rejected, match="larger than"):
        writer.write(b"x" * 600)


def test_full_disk_is_reported_before_and_during_an_upload(uploads, monkeypatch):
    """The services on the same disk keep their room."""
    writer = uploads.begin("data.csv", None)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: SimpleNamespace(free=10**6))
    with pytest.raises(Rejected, match="0 MB to spare"):
        uploads.begin("data.csv", 500)
    with pytest.raises(Rejected, match="free some space"):
        writer.write(b"x")


def test_abandoned_uploads_are_removed(uploads, tmp_path):
    """Old files of every operator go when the next upload begins; fresh ones stay."""
    old = Uploads(tmp_path, "someone else", 1_000)
    upload(old)
    then = time.time() - ABANDONED_SECONDS - 1
    for path in tmp_path.glob("*/*"):
        os.utime(path, (then, then))
    fresh = upload(uploads)
    uploads.sweep()
    assert {path.stem for path in tmp_path.glob("*/*")} == {fresh.upload_id}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("accidents.csv", "accidents.csv"),
        ("../../etc/passwd", "passwd"),
        ("C:\\data\\März.csv", "März.csv"),
        ("a\r\nb\x00.csv", "ab.csv"),
        ("", "upload.csv"),
        ("x" * 500, "x" * 200),
    ],
)
def test_name_is_cleaned(name, kept):
    """Folders and control characters are dropped; umlauts are kept."""
    assert clean_name(name) == kept
