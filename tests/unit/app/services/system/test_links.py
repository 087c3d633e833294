"""Addresses of exact pages."""

from app.services.system.links import Links

LINKS = Links("http://airflow", "http://mlflow")


def test_runs_jobs_and_tasks_have_their_own_pages():
    """Ids with signs of their own are escaped."""
    assert LINKS.run("3", "abc") == "http://mlflow/#/experiments/3/runs/abc"
    assert LINKS.job("dag", "manual__2026+0") == "http://airflow/dags/dag/runs/manual__2026%2B0"
    assert LINKS.task("dag", "a", "train").endswith("/dags/dag/runs/a/tasks/train")


def test_downloads_go_through_the_console():
    """The browser needs no access to MLflow for them."""
    assert LINKS.artifact("abc", "plots/a b.png") == "/download/run/abc/plots/a%20b.png"
