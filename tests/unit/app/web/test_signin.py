"""Signing in with an account or the one-time link, and signing out."""

import hashlib
import re

import pytest

from app.web.session import COOKIE
from tests.fakes.airflow import PASSWORD

LINK = hashlib.sha256(b"the-link").hexdigest()


def submit(browser, username="operator", password=PASSWORD, **fields):
    """Send the form."""
    return browser.post("/signin", data={"username": username, "password": password} | fields)


def notice(response):
    """Return the sentence above the form."""
    return re.search(r'id="notice" role="alert">(.*?)</p>', response.text).group(1)


def test_form_is_shown_without_a_session(site):
    """It can be read by a screen reader and filled by a password manager, and loads nothing."""
    response = site.browser().get("/signin?next=/runs")
    assert response.status_code == 200
    for part in ('<label for="username">', 'autocomplete="current-password"', 'value="/runs"'):
        assert part in response.text
    assert "http:" not in response.text.replace("http://www.w3.org", "")
    assert response.headers["cache-control"] == "no-store"


def test_sign_in_opens_a_session_and_goes_on(site):
    """The cookie is out of reach of scripts and of other sites."""
    browser = site.browser()
    response = submit(browser, next="/anomalies?run=abc")
    assert (response.status_code, response.headers["location"]) == (303, "/anomalies?run=abc")
    cookie = response.headers["set-cookie"]
    for part in (f"{COOKIE}=", "HttpOnly", "SameSite=lax", "Path=/", "expires="):
        assert part in cookie
    assert "Secure" not in cookie
    assert browser.get("/runs").text == "<html>page</html>"


def test_over_https_the_cookie_is_secure(site):
    """It then never travels in the clear."""
    response = submit(site.browser(base_url="https://testserver"))
    assert "Secure" in response.headers["set-cookie"]


def test_wrong_password_is_refused_and_the_name_kept(site):
    """The password is not sent back."""
    response = submit(site.browser(), password="a-wrong-one", next="/runs")
    assert response.status_code == 401
    assert "set-cookie" not in response.headers
    assert notice(response) == "User name and password do not match."
    assert 'value="operator"' in response.text
    assert 'value="/runs"' in response.text
    assert "a-wrong-one" not in response.text


def test_what_was_typed_is_escaped(site):
    """A name cannot become markup."""
    response = submit(site.browser(), username='"><script>alert(1)</script>', password="x")
    assert "<script>alert" not in response.text


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example/", "/\\evil.example"])
def test_sign_in_never_leads_to_another_site(site, target):
    """The address is checked when the form is shown and when it is sent."""
    assert submit(site.browser(), next=target).headers["location"] == "/"
    assert "evil" not in site.browser().get("/signin", params={"next": target}).text


def test_form_of_another_site_is_refused(site):
    """Nobody is signed in as someone else without noticing."""
    browser = site.browser()
    browser.headers["Origin"] = "http://evil.example"
    response = submit(browser)
    assert response.status_code == 403
    assert "set-cookie" not in response.headers


def test_guessing_has_to_wait(site):
    """After five failures even the right password waits, and the page says how long."""
    browser = site.browser()
    assert [submit(browser, password="guess").status_code for _ in range(5)] == [401] * 5
    response = submit(browser)
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) <= 5
    assert "Wait" in notice(response)
    assert site.world.airflow.logins == 5


def test_guessing_at_many_names_has_to_wait_too(site):
    """One address cannot try one password on everyone."""
    browser = site.browser()
    statuses = [submit(browser, username=f"user{n}", password="x").status_code for n in range(21)]
    assert statuses == [401] * 20 + [429]


def test_success_forgets_the_failures(site):
    """Four typing errors, then the right password, then four more: no wait."""
    browser = site.browser()
    for _ in range(2):
        for _ in range(4):
            submit(browser, password="typo")
        assert submit(browser).status_code == 303


def test_airflow_down_is_reported(site):
    """It is not the operator's fault, and the page says so."""
    site.world.stop("Airflow")
    response = submit(site.browser())
    assert response.status_code == 503
    assert "does not answer" in notice(response)


