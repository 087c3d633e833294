"""Whether a service is well, as Docker asks it."""

from compose.containers.health import complaint
from tests.servers.stack import free_ports


def test_an_answer_is_good_enough_where_no_part_is_named(web) -> None:
    """The status says it."""
    web.answers["GET /health"] = (200, "anything")
    assert complaint(f"{web.url}/health", []) == ""


def test_parts_have_to_be_called_healthy(web) -> None:
    """Airflow's status is 200 whatever its body says; a part that is missing is not well."""
    web.answers["GET /health"] = (
        200,
        {"metadatabase": {"status": "healthy"}, "scheduler": {"status": "unhealthy"}},
    )
    assert complaint(f"{web.url}/health", ["metadatabase"]) == ""
    said = complaint(f"{web.url}/health", ["metadatabase", "scheduler", "dag_processor"])
    assert said.endswith("not healthy: scheduler, dag_processor")


def test_an_error_and_silence_are_told(web) -> None:
    """The address stands in the sentence that `docker inspect` shows."""
    assert "503" in complaint(web.url, []) or "404" in complaint(web.url, [])
    nobody = f"http://127.0.0.1:{free_ports(1)[0]}/"
    assert complaint(nobody, []).startswith(nobody)
