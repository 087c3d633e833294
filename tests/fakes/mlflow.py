"""A tracking server in memory, behind the interface of MLflow's own client."""

import re
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple

from mlflow.entities import (
    Experiment,
    FileInfo,
    LoggedModelOutput,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunOutputs,
    RunTag,
    ViewType,
)
from mlflow.exceptions import MlflowException, RestException
from mlflow.store.entities import PagedList

from pipeline.tracking.client import TrackingServer

URL = "http://mlflow.test"
VERSION = "3.17.2"
REFUSABLE = {"set_registered_model_alias", "delete_registered_model_alias", "set_tag"}

CONDITION = re.compile(
    r"(\w+)\.(?:`([^`]+)`|(\w+)) (=|>=|<=|!=|<|>|I?LIKE|IN|IS NULL|IS NOT NULL)(?= |$) ?"
    r"('.*?'|\".*?\"|\(.*?\)|[\d.e+-]+|)"
)


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

    @property
    def uri(self):
        """Where its files are."""
        return f"{self.scheme}:/{self.experiment_id}/{self.run_id}/artifacts"

    def entity(self):
        """Return the run as MLflow's client does."""
        stage = "active" if self.deleted_ms is None else "deleted"
        info = RunInfo(
            self.run_id,
            self.experiment_id,
            "operator",
            self.status,
            self.start_ms,
            self.end_ms,
            stage,
            self.uri,
            run_name=self.name,
        )
        data = RunData(
            [Metric(key, value, self.start_ms, 0) for key, value in self.metrics.items()],
            [Param(key, value) for key, value in self.params.items()],
            [RunTag(key, value) for key, value in self.tags.items()],
        )
        models = [LoggedModelOutput(self.model_id, 0)] if self.model_files else []
        return Run(info, data, run_outputs=RunOutputs(models))

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


class Request(NamedTuple):
    """A call of MLflow's client: the method's name and what it was given."""

    name: str
    given: tuple


class FakeMlflow:
    """Keeps experiments, runs and aliases; ``down`` refuses every connection."""

    def __init__(self):
        self.experiments = {}
        self.runs = []
        self.aliases = {}
        self.refuses_writes = False
        self.requests = []
        self.tokens = {}
        self.down = False

    def server(self):
        """Return the product's tracking server on this one."""
        return FakeServer(self)

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

    def note(self, name, *given):
        """Keep a request; refuse it while the server is down or does not write."""
        self.requests.append(Request(name, given))
        if self.down:
            raise MlflowException(f"API request to {URL} failed with exception refused")
        if self.refuses_writes and name in REFUSABLE:
            raise RestException({"error_code": "INTERNAL_ERROR", "message": "broken"})


class FakeServer(TrackingServer):
    """A tracking server whose client and files are kept in memory."""

    def __init__(self, fake):
        super().__init__(URL, FakeClient(fake), lambda uri: FakeRepository(fake, uri))
        self._fake = fake

    def version(self):
        """Return a version, if the server is up."""
        self.translating(self._fake).note("version")
        return VERSION


