"""Scoring on a real Dask cluster of two worker processes."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from distributed import Client, LocalCluster

from pipeline.errors import ClusterError, DataError
from pipeline.model.parallel import chunk_mapper, map_cluster
from pipeline.model.scoring import PARQUET, score_file
from pipeline.model.training import fit
from pipeline.params import TrainParams
from pipeline.sample.write import write_sample
from pipeline.settings import settings
from pipeline.tables.csv_convert import csv_to_parquet
from pipeline.tables.profile import profile
from tests.servers.stack import free_ports


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """A scheduler and two workers, each a process of one thread."""
    with LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=True,
        dashboard_address="127.0.0.1:0",
        local_directory=str(tmp_path_factory.mktemp("dask")),
    ) as running:
        yield running


@pytest.fixture
def client(cluster: LocalCluster) -> Iterator[Client]:
    """A connection to it."""
    with Client(cluster, set_as_default=False) as connected:
        yield connected


@pytest.fixture
def settings_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Change the environment, and read it anew before and after."""
    settings.cache_clear()
    yield monkeypatch
    settings.cache_clear()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20,000 records as Parquet."""
    folder = tmp_path_factory.mktemp("data")
    write_sample(folder / "crashes.csv", rows=20_000)
    csv_to_parquet(folder / "crashes.csv", folder / "crashes.parquet")
    return folder / "crashes.parquet"


@pytest.fixture(scope="module")
def model(data: Path):
    """A model of those records."""
    return fit(data, profile(data).schema, TrainParams(n_estimators=20)).model


def scored(model, data: Path, folder: Path, **ways: object):
    """Score into a folder and return the rows with the metrics that do not tell the time."""
    folder.mkdir()
    scoring = score_file(model, data, folder, **ways)
    timing = {"scoring_seconds": 0.0, "rows_per_second": 0.0}
    return pq.read_table(folder / PARQUET), scoring.metrics | timing


def test_scores_on_the_cluster_are_bit_equal(
    settings_of: pytest.MonkeyPatch, cluster: LocalCluster, model, data: Path, tmp_path: Path
) -> None:
    """Two processes elsewhere give every bit that one process here gives."""
    here = scored(model, data, tmp_path / "here")
    settings_of.setenv("DASK_SCHEDULER_ADDRESS", cluster.scheduler_address)
    with chunk_mapper() as map_chunks:
        there = scored(model, data, tmp_path / "there", map_chunks=map_chunks, chunk_rows=3_000)
    assert here == there


def test_both_workers_work(client: Client) -> None:
    """The chunks are shared out among the processes, and come back in order."""
    import os  # noqa: PLC0415 - travels with the function

    results = list(map_cluster(client, lambda item: (item, os.getpid()), range(40)))
    assert [item for item, _ in results] == [*range(40)]
    assert [item for _, (item, _) in results] == [*range(40)]
    processes = {process for _, (_, process) in results}
    assert len(processes) == 2
    assert os.getpid() not in processes


def test_only_a_few_items_are_read_ahead(client: Client) -> None:
    """Memory is bounded, however long the file."""
    taken: list[int] = []
    source = (taken.append(number) or number for number in range(1_000))
    results = map_cluster(client, abs, source)
    assert next(results) == (0, 0)
    assert len(taken) <= 5
    results.close()


def test_bad_data_is_the_same_sentence(client: Client) -> None:
    """What the function raises on a worker is raised here."""

    def refuse(item: int) -> None:
        raise DataError(f"item {item} is bad")

    with pytest.raises(DataError, match="item 0 is bad"):
        list(map_cluster(client, refuse, range(3)))


def test_without_an_address_this_machine_works(settings_of: pytest.MonkeyPatch) -> None:
    """No cluster is the default."""
    settings_of.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    with chunk_mapper() as map_chunks:
        assert list(map_chunks(abs, [-1])) == [(-1, 1)]


def test_a_scheduler_that_is_not_there_is_told(
    settings_of: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By address and by the setting to mend, within seconds."""
    monkeypatch.setattr("pipeline.model.parallel.CONNECT_SECONDS", 1)
    settings_of.setenv("DASK_SCHEDULER_ADDRESS", f"tcp://127.0.0.1:{free_ports(1)[0]}")
    with pytest.raises(ClusterError, match="set DASK_SCHEDULER_ADDRESS"), chunk_mapper():
        pass


def test_a_scheduler_without_workers_is_told(
    settings_of: pytest.MonkeyPatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rather than waited for for ever."""
    monkeypatch.setattr("pipeline.model.parallel.CONNECT_SECONDS", 1)
    with LocalCluster(n_workers=0, processes=False, dashboard_address="127.0.0.1:0") as empty:
        settings_of.setenv("DASK_SCHEDULER_ADDRESS", empty.scheduler_address)
        with pytest.raises(ClusterError, match="has no worker"), chunk_mapper():
            pass
