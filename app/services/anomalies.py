"""The scored rows of a run, cached on disk and questioned where they lie."""

from pathlib import Path
from typing import Any

from app.clients.errors import NotFound
from app.services import explore_cloud, explore_segments, explore_shape, explore_time
from app.services.anomaly_files import Export, write
from app.services.anomaly_model import (
    BandShare,
    Histogram,
    RowPage,
    Summary,
    Trend,
    TrendPoint,
)
from app.services.anomaly_store import StoredRuns
from app.services.anomaly_summary import date_column, summarised
from app.services.explore_facets import facets
from app.services.explore_model import Cloud, Counts, Lanes, Tail, View
from app.services.explore_segments import Groups
from app.services.explore_time import Span
from app.services.scored_rows import Order

__all__ = ["Anomalies", "BandShare", "Histogram", "RowPage", "Summary", "Trend", "TrendPoint"]

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
        return explore_shape.tail(self.rows_of(run_id), view)

    def histogram(self, run_id: str, view: View = EVERYTHING) -> Histogram:
        """Return how ``anomaly_score`` is distributed; an edge lies on the run's threshold."""
        return explore_shape.histogram(self.rows_of(run_id), view, self.score_threshold(run_id))

    def score_at(self, run_id: str, severity: float) -> float | None:
        """Return the raw score at which a severity begins; None above the highest."""
        return explore_shape.score_at(self.rows_of(run_id), severity)

    def time_span(self, run_id: str, view: View, column: str) -> Span | None:
        """Return the span of time that the rows of a view cover, without a few stray dates."""
        return explore_time.time_span(self.rows_of(run_id), view, column)

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
        known = span or (explore_time.time_span(scored, view, by) if by else None)
        return explore_time.trend(scored, view, by, known)

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
        shown = span or explore_time.time_span(scored, view, by)
        return explore_time.lanes(scored, view, by, known[column], shown)

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
        chosen = sets or explore_segments.single_sets(scored)
        return explore_segments.grouped(scored, view, chosen, odd=odd, outside=outside)

    def ranked(
        self, run_id: str, background: Groups, odd: Groups, counts: Counts
    ) -> explore_segments.Segments:
        """Return the groups that stand out among the anomalies."""
        known = facets(self.rows_of(run_id))
        return explore_segments.ranked(known, background, odd, (counts.rows, counts.anomalies))

    def cloud(self, run_id: str, view: View, x: str, y: str, counts: Counts) -> Cloud:
        """Return rows as points of two features; ``counts`` are those of the view."""
        return explore_cloud.cloud(self.rows_of(run_id), view, (x, y), counts)

    def values(self, run_id: str, column: str) -> list[tuple[Any, int]]:
        """Return the values of a column with their rows, most frequent first."""
        scored = self.rows_of(run_id)
        if column not in facets(scored):
            return []
        groups = explore_segments.grouped(scored, EVERYTHING, ((column,),), odd=False)
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
