"""Listing runs and reading their files."""

from datetime import UTC, datetime, timedelta

import pytest

from app.services import caching
from app.services.caching import Subject
from app.services.runs import service as module
from app.services.runs.queries import (
    RunFilter,
    SortKey,
    order_by,
    parse_condition,
    quoted,
)
from pipeline.errors import NotFound, Rejected, Unreachable
from pipeline.tracking.runs import RunKind, RunStatus, Stage, parse_run
from tests.fakes.mlflow import FakeRun


def names_of(page):
    """Return what each run of a page is called."""
    return [run.name for run in page.runs]


def test_the_newest_runs_come_first(console):
    """The default order is by start."""
    started = [run.started for run in console.runs.search().runs]
    assert len(started) == 8
    assert started == sorted(started, reverse=True)


def test_pages_follow_one_another_without_overlap(console):
    """The token of a page leads to the next until there is none."""
    seen, token = [], ""
    while True:
        page = console.runs.search(limit=3, page_token=token)
        seen += [run.run_id for run in page.runs]
        token = page.next_token
        if not token:
            break
    assert len(seen) == len(set(seen)) == 8


@pytest.mark.parametrize(
    ("where", "count"),
    [
        (RunFilter(kind=RunKind.TRAIN), 5),
        (RunFilter(status=RunStatus.FAILED), 1),
        (RunFilter(kind=RunKind.SCORE, status=RunStatus.FAILED), 0),
        (RunFilter(requested_by="nobody"), 0),
        (RunFilter(text="200 TREES"), 4),
        (RunFilter(since=datetime.now(UTC) - timedelta(hours=1)), 1),
        (RunFilter(until=datetime.now(UTC) - timedelta(hours=1)), 7),
        (RunFilter(conditions=(parse_condition("metrics.anomaly_rate < 0.1"),)), 1),
        (RunFilter(conditions=(parse_condition("params.n_estimators = 100"),)), 1),
    ],
)
def test_filter_narrows_the_list(console, where, count):
    """Each field narrows the list by itself, and together they narrow it further."""
    assert len(console.runs.search(where).runs) == count


def test_search_text_may_be_an_id(console):
    """A run, data set or DAG run id pasted into the search finds what belongs to it."""
    run = console.runs.scored(1)[0]
    assert [found.run_id for found in console.runs.search(RunFilter(text=run.run_id)).runs] == [
        run.run_id
    ]
    for text in (run.dag_run_id, f" {run.dataset_id} "):
        found = console.runs.search(RunFilter(text=text)).runs
        assert run.run_id in {each.run_id for each in found}
        assert len(found) < 8


def test_quote_in_a_filter_is_dropped(console):
    """MLflow's search language has no escape, so a quote could end the value."""
    assert quoted("x' OR '1'='1") == "'x OR 1=1'"
    assert names_of(console.runs.search(RunFilter(requested_by="x' OR 'a"))) == []


@pytest.mark.parametrize(
    ("sort", "descending", "order"),
    [
        (SortKey.STARTED, True, ["attributes.start_time DESC"]),
        (SortKey.ROWS, False, ["metrics.rows ASC", "attributes.start_time DESC"]),
        (SortKey.CONTAMINATION, True, ["params.contamination DESC", "attributes.start_time DESC"]),
    ],
)
def test_the_server_sorts(sort, descending, order):
    """Equal values come newest first."""
    assert order_by(sort, descending=descending) == order


def test_without_an_experiment_there_are_no_runs(empty):
    """A fresh stack shows empty lists, not errors."""
    runs = empty.console().runs
    assert runs.search().runs == ()
    assert (runs.champion(), runs.latest_model(), runs.scored(1)) == (None, None, ())


def test_champion_and_latest_are_finished_train_runs(console, world):
    """A failed or running retraining is never taken for the latest model."""
    latest = console.runs.latest_model()
    assert (latest.kind, latest.status) == (RunKind.TRAIN, RunStatus.FINISHED)
    assert console.runs.champion() == latest
    world.mlflow.aliases.clear()
    caching.changed(Subject.MODELS)
    assert console.runs.champion() is None


def test_champion_without_its_run_is_none(console, world):
    """A dangling model version does not break the page."""
    world.mlflow.aliases["traffic_anomaly", "champion"] = "f" * 32
    assert console.runs.champion() is None


def test_files_are_listed_through_all_folders(console):
    """Each file has its size and the address that downloads it."""
    run_id = console.runs.scored(1)[0].run_id
    files = {file.path: file for file in console.runs.artifacts(run_id)}
    assert list(files) == sorted(files)
    assert len(files) == 12
    file = files["visualizations/summary_statistics.txt"]
    assert file.size_bytes == 24
    assert file.url == f"/download/run/{run_id}/visualizations/summary_statistics.txt"


def test_small_files_are_shown_and_large_ones_refused(console, monkeypatch):
    """A huge artifact does not end up in the console's memory."""
    run_id = console.runs.scored(1)[0].run_id
    assert console.runs.text(run_id, "visualizations/summary_statistics.txt").startswith("rows")
    caching.clear()
    monkeypatch.setattr(module, "SMALL_BYTES", 10)
    with pytest.raises(Rejected, match="download it"):
        console.runs.text(run_id, "visualizations/summary_statistics.txt")


def test_a_download_is_kept_on_disk(console, world):
    """The second time nothing is asked of MLflow."""
    run_id = console.runs.scored(1)[0].run_id
    first = console.runs.download(run_id, "scores/scored_output.csv")
    world.mlflow.down = True
    assert console.runs.download(run_id, "scores/scored_output.csv") == first
    assert first.read_bytes().startswith(b'"crash_date"')


def test_unknown_run_is_not_found(console):
    """The message says what to do."""
    with pytest.raises(NotFound, match="it may have been deleted for good"):
        console.runs.get("0" * 32)


def test_mlflow_down_raises(console, world):
    """The list is not shown as empty while MLflow is down."""
    world.stop("MLflow")
    with pytest.raises(Unreachable):
        console.runs.search()


def test_run_without_end_and_data_is_read():
    """MLflow leaves out what is empty."""
    run = parse_run(FakeRun("1", "", 0, status="RUNNING").entity())
    assert (run.kind, run.ended, run.params, run.dataset_id) == (None, None, {}, "")
    assert run.seconds > 0
    assert not run.finished


def test_runs_are_listed_by_stage(world, console):
    """Active, archived and deleted runs are separate lists; no stage means the first two."""
    archived, deleted = world.mlflow.runs[2], world.mlflow.runs[3]
    archived.tags["archived"] = "2026-01-01 by operator"
    deleted.deleted_ms = 1
    found = {
        stage: {run.run_id: run.stage for run in console.runs.search(RunFilter(stage=stage)).runs}
        for stage in (*Stage, None)
    }
    assert found[Stage.ARCHIVED] == {archived.run_id: Stage.ARCHIVED}
    assert found[Stage.DELETED] == {deleted.run_id: Stage.DELETED}
    assert archived.run_id not in found[Stage.ACTIVE]
    assert len(found[None]) == len(found[Stage.ACTIVE]) + 1
