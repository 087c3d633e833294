"""The MLflow client on answers as the server gives them."""

import httpx
import pytest

from app.clients.errors import NotFound, Rejected, Unreachable
from app.clients.mlflow import MlflowClient
from tests.fakes.mlflow import FakeMlflow, FakeRun


@pytest.fixture
def server():
    """A server with one experiment of three runs."""
    fake = FakeMlflow()
    experiment = fake.experiment("detection")
    for number in range(3):
        run = FakeRun(experiment, f"run {number}", start_ms=number, metrics={"rows": number})
        fake.add(run).files["plots/a.png"] = b"picture" * number
    return fake


@pytest.fixture
def client(server):
    """A client on that server."""
    return server.client()


def answering(response):
    """Return a client whose every request gets ``response``."""
    return MlflowClient("http://mlflow.test", transport=httpx.MockTransport(lambda _: response))


def test_a_server_that_asks_for_an_account_gets_it():
    """With every request; without an account there is no header at all."""
    asked = []

    def answer(request):
        asked.append(request.headers.get("authorization"))
        return httpx.Response(200)

    for auth in (("console", "secret"), None):
        MlflowClient("http://mlflow.test", auth, httpx.MockTransport(answer)).health()
    assert asked == ["Basic Y29uc29sZTpzZWNyZXQ=", None]


def test_runs_come_in_pages(client):
    """Each page carries the token of the next, the last an empty one."""
    first, token = client.search_runs(["1"], limit=2)
    assert [run["info"]["run_name"] for run in first] == ["run 2", "run 1"]
    second, end = client.search_runs(["1"], limit=2, page_token=token)
    assert [run["info"]["run_name"] for run in second] == ["run 0"]
    assert end == ""


def test_filter_and_order_are_left_to_the_server(client):
    """What is asked for is sent, not worked out here."""
    found, _ = client.search_runs(["1"], "metrics.rows >= 1", ["metrics.rows ASC"])
    assert [run["info"]["run_name"] for run in found] == ["run 1", "run 2"]


def test_an_unknown_experiment_is_not_found(client):
    """The reason is MLflow's own sentence."""
    with pytest.raises(NotFound, match="nowhere"):
        client.experiment_id("nowhere")


def test_an_alias_is_pointed_and_dropped(client, server):
    """By the version's number, as the registry wants it."""
    run = server.runs[1]
    run.version, run.tags["run_kind"] = "7", "train"
    (version,) = client.versions_of(run.run_id)
    client.point_alias("traffic_anomaly", "champion", int(version["version"]))
    assert client.version_by_alias("traffic_anomaly", "champion")["run_id"] == run.run_id
    client.drop_alias("traffic_anomaly", "champion")
    with pytest.raises(NotFound):
        client.version_by_alias("traffic_anomaly", "champion")


def test_a_tag_takes_the_place_of_the_older(client, server):
    """The newest is what the run says."""
    run = server.runs[0]
    for value in ("-0.1", "-0.2"):
        client.set_tag(run.run_id, "score_threshold", value)
    assert run.tags == {"score_threshold": "-0.2"}


def test_an_unknown_alias_is_not_found(client):
    """MLflow calls it a bad parameter; to us it is a champion that is not there."""
    with pytest.raises(NotFound):
        client.version_by_alias("traffic_anomaly", "champion")


def test_a_file_is_written_to_disk(client, server, tmp_path):
    """A download ends whole at its target."""
    client.download(server.runs[2].run_id, "plots/a.png", tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes() == b"picture" * 2


def test_a_missing_file_is_not_found(client, server):
    """The error is raised before the first piece."""
    with pytest.raises(NotFound):
        next(client.stream(server.runs[0].run_id, "plots/b.png"))


def test_a_file_of_a_model_is_written_to_disk(client, server, tmp_path):
    """A model's files lie beside the run's own."""
    run = server.runs[0]
    run.model_files["schema.json"] = b"{}"
    client.download_model_file(run.model_id, "schema.json", tmp_path / "schema.json")
    assert (tmp_path / "schema.json").read_bytes() == b"{}"
    with pytest.raises(NotFound):
        client.download_model_file(run.model_id, "model.pkl", tmp_path / "model.pkl")


def test_folders_are_listed_one_level_at_a_time(client, server):
    """A folder is told apart from a file."""
    (folder,) = client.artifacts(server.runs[2].run_id)
    assert folder == {"path": "plots", "is_dir": True}
    (file,) = client.artifacts(server.runs[2].run_id, "plots")
    assert file["file_size"] == 14


def test_a_server_that_is_down_is_unreachable(client, server):
    """No request leaks the HTTP library's own error."""
    server.down = True
    for ask in (client.health, lambda: next(client.stream("a", "b"))):
        with pytest.raises(Unreachable, match="does not answer"):
            ask()


def test_a_refusal_gives_its_reason():
    """A bad filter is told in MLflow's words."""
    client = answering(httpx.Response(400, json={"message": "Invalid clause in filter string"}))
    with pytest.raises(Rejected, match="Invalid clause"):
        client.search_runs(["1"], "nonsense")


def test_a_fault_without_json_is_still_understood():
    """A proxy's HTML error page does not confuse the client."""
    with pytest.raises(Unreachable, match="status 502"):
        answering(httpx.Response(502, text="<html>Bad Gateway</html>")).version()
