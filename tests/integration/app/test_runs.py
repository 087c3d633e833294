"""MLflow's own paging, filters, sorting and aliases, as the console uses them."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from app.clients.airflow import AirflowClient
from app.clients.postgres import Database
from app.services import caching
from app.services.caching import Subject
from app.services.runs.queries import RunFilter, SortKey, parse_condition
from pipeline.errors import Rejected, Unreachable
from pipeline.tracking import names
from pipeline.tracking.client import TrackingServer
from pipeline.tracking.registry import version_of
from pipeline.tracking.runs import RunKind, RunStatus, search_runs
from tests.servers.stack import free_ports


def test_mlflow_pages_filters_and_sorts(common):
    """Fifty-five runs through pages of twenty, each seen once, in the server's own order."""
    experiment = f"paging-{time.time_ns()}"
    made = common.mlflow.ensure_experiment(experiment)
    for number in range(55):
        common.mlflow.client.create_run(made, start_time=1 + number, run_name=f"run {number}")
    seen, token, pages = [], "", 0
    while True:
        page = search_runs(common.mlflow, limit=20, token=token, experiments=(experiment,))
        seen += [run.name for run in page.runs]
        pages += 1
        token = page.next_token
        if not token:
            break
    assert (seen, pages) == ([f"run {number}" for number in reversed(range(55))], 3)
    where = RunFilter(text="RUN 5").clause()
    found = search_runs(common.mlflow, where, experiments=(experiment,)).runs
    assert {run.name for run in found} == {"run 5", *(f"run {n}" for n in range(50, 55))}


@pytest.mark.parametrize("sort", list(SortKey))
def test_every_sort_key_is_known_to_mlflow(console, trained, sort):
    """No order by a name that the server refuses."""
    page = console.runs.search(RunFilter(dag_run_id=trained.job.dag_run_id), sort)
    assert {run.run_id for run in page.runs} == {trained.train_run_id, trained.score_run_id}


@pytest.mark.parametrize(
    "where",
    [
        RunFilter(kind=RunKind.TRAIN, status=RunStatus.FINISHED),
        RunFilter(requested_by="operator", since=datetime.now(UTC) - timedelta(days=1)),
        RunFilter(
            conditions=tuple(
                map(
                    parse_condition,
                    (
                        "metrics.anomaly_rate < 0.5",
                        "metrics.anomaly_rate > -1e-05",
                        "params.n_estimators = 20",
                        "params.dataset != it's",
                    ),
                )
            )
        ),
        RunFilter(text="Machines"),
    ],
)
def test_every_filter_is_understood_by_mlflow(console, trained, where):
    """And finds the training that it describes."""
    assert trained.train_run_id in {run.run_id for run in console.runs.search(where).runs}


def test_a_champion_is_found_by_its_alias(common, console, trained):
    """Without one there is none; MLflow's odd answer for that is understood."""
    client, alias = common.mlflow.client, (names.REGISTERED_MODEL, names.CHAMPION)
    client.delete_registered_model_alias(*alias)
    assert console.runs.champion() is None
    version = version_of(common.mlflow, trained.train_run_id)
    client.set_registered_model_alias(*alias, str(version.number))
    caching.changed(Subject.MODELS)
    champion = console.runs.champion()
    client.delete_registered_model_alias(*alias)
    assert champion.run_id == trained.train_run_id
    assert trained.train_run_id in {choice.reference for choice in console.scoring.models()}


def test_a_service_that_is_not_there_is_known_within_seconds():
    """Nothing holds a page for minutes."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    begin = time.monotonic()
    for ask in (
        AirflowClient(url, "token").health,
        TrackingServer(url).version,
        Database(f"postgresql+psycopg://console@127.0.0.1:{port}/mlflow").version,
    ):
        with pytest.raises(Unreachable):
            ask()
    assert time.monotonic() - begin < 10


def test_a_place_in_the_list_is_reached_from_an_address(console, trained):
    """An address holds the place; the tokens of MLflow lead there."""
    where = RunFilter(dag_run_id=trained.job.dag_run_id)
    first, second = console.runs.search(where).runs
    assert console.runs.slice(where, offset=1, limit=1).runs == (second,)
    assert console.runs.slice(where, offset=0, limit=1).runs == (first,)


@pytest.mark.parametrize(
    ("comparison", "found"),
    [("< 100", True), (">= 20", True), ("> 20", False), ("<= 3", False), ("= 20.0", True)],
)
def test_parameters_are_compared_as_numbers(console, trained, comparison, found):
    """As text, 20 would come before 3 and after 100."""
    where = RunFilter(
        dag_run_id=trained.job.dag_run_id,
        conditions=(parse_condition(f"params.n_estimators {comparison}"),),
    )
    listed = {run.run_id for run in console.runs.slice(where).runs}
    assert (trained.train_run_id in listed) is found


@pytest.mark.usefixtures("trained")
def test_mlflow_itself_refuses_an_order_of_parameters(common):
    """Which is why the console compares them; should MLflow learn it, this tells."""
    with pytest.raises(Rejected, match="Invalid comparator '>'"):
        search_runs(common.mlflow, "params.n_estimators > '5'", limit=1)


def test_runs_are_found_by_their_ids(console, trained):
    """In one request, in the order asked for."""
    wanted = (trained.score_run_id, "f" * 32, trained.train_run_id)
    assert [run.run_id for run in console.runs.some(wanted)] == [wanted[0], wanted[2]]
