"""One address behind TLS."""

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.operator import Operator
from tests.servers.containers import BEHIND_TLS, ContainerStack

NAME = "localhost"


@pytest.fixture(scope="module")
def address(stack: ContainerStack) -> str:
    """The same stack with the proxy before it and no other port; its address."""
    certificate, key = stack.file("certificate.pem"), stack.file("key.pem")
    make = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1")
    names = ("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}")
    files = ("-keyout", str(key), "-out", str(certificate))
    subprocess.run((*make, *names, *files), check=True, capture_output=True)
    url = f"https://{NAME}:{stack.tls_port}"
    stack.environment |= {
        "PUBLIC_HOST": NAME,
        "PUBLIC_URL": url,
        "TLS_PORT": str(stack.tls_port),
        "TLS_CERTIFICATE": str(certificate),
        "TLS_KEY": str(key),
    }
    stack.up(BEHIND_TLS)
    return url


@pytest.fixture
def client(stack: ContainerStack, address: str) -> Iterator[httpx.Client]:
    """A client that trusts that certificate and no other."""
    trust = ssl.create_default_context(cafile=str(stack.file("certificate.pem")))
    with httpx.Client(base_url=address, verify=trust, trust_env=False) as made:
        yield made


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Let the browser accept the certificate, which nobody has signed."""
    return browser_context_args | {"ignore_https_errors": True}


def test_there_is_no_other_way_in(stack: ContainerStack, address: str) -> None:
    """The ports on 127.0.0.1 are gone, and plain HTTP is not spoken."""
    published = stack.compose("ps", "--format", "{{.Service}} {{.Ports}}").stdout
    open_ports = [line.split()[0] for line in published.splitlines() if "->" in line]
    assert open_ports == ["proxy"]
    plain = httpx.get(address.replace("https", "http"), trust_env=False)
    assert plain.status_code == 400


def test_every_service_has_its_folder(client: httpx.Client, stack: ContainerStack) -> None:
    """With the accounts that it has without the proxy."""
    assert client.get("/healthz").json() == {"status": "ok"}
    assert (
        client.get("/airflow/api/v2/monitor/health").json()["metadatabase"]["status"] == "healthy"
    )
    search = "/mlflow/ajax-api/2.0/mlflow/experiments/search"
    account = ("admin", stack.secrets["MLFLOW_ADMIN_PASSWORD"])
    assert client.post(search, json={"max_results": 5}).status_code == 401
    assert client.post(search, json={"max_results": 5}, auth=account).json()["experiments"]
    assert client.get("/mlflow/", auth=account).status_code == 200
    assert client.get("/airflow/").status_code == 200
    assert "max-age" in client.get("/signin").headers["strict-transport-security"]


def test_an_operator_works_through_it(
    stack: ContainerStack, address: str, page: Page, tmp_path: Path
) -> None:
    """The session is a cookie for HTTPS only; pages and their websocket come through."""
    file = tmp_path / "numbers.csv"
    file.write_text("a;b\n" + "".join(f"{i % 17},5;{i * i % 23}\n" for i in range(400)))
    operator = Operator(page, address)
    account = stack.account("operator")
    operator.sign_in(account.username, account.password)
    expect(page.get_by_role("heading", name="Overview").first).to_be_visible()
    operator.upload_data_set(file)
    cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
    assert cookies["anomaly_console_session"]["secure"]
    links = page.locator("a[href*='/airflow']")
    assert all(link.get_attribute("href").startswith(address) for link in links.all())
