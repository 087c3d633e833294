"""The process that explains rows, apart from the console to keep that small.

It reads one JSON request per line from standard input and writes one JSON answer per line. It
keeps models for the next row and uses no network; it ends with its input, or when idle for long.
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
        Parquet file the model was trained on; empty where it was deleted, then rarity is that in
        the scored file.
    seed
        Random state of the training, which selects the same training rows again.
    score_threshold
        The score below which the run flagged its rows.
    """
    explainer = _explainer(model, digest, training, seed, scored, score_threshold=score_threshold)
    return explainer.explain(Path(scored), row)


def answer(line: str) -> dict[str, Any]:
    """Return ``result``, or ``error`` and ``message``, for one request."""
    try:
        return {"result": asdict(explain(**json.loads(line)))}
    except PipelineError as error:
        return {"error": type(error).__name__, "message": str(error)}
    except FileNotFoundError as error:
        # The console's cache has evicted a file since the request.
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
    """Yield lines until the source ends or is idle for long."""
    while select.select([source], [], [], IDLE_SECONDS)[0] and (line := source.readline()):
        yield line


def main() -> None:
    """Answer requests until the input ends."""
    # The pipe is for answers alone: what a package prints goes to standard error.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1) as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        import shap  # type: ignore[import-untyped] # noqa: F401, PLC0415 - slow, so before the first request

        for line in _requests(sys.stdin):
            answers.write(json.dumps(answer(line), allow_nan=False) + "\n")


if __name__ == "__main__":
    main()
