"""Data sets on a real MLflow server."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from mlflow import MlflowClient
from mlflow.store.artifact.http_artifact_repo import HttpArtifactRepository

from pipeline.errors import DataError, NotFound, ServiceError, Unreachable
from pipeline.settings import settings
from pipeline.tracking import datasets
from pipeline.tracking.client import tracking_server as server
from pipeline.tracking.names import DATA, DATASET_EXPERIMENT, PROFILE


@pytest.fixture(autouse=True)
def registry(
    mlflow_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MlflowClient]:
    """Point the pipeline at the server and an empty cache; data sets of other tests are gone."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_server)
    monkeypatch.setenv("PIPELINE_CACHE_DIR", str(tmp_path / "cache"))
    settings.cache_clear()
    client = MlflowClient(mlflow_server)
    for run in runs(client):
        client.delete_run(run.info.run_id)
    yield client
    settings.cache_clear()


def runs(client: MlflowClient, where: str = "") -> list:
    """List the runs of the data sets' experiment, of any status."""
    experiment = client.get_experiment_by_name(DATASET_EXPERIMENT)
    return list(client.search_runs([experiment.experiment_id], where)) if experiment else []


def csv_file(folder: Path, first: int = 0) -> Path:
    """Write a small CSV whose bytes depend on ``first``."""
    path = folder / f"numbers_{first}.csv"
    path.write_text("x,kind\n" + "".join(f"{first + i},k{i % 3}\n" for i in range(20)))
    return path


def drop_cache() -> None:
    """Remove the local copies."""
    for path in (settings().pipeline_cache_dir / "datasets").glob("*.parquet"):
        path.unlink()


def test_a_registered_file_comes_back_as_it_was(tmp_path: Path) -> None:
    """Name, counts, schema and rows survive the way to the server and back."""
    made = datasets.register(server(), csv_file(tmp_path), "Numbers", "ann")
    drop_cache()
    found = datasets.get_dataset(server(), made.dataset_id)
    assert found == made
    assert (found.name, found.rows, found.columns) == ("Numbers", 20, 2)
    assert found.requested_by == "ann"
    assert datasets.profile_of(server(), found).schema.names == ["x", "kind"]
    assert pq.read_table(datasets.fetch(server(), made.dataset_id)).column("x").to_pylist() == [
        *range(20)
    ]


def test_the_same_bytes_are_one_data_set(tmp_path: Path) -> None:
    """A second upload of the same bytes, under any name, is the first data set."""
    first = datasets.register(server(), csv_file(tmp_path), "Numbers", "ann")
    second = datasets.register(server(), csv_file(tmp_path), "Numbers again", "bob")
    assert second == first
    assert datasets.search_datasets(server()) == (first,)


def test_concurrent_uploads_of_the_same_bytes_are_one(tmp_path: Path) -> None:
    """Two operators at once get one data set, and one is listed."""
    path = csv_file(tmp_path)
    with ThreadPoolExecutor(2) as pool:
        both = list(
            pool.map(lambda who: datasets.register(server(), path, "N", who), ["ann", "bob"])
        )
    assert both[0].dataset_id == both[1].dataset_id
    assert len(datasets.search_datasets(server())) == 1
    assert (
        datasets.get_dataset(server(), both[0].dataset_id) == datasets.search_datasets(server())[0]
    )


def test_the_newest_is_latest_and_first(tmp_path: Path) -> None:
    """``latest`` is the data set that was registered last; the list starts with it."""
    made = [datasets.register(server(), csv_file(tmp_path, n), f"N{n}", "ann") for n in range(3)]
    assert datasets.get_dataset(server(), "latest") == made[2]
    assert [item.name for item in datasets.search_datasets(server(), limit=2)] == [
        "N2",
        "N1",
    ]
    assert datasets.fetch(server(), "latest") == datasets.fetch(server(), made[2].dataset_id)


def test_bad_data_leaves_nothing_behind(registry: MlflowClient, tmp_path: Path) -> None:
    """A refused file makes no run and no local copy."""
    path = tmp_path / "empty.csv"
    path.write_bytes(b"")
    with pytest.raises(DataError):
        datasets.register(server(), path, "Empty", "ann")
    assert runs(registry) == []
    assert list((settings().pipeline_cache_dir / "datasets").iterdir()) == []


def test_an_interrupted_upload_is_never_listed(
    registry: MlflowClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run whose files did not all arrive is marked failed and can be registered again."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(HttpArtifactRepository, "log_artifacts", interrupt)
    with pytest.raises(KeyboardInterrupt):
        datasets.register(server(), csv_file(tmp_path), "Numbers", "ann")
    assert [run.info.status for run in runs(registry)] == ["FAILED"]
    assert datasets.search_datasets(server()) == ()


def test_an_unfinished_run_is_not_found(registry: MlflowClient, tmp_path: Path) -> None:
    """A run that a killed process left running is neither listed nor latest."""
    made = datasets.register(server(), csv_file(tmp_path), "Numbers", "ann")
    registry.update_run(made.run_id, status="RUNNING")
    assert datasets.search_datasets(server()) == ()
    with pytest.raises(NotFound, match="There is no data set yet; upload a CSV file"):
        datasets.get_dataset(server(), "latest")


def test_an_unknown_id_is_not_found() -> None:
    """An id that nobody registered is named in the message."""
    with pytest.raises(NotFound, match="There is no data set 0123456789abcdef"):
        datasets.fetch(server(), "0123456789abcdef")


def test_an_altered_artifact_is_refused(registry: MlflowClient, tmp_path: Path) -> None:
    """A download whose bytes are not those registered does not become a local copy."""
    made = datasets.register(server(), csv_file(tmp_path), "Numbers", "ann")
    drop_cache()
    registry.set_tag(made.run_id, "parquet_sha256", "0" * 64)
    with pytest.raises(ServiceError, match=r"is not what was registered; upload the CSV"):
        datasets.fetch(server(), made.dataset_id)
    assert list((settings().pipeline_cache_dir / "datasets").iterdir()) == []


def test_a_cached_copy_needs_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was fetched once is there while the server is down; what was not is unreachable."""
    made = datasets.register(server(), csv_file(tmp_path), "Numbers", "ann")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    settings.cache_clear()
    assert datasets.fetch(server(), made.dataset_id).exists()
    with pytest.raises(Unreachable, match=r"does not answer at http://127\.0\.0\.1:1; start it"):
        datasets.get_dataset(server(), "latest")


def test_the_files_are_named_as_the_design_says(registry: MlflowClient, tmp_path: Path) -> None:
    """The run holds the typed rows and the profile, and nothing else."""
    made = datasets.register(server(), csv_file(tmp_path), "Numbers", "ann")
    names = [item.path for item in registry.list_artifacts(made.run_id)]
    assert names == [DATA, PROFILE]
