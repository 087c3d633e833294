"""What each command of the command line does."""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

from pipeline import datasets
from pipeline.errors import DataError, ParameterError
from pipeline.params import ScoreParams, TrainParams
from pipeline.tracking import RunContext

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable
    from pathlib import Path

    from pydantic import BaseModel

    from pipeline.datasets import Dataset


def run(options: Namespace, params: BaseModel | None) -> str:
    """Run the chosen command and return its result."""
    if isinstance(params, TrainParams):
        return _train(options, params)
    if isinstance(params, ScoreParams):
        return _score(options, params)
    return _sample(options) if options.command == "sample" else _register(options).dataset_id


def _train(options: Namespace, params: TrainParams) -> str:
    from pipeline import steps  # noqa: PLC0415 - the other commands need no model

    dataset = _register(options)
    chosen = params.model_copy(update={"dataset": dataset.dataset_id})
    return steps.train_model(chosen, _context())


def _score(options: Namespace, params: ScoreParams) -> str:
    from pipeline import steps, tracking  # noqa: PLC0415 - as above

    if options.out:
        _require_writable(options.out)
    dataset = _register(options)
    chosen = params.model_copy(update={"dataset": dataset.dataset_id})
    with _bar(options, "Scoring", "rows") as bar:
        run_id = steps.score_model(chosen, _context(), _moving(bar))
    if options.out:
        tracking.download(run_id, steps.SCORED_CSV, options.out)
    return run_id


def _sample(options: Namespace) -> str:
    from pipeline.sample import write_sample  # noqa: PLC0415 - as above

    _require_writable(options.file)
    named = {"rows": options.rows, "random_state": options.random_state}
    asked = {name: value for name, value in named.items() if value is not None}
    with _bar(options, "Writing", "rows") as bar:

        def advance(rows: int) -> None:
            bar.update(rows)

        write_sample(options.file, progress=advance, **asked)
    return str(options.file)


def _register(options: Namespace) -> Dataset:
    path: Path = options.file
    if not path.is_file():
        raise DataError(f"{path} is not there or is no file; name a CSV file")
    with _bar(options, "Reading", "B") as bar:
        return datasets.register(path, path.name, getpass.getuser(), _moving(bar))


def _context() -> RunContext:
    return RunContext(dag_run_id="", requested_by=getpass.getuser())


def _require_writable(path: Path) -> None:
    if not path.parent.is_dir() or not os.access(path.parent, os.W_OK) or path.is_dir():
        raise ParameterError(f"{path} cannot be written; name a file in a folder that can")


def _bar(options: Namespace, what: str, unit: str) -> tqdm[NoReturn]:
    """Return a progress bar on the error stream, silent when nobody looks."""
    watched = options.progress or sys.stderr.isatty()
    return tqdm(desc=what, unit=unit, unit_scale=True, file=sys.stderr, disable=not watched)


def _moving(bar: tqdm[NoReturn]) -> Callable[[int, int], None]:
    def move(done: int, whole: int) -> None:
        bar.total = whole
        bar.update(done - bar.n)

    return move
