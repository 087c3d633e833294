"""Make the account that console and tasks use at MLflow, which is not its administrator's.

``python -m compose.containers.mlflow_account`` runs at every start, once MLflow answers.
"""

import os
import sys

import httpx

from compose.launcher.readiness import CLIENT

SERVICE_ACCOUNT = "anomaly-console"
ADMINISTRATOR = "admin"


def create(url: str, administrator: tuple[str, str], username: str, password: str) -> str:
    """Make the account, or set its password where it exists; return a sentence about it."""
    users = f"{url}/api/2.0/mlflow/users"
    account = {"username": username, "password": password}
    made = CLIENT.post(f"{users}/create", json=account, auth=administrator)
    if made.is_success:
        return f"The account {username} was made."
    if made.json().get("error_code") != "RESOURCE_ALREADY_EXISTS":
        made.raise_for_status()
    probe = CLIENT.get(f"{users}/get", params={"username": username}, auth=(username, password))
    if probe.status_code == httpx.codes.UNAUTHORIZED:
        answer = CLIENT.patch(f"{users}/update-password", json=account, auth=administrator)
        answer.raise_for_status()
        return f"The account {username} got a new password."
    return f"The account {username} is there."


if __name__ == "__main__":
    said = create(
        os.environ["MLFLOW_TRACKING_URI"],
        (ADMINISTRATOR, os.environ["MLFLOW_ADMIN_PASSWORD"]),
        SERVICE_ACCOUNT,
        os.environ["MLFLOW_SERVICE_PASSWORD"],
    )
    sys.stdout.write(f"{said}\n")