def test_huge_form_is_not_read(site):
    """A name and a password are short."""
    assert submit(site.browser(), username="x" * 10_000).status_code == 401
    assert site.world.airflow.logins == 1


def test_good_session_skips_the_form(site):
    """An operator who opens an old sign-in address goes on at once."""
    response = site.browser("operator").get("/signin?next=/runs")
    assert (response.status_code, response.headers["location"]) == (303, "/runs")


def test_form_says_that_the_session_has_ended(site):
    """The operator learns why the form is there again."""
    browser = site.browser("operator")
    site.world.airflow.revoked.add(browser.cookies[COOKIE])
    assert "has ended" in notice(browser.get("/signin"))


def test_one_time_link_signs_in_once(site):
    """The second visitor is told to sign in."""
    site.write_link(token_sha256=LINK, username="admin", password=PASSWORD)
    browser = site.browser()
    response = browser.get("/signin/once?token=the-link")
    assert (response.status_code, response.headers["location"]) == (303, "/")
    assert COOKIE in response.headers["set-cookie"]
    assert not site.link_file.exists()
    second = site.browser().get("/signin/once?token=the-link")
    assert second.status_code == 410
    assert "used before" in notice(second)
    assert "set-cookie" not in second.headers


@pytest.mark.parametrize("query", ["", "?token=", "?token=another"])
def test_wrong_link_does_not_use_up_the_right_one(site, query):
    """A guess leaves the link as it is."""
    site.write_link(token_sha256=LINK, username="admin", password=PASSWORD)
    assert site.browser().get(f"/signin/once{query}").status_code == 410
    assert site.browser().get("/signin/once?token=the-link").status_code == 303


def test_link_is_kept_while_airflow_is_down(site):
    """The operator may click before everything has started."""
    site.write_link(token_sha256=LINK, username="admin", password=PASSWORD)
    site.world.airflow.down = True
    assert site.browser().get("/signin/once?token=the-link").status_code == 503
    site.world.airflow.down = False
    assert site.browser().get("/signin/once?token=the-link").status_code == 303


def test_prefetch_does_not_use_up_the_link(site):
    """Typing an address may make a browser fetch it in advance."""
    site.write_link(token_sha256=LINK, username="admin", password=PASSWORD)
    browser = site.browser()
    ahead = browser.get("/signin/once?token=the-link", headers={"Sec-Purpose": "prefetch"})
    assert ahead.status_code == 403
    assert browser.get("/signin/once?token=the-link").status_code == 303


def test_concurrent_use_of_the_link_signs_one_in(site, monkeypatch):
    """The loser's session is ended at Airflow again."""
    site.write_link(token_sha256=LINK, username="admin", password=PASSWORD)
    login = type(site.world.airflow.client()).login

    def other_is_faster(self, username, password):
        site.link_file.unlink()
        return login(self, username, password)

    monkeypatch.setattr(type(site.world.airflow.client()), "login", other_is_faster)
    assert site.browser().get("/signin/once?token=the-link").status_code == 410
    assert len(site.world.airflow.revoked) == 1


def test_signing_out_ends_the_session(site):
    """The cookie is deleted and the token is revoked at Airflow."""
    browser = site.browser("operator")
    response = browser.get("/signout")
    assert notice(response) == "You have signed out."
    assert f'{COOKIE}=""' in response.headers["set-cookie"]
    assert len(site.world.airflow.revoked) == 1
    assert site.browser("operator").get("/runs").status_code == 200  # another token


def test_signing_out_works_without_airflow_and_without_a_session(site):
    """The browser forgets the session in any case."""
    browser = site.browser("operator")
    site.world.airflow.down = True
    assert "Airflow" in notice(browser.get("/signout"))
    assert notice(site.browser().get("/signout")) == "You have signed out."


def test_another_sites_link_does_not_sign_out(site):
    """An image or a link elsewhere cannot end a session."""
    browser = site.browser("operator")
    del browser.headers["Origin"]
    response = browser.get("/signout", headers={"Sec-Fetch-Site": "cross-site"})
    assert response.headers["location"] == "/"
    assert site.world.airflow.revoked == set()
