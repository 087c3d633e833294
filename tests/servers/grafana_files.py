"""Grafana's files as the tests and benchmarks read them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

GRAFANA = Path(__file__).parents[2] / "grafana"
DASHBOARDS = sorted(GRAFANA.glob("dashboards/*.json"))
EVERYTHING = {
    "experiment": "experiment",
    "dataset": "coalesce(dataset_id, '')",
    "model": "coalesce(model_run_id, '')",
}


@dataclass(frozen=True)
class Panel:
    """One panel of one dashboard."""

    dashboard: str
    spec: dict[str, Any]

    @property
    def title(self) -> str:
        """What stands above it."""
        return str(self.spec["title"])

    @property
    def targets(self) -> list[dict[str, Any]]:
        """Its queries."""
        return list(self.spec["targets"])


def all_panels() -> Iterator[Panel]:
    """Yield every panel of every dashboard."""
    for path in DASHBOARDS:
        content = json.loads(path.read_text())
        yield from (Panel(content["uid"], spec) for spec in content["panels"])


def rules() -> list[dict[str, Any]]:
    """Return every alert rule."""
    content = yaml.safe_load((GRAFANA / "provisioning/alerting/rules.yaml").read_text())
    return [rule for group in content["groups"] for rule in group["rules"]]
