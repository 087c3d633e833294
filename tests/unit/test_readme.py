"""The README says what there is."""

import re
from pathlib import Path

import pytest
from pydantic_settings import BaseSettings

from app.settings import ConsoleSettings
from compose.launcher.settings import LauncherSettings
from pipeline.settings import PipelineSettings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("settings", [LauncherSettings, ConsoleSettings, PipelineSettings])
def test_every_setting_is_explained(settings: type[BaseSettings]) -> None:
    """No part reads a variable that the README does not name."""
    missing = [name for name in settings.model_fields if f"`{name.upper()}`" not in README]
    assert missing == []


def test_every_package_has_its_sentence() -> None:
    """Each folder of code stands in the layout."""
    folders = ["dags", "grafana", "compose", "tests", "pipeline", "app"]
    folders += [f"app/{path.parent.name}" for path in (ROOT / "app").glob("*/__init__.py")]
    assert [folder for folder in folders if f"`{folder}/`" not in README] == []


def test_every_make_command_exists() -> None:
    """The commands that the README gives are in the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"make ([a-z][a-z-]*)", README)) <= targets


def test_every_file_it_links_to_is_there() -> None:
    """No link or picture is broken."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert [link for link in links if not (ROOT / link).exists()] == []
