"""The two steps that orchestrators and the command line run: train a model, score a data set.

A step may be tried again after its process was killed: what an earlier try of the same DAG run
has finished is reused, and what it left running is closed as failed.
"""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pyarrow as pa
from pydantic import TypeAdapter

from pipeline import datasets, tracking
from pipeline.model.drift import ColumnDrift
from pipeline.model.parallel import chunk_mapper, map_threads
from pipeline.model.scoring import CSV, PARQUET, score_file
from pipeline.model.training import fit
from pipeline.tracking import RunContext, RunKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pipeline.datasets import Dataset
    from pipeline.model.scoring import Progress, Scoring
    from pipeline.params import ScoreParams, TrainParams
    from pipeline.tracking import ActiveRun

__all__ = ["SCORED_CSV", "RunContext", "dataset_of", "score_model", "train_model"]

LOG = logging.getLogger(__name__)
SCORES, CHARTS = "scores", "visualizations"
DRIFT = "drift.json"
GIVEN = "given"
"""How a model was chosen that was named by its run."""

SENT_AT_ONCE = 10
"""Files on their way to MLflow at once: so many that no chart waits for the scores to be stored."""

SCORED_CSV = f"{SCORES}/{CSV}"

# A process that runs one step takes 90 MB less than with Arrow's own allocator, and is no slower.
pa.set_memory_pool(pa.system_memory_pool())


def train_model(params: TrainParams, context: RunContext) -> str:
    """Train on a registered data set and register the model.

    Returns
    -------
    str
        Id of the finished MLflow run that holds parameters, metrics and model.

    Raises
    ------
    DataError
        The data cannot be learned from; the run is closed as failed.
    NotFound
        There is no such data set; no run is made.
    TrackingError
        MLflow refused or does not answer.
    """
    done = tracking.earlier_try(RunKind.TRAIN, context)
    if done:
        return done
    dataset = datasets.get(params.dataset)
    with tracking.start_run(RunKind.TRAIN, dataset, context) as run:
        run.log_dataset(dataset, "training")
        run.log(params=params.model_dump() | {"dataset": dataset.dataset_id})
        LOG.info("Training on %s: %d rows, %d columns", dataset.name, dataset.rows, dataset.columns)
        training = fit(datasets.fetch(dataset.dataset_id), dataset.schema, params)
        LOG.info("Trained in %(training_seconds).1f s on %(features)d features", training.metrics)
        LOG.info("A share of %(injected_recall).3f of corrupted rows is flagged", training.metrics)
        run.log(metrics=training.metrics)
        tracking.log_model(run, training.model)
        LOG.info("The model is registered with run %s", run.run_id)
    return run.run_id


def score_model(params: ScoreParams, context: RunContext, progress: Progress | None = None) -> str:
    """Score a registered data set with a trained model.

    Parameters
    ----------
    progress
        Called now and then with the rows done and the rows in all.

    Returns
    -------
    str
        Id of the finished MLflow run that holds scores, charts and metrics.

    Raises
    ------
    ClusterError
        Scoring is to be done on a Dask cluster that is not there; the run is closed as failed.
    DataError
        The data does not fit the model; the run is closed as failed.
    ModelError
        The model cannot be used.
    NotFound
        There is no such data set or model; no run is made.
    TrackingError
        MLflow refused or does not answer.
    """
    done = tracking.earlier_try(RunKind.SCORE, context)
    if done:
        return done
    dataset = datasets.get(params.dataset)
    reference = tracking.standing(params.model)
    trained = tracking.model_run(reference)
    model_run_id = trained.run_id
    chosen_as = GIVEN if reference == model_run_id else reference
    lineage = {"model_run_id": model_run_id, "model_chosen_as": chosen_as}
    with (
        ThreadPoolExecutor(1) as beside,
        tracking.start_run(RunKind.SCORE, dataset, context, lineage) as run,
        TemporaryDirectory(prefix="scoring-") as folder,
    ):
        loading = beside.submit(tracking.load_model, trained)
        run.log_dataset(dataset, "scoring")
        run.log(params={"dataset": dataset.dataset_id, "model": params.model})
        model = loading.result()
        source = datasets.fetch(dataset.dataset_id)
        LOG.info("Scoring %s: %d rows", dataset.name, dataset.rows)
        LOG.info("Model: %s, training run %s", chosen_as, model_run_id)
        LOG.info("Rows that score below %.6g are flagged", model.score_threshold)
        (Path(folder) / SCORES).mkdir()
        with chunk_mapper() as map_chunks:
            target = Path(folder) / SCORES
            scoring = score_file(model, source, target, map_chunks=map_chunks, progress=progress)
        LOG.info(
            "Scored in %(scoring_seconds).1f s, anomaly rate %(anomaly_rate).4f", scoring.metrics
        )
        run.log(metrics=scoring.metrics)
        _store(run, _report(scoring, dataset, model_run_id, Path(folder)), Path(folder))
        LOG.info("Scores and charts are stored with run %s", run.run_id)
    return run.run_id


def dataset_of(run_id: str) -> str:
    """Return the id of the data set that a finished training run learned from."""
    return tracking.model_run(run_id).tags["dataset_id"]


def _store(run: ActiveRun, files: Iterable[Path], folder: Path) -> None:
    """Store files under their path in ``folder``: on their way while the next ones are drawn."""

    def send(file: Path) -> None:
        run.log_file(file, file.relative_to(folder).as_posix())

    for _ in map_threads(send, files, SENT_AT_ONCE):
        pass


def _report(scoring: Scoring, dataset: Dataset, model_run_id: str, folder: Path) -> Iterator[Path]:
    """Yield the files of a score run, those that are written already first."""
    from pipeline.report.write import write_report  # noqa: PLC0415 - training draws nothing

    yield folder / SCORES / PARQUET
    yield folder / SCORES / CSV
    drift = folder / DRIFT
    drift.write_bytes(TypeAdapter(list[ColumnDrift]).dump_json(scoring.drift))
    yield drift
    (folder / CHARTS).mkdir()
    source = f"{dataset.name} ({dataset.dataset_id})"
    yield from write_report(scoring, source, model_run_id, folder / CHARTS)
