"""Where the scored rows of each run are kept on the console's disk."""

from pathlib import Path
from typing import Any

from app.clients.errors import NotFound
from app.clients.mlflow import MlflowClient
from app.services.anomalies import database, distribution, timeline
from app.services.anomalies import segments as anomalies_segments
from app.services.anomalies.distribution import date_column, summarised
from app.services.anomalies.export import Export, write
from app.services.anomalies.rows import Order, ScoredRows
from app.services.anomalies.segments import Groups, facets
from app.services.anomalies.timeline import Span
from app.services.anomalies.types import (
    Cloud,
    Counts,
    Histogram,
    Lanes,
    RowPage,
    Summary,
    Tail,
    Trend,
    View,
)
from app.services.runs.types import parse_run
from app.services.system import names
from app.services.system.disk_cache import DiskCache
from app.services.system.links import Links


class StoredRuns:
    """Scored files of runs, fetched once, and the databases made of them.

    Parameters
    ----------
    files
        Where scored files and files built for download are kept on the console's disk.
    """

    def __init__(self, mlflow: MlflowClient, files: DiskCache, links: Links) -> None:
        self._mlflow = mlflow
        self._files = files
        self._links = links

    def scored_path(self, run_id: str) -> Path:
        """Return where the run's scored rows lie on the console's disk; the first call fetches."""
        return self._files.get(
            f"{run_id}-scored.parquet",
            lambda target: self._mlflow.download(run_id, names.SCORED_PARQUET, target),
        )

    def score_threshold(self, run_id: str) -> float:
        """Return the raw score below which the run flagged its rows; kept beside them."""

        def ask(target: Path) -> None:
            target.write_text(repr(parse_run(self._mlflow.run(run_id), "").score_threshold))

        return float(self._files.get(f"{run_id}-threshold.txt", ask).read_text())

    def rows_of(self, run_id: str) -> ScoredRows:
        """Return the run's scored rows to be questioned; the first call fetches and prepares."""

        def make(target: Path) -> None:
            database.make(self.scored_path(run_id), target)

        return ScoredRows(self._files.get(f"{run_id}-scored.duckdb", make))


EVERYTHING = View()


