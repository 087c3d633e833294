"""Trains and scores 1, 3 and 10 million rows with 1 and 2 workers: ``make bench-scale``.

Each measurement is a process of its own, so that its peak memory is its own. Workers are threads
of the process, and once more the processes of a local Dask cluster, whose peaks are told beside.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).parents[2]))

import pyarrow.parquet as pq

from pipeline.model.parallel import map_cluster, map_threads
from pipeline.model.scoring import MapChunks, score_file
from pipeline.model.training import fit
from pipeline.params import TrainParams
from pipeline.sample.write import BLOCK_ROWS, sample_blocks
from pipeline.tables.profile import profile

MILLIONS = (1, 3, 10)
DASK_MILLIONS = 1
WORKERS = (1, 2)
MB = 1024


def write_rows(path: Path, rows: int) -> None:
    """Write generated records as Parquet, without ever holding more than a block of them."""
    first = next(sample_blocks(BLOCK_ROWS, random_state=0)).records
    with pq.ParquetWriter(path, first.schema) as writer:
        for number, start in enumerate(range(0, rows, BLOCK_ROWS)):
            block = next(sample_blocks(BLOCK_ROWS, random_state=number)).records
            writer.write_table(block.slice(0, rows - start))


@contextmanager
def mapper(way: str, workers: int) -> Iterator[tuple[MapChunks, list[int]]]:
    """Yield the way to map chunks, and a list that gets the peak of each other process in MB."""
    peaks: list[int] = []
    if way == "threads":
        yield partial(map_threads, workers=workers), peaks
        return
    from distributed import Client, LocalCluster  # noqa: PLC0415 - threads do without

    options = {"n_workers": workers, "threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(processes=True, **options) as cluster, Client(cluster) as client:
        yield partial(map_cluster, client), peaks
        peaks += client.run(peak).values()


def peak() -> int:
    """Return the peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MB


def measure(data: Path, way: str, workers: int) -> None:
    """Train on a file, score it, and print what it took as JSON."""
    begin = time.perf_counter()
    training = fit(data, profile(data).schema, TrainParams())
    trained = time.perf_counter()
    with TemporaryDirectory(dir=data.parent) as folder, mapper(way, workers) as (mapped, others):
        scoring = score_file(training.model, data, Path(folder), map_chunks=mapped)
    figures = {
        "training_seconds": trained - begin,
        "scoring_seconds": scoring.metrics["scoring_seconds"],
        "rows_per_second": scoring.metrics["rows_per_second"],
        "peak_mb": peak(),
        "other_peaks_mb": others,
    }
    sys.stdout.write(json.dumps(figures))


def run(data: Path, way: str, workers: int) -> dict[str, float]:
    """Measure in a process of its own."""
    command = [sys.executable, __file__, "--measure", str(data), way, str(workers)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def say(millions: int, way: str, workers: int, figures: dict[str, float]) -> None:
    """Print one line of the table."""
    sys.stdout.write(
        f"{millions:>4} M rows   {workers} {way:<14} "
        f"train {figures['training_seconds']:6.1f} s   score {figures['scoring_seconds']:7.1f} s   "
        f"{figures['rows_per_second']:9,.0f} rows/s   peak {figures['peak_mb']:5} MB   "
        f"{figures['other_peaks_mb'] or ''}\n"
    )
    sys.stdout.flush()


def table(millions: tuple[int, ...]) -> None:
    """Measure every size with every number of workers."""
    for size in millions:
        with TemporaryDirectory() as name:
            data = Path(name) / "rows.parquet"
            write_rows(data, size * 1_000_000)
            for workers in WORKERS:
                say(size, "threads", workers, run(data, "threads", workers))
            for workers in WORKERS if size == DASK_MILLIONS else ():
                say(size, "dask processes", workers, run(data, "dask", workers))


def main() -> None:
    """Measure one, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", nargs=3, metavar=("FILE", "WAY", "WORKERS"))
    parser.add_argument("--millions", nargs="+", type=int, default=MILLIONS)
    options = parser.parse_args()
    if options.measure:
        file, way, workers = options.measure
        measure(Path(file), way, int(workers))
    else:
        table(tuple(options.millions))


if __name__ == "__main__":
    main()
