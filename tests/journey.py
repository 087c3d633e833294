"""What the tests of the console on a real stack do again and again."""

import csv
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.settings import ConsoleSettings
from app.wiring import share
from pipeline import datasets as registry
from pipeline.settings import settings as pipeline_settings

ROWS = 400
DONE_SECONDS = 180
SMALL = {"n_estimators": 20, "max_samples": 64, "contamination": 0.05}


def share_on(stack):
    """What the console shares, on the addresses of a running stack."""
    given = {name.lower(): value for name, value in stack.env.items()}
    settings = ConsoleSettings(
        **{name: given[name] for name in ConsoleSettings.model_fields if name in given}
    )

    def store(*upload):
        """Register with the pipeline's settings as the console's process has them."""
        with pytest.MonkeyPatch.context() as patch:
            for name in ("MLFLOW_TRACKING_URI", "PIPELINE_CACHE_DIR"):
                patch.setenv(name, stack.env[name])
            pipeline_settings.cache_clear()
            dataset = registry.register(*upload)
        pipeline_settings.cache_clear()
        return dataset

    return replace(share(settings), store=store)


def write_machines(path, seed, columns=("when", "machine", "load", "temperature")):
    """Write a CSV of machines with some odd rows."""
    dice = np.random.default_rng(seed)
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for number in range(ROWS):
            row = {
                "when": (begin + timedelta(hours=number)).strftime("%Y-%m-%d %H:%M:%S"),
                "machine": dice.choice(list("ABC")),
                "load": round(dice.normal(50, 5) * (4 if number % 50 == 0 else 1), 2),
                "temperature": round(dice.normal(20, 2), 2),
            }
            writer.writerow([row[column] for column in columns])


def register(console, path):
    """Upload a file and register it, as the Data page does."""
    writer = console.uploads.begin(path.name, path.stat().st_size)
    writer.write(path.read_bytes())
    return console.datasets.register(writer.finish().upload_id)


def finish(jobs, dag_run_id, seconds=DONE_SECONDS):
    """Wait for a job's end and return its progress."""
    return wait_for(lambda: jobs.progress(dag_run_id), lambda progress: progress.ended, seconds)


def wait_for(ask, good, seconds=120.0):
    """Ask until the answer is good."""
    deadline = time.monotonic() + seconds
    while not good(answer := ask()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.3)
    return answer
