"""The part of a tracking server in memory that puts runs away and removes what they stored."""

import json
import re
import time

import httpx

from app.clients.mlflow import API
from app.clients.mlflow_bin import STORED

FOLDER = re.compile(r"(\d+)/(?:models/)?([^/]+)/?(.*)")


def answer(server, request):
    """Answer a request to the bin; None for any other."""
    path = request.url.path
    if path.startswith(STORED):
        return stored(server, request)
    if request.method == "DELETE" and path.startswith(f"{API}/logged-models/"):
        return done()
    changes = {"delete": delete, "restore": restore, "set-tag": set_tag, "delete-tag": delete_tag}
    asked = path.removeprefix(f"{API}/runs/")
    if asked in changes:
        body = json.loads(request.content)
        changes[asked](server.find(body["run_id"]), body)
        return done()
    if path == f"{API}/model-versions/delete":
        gone = json.loads(request.content)["version"]
        for run in server.runs:
            run.version = "" if run.version == gone else run.version
        return done()
    return None


def stored(server, request):
    """List a folder of the artifact store, or remove it."""
    if request.method == "GET":
        return httpx.Response(200, json={"files": listed(server, request.url.params["path"])})
    files, below = folder(server, request.url.path.removeprefix(f"{STORED}/"))
    for name in [name for name in files if name.startswith(below)]:
        del files[name]
    return done()


def listed(server, path):
    """Return the names directly below a folder."""
    files, below = folder(server, path)
    begin = f"{below}/" if below else ""
    entries = {}
    for name, content in files.items():
        if name.startswith(begin):
            first, _, rest = name.removeprefix(begin).partition("/")
            entry = {"path": first, "is_dir": bool(rest)}
            entries[first] = entry if rest else entry | {"file_size": len(content)}
    return list(entries.values())


def folder(server, path):
    """Return the files of the run or model that a path lies in, and the rest of the path."""
    _, owner, below = FOLDER.fullmatch(path).groups()
    for run in server.runs:
        if owner == run.run_id:
            return run.files, below
        if owner == run.model_id:
            return run.model_files, below
    return {}, below


def delete(run, _body):
    """Put a run into the bin."""
    run.deleted_ms = int(time.time() * 1000)


def restore(run, _body):
    """Take it out."""
    run.deleted_ms = None


def set_tag(run, body):
    """Tag it."""
    run.tags[body["key"]] = body["value"]


def delete_tag(run, body):
    """Take the tag away."""
    del run.tags[body["key"]]


def done():
    """Answer that it is done."""
    return httpx.Response(200, json={})