class Anomalies(StoredRuns):
    """Questions about the scored rows of a run; the first one fetches and prepares them."""

    def summary(self, run_id: str) -> Summary:
        """Return the run in numbers."""
        return summarised(run_id, self.rows_of(run_id), self.score_threshold(run_id))

    def counts(self, run_id: str, view: View = EVERYTHING) -> Counts:
        """Return the rows of a view in numbers."""
        return self.rows_of(run_id).counts(view)

    def tail(self, run_id: str, view: View = EVERYTHING) -> Tail:
        """Return how severity is distributed, against what the training data would give."""
        return distribution.tail(self.rows_of(run_id), view)

    def histogram(self, run_id: str, view: View = EVERYTHING) -> Histogram:
        """Return how ``anomaly_score`` is distributed; an edge lies on the run's threshold."""
        return distribution.histogram(self.rows_of(run_id), view, self.score_threshold(run_id))

    def score_at(self, run_id: str, severity: float) -> float | None:
        """Return the raw score at which a severity begins; None above the highest."""
        return distribution.score_at(self.rows_of(run_id), severity)

    def time_span(self, run_id: str, view: View, column: str) -> Span | None:
        """Return the span of time that the rows of a view cover, without a few stray dates."""
        return timeline.time_span(self.rows_of(run_id), view, column)

    def trend(
        self, run_id: str, view: View = EVERYTHING, *, column: str = "", span: Span | None = None
    ) -> Trend:
        """Return the anomaly rate over time at a grain that gives a readable number of points.

        Parameters
        ----------
        column
            The first date column where none is named.
        span
            What ``time_span`` said, where it is known.
        """
        scored = self.rows_of(run_id)
        by = column or date_column(scored)
        known = span or (timeline.time_span(scored, view, by) if by else None)
        return timeline.trend(scored, view, by, known)

    def lanes(
        self, run_id: str, view: View, column: str, *, span: Span | None = None
    ) -> Lanes | None:
        """Return severity by time and by the values of a column; None without a date."""
        scored = self.rows_of(run_id)
        known, by = facets(scored), date_column(scored)
        if column not in known:
            raise NotFound("console", f"{column!r} has too many values to be told apart.")
        if not by:
            return None
        shown = span or timeline.time_span(scored, view, by)
        return timeline.lanes(scored, view, by, known[column], shown)

    def grouped(
        self,
        run_id: str,
        view: View,
        sets: tuple[tuple[str, ...], ...] = (),
        *,
        odd: bool,
        outside: bool = False,
    ) -> Groups:
        """Count a view's rows, its anomalies, or what it leaves out, by sets of columns.

        No sets means each column alone.
        """
        scored = self.rows_of(run_id)
        chosen = sets or anomalies_segments.single_sets(scored)
        return anomalies_segments.grouped(scored, view, chosen, odd=odd, outside=outside)

    def ranked(
        self, run_id: str, background: Groups, odd: Groups, counts: Counts
    ) -> anomalies_segments.Segments:
        """Return the groups that stand out among the anomalies."""
        known = facets(self.rows_of(run_id))
        return anomalies_segments.ranked(known, background, odd, (counts.rows, counts.anomalies))

    def cloud(self, run_id: str, view: View, x: str, y: str, counts: Counts) -> Cloud:
        """Return rows as points of two features; ``counts`` are those of the view."""
        return distribution.cloud(self.rows_of(run_id), view, (x, y), counts)

    def values(self, run_id: str, column: str) -> list[tuple[Any, int]]:
        """Return the values of a column with their rows, most frequent first."""
        scored = self.rows_of(run_id)
        if column not in facets(scored):
            return []
        groups = anomalies_segments.grouped(scored, EVERYTHING, ((column,),), odd=False)
        counted = [(key[0][1], rows) for key, rows in groups.items()]
        return sorted(counted, key=lambda pair: -pair[1])

    def bounds(self, run_id: str, column: str) -> tuple[Any, Any]:
        """Return the smallest and the largest value of a column."""
        return self.rows_of(run_id).bounds(column)

    def rows(
        self,
        run_id: str,
        view: View = EVERYTHING,
        *,
        limit: int = 50,
        offset: int = 0,
        columns: tuple[str, ...] = (),
        only_anomalies: bool = True,
        order: Order | None = None,
        counts: Counts | None = None,
    ) -> RowPage:
        """Return a page of rows, most severe first unless told; no ``columns`` means all.

        Parameters
        ----------
        counts
            Those of the view, where they are known.
        """
        scored = self.rows_of(run_id)
        counts = counts or scored.counts(view)
        table = scored.page(
            view,
            columns or tuple(scored.fields),
            only_anomalies=only_anomalies,
            order=order,
            limit=limit,
            offset=offset,
        )
        return RowPage(table, offset, counts.anomalies if only_anomalies else counts.rows)

    def record(self, run_id: str, row: int) -> dict[str, Any]:
        """Return one row, every column."""
        return self.rows_of(run_id).number(row)

    def file(self, run_id: str, export: Export) -> Path:
        """Return a file of rows, built on the console's disk when it is not there."""
        scored = self.rows_of(run_id)
        return self._files.get(
            f"{run_id}-{export.fingerprint()}.{export.form}",
            lambda target: write(scored, export, target),
        )

    def file_url(self, run_id: str, export: Export) -> str:
        """Return the console's own address that downloads what ``file`` builds."""
        return self._links.scored_rows(run_id, export.to_query())

    def record_url(self, run_id: str, row: int) -> str:
        """Return the console's own address that downloads one row as JSON."""
        return self._links.record(run_id, row)
