"""Reads the tree and every import in it, and holds both against the design."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("app", "pipeline", "dags", "compose", "grafana")
ROOMS = {
    "overview",
    "datasets",
    "jobs",
    "runs",
    "comparison",
    "models",
    "anomalies",
    "explanations",
    "reviews",
    "trends",
    "cleanup",
    "system",
}
MOST_FILES = 15


@dataclass(frozen=True)
class Rule:
    """``inside`` imports nothing ``forbidden`` unless ``allowed``; ``except_in`` is exempt."""

    inside: str
    forbidden: tuple[str, ...]
    allowed: tuple[str, ...] = ()
    except_in: tuple[str, ...] = ()


RULES = [
    Rule("pipeline", ("airflow", "streamlit", "app", "dags", "compose", "tests")),
    Rule("pipeline", ("mlflow",), except_in=("pipeline.tracking",)),
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
    *(Rule("app.ui.kit", (f"app.ui.{room}", f"app.services.{room}")) for room in sorted(ROOMS)),
    *(Rule("app", (f"app.ui.{room}.page",)) for room in sorted(ROOMS)),
    Rule("grafana", ("app", "pipeline", "dags", "compose", "tests")),
    Rule("compose", ("app", "dags", "mlflow", "streamlit", "tests")),
    Rule(
        "compose",
        ("pipeline",),
        ("pipeline.orchestration", "pipeline.settings", "pipeline.tracking"),
    ),
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


def room_of(name: str) -> str:
    """Return the room of a page's module or of what it imports; empty outside the rooms."""
    parts = name.split(".")
    is_in_room = parts[:2] == ["app", "ui"] and len(parts) > 2 and parts[2] in ROOMS
    return parts[2] if is_in_room else ""


def is_label(name: str) -> bool:
    """Tell whether a name belongs to a room's labels, which every room may use."""
    return within(name, f"app.ui.{room_of(name)}.labels")


def imported_rooms(files: list[tuple[str, str]]) -> dict[str, set[str]]:
    """Map each room to the rooms whose views it places; labels count as nobody's."""
    found: dict[str, set[str]] = {}
    for module, source in files:
        own = room_of(module)
        for _, name in imported_names(source):
            other = room_of(name)
            if own and other and other != own and not is_label(name):
                found.setdefault(own, set()).add(other)
    return found


def is_chart(module: str) -> bool:
    """Tell whether a module draws figures, which are functions of their data alone."""
    return within(module, "app.ui") and module.endswith("charts")


def passes_on(function: ast.FunctionDef) -> bool:
    """Tell whether a function only calls another one with its own parameters."""
    body = [node for node in function.body if not _is_docstring(node)]
    if len(body) != 1 or not isinstance(body[0], ast.Return | ast.Expr):
        return False
    call = body[0].value
    if not isinstance(call, ast.Call):
        return False
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    own = {argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]}
    return bool(own) and all(isinstance(each, ast.Name) and each.id in own for each in given)


def only_forwards(source: str) -> bool:
    """Tell whether a module has nothing of its own: imports, and functions that pass calls on."""
    body = [node for node in ast.parse(source).body if not _is_docstring(node)]
    own = [node for node in body if not isinstance(node, ast.Import | ast.ImportFrom)]
    own = [node for node in own if not _assigns(node, "__all__")]
    if not body:
        return False
    return all(isinstance(node, ast.FunctionDef) and passes_on(node) for node in own)


def _is_docstring(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _assigns(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == name for target in node.targets
    )


def source_files() -> list[Path]:
    """List every module of the product."""
    return sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))


def read(file: Path) -> str:
    """Return the source of a module."""
    return file.read_text(encoding="utf-8")


def folders(root: Path) -> list[Path]:
    """List the folders below ``root`` that hold modules."""
    return sorted({file.parent for file in root.rglob("*.py") if "__pycache__" not in file.parts})


def test_imports_point_the_way_the_design_says() -> None:
    """No module imports a package that its layer may not know."""
    wrong = [
        arrow for file in source_files() for arrow in wrong_arrows(module_name(file), read(file))
    ]
    assert wrong == []


def test_rooms_place_the_views_of_others_in_one_direction() -> None:
    """A page may place what another room draws, such as a picker; no two rooms need each other."""
    files = [(module_name(file), read(file)) for file in source_files()]
    assert set(TopologicalSorter(imported_rooms(files)).static_order()) <= ROOMS


def test_labels_know_only_the_kit() -> None:
    """What every room may use draws on no other room."""
    wrong = [
        f"{module_name(file)} imports {name}"
        for file in source_files()
        if is_label(module_name(file))
        for _, name in imported_names(read(file))
        if room_of(name) and not is_label(name)
    ]
    assert wrong == []


