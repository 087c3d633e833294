"""Trains on a data set and scores it in two forks of this process, as a scheduler's tasks do.

Started behind ``compose.preload``, which is how the stack starts Airflow's scheduler, as
``forked_tasks DATASET TREES``. Prints the cost of both forks together as JSON.
"""

import json
import os
import sys
from dataclasses import asdict

from pipeline import steps
from pipeline.params import ScoreParams, TrainParams
from tests.benchmarks.forks import forked

CONTEXT = steps.RunContext(f"bench-{os.getpid()}", "bench")


def train(dataset: str, trees: int) -> str:
    """Do what the DAG's first task does."""
    return steps.train_model(TrainParams(dataset=dataset, n_estimators=trees), CONTEXT)


def score(dataset: str, model: str) -> str:
    """Do what the DAG's second task does."""
    return steps.score_model(ScoreParams(dataset=dataset, model=model), CONTEXT)


def main(dataset: str, trees: str) -> None:
    """Run both tasks."""
    model, trained = forked(train, dataset, int(trees))
    _, scored = forked(score, dataset, model)
    sys.stdout.write(json.dumps(asdict(trained + scored)))


if __name__ == "__main__":
    main(*sys.argv[1:])