class FakeClient:
    """The methods of ``MlflowClient`` that the product uses."""

    def __init__(self, fake):
        self._fake = fake

    def __getattribute__(self, name):
        """Keep every call in the fake's list of requests."""
        method = object.__getattribute__(self, name)
        if name.startswith("_"):
            return method
        fake = self._fake

        def call(*args, **kwargs):
            fake.note(name, *args, *kwargs.values())
            return method(*args, **kwargs)

        return call

    def get_experiment_by_name(self, name):
        """Return an experiment; None when there is none."""
        if name not in self._fake.experiments:
            return None
        return Experiment(self._fake.experiments[name], name, "", "active")

    def create_experiment(self, name):
        """Make an experiment."""
        return self._fake.experiment(name)

    def search_experiments(self, max_results):
        """Return some experiments."""
        return PagedList([None] * min(max_results, len(self._fake.experiments)), None)

    def create_run(self, experiment_id, tags, run_name):
        """Start a run."""
        now = int(time.time() * 1000)
        run = FakeRun(experiment_id, run_name, now, status="RUNNING", tags=dict(tags))
        return self._fake.add(run).entity()

    def set_terminated(self, run_id, status):
        """End a run."""
        run = self._run(run_id)
        run.status, run.end_ms = str(status), int(time.time() * 1000)

    def get_run(self, run_id):
        """Return one run."""
        return self._run(run_id).entity()

    def search_runs(self, ids, where, view, most, order_by, page_token):  # noqa: PLR0917
        """Return one page of runs; its token is nothing that anyone else could write."""
        if re.search(r"params\.\S+ [<>]", where):
            raise refused("Invalid comparator for a parameter")
        found = [run for run in self._fake.runs if run.experiment_id in ids]
        found = [run for run in found if view in {ViewType.ALL, stage_view(run)}]
        found = [run for run in found if run.matches(where)]
        for order in reversed(order_by):
            name, direction = order.split(" ")
            group, key = name.split(".")
            found.sort(
                key=lambda run, group=group, key=key: run.value(group, key) or 0,
                reverse=direction == "DESC",
            )
        begin = self._fake.tokens[page_token] if page_token else 0
        end = begin + most
        page = [run.entity() for run in found[begin:end]]
        return PagedList(page, self._token(end) if end < len(found) else None)

    def set_tag(self, run_id, key, value):
        """Tag a run."""
        self._run(run_id).tags[key] = value

    def delete_tag(self, run_id, key):
        """Remove a tag."""
        if self._run(run_id).tags.pop(key, None) is None:
            raise missing(f"No tag with name: {key}")

    def delete_run(self, run_id):
        """Move a run to the trash."""
        self._run(run_id).deleted_ms = int(time.time() * 1000)

    def restore_run(self, run_id):
        """Take a run out of the trash."""
        self._run(run_id).deleted_ms = None

    def get_logged_model(self, model_id):
        """Return where a model's files are."""
        run = next((run for run in self._fake.runs if run.model_id == model_id), None)
        if run is None:
            raise missing(f"Logged model {model_id} not found")
        location = f"{run.scheme}:/{run.experiment_id}/models/{model_id}/artifacts"
        return SimpleNamespace(model_id=model_id, artifact_location=location)

    def delete_logged_model(self, model_id):
        """Move a model to the trash."""
        self.get_logged_model(model_id)

    def get_registered_model(self, name):
        """Return a registered model with its aliases."""
        return SimpleNamespace(
            aliases={alias: "1" for of, alias in self._fake.aliases if of == name}
        )

    def get_model_version_by_alias(self, name, alias):
        """Return the version that an alias names."""
        run_id = self._fake.aliases.get((name, alias))
        if run_id is None:
            raise refused(f"Registered model alias {alias} not found.")
        run = self._fake.find(run_id)
        return SimpleNamespace(version=run.version if run else "0", run_id=run_id)

    def set_registered_model_alias(self, name, alias, version):
        """Let an alias name a version."""
        named = [run.run_id for run in self._fake.runs if run.version == version]
        self._fake.aliases[name, alias] = named[0]

    def delete_registered_model_alias(self, name, alias):
        """Let an alias name nothing."""
        self._fake.aliases.pop((name, alias), None)

    def search_model_versions(self, where):
        """Return the versions of a run."""
        run = self._fake.find(where.split("'")[1])
        version = SimpleNamespace(name="traffic_anomaly", version=run.version)
        return [version] if run.version else []

    def delete_model_version(self, name, version):  # noqa: ARG002 - there is one model only
        """Remove a version for good."""
        for run in self._fake.runs:
            run.version = "" if run.version == version else run.version

    def _run(self, run_id):
        run = self._fake.find(run_id)
        if run is None:
            raise missing(f"Run with id={run_id} not found")
        return run

    def _token(self, place):
        token = secrets.token_hex(4)
        self._fake.tokens[token] = place
        return token


class FakeRepository:
    """The files of a run or a model, or of a folder of them."""

    def __init__(self, fake, uri):
        self._fake = fake
        self._files, self._below = self._found(uri)

    def list_artifacts(self, path=None):
        """Return files and folders one level down."""
        self._fake.note("list_artifacts", path)
        below = "/".join(filter(None, (self._below, path)))
        begin = f"{below}/" if below else ""
        entries = {}
        for name, content in self._files.items():
            if name.startswith(begin):
                first, _, rest = name.removeprefix(begin).partition("/")
                shown = f"{path}/{first}" if path else first
                entries[first] = FileInfo(shown, bool(rest), None if rest else len(content))
        return list(entries.values())

    def log_artifacts(self, folder):
        """Store the files of a folder."""
        self._fake.note("log_artifacts")
        for file in Path(folder).iterdir():
            self._files[file.name] = file.read_bytes()

    def download_artifacts(self, path, folder):
        """Write one file into a folder; the client tells no more than that it failed."""
        self._fake.note("download_artifacts", path)
        if path not in self._files:
            raise MlflowException(f"The following failures occurred: {path}")
        target = Path(folder) / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self._files[path])
        return str(target)

    def delete_artifacts(self, path=None):
        """Remove a folder with all that is in it."""
        self._fake.note("delete_artifacts", path)
        for name in [name for name in self._files if name.startswith(self._below)]:
            del self._files[name]

    def _found(self, uri):
        """Return the files of the run or model that a URI lies in, and the rest of its path."""
        for run in self._fake.runs:
            for owner, files in ((run.run_id, run.files), (run.model_id, run.model_files)):
                _, found, below = uri.partition(f"/{owner}")
                if found:
                    return files, below.removeprefix("/artifacts").strip("/")
        return {}, ""


def stage_view(run):
    """Name the view of a search that shows a run."""
    return ViewType.ACTIVE_ONLY if run.deleted_ms is None else ViewType.DELETED_ONLY


def missing(message):
    """Answer as MLflow does when something is not there."""
    return RestException({"error_code": "RESOURCE_DOES_NOT_EXIST", "message": message})


def refused(message):
    """Answer as MLflow does to a bad parameter."""
    return RestException({"error_code": "INVALID_PARAMETER_VALUE", "message": message})
