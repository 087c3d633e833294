"""Who may do what, on the real Airflow."""

import pytest

from app.clients.airflow import AirflowClient
from app.clients.errors import Forbidden, Unauthorized
from app.services.jobs.service import new_intent
from pipeline.params import TrainParams


def test_accounts_have_the_roles_that_airflow_gives_them(sign_in):
    """The role is read from Airflow's own token."""
    roles = {name: sign_in(name).identity.role for name in ("admin", "operator", "viewer")}
    assert roles == {"admin": "admin", "operator": "op", "viewer": "viewer"}


@pytest.mark.parametrize(("username", "password"), [("operator", "wrong"), ("nobody", "x")])
def test_a_wrong_password_is_refused(common, username, password):
    """Known and unknown names get the same answer."""
    with pytest.raises(Unauthorized, match="do not match"):
        common.identities.sign_in(username, password)


def test_a_revoked_session_has_ended_for_everyone(stack, common):
    """Airflow answers 403 for it, which is told as a session that ended."""
    account = stack.account("viewer")
    token = AirflowClient(stack.airflow_url).login(account.username, account.password)
    other = AirflowClient(stack.airflow_url, token)
    other.check_token()
    common.identities.sign_out(token)
    with pytest.raises(Unauthorized, match="has ended"):
        other.check_token()


@pytest.mark.parametrize("token", [None, "nonsense", "e30.e30.e30"])
def test_without_a_valid_token_nothing_is_told(stack, token):
    """A missing token is answered 401, a forged one 403; both mean the same."""
    with pytest.raises(Unauthorized):
        AirflowClient(stack.airflow_url, token).runs()


def test_a_viewer_may_look_and_not_touch(sign_in, trained):
    """Airflow enforces it, whatever the pages show."""
    viewer = sign_in("viewer")
    run_id = trained.job.dag_run_id
    assert viewer.training.progress(run_id).job.dag_run_id == run_id
    assert viewer.runs.search().runs
    with pytest.raises(Forbidden):
        viewer.training.trigger(TrainParams(), new_intent())
    with pytest.raises(Forbidden):
        viewer.training.unpause()
    assert not viewer.training.preflight(TrainParams()).ready
