"""The files of a trained model: without pickle and with a digest."""

import pickle
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.preprocessing import FunctionTransformer

from pipeline.errors import ModelError
from pipeline.model import files
from pipeline.tables.frames import model_frame
from pipeline.tracking.names import MODEL_DETECTOR, MODEL_FILES


@pytest.fixture
def stored(model, tmp_path):
    """The model on disk, and its digest."""
    skops.io.dump(model.detector, tmp_path / MODEL_DETECTOR)
    files.write_json(model, tmp_path)
    return tmp_path, files.digest(tmp_path)


def test_a_model_comes_back_as_it_was(model, stored, table) -> None:
    """Schema, threshold and drift reference are equal, scores to the last bit."""
    loaded = files.load(*stored)
    frame = model_frame(table, model.schema)
    assert np.array_equal(loaded.decision(frame), model.decision(frame))
    assert (loaded.schema, loaded.threshold, loaded.drift) == (
        model.schema,
        model.threshold,
        model.drift,
    )


def test_the_list_of_trusted_types_holds_no_more_than_is_needed(stored) -> None:
    """Each type on it is in a model."""
    folder, _ = stored
    needed = skops.io.get_untrusted_types(file=folder / MODEL_DETECTOR)
    assert set(needed) == set(files.TRUSTED_TYPES)


@pytest.mark.parametrize("name", MODEL_FILES)
def test_a_changed_file_is_refused(stored, name) -> None:
    """One byte more in any of the files, and the model is not loaded."""
    folder, digest = stored
    with (folder / name).open("ab") as file:
        file.write(b" ")
    with pytest.raises(ModelError, match="not the one that training wrote"):
        files.load(folder, digest)


@pytest.mark.parametrize("name", MODEL_FILES)
def test_a_missing_file_is_named(stored, name) -> None:
    """As when something else logged a model of the same name."""
    folder, digest = stored
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"has no {name}"):
        files.load(folder, digest)


class Bomb:
    """Leaves a trace when it is unpickled."""

    def __init__(self, trace) -> None:
        self.trace = trace

    def __reduce__(self):
        """Say what a pickle of this runs."""
        return (self.trace.touch, ())


def test_a_pickle_is_refused_and_not_run(stored, tmp_path) -> None:
    """Even with the right digest, what the pickle would do does not happen."""
    folder, _ = stored
    trace = tmp_path / "trace"
    (folder / MODEL_DETECTOR).write_bytes(pickle.dumps(Bomb(trace)))
    with pytest.raises(ModelError, match="may be a pickle"):
        files.load(folder, files.digest(folder))
    assert not trace.exists()


def test_types_that_are_not_on_the_list_are_refused(stored) -> None:
    """A skops file can name any function; ours may name only our own types."""
    folder, _ = stored
    skops.io.dump(FunctionTransformer(func=pickle.loads), folder / MODEL_DETECTOR)
    with pytest.raises(ModelError, match="not trusted"):
        files.load(folder, files.digest(folder))


def test_a_zip_that_is_no_skops_file_is_refused(stored) -> None:
    """A broken file is an answer in words as well."""
    folder, _ = stored
    with zipfile.ZipFile(folder / MODEL_DETECTOR, "w") as file:
        file.writestr("other.txt", "nothing")
    with pytest.raises(ModelError, match="no skops file"):
        files.load(folder, files.digest(folder))
