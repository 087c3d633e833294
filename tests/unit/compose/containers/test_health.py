"""The health check that Docker runs."""

from compose.containers.health import complaint
from tests.servers.stack import free_ports


def test_success_status_is_healthy_where_no_part_is_named(web) -> None:
    """The body is not read."""
    web.answers["GET /health"] = (200, "anything")
    assert complaint(f"{web.url}/health", []) == ""


def test_named_parts_must_be_healthy(web) -> None:
    """Airflow's status is 200 in any case; a missing part is not healthy."""
    web.answers["GET /health"] = (
        200,
        {"metadatabase": {"status": "healthy"}, "scheduler": {"status": "unhealthy"}},
    )
    assert complaint(f"{web.url}/health", ["metadatabase"]) == ""
    said = complaint(f"{web.url}/health", ["metadatabase", "scheduler", "dag_processor"])
    assert said.endswith("not healthy: scheduler, dag_processor")


def test_error_and_refused_connection_are_reported(web) -> None:
    """``docker inspect`` shows the sentence with the address."""
    assert "503" in complaint(web.url, []) or "404" in complaint(web.url, [])
    nobody = f"http://127.0.0.1:{free_ports(1)[0]}/"
    assert complaint(nobody, []).startswith(nobody)
