"""The documentation of metrics keeps up with the views and the settings of Grafana's files."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
DOCUMENT = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
LIVE = (ROOT / "app/database/migrations/views/10_live.sql").read_text(encoding="utf-8")


@pytest.mark.parametrize("metric", re.findall(r"latest_metrics AS (\w+)", LIVE))
def test_every_metric_of_the_views_is_defined(metric: str) -> None:
    """Whoever sees a number finds what it means."""
    assert f"`{metric}`" in DOCUMENT


@pytest.mark.parametrize("file", sorted((ROOT / "grafana/provisioning").rglob("*.yaml")))
def test_every_setting_of_grafanas_files_is_explained(file: Path) -> None:
    """Whoever starts Grafana finds what to set."""
    used = re.findall(r"[:/ ]\$\{?([A-Z_]+)", file.read_text(encoding="utf-8"))
    assert [name for name in used if f"`{name}`" not in DOCUMENT] == []
