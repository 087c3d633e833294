"""A tracking server in memory that answers the console's own MLflow client."""

import json
import re
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass, field

import httpx

from app.clients.mlflow import API, MlflowClient
from tests.fakes import mlflow_bin

CONDITION = re.compile(
    r"(\w+)\.(?:`([^`]+)`|(\w+)) (=|>=|<=|!=|<|>|I?LIKE|IN|IS NULL|IS NOT NULL)(?= |$) ?"
    r"('.*?'|\".*?\"|\(.*?\)|[\d.e+-]+|)"
)

ALIAS = f"{API}/registered-models/alias"
MODEL_FILE = re.compile(r"/ajax-api/2\.0/mlflow/logged-models/([^/]+)/artifacts/files")


@dataclass
class FakeRun:
    """One stored run; ``files`` are its artifacts by path, ``model_files`` those of its model."""

    experiment_id: str
    name: str
    start_ms: int
    end_ms: int | None = None
    status: str = "FINISHED"
    params: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    run_id: str = field(default_factory=lambda: secrets.token_hex(16))
    model_files: dict[str, bytes] = field(default_factory=dict)
    deleted_ms: int | None = None
    version: str = ""
    scheme: str = "mlflow-artifacts"

    @property
    def model_id(self):
        """Name of the model that the run logged."""
        return f"m-{self.run_id}"

    def answer(self):
        """Write the run as the REST API does."""
        info = {
            "run_id": self.run_id,
            "run_name": self.name,
            "experiment_id": self.experiment_id,
            "status": self.status,
            "start_time": self.start_ms,
            "lifecycle_stage": "active" if self.deleted_ms is None else "deleted",
            "artifact_uri": f"{self.scheme}:/{self.experiment_id}/{self.run_id}/artifacts",
        }
        if self.end_ms is not None:
            info["end_time"] = self.end_ms
        data = {
            name: [{"key": key, "value": value} for key, value in values.items()]
            for name, values in (
                ("params", self.params),
                ("metrics", self.metrics),
                ("tags", self.tags),
            )
            if values
        }
        answer = {"info": info, "data": data}
        if self.model_files:
            answer["outputs"] = {"model_outputs": [{"model_id": self.model_id, "step": 0}]}
        return answer

    def value(self, group, key):
        """Return what a search compares or sorts by; None when the run has no such value."""
        attributes = {
            "run_id": self.run_id,
            "run_name": self.name,
            "status": self.status,
            "start_time": self.start_ms,
            "end_time": self.end_ms,
        }
        groups = {"attributes": attributes, "params": self.params}
        return (groups | {"metrics": self.metrics, "tags": self.tags})[group].get(key)

    def matches(self, where):
        """Tell whether every condition of a filter holds."""
        return all(
            self._holds(group, coded or plain, comparison, literal)
            for group, coded, plain, comparison, literal in CONDITION.findall(where)
        )

    def _holds(self, group, key, comparison, literal):
        value = self.value(group, key)
        if comparison.startswith("IS"):
            return (value is None) == (comparison == "IS NULL")
        if comparison == "IN":
            return value in re.findall("'(.*?)'", literal)
        if value is None:
            return False
        if comparison == "ILIKE":
            return literal.strip("'%").lower() in value.lower()
        wanted = literal[1:-1] if literal[0] in "'\"" else float(literal)
        return {
            "=": value == wanted,
            "!=": value != wanted,
            ">=": not isinstance(value, str) and value >= wanted,
            "<=": not isinstance(value, str) and value <= wanted,
            ">": not isinstance(value, str) and value > wanted,
            "<": not isinstance(value, str) and value < wanted,
        }[comparison]


