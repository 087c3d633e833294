"""The options of the command line, made from the descriptions and bounds of the parameters."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pipeline.params import ScoreParams, TrainParams

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import BaseModel

BAD_INPUT = 2
KINDS = {"integer": (int, "N"), "number": (float, "SHARE"), "string": (str, "NAME")}


class Parser(argparse.ArgumentParser):
    """Tells what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Exit as for any other bad input."""
        self.exit(BAD_INPUT, f"{message}; see {self.prog} --help\n")


def parser() -> Parser:
    """Return the parser of all commands."""
    whole = Parser(
        prog="python -m pipeline",
        description="Train and score anomaly models. The result is the last line of the output.",
    )
    add = whole.add_subparsers(dest="command", required=True).add_parser
    _command(add, "train", "Register a CSV file and train a model on it.", TrainParams)
    score = _command(add, "score", "Register a CSV file and score it.", ScoreParams)
    both = _command(add, "run", "Train a model on a CSV file and score it with that.", TrainParams)
    for scoring in (score, both):
        scoring.add_argument(
            "--out", type=Path, metavar="CSV", help="Where to write the scored rows."
        )
    _command(add, "register", "Register a CSV file as a data set.")
    sample = _command(add, "sample", "Write sample records, and the planted truth beside.")
    sample.add_argument("--rows", type=int, help="Number of records (default: 209306).")
    sample.add_argument("--random-state", type=int, help="Random seed (default: 42).")
    return whole


def given(options: argparse.Namespace) -> dict[str, Any]:
    """Return the parameters that were given, by name."""
    known = options.kind.model_fields
    return {name: value for name, value in vars(options).items() if name in known}


def _command(
    add: Callable[..., Parser], name: str, purpose: str, kind: type[BaseModel] | None = None
) -> Parser:
    command = add(name, help=purpose, description=purpose)
    command.set_defaults(kind=kind)
    command.add_argument("file", type=Path, metavar="FILE.csv")
    command.add_argument(
        "--progress", action="store_true", help="Show progress even when not on a terminal."
    )
    properties = kind.model_json_schema()["properties"] if kind else {}
    for field, schema in properties.items():
        if field != "dataset":  # the file itself
            _parameter(command, field, schema)
    return command


def _parameter(command: Parser, field: str, schema: dict[str, Any]) -> None:
    flag = "--" + field.replace("_", "-")
    told = f"{schema['description']} {_bounds(schema)}(default: {schema['default']})"
    if schema["type"] == "boolean":
        off = flag.replace("--use-", "--no-")
        command.add_argument(flag, action="store_true", default=argparse.SUPPRESS, help=told)
        command.add_argument(
            off, dest=field, action="store_false", default=argparse.SUPPRESS, help="Leave them out."
        )
    else:
        kind, shown = KINDS[schema["type"]]
        command.add_argument(flag, type=kind, metavar=shown, default=argparse.SUPPRESS, help=told)


def _bounds(schema: dict[str, Any]) -> str:
    if "maximum" not in schema:
        return ""
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    return f"{'From' if 'minimum' in schema else 'Above'} {low} to {schema['maximum']} "
