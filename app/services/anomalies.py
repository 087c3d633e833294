"""The scored rows of a run, cached on disk and queried where they lie."""

import hashlib
from math import isclose
from pathlib import Path

from app.clients.mlflow import MlflowClient
from app.services import names
from app.services.anomaly_model import (
    BandShare,
    Histogram,
    RowPage,
    Summary,
    Trend,
    TrendPoint,
)
from app.services.disk_cache import DiskCache
from app.services.links import Links
from app.services.scored_rows import SCORED, Bins, ScoredRows, fitting_grain
from pipeline.csv_io import write_csv
from pipeline.threshold import BANDS

__all__ = ["Anomalies", "BandShare", "Histogram", "RowPage", "Summary", "Trend", "TrendPoint"]

DATE_TYPES = ("TIMESTAMP", "DATE")


class Anomalies:
    """Questions about the scored rows of a run; the first one fetches them.

    Parameters
    ----------
    files
        Where scored files and files built for download are kept on the console's disk.
    """

    def __init__(self, mlflow: MlflowClient, files: DiskCache, links: Links) -> None:
        self._mlflow = mlflow
        self._files = files
        self._links = links

    def summary(self, run_id: str) -> Summary:
        """Return the run in numbers."""
        scored = self._rows(run_id)
        columns = scored.columns()
        rows, anomalies, threshold = scored.totals()
        return Summary(
            run_id=run_id,
            rows=rows,
            anomalies=anomalies,
            rate=anomalies / rows if rows else 0.0,
            threshold=threshold,
            bands=_bands(scored, rows),
            columns=tuple(columns),
            date_column=_date_column(columns),
        )

    def histogram(self, run_id: str, *, of: str = "anomaly_score", bins: int = 60) -> Histogram:
        """Return how ``anomaly_score`` or ``severity`` is distributed.

        An edge lies on the threshold, so that no bin holds normal and anomalous rows of both its
        sides.
        """
        scored = self._rows(run_id)
        low, high = scored.range(of)
        if of == "severity":
            threshold = scored.totals()[2]
            threshold = high if threshold is None else threshold
        else:
            threshold = 0.0
        first, step, count = steps(low, high, threshold, bins)
        return _histogram(scored.bins(of, first, step, count), count, threshold)

    def trend(self, run_id: str, *, column: str = "") -> Trend:
        """Return the anomaly rate over time at a grain that gives a readable number of points."""
        scored = self._rows(run_id)
        by = column or _date_column(scored.columns())
        span = scored.span(by) if by else None
        if not span:
            return Trend("", "", ())
        grain = fitting_grain(span)
        spans = scored.by_time(by, grain, span)
        points = tuple(TrendPoint(start, rows, found, found / rows) for start, rows, found in spans)
        shown = sum(point.rows for point in points)
        return Trend(by, grain, points, strays=scored.dated(by) - shown)

    def rows(
        self,
        run_id: str,
        *,
        limit: int = 50,
        offset: int = 0,
        columns: tuple[str, ...] = (),
        only_anomalies: bool = True,
    ) -> RowPage:
        """Return a page of rows, most severe first; no ``columns`` means all."""
        scored = self._rows(run_id)
        total, anomalies, _ = scored.totals()
        table = scored.page(
            columns or tuple(scored.columns()),
            only_anomalies=only_anomalies,
            limit=limit,
            offset=offset,
        )
        return RowPage(table, offset, anomalies if only_anomalies else total)

    def write_csv(
        self,
        run_id: str,
        *,
        top: int | None = None,
        columns: tuple[str, ...] = (),
        only_anomalies: bool = True,
    ) -> Path:
        """Write rows, most severe first, as CSV to the console's disk; ``top`` None means all."""
        scored = self._rows(run_id)
        chosen = columns or tuple(scored.columns())
        what = "anomalies" if only_anomalies else "rows"
        fingerprint = hashlib.sha256("\0".join(chosen).encode()).hexdigest()[:12]
        name = f"{run_id}-{what}-{top or 'all'}-{fingerprint}.csv"

        def make(target: Path) -> None:
            schema = scored.page(chosen, only_anomalies=only_anomalies, limit=0).schema
            batches = scored.batches(chosen, only_anomalies=only_anomalies, limit=top)
            write_csv(batches, schema, target)

        return self._files.get(name, make)

    def csv_url(self, run_id: str, *, top: int | None = None, only_anomalies: bool = True) -> str:
        """Return the console's own address that downloads what ``write_csv`` writes."""
        return self._links.anomalies(run_id, top=top, only_anomalies=only_anomalies)

    def scored_path(self, run_id: str) -> Path:
        """Return where the run's scored rows lie on the console's disk; the first call fetches."""
        return self._files.get(
            f"{run_id}-scored.parquet",
            lambda target: self._mlflow.download(run_id, names.SCORED_PARQUET, target),
        )

    def _rows(self, run_id: str) -> ScoredRows:
        return ScoredRows(self.scored_path(run_id))


def steps(low: float, high: float, threshold: float, bins: int) -> tuple[float, float, int]:
    """Return first edge, step and number of bins that cover ``low`` to ``high``.

    The edges are moved so that one of them is the threshold, where it lies between.
    """
    if isclose(low, high):
        return low, 1.0, 1
    step = (high - low) / bins
    if not low < threshold < high:
        return low, step, bins
    below = int(-(-(threshold - low) // step))
    above = int(-(-(high - threshold) // step))
    return threshold - below * step, step, below + above


def _histogram(bins: Bins, count: int, threshold: float) -> Histogram:
    normal, anomalous = [0] * count, [0] * count
    for index, calm, odd in bins.counts:
        normal[index], anomalous[index] = calm, odd
    edges = tuple(bins.low + index * bins.step for index in range(count + 1))
    return Histogram(edges, tuple(normal), tuple(anomalous), threshold)


def _bands(scored: ScoredRows, rows: int) -> tuple[BandShare, ...]:
    highs = [low for _, low in BANDS[1:]] + [100.0]
    # The topmost band holds severity 100 itself, the others end before the next begins.
    spans = [
        (low, high if high < 100.0 else 101.0)  # noqa: PLR2004 - the top of the scale
        for (_, low), high in zip(BANDS, highs, strict=True)
    ]
    counts = scored.between(spans)
    return tuple(
        BandShare(name, low, high, count, count / rows if rows else 0.0)
        for (name, low), high, count in zip(BANDS, highs, counts, strict=True)
    )


def _date_column(columns: dict[str, str]) -> str:
    dates = (
        name
        for name, dtype in columns.items()
        if name not in SCORED and dtype.startswith(DATE_TYPES)
    )
    return next(dates, "")
