"""Uploads as the browser sends them."""

import hashlib

import pytest

from app.services.datasets import uploads as module

CONTENT = b"a,b\n" + b"1,2\n" * 50_000


def files(site):
    """Return what lies on disk."""
    return list((site.world.shared.settings.uploads_dir).glob("*/*"))


def send(browser, content=CONTENT, name="data.csv"):
    """Upload a file."""
    return browser.post("/upload", params={"name": name}, content=content)


def test_file_arrives_whole(site):
    """The answer names it, and its hash is that of what was sent."""
    response = send(site.browser("operator"), name="März.csv")
    assert response.status_code == 201
    answer = response.json()
    assert (answer["name"], answer["bytes"]) == ("März.csv", len(CONTENT))
    assert answer["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    path, _ = site.world.console("operator").uploads.find(answer["upload_id"])
    assert path.read_bytes() == CONTENT


def test_body_without_a_length_arrives_too(site):
    """Chunked transfer announces nothing."""
    response = send(site.browser("operator"), content=iter([CONTENT[:100], CONTENT[100:]]))
    assert response.json()["bytes"] == len(CONTENT)


@pytest.mark.parametrize(
    ("username", "status", "word"), [(None, 401, "not signed in"), ("viewer", 403, "role")]
)
def test_upload_is_refused_without_session_or_role(site, username, status, word):
    """Nothing is written for them."""
    response = send(site.browser(username))
    assert (response.status_code, word in response.json()["error"]) == (status, True)
    assert files(site) == []


def test_another_sites_upload_is_refused(site):
    """A page elsewhere cannot store files with the operator's session."""
    browser = site.browser("operator")
    browser.headers["Origin"] = "http://evil.example"
    assert send(browser).status_code == 403
    assert files(site) == []


@pytest.mark.parametrize("chunked", [False, True])
def test_file_over_the_limit_is_refused(site, chunked):
    """Whether announced or noticed on the way; nothing of it stays."""
    large = b"x" * 1_100_000
    response = send(site.browser("operator"), content=iter([large]) if chunked else large)
    assert response.status_code == 413
    assert "1 MB" in response.json()["error"]
    assert files(site) == []


def test_failing_disk_is_reported(site, monkeypatch):
    """The transfer ends with a sentence, not with a broken connection."""

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module.UploadWriter, "write", fail)
    response = send(site.browser("operator"))
    assert response.status_code == 507
    assert "No space left" in response.json()["error"]
    assert files(site) == []


def test_airflow_down_is_reported(site):
    """Nobody vouches for a session that was never seen before."""
    site.world.stop("Airflow")
    assert send(site.browser("operator")).status_code == 503
