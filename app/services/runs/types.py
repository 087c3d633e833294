"""Files and lineage of a run as the operator sees them."""

from dataclasses import dataclass

from pipeline.tracking.runs import Run


@dataclass(frozen=True)
class Artifact:
    """A stored file of a run; ``url`` downloads it through the console."""

    path: str
    size_bytes: int
    url: str


@dataclass(frozen=True)
class Lineage:
    """Where a run comes from and what came of it.

    Attributes
    ----------
    dataset_id
        Data the run read; empty when unknown.
    train
        The run that fitted the model: the run itself when it trained.
    scores
        Runs that scored with that model, newest first, at most 25.
    dag_run_id, dag_run_url
        The Airflow run that did the work; empty for runs from the command line.
    """

    run: Run
    dataset_id: str
    train: Run | None
    scores: tuple[Run, ...]
    dag_run_id: str
    dag_run_url: str
