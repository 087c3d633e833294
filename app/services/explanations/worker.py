"""The process that explains rows, so that the console's own stays small: ``python -m`` this module.

It reads one request a line from its input and writes one answer a line, both JSON. It keeps models
for the next row, ends with its input and after a while without work, and talks to no network.
"""

import json
import os
import select
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TextIO
from zipfile import ZipFile

from pipeline import model_store
from pipeline.errors import DataError, PipelineError
from pipeline.explain.explainer import Explainer
from pipeline.explain.neighbours import NormalSample, sample_normal
from pipeline.explain.types import Explanation
from pipeline.model.detector import TrainedModel
from pipeline.model.training import TRAINING_ROWS, sample_rows

IDLE_SECONDS = 900.0
KEPT = 2


def explain(
    *,
    model: str,
    digest: str,
    training: str,
    seed: int,
    scored: str,
    row: int,
    score_threshold: float = 0.0,
) -> Explanation:
    """Explain one row of a scored file.

    Parameters
    ----------
    model
        Archive of the model's files.
    training
        Parquet file the model was trained on; empty where it is gone, then the scored file tells
        how rare a value is.
    seed
        That of the training, so that the records it saw are found again.
    score_threshold
        The score below which the run flagged its rows.
    """
    explainer = _explainer(model, digest, training, seed, scored, score_threshold=score_threshold)
    return explainer.explain(Path(scored), row)


def answer(line: str) -> dict[str, Any]:
    """Answer one request: ``result``, or ``error`` with the kind and the message."""
    try:
        return {"result": asdict(explain(**json.loads(line)))}
    except PipelineError as error:
        return {"error": type(error).__name__, "message": str(error)}
    except FileNotFoundError as error:
        # The console's cache has let go of a file since it was asked for.
        return {"error": DataError.__name__, "message": f"{error.filename} is gone; try again"}


@lru_cache(maxsize=KEPT)
def _explainer(
    model: str, digest: str, training: str, seed: int, scored: str, *, score_threshold: float
) -> Explainer:
    trained = replace(_model(model, digest), score_threshold=score_threshold)
    rows = sample_rows(Path(training or scored), trained.schema.usable, TRAINING_ROWS, seed)
    return Explainer(trained, rows, _sample(scored), by_training=bool(training))


@lru_cache(maxsize=KEPT)
def _model(archive: str, digest: str) -> TrainedModel:
    with TemporaryDirectory(prefix="explained-") as folder, ZipFile(archive) as files:
        files.extractall(folder, members=model_store.FILES)
        return model_store.load(Path(folder), digest)


@lru_cache(maxsize=KEPT)
def _sample(scored: str) -> NormalSample:
    return sample_normal(Path(scored))


def _requests(source: TextIO) -> Iterator[str]:
    """Yield lines until the source ends or stays silent for long."""
    while select.select([source], [], [], IDLE_SECONDS)[0] and (line := source.readline()):
        yield line


def main() -> None:
    """Answer until there is nothing more to answer."""
    # Answers keep the pipe to themselves: whatever a package prints goes where errors go.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1) as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        import shap  # type: ignore[import-untyped] # noqa: F401, PLC0415 - slow, so before the first request

        for line in _requests(sys.stdin):
            answers.write(json.dumps(answer(line), allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
