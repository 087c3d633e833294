"""Pages of runs by their offset in the list."""

import pytest

from app.services import caching
from app.services.caching import Subject
from app.services.runs import queries as runs_queries
from app.services.runs.queries import RunFilter, parse_condition
from tests.fakes.world import FakeWorld

MANY_TREES = RunFilter(conditions=(parse_condition("params.n_estimators > 100"),))


@pytest.fixture
def world(tmp_path):
    """Twenty trainings, each second one with more than a hundred trees."""
    made = FakeWorld(tmp_path)
    dataset = made.add_dataset("a.csv").tags["dataset_id"]
    for age in range(20):
        made.add_training(dataset, age=age + 1, trees=200 if age % 2 else 50)
    return made


@pytest.fixture
def runs(world):
    """The service that lists them."""
    return world.console().runs


def pages(runs, where, limit):
    """Return every page, from the first to the last."""
    found = [runs.slice(where, limit=limit)]
    while found[-1].following is not None:
        found.append(runs.slice(where, offset=found[-1].following, limit=limit))
    return found


@pytest.mark.parametrize(("where", "count"), [(RunFilter(), 20), (MANY_TREES, 10)])
def test_pages_hold_every_run_once_and_in_order(runs, where, count):
    """Also where the console compares the conditions itself."""
    found = pages(runs, where, 4)
    listed = [run for page in found for run in page.runs]
    assert [len(page.runs) for page in found[:-1]] == [4] * (len(found) - 1)
    assert len({run.run_id for run in listed}) == len(listed) == count
    assert [run.started for run in listed] == sorted((r.started for r in listed), reverse=True)


def test_page_reads_a_limited_number_of_runs(runs, monkeypatch):
    """A page says how far it read and where the next one continues."""
    monkeypatch.setattr(runs_queries, "READ_AT_ONCE", 3)
    monkeypatch.setattr(runs_queries, "MOST_READ", 6)
    none = RunFilter(conditions=(parse_condition("params.n_estimators > 1000"),))
    page = runs.slice(none)
    assert (page.runs, page.read, page.following) == ((), 6, 6)
    assert sum(each.read for each in pages(runs, none, 25)) == 20


def test_every_search_has_a_limit(runs, world):
    """MLflow is always given a maximum number of runs."""
    pages(runs, MANY_TREES, 4)
    runs.some([run.run_id for run in world.mlflow.runs])
    world.console().lineages.of(runs.latest_model().run_id)
    limits = [most for _, _, _, most, *_ in searches(world)]
    assert limits
    assert all(0 < most <= 250 for most in limits)


def searches(world):
    """Return what each search was asked with."""
    return [request.given for request in world.mlflow.requests if request.name == "search_runs"]


def test_offset_is_reached_by_tokens_of_mlflow(runs, world):
    """An offset from an address is read up to once; from then on a page is one search."""
    expected = runs.search(limit=20).runs
    world.mlflow.requests.clear()
    assert runs.slice(RunFilter(), offset=15, limit=4).runs == expected[15:19]
    assert len(searches(world)) == 2
    caching.changed(Subject.RUNS)
    assert world.console().runs.slice(RunFilter(), offset=15, limit=4).runs == expected[15:19]
    assert world.console().runs.slice(RunFilter(), offset=19, limit=4).runs == expected[19:]
    assert len(searches(world)) == 4


def test_offset_beyond_the_list_is_an_empty_page(runs):
    """As when runs were deleted since the address was written."""
    page = runs.slice(RunFilter(), offset=40, limit=4)
    assert (page.runs, page.following) == ((), None)


def test_runs_are_found_by_their_ids_in_that_order(runs):
    """Unknown ids and repetitions are left out."""
    newest = runs.search(limit=3).runs
    wanted = [newest[2].run_id, "f" * 32, newest[0].run_id, newest[2].run_id]
    assert runs.some(wanted) == (newest[2], newest[0])
    assert runs.some([]) == ()
