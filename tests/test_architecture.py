"""Reads every import in the tree and holds it against the direction the design allows."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "pipeline", "dags", "compose", "grafana")


@dataclass(frozen=True)
class Rule:
    """``inside`` imports nothing ``forbidden`` unless ``allowed``; ``except_in`` is let off."""

    inside: str
    forbidden: tuple[str, ...]
    allowed: tuple[str, ...] = ()
    except_in: tuple[str, ...] = ()


RULES = [
    Rule("pipeline", ("airflow", "streamlit", "app", "dags", "compose", "tests")),
    Rule("pipeline", ("mlflow",)),
    Rule(
        "pipeline",
        ("pipeline.mlflow_rest",),
        except_in=("pipeline.tracking", "pipeline.datasets", "pipeline.mlflow_rest"),
    ),
    Rule("dags", ("app", "compose", "tests", "mlflow", "sklearn", "pandas", "streamlit")),
    Rule(
        "dags",
        ("pipeline",),
        ("pipeline.steps", "pipeline.errors", "pipeline.params", "pipeline.orchestration"),
    ),
    Rule("app", ("airflow", "dags", "compose", "tests", "mlflow", "sklearn")),
    Rule("app.clients", ("streamlit", "app"), ("app.clients",)),
    Rule("app.database", ("streamlit", "app"), ("app.database", "app.settings")),
    Rule("app.services", ("streamlit", "app"), ("app.services", "app.clients", "app.database")),
    Rule("app.web", ("app.ui",)),
    Rule("app.ui", ("app.clients", "app.database"), ("app.clients.errors",)),
    *(
        Rule(f"app.ui.{room}.{charts}", ("streamlit", "app.wiring", "app.clients"))
        for room in ("anomalies", "comparison", "explanations", "kit", "trends")
        for charts in ("charts", "drift_charts", "pattern_charts")
    ),
    Rule("grafana", ("app", "pipeline", "dags", "compose", "tests")),
    Rule("compose", ("app", "dags", "mlflow", "streamlit", "tests")),
    Rule("compose", ("pipeline",), ("pipeline.orchestration", "pipeline.settings")),
    Rule("compose", ("airflow",), except_in=("compose.fab",)),
]


def within(name: str, package: str) -> bool:
    """Tell whether the dotted ``name`` is ``package`` or lies inside it."""
    return name == package or name.startswith(f"{package}.")


def module_name(path: Path) -> str:
    """Turn a file's path into the dotted name that imports it."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported_names(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and dotted name of every import, however deep it is nested."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def wrong_arrows(module: str, source: str) -> list[str]:
    """List the imports of ``module`` that some rule forbids."""
    return [
        f"{module}:{line} imports {name}"
        for line, name in imported_names(source)
        for rule in RULES
        if within(module, rule.inside)
        and not any(within(module, exception) for exception in rule.except_in)
        and any(within(name, package) for package in rule.forbidden)
        and not any(within(name, package) for package in rule.allowed)
    ]


def source_files() -> list[Path]:
    """List every module of the product."""
    return sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))


def test_imports_point_the_way_the_design_says() -> None:
    """No module imports a package that its layer may not know."""
    wrong = [
        arrow
        for file in source_files()
        for arrow in wrong_arrows(module_name(file), file.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_every_package_is_read() -> None:
    """The check sees modules of each package, so an empty list of arrows means something."""
    seen = {module_name(file).split(".")[0] for file in source_files()}
    assert seen == set(PACKAGES)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("pipeline.model.training", "import airflow.sdk"),
        ("pipeline.model.features", "def f():\n    import mlflow"),
        ("pipeline.model.scoring", "from pipeline.mlflow_rest import mlflow_rest"),
        ("dags.training", "from pipeline import tracking"),
        ("app.services.runs.service", "import streamlit as st"),
        ("app.ui.datasets.page", "from app.clients.airflow import AirflowClient"),
        ("app.ui.anomalies.charts", "import streamlit as st"),
        ("compose.launcher.commands", "from pipeline import steps"),
    ],
)
def test_a_wrong_arrow_is_caught(module: str, source: str) -> None:
    """Each kind of forbidden import is reported, also when it hides inside a function."""
    assert wrong_arrows(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("pipeline.tracking", "from pipeline.mlflow_rest import mlflow_rest"),
        ("dags.training", "from pipeline import steps"),
        ("app.ui.datasets.page", "from app.clients.errors import ServiceError"),
    ],
)
def test_a_right_arrow_passes(module: str, source: str) -> None:
    """The imports that the design asks for are not reported."""
    assert wrong_arrows(module, source) == []
