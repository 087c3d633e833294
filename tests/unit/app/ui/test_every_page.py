"""What holds for every page: normal, empty, with each service down, and for long names."""

import pytest

from app import wiring
from app.clients.errors import Unauthorized, unreachable

PAGES = ("overview", "trends", "data", "retrain", "score", "runs", "models", "anomalies", "system")
TITLES = {page: page.capitalize() for page in PAGES}
BROKEN = "Something went wrong"
NEEDS = {
    "MLflow": {"data", "retrain", "score", "runs", "models", "anomalies"},
    "PostgreSQL": {"trends", "models"},
}
LONG = "an_export_of_the_regional_authority_" * 5 + ".csv"


@pytest.mark.parametrize("page", PAGES)
def test_page_shows_its_title_and_no_failure(enter, world, page):
    """With data there and everything up, a page is drawn whole."""
    visit = enter(world, page)
    assert TITLES[page] in visit.text
    assert BROKEN not in visit.text
    assert "could not be shown" not in visit.text


@pytest.mark.parametrize("page", [page for page in PAGES if page != "system"])
def test_empty_page_says_what_to_do_next(enter, empty, page):
    """With nothing stored, a page says so and leads on."""
    visit = enter(empty, page)
    assert BROKEN not in visit.text
    assert any(
        phrase in visit.text
        for phrase in ("No data set yet", "No model yet", "Nothing", "No score run", "No run")
    )


@pytest.mark.parametrize("service", ["Airflow", "MLflow", "PostgreSQL"])
@pytest.mark.parametrize("page", PAGES)
def test_page_is_shown_while_a_service_is_down(enter, world, page, service):
    """A page keeps its title, and what cannot be shown names the service and offers a retry."""
    world.stop(service)
    visit = enter(world, page)
    assert TITLES[page] in visit.text
    assert BROKEN not in visit.text
    if page in NEEDS.get(service, set()):
        assert f"waiting for {service}" in visit.text
        assert "Try again" in visit.labels()
        assert "comes back by itself" in visit.text


@pytest.mark.parametrize("page", PAGES)
def test_page_comes_back_with_the_service(enter, world, page):
    """Once the service answers again, the next draw is whole."""
    world.stop("MLflow")
    visit = enter(world, page)
    world.mlflow.down = False
    assert "waiting for MLflow" not in visit.again().text


@pytest.mark.parametrize("page", PAGES)
def test_long_names_are_cut_and_whole_in_the_tooltip(enter, empty, page):
    """A name of 180 characters breaks no page."""
    dataset = empty.add_dataset(LONG).tags["dataset_id"]
    empty.add_scoring(empty.add_training(dataset, age=5), age=5)
    visit = enter(empty, page)
    assert BROKEN not in visit.text
    assert "could not be shown" not in visit.text


@pytest.mark.parametrize("page", PAGES)
def test_viewer_may_look_at_every_page(enter, world, page):
    """The role viewer sees what others see, and its role by name."""
    visit = enter(world, page, username="viewer")
    assert BROKEN not in visit.text
    assert "Viewer" in visit.text


def test_session_that_has_ended_leads_to_sign_in_and_back(enter, world, monkeypatch):
    """Without a good token no page is drawn, and the sign-in link knows where to return."""
    visit = enter(world, "runs")

    def ended(_token):
        raise Unauthorized("Airflow", "The session has ended.")

    monkeypatch.setattr(wiring, "connect", ended)
    visit.again()
    assert "Your session has ended" in visit.text
    assert "All runs" not in visit.labels()
    assert any("/signin?next=" in each.body for each in visit.at.get("html"))


def test_nobody_known_and_airflow_down_is_explained(enter, world, monkeypatch):
    """When nobody can vouch for the session, the page names Airflow and offers a retry."""
    visit = enter(world, "overview")
    del visit.at.session_state["console"]

    def down(_token):
        raise unreachable("Airflow", "http://airflow.test")

    monkeypatch.setattr(wiring, "connect", down)
    visit.again()
    assert "waiting for Airflow" in visit.text
    assert visit.labels() == ["Try again"]
