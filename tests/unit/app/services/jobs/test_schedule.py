"""The training's schedule as Airflow has it, and what an upload sets off."""

from datetime import UTC, datetime, timedelta

import pytest

from app.clients.errors import Forbidden
from app.services.jobs.schedule import ScheduleKind, Timetable
from pipeline.errors import Unreachable

ON_UPLOAD = {"asset_expression": {"any": [{"asset": {"name": "traffic_datasets"}}]}}
WHEN = datetime(2027, 1, 4, 3, tzinfo=UTC)
WEEKLY = {
    "timetable_summary": "0 3 * * 1",
    "timetable_description": "At 03:00, only on Monday",
    "timetable_periodic": True,
    "next_dagrun_run_after": WHEN,
}


@pytest.fixture
def dataset(console):
    """The newest data set."""
    return console.datasets.get("latest")


def test_no_schedule_is_the_default(console):
    """The default."""
    assert console.schedule.timetable() == Timetable(ScheduleKind.NONE)


def test_weekly_schedule_has_its_description_and_next_run(world, console):
    """In Airflow's words, with its own next time."""
    world.airflow.timetable |= WEEKLY
    expected = Timetable(ScheduleKind.CRON, "0 3 * * 1", "At 03:00, only on Monday", WHEN)
    assert console.schedule.timetable() == expected


def test_new_data_set_starts_a_retraining_on_it(world, console, dataset):
    """The event carries its id."""
    world.airflow.timetable |= ON_UPLOAD
    assert console.schedule.timetable().kind is ScheduleKind.ON_UPLOAD
    assert console.schedule.announce(dataset, dataset.created) is True
    assert world.airflow.events == [(7, {"dataset": dataset.dataset_id})]


def test_known_data_set_starts_no_retraining(world, console, dataset):
    """What was registered before this upload began is no new data set."""
    world.airflow.timetable |= ON_UPLOAD
    assert console.schedule.announce(dataset, dataset.created + timedelta(seconds=1)) is False
    assert world.airflow.events == []


def test_upload_starts_nothing_without_the_on_upload_schedule(world, console, dataset):
    """Neither without a schedule nor with one by time."""
    assert console.schedule.announce(dataset, dataset.created) is False
    world.airflow.timetable |= WEEKLY
    assert console.schedule.announce(dataset, dataset.created) is False
    assert world.airflow.events == []


def test_announcing_raises_when_forbidden_or_airflow_is_down(world, console, dataset):
    """A role that may not, and an Airflow that is down."""
    world.airflow.timetable |= ON_UPLOAD
    with pytest.raises(Forbidden):
        world.console("viewer").schedule.announce(dataset, dataset.created)
    world.stop("Airflow")
    with pytest.raises(Unreachable):
        console.schedule.announce(dataset, dataset.created)


def test_scheduled_run_is_triggered_by_the_scheduler(world, console):
    """Nobody else asked for it."""
    world.airflow.jobs[0].user = None
    asked = {job.dag_run_id: job.requested_by for job in console.training.recent(20)}
    assert asked[world.airflow.jobs[0].dag_run_id] == "scheduler"
