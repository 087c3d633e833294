"""Downloads through the operator's own session."""

import io

import pytest
from pyarrow import parquet as pq


@pytest.fixture
def run_id(site):
    """The newest score run."""
    return site.world.console().runs.scored(1)[0].run_id


def test_file_of_a_run_is_saved_under_its_name(site, run_id):
    """It is never shown as a page of the console, whatever is in it."""
    response = site.browser("viewer").get(f"/download/run/{run_id}/scores/scored_output.csv")
    assert response.status_code == 200
    assert response.content.startswith(b'"crash_date"')
    assert response.headers["content-disposition"] == (
        "attachment; filename*=UTF-8''scored_output.csv"
    )
    assert response.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("query", "lines"), [("?top=10", 10), ("", 200), ("?rows=all", 2_000), ("?top=many", 200)]
)
def test_scored_rows_are_saved_as_csv(site, run_id, query, lines):
    """The top, all anomalies, or every row."""
    response = site.browser("viewer").get(f"/download/anomalies/{run_id}{query}")
    assert response.text.count("\n") == lines + 1
    assert response.headers["content-type"].startswith("text/csv")


def test_chosen_rows_are_saved_in_the_chosen_form(site, run_id):
    """Filters, threshold, columns and form stand in the address."""
    query = {
        "f": '["num_units","between",2,3]',
        "t": "99",
        "format": "parquet",
        "column": "num_units",
    }
    response = site.browser("viewer").get(f"/download/anomalies/{run_id}", params=query)
    table = pq.read_table(io.BytesIO(response.content))
    assert table.column_names == ["row", "num_units"]
    assert 0 < table.num_rows < 20
    assert set(table.column("num_units").to_pylist()) <= {2, 3}
    assert "anomalies-filtered-" in response.headers["content-disposition"]


def test_one_row_is_saved_as_json(site, run_id):
    """Every column of it, dates as text."""
    response = site.browser("viewer").get(f"/download/anomalies/{run_id}/rows/7")
    assert response.headers["content-type"] == "application/json"
    record = response.json()
    assert record["row"] == 7
    assert record["crash_date"].startswith("202")
    assert site.browser("viewer").get(f"/download/anomalies/{run_id}/rows/9999").status_code == 404


@pytest.mark.parametrize("query", ["format=xls", "delimiter=x", 'f=["nothing","in","a"]'])
def test_unknown_export_choice_is_answered_with_a_page(site, run_id, query):
    """Whoever edits the address reads what was wrong with it."""
    response = site.browser("viewer").get(f"/download/anomalies/{run_id}?{query}")
    assert response.status_code in (400, 404)
    assert "Back to the console" in response.text


@pytest.mark.parametrize("path", ["run/{}/scores/scored_output.csv", "anomalies/{}"])
def test_without_a_session_there_is_no_file(site, run_id, path):
    """The visitor signs in first and comes back to the same address."""
    address = f"/download/{path.format(run_id)}"
    response = site.browser().get(address)
    assert response.status_code == 303
    assert response.headers["location"] == f"/signin?next={address}"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("run/{}/scores/nothing.csv", 404),
        ("run/nonsense/a.csv", 404),
        ("anomalies/" + "0" * 32, 404),
    ],
)
def test_missing_file_is_answered_with_a_page(site, run_id, path, status):
    """The browser shows a sentence and the way back."""
    response = site.browser("viewer").get(f"/download/{path.format(run_id)}")
    assert response.status_code == status
    assert "Back to the console" in response.text


def test_mlflow_down_is_answered_with_a_page(site, run_id):
    """Before anything was sent, so that no half file is saved."""
    site.world.stop("MLflow")
    response = site.browser("viewer").get(f"/download/run/{run_id}/scores/scored_output.csv")
    assert response.status_code == 503
    assert "MLflow does not answer" in response.text


STORED_PAGE = "/download/run/{}/visualizations/anomaly_trend.html"


def test_stored_page_is_shown_in_a_sandbox(site):
    """Its scripts run, but without the console's cookie, session or any other address."""
    run_id = site.world.console().runs.scored(1)[0].run_id
    response = site.browser("viewer").get(f"{STORED_PAGE.format(run_id)}?view")
    policy = response.headers["content-security-policy"]
    assert response.headers["content-type"].startswith("text/html")
    assert "content-disposition" not in response.headers
    assert "sandbox allow-scripts;" in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy


def test_other_files_are_saved_even_when_a_view_is_asked_for(site):
    """Only pages are shown; an image or a table could be anything."""
    run_id = site.world.console().runs.scored(1)[0].run_id
    address = f"/download/run/{run_id}/scores/scored_output.csv?view"
    assert "attachment" in site.browser("viewer").get(address).headers["content-disposition"]