def test_charts_know_only_data_and_figures() -> None:
    """Chart modules draw without Streamlit and without a service."""
    wrong = [
        f"{module_name(file)} imports {name}"
        for file in source_files()
        if is_chart(module_name(file))
        for _, name in imported_names(read(file))
        if within(name, "streamlit") or within(name, "app.wiring") or name.endswith(".service")
    ]
    assert wrong == []


def test_every_package_is_read() -> None:
    """The check sees modules of each package, so an empty list of arrows means something."""
    seen = {module_name(file).split(".")[0] for file in source_files()}
    assert seen == set(PACKAGES)


def test_each_feature_has_one_room_in_each_layer() -> None:
    """Below services and pages there are the rooms of the features, and nothing else."""
    services = {path.name for path in folders(ROOT / "app/services")} - {"services"}
    pages = {path.name for path in folders(ROOT / "app/ui")} - {"ui", "kit"}
    assert services == ROOMS
    assert pages == ROOMS


def test_no_folder_is_crowded() -> None:
    """A folder holds so few modules that a reader takes in all of them."""
    crowded = {
        str(folder.relative_to(ROOT)): len(list(folder.glob("*.py")))
        for package in (*PACKAGES, "tests")
        for folder in folders(ROOT / package)
        if len(list(folder.glob("*.py"))) > MOST_FILES
    }
    assert crowded == {}


def test_a_class_name_means_one_class() -> None:
    """No two classes of the product share a name."""
    names = Counter(
        node.name
        for file in source_files()
        for node in ast.parse(read(file)).body
        if isinstance(node, ast.ClassDef)
    )
    assert [name for name, count in names.items() if count > 1] == []


def test_no_module_only_forwards() -> None:
    """Each module does something of its own."""
    forwarding = [module_name(file) for file in source_files() if only_forwards(read(file))]
    assert forwarding == []


def test_unit_tests_lie_where_their_modules_do() -> None:
    """Each folder of unit tests is named like a folder of the product."""
    misplaced = [
        str(folder.relative_to(ROOT))
        for folder in folders(ROOT / "tests/unit")
        if not (ROOT / folder.relative_to(ROOT / "tests/unit")).is_dir()
    ]
    assert misplaced == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("pipeline.model.training", "import airflow.sdk"),
        ("pipeline.model.features", "def f():\n    import mlflow"),
        ("app.services.runs.service", "from mlflow import MlflowClient"),
        ("dags.training", "from pipeline import tracking"),
        ("app.services.runs.service", "import streamlit as st"),
        ("app.services.runs.service", "from app.ui.runs import views"),
        ("app.ui.datasets.page", "from app.clients.airflow import AirflowClient"),
        ("app.ui.kit.layout", "from app.ui.runs import views"),
        ("app.ui.models.page", "from app.ui.runs.page import show_all"),
        ("app.clients.airflow", "from app.services.jobs.types import Job"),
        ("compose.launcher.commands", "from pipeline import steps"),
    ],
)
def test_a_wrong_arrow_is_reported(module: str, source: str) -> None:
    """Each kind of forbidden import is reported, also when it hides inside a function."""
    assert wrong_arrows(module, source)


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("pipeline.tracking.models", "import mlflow.sklearn"),
        ("dags.training", "from pipeline import steps"),
        ("app.ui.datasets.page", "from app.clients.errors import ServiceError"),
        ("app.ui.models.page", "from app.services.reviews.service import Reviews"),
    ],
)
def test_a_right_arrow_passes(module: str, source: str) -> None:
    """The imports that the design asks for are not reported."""
    assert wrong_arrows(module, source) == []


def test_rooms_that_need_each_other_are_reported() -> None:
    """Labels make no cycle, views do."""
    files = [
        ("app.ui.runs.page", "from app.ui.comparison import charts"),
        ("app.ui.comparison.runs", "from app.ui.runs.labels import metric"),
    ]
    assert imported_rooms(files) == {"runs": {"comparison"}}
    files.append(("app.ui.comparison.models", "from app.ui.runs import views"))
    with pytest.raises(CycleError):
        TopologicalSorter(imported_rooms(files)).prepare()


@pytest.mark.parametrize(
    ("source", "forwards"),
    [
        ("from a import b\n__all__ = ['b']", True),
        ("import a\ndef f(x):\n    return a.f(x)", True),
        ("import a\ndef f(x):\n    return a.f(x) + 1", False),
        ("class C:\n    pass", False),
        ('"""A package."""', False),
    ],
)
def test_a_forwarding_module_is_recognised(source: str, forwards: bool) -> None:
    """Imports and passed-on calls make no module; a class or a computation does."""
    assert only_forwards(source) is forwards
