"""The requests that put runs away and remove what they stored, and what MLflow's answers mean."""

import json

import httpx
import pytest

from app.clients.errors import NotFound, Unreachable
from app.clients.mlflow_bin import MlflowBin

RUN = "a" * 32


def answering(answer, seen):
    """Return a client whose server always gives the same answer and notes what it was asked."""

    def handle(request):
        seen.append(request)
        return answer

    return MlflowBin("http://mlflow.test", transport=httpx.MockTransport(handle))


@pytest.mark.parametrize(
    ("ask", "method", "path", "body"),
    [
        (lambda c: c.delete_run(RUN), "POST", "runs/delete", {"run_id": RUN}),
        (lambda c: c.restore_run(RUN), "POST", "runs/restore", {"run_id": RUN}),
        (
            lambda c: c.delete_tag(RUN, "archived"),
            "POST",
            "runs/delete-tag",
            {"run_id": RUN, "key": "archived"},
        ),
        (
            lambda c: c.delete_version("m", "3"),
            "DELETE",
            "model-versions/delete",
            {"name": "m", "version": "3"},
        ),
    ],
)
def test_each_method_is_one_request(ask, method, path, body):
    """With the verb, the endpoint and the body that MLflow's REST API wants."""
    seen = []
    ask(answering(httpx.Response(200, json={}), seen))
    (request,) = seen
    assert (request.method, request.url.path) == (method, f"/api/2.0/mlflow/{path}")
    assert json.loads(request.content) == body


def test_a_folder_is_removed_through_the_artifact_proxy():
    """Its path is quoted and nothing else is sent."""
    seen = []
    answering(httpx.Response(200, json={}), seen).remove_stored("2/models/m-1 x")
    (request,) = seen
    assert request.method == "DELETE"
    assert request.url.raw_path == b"/api/2.0/mlflow-artifacts/artifacts/2/models/m-1%20x"


def test_what_has_no_list_has_none():
    """MLflow leaves out what is empty."""
    client = answering(httpx.Response(200, json={"registered_model": {"name": "m"}}), [])
    assert client.aliases("m") == []
    assert client.versions_of(RUN) == []
    assert client.stored("2/x") == []


@pytest.mark.parametrize(("status", "error"), [(404, NotFound), (503, Unreachable)])
def test_failures_are_the_console_s_own(status, error):
    """What is not there, and a server that cannot work."""
    with pytest.raises(error):
        answering(httpx.Response(status, json={"message": "no"}), []).delete_model("m-1")
