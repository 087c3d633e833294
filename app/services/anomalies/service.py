"""The scored rows of runs: fetched once, and queried for pages, reports and downloads."""

from itertools import combinations
from pathlib import Path
from typing import Any

from app.services.anomalies import database, queries, segments
from app.services.anomalies.export import Export, write
from app.services.anomalies.queries import Interval
from app.services.anomalies.rows import Order, ScoredRows
from app.services.anomalies.segments import PAIRED_COLUMNS, Groups, Segments
from app.services.anomalies.types import (
    Counts,
    Heatmap,
    Histogram,
    RowPage,
    Scatter,
    Summary,
    Trend,
    View,
)
from app.services.caching import FOREVER, cached
from app.services.system.disk_cache import DiskCache
from app.services.system.links import Links
from pipeline.errors import NotFound
from pipeline.tracking import artifacts, names
from pipeline.tracking.client import TrackingServer
from pipeline.tracking.runs import get_run

EVERYTHING = View()
VIEWS = 60
"""Answers kept for each chart; one holds up to a few thousand points."""


class Anomalies:
    """Answers queries of scored rows; the first query of a run fetches and prepares them.

    Parameters
    ----------
    files
        Keeps scored files, their databases and files built for download on the console's disk.
    """

    def __init__(self, mlflow: TrackingServer, files: DiskCache, links: Links) -> None:
        self._mlflow = mlflow
        self._files = files
        self._links = links

    def scored_path(self, run_id: str) -> Path:
        """Return the path of the run's scored Parquet file on the console's disk."""

        def fetch(target: Path) -> None:
            uri = get_run(self._mlflow, run_id).artifact_uri
            artifacts.download(self._mlflow, uri, names.SCORED_PARQUET, target)

        return self._files.get(f"{run_id}-scored.parquet", fetch)

    def rows_of(self, run_id: str) -> ScoredRows:
        """Return the run's scored rows as a database."""

        def make(target: Path) -> None:
            database.make(self.scored_path(run_id), target)

        return ScoredRows(self._files.get(f"{run_id}-scored.duckdb", make))

    def _score_threshold(self, run_id: str) -> float:
        """Return the raw score below which the run flagged its rows; kept beside them."""

        def ask(target: Path) -> None:
            target.write_text(repr(get_run(self._mlflow, run_id).score_threshold))

        return float(self._files.get(f"{run_id}-threshold.txt", ask).read_text())

    @cached(FOREVER)
    def summary(self, run_id: str) -> Summary:
        """Return the run in numbers."""
        scored = self.rows_of(run_id)
        return Summary(
            run_id,
            *scored.totals(),
            score_threshold=self._score_threshold(run_id),
            fields=tuple(scored.fields.values()),
            facets=tuple(segments.facets(scored)),
        )

    @cached(FOREVER, entries=VIEWS)
    def counts(self, run_id: str, view: View = EVERYTHING) -> Counts:
        """Return rows and anomalies of a view, and the anomalies by severity band."""
        return self.rows_of(run_id).counts(view)

    @cached(FOREVER, entries=VIEWS)
    def severity_histogram(self, run_id: str, view: View = EVERYTHING) -> Histogram:
        """Return rows by severity, with the counts expected from the training data."""
        return queries.severity_histogram(self.rows_of(run_id), view)

    @cached(FOREVER, entries=VIEWS)
    def score_histogram(self, run_id: str, view: View = EVERYTHING) -> Histogram:
        """Return rows by ``anomaly_score``; an edge lies on the run's threshold."""
        threshold = self._score_threshold(run_id)
        return queries.score_histogram(self.rows_of(run_id), view, threshold)

    @cached(FOREVER, entries=VIEWS)
    def score_at(self, run_id: str, severity: float) -> float | None:
        """Return the raw score at which a severity begins; None above the highest."""
        return queries.score_at(self.rows_of(run_id), severity)

    @cached(FOREVER, entries=VIEWS)
    def time_range(self, run_id: str, view: View = EVERYTHING) -> Interval | None:
        """Return the dates that a view covers, without a few outliers; None without a date."""
        by = self.summary(run_id).date_column
        return queries.time_range(self.rows_of(run_id), view, by) if by else None

    @cached(FOREVER, entries=VIEWS)
    def trend(self, run_id: str, view: View = EVERYTHING) -> Trend:
        """Return the anomaly rate over the first date column."""
        shown = self.time_range(run_id, View(view.filters))
        if shown is None:
            return Trend("", "", ())
        return queries.trend(self.rows_of(run_id), view, self.summary(run_id).date_column, shown)

    @cached(FOREVER, entries=VIEWS)
    def heatmap(self, run_id: str, view: View, column: str) -> Heatmap | None:
        """Return severity by time and by the values of a column; None without a date."""
        scored = self.rows_of(run_id)
        facet = segments.facets(scored).get(column)
        if facet is None:
            raise NotFound("console", f"{column!r} has too many values to be told apart.")
        shown = self.time_range(run_id, View(view.filters))
        if shown is None:
            return None
        return queries.heatmap(scored, view, self.summary(run_id).date_column, facet, shown)

    @cached(FOREVER, entries=VIEWS)
    def scatter(self, run_id: str, view: View, x: str, y: str) -> Scatter:
        """Return rows as points of two columns."""
        return queries.scatter(self.rows_of(run_id), view, x, y, self.counts(run_id, view))

    def segments(self, run_id: str, view: View = EVERYTHING) -> Segments:
        """Return the values that are over-represented among the anomalies."""
        return self._ranked(run_id, view)

    def pairs(self, run_id: str, view: View = EVERYTHING) -> Segments:
        """Return the pairs of values that stand out more than either of their values."""
        singles = self._ranked(run_id, view)
        sets = tuple(combinations(singles.informative[:PAIRED_COLUMNS], 2))
        found = self._ranked(run_id, view, sets) if sets else Segments((), ())
        return segments.more_than_parts(found, singles)

    @cached(FOREVER, entries=VIEWS)
    def _ranked(self, run_id: str, view: View, sets: tuple[tuple[str, ...], ...] = ()) -> Segments:
        scored, counts = self.rows_of(run_id), self.counts(run_id, view)
        rows = self._rows_by_group(run_id, View(view.filters), sets)
        anomalies = segments.grouped(scored, view, sets, only_anomalies=True)
        whole = (counts.rows, counts.anomalies)
        return segments.ranked(segments.facets(scored), rows, anomalies, whole)

    @cached(FOREVER, entries=VIEWS)
    def _rows_by_group(self, run_id: str, view: View, sets: tuple[tuple[str, ...], ...]) -> Groups:
        """Count rows by groups, which do not depend on the threshold and are kept while it moves.

        Where the filters leave most rows, the few that they leave out are counted instead.
        """
        scored = self.rows_of(run_id)
        if 2 * self.counts(run_id, view).rows <= self.summary(run_id).rows or not view.filters:
            return segments.grouped(scored, view, sets)
        outside = segments.grouped(scored, view, sets, outside=True)
        return segments.without(self._rows_by_group(run_id, EVERYTHING, sets), outside)

    @cached(FOREVER, entries=VIEWS)
    def values(self, run_id: str, column: str) -> tuple[tuple[Any, int], ...]:
        """Return the values of a column with their number of rows, most frequent first."""
        scored = self.rows_of(run_id)
        if column not in segments.facets(scored):
            return ()
        groups = segments.grouped(scored, EVERYTHING, ((column,),))
        counted = ((key[0][1], rows) for key, rows in groups.items())
        return tuple(sorted(counted, key=lambda pair: -pair[1]))

    @cached(FOREVER, entries=VIEWS)
    def bounds(self, run_id: str, column: str) -> tuple[Any, Any]:
        """Return the smallest and the largest value of a column."""
        return self.rows_of(run_id).bounds(column)

    @cached(FOREVER, entries=VIEWS)
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
    ) -> RowPage:
        """Return a page of rows, most severe first by default; no ``columns`` means all."""
        scored, counts = self.rows_of(run_id), self.counts(run_id, view)
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
        """Return one row with every column, by its number in the file from 1."""
        return self.rows_of(run_id).number(row)

    def file(self, run_id: str, export: Export) -> Path:
        """Return an exported file, built on the console's disk when it is not there."""
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
