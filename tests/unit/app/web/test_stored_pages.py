"""Looking at a run's stored pages inside the console."""

ADDRESS = "/download/run/{}/visualizations/anomaly_trend.html"


def test_a_stored_page_is_shown_in_a_sandbox(site):
    """Its scripts run, but without the console's cookie, session or any other address."""
    run_id = site.world.console().runs.latest_score().run_id
    response = site.browser("viewer").get(f"{ADDRESS.format(run_id)}?view")
    policy = response.headers["content-security-policy"]
    assert response.headers["content-type"].startswith("text/html")
    assert "content-disposition" not in response.headers
    assert "sandbox allow-scripts;" in policy
    assert "allow-same-origin" not in policy
    assert "default-src 'none'" in policy


def test_other_files_are_saved_even_when_a_view_is_asked_for(site):
    """Only pages are shown; an image or a table could be anything."""
    run_id = site.world.console().runs.latest_score().run_id
    address = f"/download/run/{run_id}/scores/scored_output.csv?view"
    assert "attachment" in site.browser("viewer").get(address).headers["content-disposition"]
