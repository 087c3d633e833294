"""What passes without a session, what does not, and the headers on all of it."""

import pytest

from app.web.middleware import page_policy


@pytest.mark.parametrize("path", ["/", "/runs", "/anomalies?run=abc&page=2"])
def test_visit_without_a_session_leads_to_the_sign_in(site, path):
    """And the address is kept for afterwards."""
    response = site.browser().get(path)
    assert response.status_code == 303
    sign_in = site.browser().get(response.headers["location"])
    assert f'name="next" value="{path.replace("&", "&amp;")}"' in sign_in.text


@pytest.mark.parametrize(
    "path", ["/healthz", "/_stcore/health", "/static/js/index.js", "/app/static/favicon.png"]
)
def test_static_files_need_no_session(site, path):
    """Health checks and files that are the same for everyone."""
    assert site.browser().get(path).status_code == 200


@pytest.mark.parametrize("path", ["/media/abc.csv", "/_stcore/upload_file/s/f", "/_stcore/metrics"])
def test_anyones_files_need_a_session(site, path):
    """They are refused, not redirected: no page asked for them."""
    browser = site.browser()
    browser.headers["Accept"] = "*/*"
    assert browser.get(path).status_code == 401
    assert browser.put(path, content=b"x").status_code == 401
    assert site.browser("operator").get(path).status_code == 200


def test_page_passes_while_airflow_is_down(site):
    """Its script says what is down; files need someone to vouch for the token."""
    site.world.stop("Airflow")
    browser = site.browser("operator")
    assert browser.get("/runs").status_code == 200
    assert browser.get("/media/a.csv", headers={"Accept": "*/*"}).status_code == 503


@pytest.mark.parametrize("path", ["/signin", "/healthz", "/runs", "/media/x"])
def test_every_answer_has_the_security_headers(site, path):
    """Redirects and refusals too."""
    headers = site.browser().get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "frame-ancestors" in headers["content-security-policy"]


def test_policy_forbids_foreign_and_injected_scripts():
    """Streamlit's own inline script is named by its hash; others do not run."""
    (scripts,) = (part for part in page_policy().split("; ") if part.startswith("script-src"))
    assert "'unsafe-inline'" not in scripts
    assert "'unsafe-eval'" not in scripts
    assert "'sha256-" in scripts


def test_own_documents_keep_their_stricter_policy(site):
    """The sign-in page runs its own script and nothing else."""
    first, second = (site.browser().get("/signin").headers for _ in range(2))
    policy = first["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert policy != second["content-security-policy"]
