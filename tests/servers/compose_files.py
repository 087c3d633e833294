"""The compose files as the tests read them, with nothing set but what the files themselves say."""

import re
from pathlib import Path
from typing import Any

import yaml

COMPOSE = Path(__file__).parents[2] / "compose"
SECRET = "<secret>"
REFERENCE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[-?])(?P<rest>[^${}]*))?\}")


def resolved(text: str) -> str:
    """Return a value of a compose file as it is with an empty environment."""
    while match := REFERENCE.search(text):
        value = SECRET if match["kind"] == "?" else match["rest"] or ""
        text = text[: match.start()] + value + text[match.end() :]
    return text


class Loader(yaml.SafeLoader):
    """Reads what Compose adds to YAML: tags that say how a value meets the one below it."""


def _plain(loader: Loader, node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return None


for tag in ("!override", "!reset"):
    Loader.add_constructor(tag, _plain)


def services(name: str = "compose.yml") -> dict[str, dict[str, Any]]:
    """Return the services of one file; anchors and merges are followed."""
    found: dict[str, dict[str, Any]] = yaml.load(
        (COMPOSE / name).read_text(),
        Loader,  # noqa: S506 - a safe one
    )["services"]
    return found


def environment(service: dict[str, Any]) -> dict[str, str]:
    """Return the variables of a service with their defaults."""
    return {name: resolved(str(value)) for name, value in service.get("environment", {}).items()}


def variables() -> dict[str, set[str]]:
    """Return each variable that a compose file refers to, with what is said for its absence."""
    found: dict[str, set[str]] = {}
    for file in COMPOSE.glob("compose*.yml"):
        for match in re.finditer(r"\$\{(\w+)(?::([-?]))?", file.read_text()):
            found.setdefault(match[1], set()).add(match[2] or "")
    return found
