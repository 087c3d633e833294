"""A real model of a small table, and the explaining process as plain calls."""

import functools
import tempfile
from concurrent.futures import Executor, Future
from pathlib import Path

import skops.io
from pyarrow import parquet as pq

from app.services.explanations import worker as explanations_worker
from pipeline.errors import Unreachable
from pipeline.model import files
from pipeline.model.training import fit
from pipeline.params import TrainParams
from pipeline.tables.schema import Schema
from pipeline.tracking.artifacts import EXTRA_FILES
from pipeline.tracking.names import MODEL_DETECTOR, MODEL_FILES

SMALL = TrainParams(n_estimators=25, max_samples=256)


@functools.cache
def trained_model(make_table):
    """Return the files of a model of what ``make_table`` makes by name, and their digest."""
    table = make_table()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pq.write_table(table, folder / "data.parquet")
        model = fit(folder / "data.parquet", Schema.infer(table), SMALL).model
        skops.io.dump(model.detector, folder / MODEL_DETECTOR)
        files.write_json(model, folder)
        stored = {name: (folder / name).read_bytes() for name in MODEL_FILES}
        logged = {
            name if name == MODEL_DETECTOR else f"{EXTRA_FILES}/{name}": content
            for name, content in stored.items()
        }
        return logged, files.digest(folder)


class AtOnce(Executor):
    """Does what it is given before it returns, so that a test knows what has been done."""

    def submit(self, call, /, *args, **options):
        """Call it here and now."""
        future = Future()
        try:
            future.set_result(call(*args, **options))
        except Exception as error:  # noqa: BLE001 - the one who asks for the result gets it
            future.set_exception(error)
        return future


class FakeExplainer:
    """Explains at once in this process; ``down`` makes it time out."""

    def __init__(self):
        self.requests = []
        self.down = False

    def explain(self, **request):
        """Do what the worker does."""
        self.requests.append(request)
        if self.down:
            raise Unreachable("The explainer", "The explainer gave no answer within 60 s.")
        return explanations_worker.explain(**request)