class FakeMlflow:
    """Keeps experiments, runs and aliases; ``down`` refuses every connection."""

    def __init__(self):
        self.experiments = {}
        self.runs = []
        self.aliases = {}
        self.refuses_writes = False
        self.requests = []
        self.down = False

    def client(self, kind=MlflowClient):
        """Return one of the console's clients on this server."""
        return kind("http://mlflow.test", transport=httpx.MockTransport(self._answer))

    def experiment(self, name):
        """Return an experiment's id, made when it is not there."""
        return self.experiments.setdefault(name, str(len(self.experiments) + 1))

    def add(self, run):
        """Store a run."""
        self.runs.append(run)
        return run

    def find(self, run_id):
        """Return the run with this id; None when there is none."""
        return next((run for run in self.runs if run.run_id == run_id), None)

    def _answer(self, request):
        self.requests.append(request)
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        path, query = request.url.path, request.url.params
        plain = {"/health": "OK", "/version": "3.17.2"}
        if path in plain:
            return httpx.Response(200, text=plain[path])
        answers = {
            "/get-artifact": self._artifact,
            f"{API}/experiments/get-by-name": self._experiment,
            f"{API}/artifacts/list": self._list,
            f"{API}/runs/get": self._run,
            ALIAS: self._alias,
            f"{API}/registered-models/get": self._aliases,
            f"{API}/model-versions/search": self._versions,
        }
        if path in answers and request.method == "GET":
            return answers[path](query)
        if model := MODEL_FILE.fullmatch(path):
            return self._model_file(model[1], query["artifact_file_path"])
        return self._written(request) or mlflow_bin.answer(self, request) or self._searched(request)

    def _written(self, request):
        """Move an alias, or refuse what writes; None for anything else."""
        path = request.url.path
        if self.refuses_writes and path in {ALIAS, f"{API}/runs/set-tag"}:
            return httpx.Response(500, json={"error_code": "INTERNAL_ERROR", "message": "broken"})
        if path != ALIAS:
            return None
        body = json.loads(request.content)
        key = body["name"], body["alias"]
        self.aliases.pop(key, None)
        if request.method == "POST":
            named = [run.run_id for run in self.runs if run.version == body["version"]]
            self.aliases[key] = named[0]
        return httpx.Response(200, json={})

    def _searched(self, request):
        if request.url.path == f"{API}/experiments/search":
            return httpx.Response(200, json={})
        body = json.loads(request.content)
        if re.search(r"params\.\S+ [<>]", body["filter"]):
            return refused("Invalid comparator for a parameter")
        return self._search(body)

    def _experiment(self, query):
        name = query["experiment_name"]
        if name not in self.experiments:
            return missing(f"Could not find experiment with name {name}")
        found = {"experiment_id": self.experiments[name], "name": name}
        return httpx.Response(200, json={"experiment": found})

    def _run(self, query):
        run = self.find(query["run_id"])
        if run is None:
            return missing(f"Run '{query['run_id']}' not found")
        return httpx.Response(200, json={"run": run.answer()})

    def _alias(self, query):
        run_id = self.aliases.get((query["name"], query["alias"]))
        if run_id is None:
            return refused(f"Registered model alias {query['alias']} not found.")
        run = self.find(run_id)
        version = {"version": run.version if run else "0", "run_id": run_id}
        return httpx.Response(200, json={"model_version": version})

    def _aliases(self, query):
        named = [alias for model, alias in self.aliases if model == query["name"]]
        model = {"name": query["name"], "aliases": [{"alias": alias} for alias in named]}
        return httpx.Response(200, json={"registered_model": model})

    def _versions(self, query):
        run = self.find(query["filter"].split("'")[1])
        versions = [{"name": "traffic_anomaly", "version": run.version}] if run.version else []
        return httpx.Response(200, json={"model_versions": versions})

    def _search(self, body):
        found = [run for run in self.runs if run.experiment_id in body["experiment_ids"]]
        view = body.get("run_view_type", "ACTIVE_ONLY")
        found = [run for run in found if view in {"ALL", stage_view(run)}]
        found = [run for run in found if run.matches(body["filter"])]
        for order in reversed(body["order_by"]):
            name, direction = order.split(" ")
            group, key = name.split(".")
            found.sort(
                key=lambda run, group=group, key=key: run.value(group, key) or 0,
                reverse=direction == "DESC",
            )
        token = body.get("page_token")
        begin = json.loads(b64decode(token))["offset"] if token else 0
        end = begin + body["max_results"]
        answer = {"runs": [run.answer() for run in found[begin:end]]}
        if end < len(found):
            answer["next_page_token"] = b64encode(json.dumps({"offset": end}).encode()).decode()
        return httpx.Response(200, json=answer)

    def _list(self, query):
        folder = f"{query['path']}/" if query["path"] else ""
        entries = {}
        for path, content in self.find(query["run_id"]).files.items():
            if path.startswith(folder):
                first, _, rest = path.removeprefix(folder).partition("/")
                entry = {"path": folder + first, "is_dir": bool(rest)}
                entries[first] = entry if rest else entry | {"file_size": len(content)}
        return httpx.Response(200, json={"files": list(entries.values())})

    def _artifact(self, query):
        run = self.find(query["run_uuid"])
        if run is None or query["path"] not in run.files:
            return missing(f"No such artifact: '{query['path']}'")
        return httpx.Response(200, content=run.files[query["path"]])

    def _model_file(self, model_id, path):
        files = [run.model_files for run in self.runs if run.model_id == model_id]
        if not files or path not in files[0]:
            return missing(f"No such artifact: '{path}'")
        return httpx.Response(200, content=files[0][path])


def stage_view(run):
    """Name the view of a search that shows a run."""
    return "ACTIVE_ONLY" if run.deleted_ms is None else "DELETED_ONLY"


def missing(message):
    """Answer as MLflow does when something is not there."""
    return httpx.Response(404, json={"error_code": "RESOURCE_DOES_NOT_EXIST", "message": message})


def refused(message):
    """Answer as MLflow does to a bad parameter."""
    return httpx.Response(400, json={"error_code": "INVALID_PARAMETER_VALUE", "message": message})
