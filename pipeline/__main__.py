"""The command line: sample, register, train and score, against any tracking server.

Only the result, an id or a path, goes to the output; everything else goes to the error stream.
Exit status: 0 done, 1 the tracking server or a model failed, 2 bad input or parameters.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pipeline.errors import DataError, ParameterError, PipelineError
from pipeline.orchestration import SIGNALLED, exit_on_signal
from pipeline.params import ScoreParams, TrainParams, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import BaseModel

FAILED, BAD_INPUT = 1, 2
KINDS = {"integer": (int, "N"), "number": (float, "SHARE"), "string": (str, "NAME")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, exit_on_signal)
    try:
        result = _run(options)
    except (DataError, ParameterError) as error:
        return _fail(error, BAD_INPUT)
    except PipelineError as error:
        return _fail(error, FAILED)
    except KeyboardInterrupt:
        return SIGNALLED + signal.SIGINT
    print(result)  # noqa: T201 - what the command is for
    return 0


def _run(options: argparse.Namespace) -> str:
    # Modules stay loaded, so collecting garbage while they load is a waste of time.
    gc.set_threshold(100_000, 50, 50)
    # Bad parameters are refused at once, not after seconds of loading and reading.
    params = parse(options.kind, given(options)) if options.kind else None
    from pipeline import commands  # noqa: PLC0415 - keeps help and refusals fast

    return commands.run(options, params)


def _fail(error: PipelineError, status: int) -> int:
    print(error, file=sys.stderr)  # noqa: T201 - what the operator reads
    return status


class Parser(argparse.ArgumentParser):
    """Reports a wrong command line in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Exit with the status of bad input."""
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
    for command in (score, both):
        command.add_argument("--out", type=Path, metavar="CSV", help="File for the scored rows.")
    _command(add, "register", "Register a CSV file as a data set.")
    sample = _command(add, "sample", "Write sample records, and a list of the injected anomalies.")
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
    about = f"{schema['description']} {_bounds(schema)}(default: {schema['default']})"
    options: dict[str, Any] = {"default": argparse.SUPPRESS, "help": about}
    if schema["type"] == "boolean":
        command.add_argument(flag, action="store_true", **options)
        off, options["help"] = flag.replace("--use-", "--no-"), "Leave them out."
        command.add_argument(off, dest=field, action="store_false", **options)
    else:
        kind, metavar = KINDS[schema["type"]]
        command.add_argument(flag, type=kind, metavar=metavar, **options)


def _bounds(schema: dict[str, Any]) -> str:
    if "maximum" not in schema:
        return ""
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    return f"{'From' if 'minimum' in schema else 'Above'} {low} to {schema['maximum']} "


if __name__ == "__main__":
    status = main()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    # Unloading all modules takes half a second.
    os._exit(status)
