"""Who is signed in, and for how long Airflow's word is good."""

import pytest

from app.clients.errors import Unauthorized
from app.services.identity import TRUST_SECONDS, Identities, read_token
from pipeline.errors import Unreachable
from tests.fakes.airflow import PASSWORD, FakeAirflow, token_of


@pytest.fixture
def airflow():
    """An Airflow with three accounts."""
    return FakeAirflow()


@pytest.fixture
def clock():
    """A clock that moves when told; a list of one number."""
    return [1000.0]


@pytest.fixture
def identities(airflow, clock):
    """Identities on that Airflow and clock."""
    return Identities(airflow.client, lambda: clock[0])


@pytest.mark.parametrize(
    ("username", "role", "may"),
    [("admin", "admin", True), ("operator", "op", True), ("viewer", "viewer", False)],
)
def test_role_decides_what_an_operator_may_do(identities, username, role, may):
    """The role comes from the token that Airflow issued."""
    identity = identities.sign_in(username, PASSWORD)
    assert (identity.username, identity.role, identity.can_trigger) == (username, role, may)


def test_name_in_the_token_comes_before_its_subject():
    """In the containers the subject is the number of the account."""
    identity = read_token(token_of("7", "op", name="maria"))
    assert (identity.username, identity.role) == ("maria", "op")


def test_wrong_password_opens_no_session(identities):
    """Airflow's refusal is passed on."""
    with pytest.raises(Unauthorized, match="do not match"):
        identities.sign_in("operator", "guess")


def test_token_is_not_shown(identities):
    """A log line or a traceback with an identity gives nothing away."""
    identity = identities.sign_in("operator", PASSWORD)
    assert identity.token not in repr(identity)


def test_airflow_is_asked_once_a_minute(identities, airflow, clock):
    """Every page run verifies the session, and must not cost a request each time."""
    token = token_of("operator", "op")
    for _ in range(5):
        assert identities.verify(token).username == "operator"
    assert airflow.token_checks == 1
    clock[0] += TRUST_SECONDS
    identities.verify(token)
    assert airflow.token_checks == 2


def test_revoked_token_ends_within_a_minute(identities, airflow, clock):
    """A session ended at Airflow ends here at the next question."""
    token = identities.sign_in("operator", PASSWORD).token
    airflow.revoked.add(token)
    clock[0] += TRUST_SECONDS
    for _ in range(2):
        with pytest.raises(Unauthorized, match="has ended"):
            identities.verify(token)


def test_verified_session_survives_airflow_down(identities, airflow, clock):
    """Reading data does not end with Airflow."""
    token = identities.sign_in("operator", PASSWORD).token
    airflow.down = True
    clock[0] += TRUST_SECONDS * 10
    assert identities.verify(token).username == "operator"


def test_airflow_down_is_not_asked_with_every_page(identities, airflow, clock, monkeypatch):
    """Each question would hold the page for seconds."""
    token = identities.sign_in("operator", PASSWORD).token
    asked = []

    def silent(_):
        asked.append(clock[0])
        raise Unreachable("Airflow", "no answer")

    monkeypatch.setattr(type(airflow.client()), "check_token", silent)
    clock[0] += TRUST_SECONDS
    for _ in range(30):
        identities.verify(token)
        clock[0] += 1
    assert len(asked) == 2


def test_unknown_session_waits_for_airflow(identities, airflow):
    """Nobody enters on the word of a token alone."""
    airflow.down = True
    with pytest.raises(Unreachable):
        identities.verify(token_of("admin", "admin"))


def test_signing_out_ends_the_session_at_once(identities, airflow):
    """Here without waiting for the minute to pass, and at Airflow for every other holder."""
    token = identities.sign_in("operator", PASSWORD).token
    identities.sign_out(token)
    assert airflow.revoked == {token}
    with pytest.raises(Unauthorized, match="signed out"):
        identities.verify(token)


def test_signing_out_counts_here_while_airflow_is_down(identities, airflow):
    """The session is over for this console even if Airflow could not be told."""
    token = identities.sign_in("operator", PASSWORD).token
    airflow.down = True
    with pytest.raises(Unreachable):
        identities.sign_out(token)
    with pytest.raises(Unauthorized):
        identities.verify(token)


@pytest.mark.parametrize(
    "token", ["", "nonsense", "a.b", "a.b.c", "a.!!!.c", "e30.e30.x", "e30.W10.x", "é.é.é"]
)
def test_malformed_token_is_refused(token):
    """A mangled cookie leads to the sign-in page, not to an error."""
    with pytest.raises(Unauthorized, match="not signed in"):
        read_token(token)


def test_expired_token_is_refused_as_expired():
    """The operator learns that the session ended, not that something broke."""
    with pytest.raises(Unauthorized, match="has ended"):
        read_token(token_of("operator", "op", seconds=-1))
