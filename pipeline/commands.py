"""What each command of the command line does."""

from __future__ import annotations

import getpass
import os
import sys
from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING, Any, NoReturn

from tqdm import tqdm

from pipeline import datasets
from pipeline.errors import DataError, ParameterError
from pipeline.params import ScoreParams, TrainParams

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable
    from pathlib import Path

    from pydantic import BaseModel

    from pipeline.datasets import Dataset
    from pipeline.tracking import RunContext


def run(options: Namespace, params: BaseModel | None) -> str:
    """Run the chosen command and return its result."""
    return _COMMANDS[options.command](options, params)


def _train(options: Namespace, params: TrainParams) -> str:
    _load_beside("pandas", "pipeline.steps", "skops.io")
    return _trained(_register(options), params)


def _score(options: Namespace, params: ScoreParams) -> str:
    _require_place(options)
    _load_beside("pandas", "pipeline.steps", "skops.io", "pipeline.report.write")
    return _scored(options, _register(options), params)


def _run(options: Namespace, params: TrainParams) -> str:
    _require_place(options)
    _load_beside("pandas", "pipeline.steps", "skops.io", "pipeline.report.write")
    dataset = _register(options)
    model = _trained(dataset, params)
    return _scored(options, dataset, ScoreParams(dataset=dataset.dataset_id, model=model))


def _trained(dataset: Dataset, params: TrainParams) -> str:
    from pipeline import steps  # noqa: PLC0415 - the other commands need no model

    chosen = params.model_copy(update={"dataset": dataset.dataset_id})
    return steps.train_model(chosen, _context())


def _scored(options: Namespace, dataset: Dataset, params: ScoreParams) -> str:
    from pipeline import steps, tracking  # noqa: PLC0415 - as above

    chosen = params.model_copy(update={"dataset": dataset.dataset_id})
    with _bar(options, "Scoring", "rows") as bar:
        run_id = steps.score_model(chosen, _context(), _moving(bar))
    _tell_model(run_id)
    if options.out:
        tracking.download(run_id, steps.SCORED_CSV, options.out)
    return run_id


def _tell_model(run_id: str) -> None:
    """Say on the error stream which model has scored; the output is for the run's id alone."""
    from pipeline import tracking  # noqa: PLC0415 - as above

    tags = tracking.tags(run_id)
    words = f"Scored with the {tags['model_chosen_as']} model, training run {tags['model_run_id']}"
    print(words, file=sys.stderr)  # noqa: T201 - what the operator reads


def _load_beside(*modules: str) -> None:
    """Import in the background, in this order, what the steps to come will ask for.

    The work itself is done by Arrow, DuckDB and scikit-learn, which let go of the interpreter. Who
    imports a module that is on its way waits for it, so nothing else has to. Arrow asks for pandas
    as soon as it judges the first rows, so that comes first.
    """
    Thread(target=lambda: [import_module(name) for name in modules], daemon=True).start()


def _sample(options: Namespace, _params: None) -> str:
    from pipeline.sample.write import write_sample  # noqa: PLC0415 - as above

    _require_writable(options.file)
    named = {"rows": options.rows, "random_state": options.random_state}
    asked = {name: value for name, value in named.items() if value is not None}
    with _bar(options, "Writing", "rows") as bar:

        def advance(rows: int) -> None:
            bar.update(rows)

        write_sample(options.file, progress=advance, **asked)
    return str(options.file)


def _only_register(options: Namespace, _params: None) -> str:
    return _register(options).dataset_id


def _register(options: Namespace) -> Dataset:
    path: Path = options.file
    if not path.is_file():
        raise DataError(f"{path} is not there or is no file; name a CSV file")
    with _bar(options, "Reading", "B") as bar:
        return datasets.register(path, path.name, getpass.getuser(), _moving(bar))


def _context() -> RunContext:
    from pipeline.tracking import RunContext  # noqa: PLC0415 - as above

    return RunContext(dag_run_id="", requested_by=getpass.getuser())


def _require_place(options: Namespace) -> None:
    if options.out:
        _require_writable(options.out)


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


_COMMANDS: dict[str, Callable[[Namespace, Any], str]] = {
    "train": _train,
    "score": _score,
    "run": _run,
    "sample": _sample,
    "register": _only_register,
}
