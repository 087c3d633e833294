"""A scored run in numbers."""

from app.services.anomaly_model import BandShare, Summary
from app.services.explore_facets import facets
from app.services.explore_model import Kind
from app.services.scored_rows import ScoredRows
from pipeline.threshold import BANDS


def summarised(run_id: str, scored: ScoredRows, score_threshold: float) -> Summary:
    """Return a run in numbers."""
    rows, anomalies, threshold = scored.totals()
    return Summary(
        run_id=run_id,
        rows=rows,
        anomalies=anomalies,
        rate=anomalies / rows if rows else 0.0,
        threshold=threshold,
        score_threshold=score_threshold,
        bands=_bands(scored, rows),
        fields=tuple(scored.fields.values()),
        facets=tuple(facets(scored)),
    )


def date_column(scored: ScoredRows) -> str:
    """Name the column that time is read from; empty without one."""
    dates = (field.name for field in scored.fields.values() if field.kind is Kind.DATE)
    return next(dates, "")


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
