"""A small data set of mixed columns, and a model trained on it."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.model.detector import TrainedModel
from pipeline.model.training import fit
from pipeline.params import TrainParams
from pipeline.tables.schema import Schema

ROWS = 600
PARAMS = TrainParams(n_estimators=30, max_samples=128)


def mixed_table(rows: int = ROWS, seed: int = 0) -> pa.Table:
    """Make rows with numbers, categories and dates, each with a few missing values."""
    random = np.random.default_rng(seed)
    units = random.poisson(2, rows).astype(float)
    units[::50] = np.nan
    weather = random.choice(["CLEAR", "RAIN", "SNOW", None], rows, p=[0.8, 0.15, 0.04, 0.01])
    minutes = random.integers(0, 3 * 365 * 1440, rows)
    dates = np.datetime64("2021-01-01T00:00", "us") + minutes.astype("timedelta64[m]")
    return pa.table(
        {
            "crash_date": pa.array(dates, mask=np.arange(rows) % 97 == 0),
            "weather": pa.array(weather, type=pa.string()),
            "units": pa.array(units, from_pandas=True),
            "damage": pa.array(random.choice(["LOW", "HIGH"], rows)),
        }
    )


@pytest.fixture
def table() -> pa.Table:
    """The data set in memory."""
    return mixed_table()


@pytest.fixture
def parquet(tmp_path: Path, table: pa.Table) -> Path:
    """The data set as a file of several row groups."""
    path = tmp_path / "data.parquet"
    pq.write_table(table, path, row_group_size=100)
    return path


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    """A model trained on the data set."""
    path = tmp_path_factory.mktemp("training") / "data.parquet"
    pq.write_table(mixed_table(), path)
    return fit(path, Schema.infer(path), PARAMS).model
