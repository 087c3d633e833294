"""Verdicts, the review queue and the precision of a model."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from statistics import NormalDist

import pytest
from pyarrow import parquet as pq

from app.clients.errors import Conflict, Forbidden
from app.services.reviews.records import keys_of, read_queue, record_key
from app.services.reviews.types import (
    CONFIDENCE_Z,
    SampledBy,
    Verdict,
    VerdictCount,
    in_force,
    precision,
    wilson,
)
from pipeline.errors import NotFound, Rejected

THRESHOLD = 90.0


@pytest.fixture
def run_id(console):
    """The newest score run."""
    return console.runs.scored(1)[0].run_id


def judge(console, run_id, record, verdict=Verdict.CONFIRMED, by=SampledBy.QUEUE):
    """Give a verdict as the page does, with the verdict in force as it is now."""
    current = in_force(console.reviews.history((record.key,))[record.key])
    seen = {record.key: current.id if current else None}
    (stored,) = console.reviews.decide(run_id, [record], verdict, by, seen)
    return stored


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": "x"}, {"b": "x", "a": 1}),
        ({"a": 2}, {"a": 2.0}),
        ({"a": 2}, {"a": Decimal("2.00")}),
        ({"a": 1, "b": None}, {"a": 1}),
        ({"a": 1, "b": float("nan")}, {"a": 1}),
        ({"a": 1, "severity": 99.0, "anomaly_score": -0.1, "anomaly_pred": -1}, {"a": 1}),
        ({"d": date(2024, 5, 1)}, {"d": datetime(2024, 5, 1)}),  # noqa: DTZ001
        (
            {"d": datetime(2024, 5, 1, 12, tzinfo=UTC)},
            {"d": datetime(2024, 5, 1, 14, tzinfo=timezone(timedelta(hours=2)))},
        ),
    ],
)
def test_same_record_has_same_key(one, other):
    """Regardless of column order, number types and scores."""
    assert record_key(one) == record_key(other)
    assert len(record_key(one)) == 64


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": "1"}),
        ({"a": True}, {"a": 1}),
        ({"a": 0.1}, {"a": 0.1 + 1e-16 * 4}),
        ({"a": "x", "b": "y"}, {"a": "y", "b": "x"}),
        ({"a": "1,b"}, {"a": "1", "b": ""}),
        ({"a": 2**60}, {"a": 2**60 + 1}),
        ({"a": float("inf")}, {"a": float("-inf")}),
    ],
)
def test_different_records_have_different_keys(one, other):
    """Even if their concatenated texts are equal."""
    assert record_key(one) != record_key(other)


@pytest.mark.parametrize(
    ("hits", "decided", "low", "high"),
    [(8, 10, 0.4901625, 0.9433178), (0, 10, 0.0, 0.2775328), (81, 263, 0.2553, 0.3662)],
)
def test_interval_matches_published_values(hits, decided, low, high):
    """81 of 263 is an example of Newcombe (1998)."""
    share = wilson(hits, decided)
    assert share.share == hits / decided
    assert (share.low, share.high) == pytest.approx((low, high), abs=5e-5)


def test_interval_covers_95_percent():
    """The factor is the quantile of the normal distribution."""
    assert pytest.approx(NormalDist().inv_cdf(0.975)) == CONFIDENCE_Z


def test_share_without_decided_records_is_none():
    """Unsure verdicts count for neither side."""
    share = wilson(0, 0, 4)
    assert (share.share, share.low, share.high, share.reviewed) == (None, None, None, 4)


def test_precision_counts_flagged_rows_and_missed_counts_random_ones():
    """A normal row that was picked by hand counts for neither."""
    found = precision(
        [
            VerdictCount(True, "queue", "confirmed", 6),
            VerdictCount(True, "top", "confirmed", 2),
            VerdictCount(True, "queue", "false_alarm", 2),
            VerdictCount(True, "queue", "unsure", 3),
            VerdictCount(False, "random", "confirmed", 1),
            VerdictCount(False, "random", "false_alarm", 9),
            VerdictCount(False, "top", "confirmed", 5),
        ]
    )
    assert (found.flagged.hits, found.flagged.decided, found.flagged.unsure) == (8, 10, 3)
    assert (found.missed.hits, found.missed.decided) == (1, 10)


def test_row_is_read_with_its_key(console, run_id):
    """It has the operator's own columns, without those that scoring added."""
    (record,) = console.reviews.records(run_id, (12,))
    assert list(record.values) == [
        "crash_date",
        "weather_condition",
        "num_units",
        "injuries_total",
    ]
    assert record.key == record_key(record.values)
    assert [each.row for each in console.reviews.records(run_id, (9, 3))] == [9, 3]


def test_table_gives_same_keys_as_its_rows(console, run_id):
    """So the verdicts of a page of rows are found without reading the rows again."""
    page = console.anomalies.scored_path(run_id)
    rows = pq.read_table(page).slice(0, 50)
    records = console.reviews.records(run_id, range(1, 51))
    assert keys_of(rows) == [record.key for record in records]


def test_missing_row_is_not_found(console, run_id):
    """The message has its number."""
    with pytest.raises(NotFound, match="no row 5,000"):
        console.reviews.records(run_id, (5_000,))


def test_queue_starts_with_the_most_severe_record(console, run_id):
    """Each verdict leads to the next."""
    worst = console.anomalies.rows(run_id, limit=3).rows["row"].to_pylist()
    seen = []
    for _ in range(3):
        candidate = console.reviews.next(run_id, THRESHOLD)
        assert candidate.sampled_by is SampledBy.QUEUE
        seen.append(candidate.record.row)
        judge(console, run_id, candidate.record)
    assert seen == worst


def test_one_record_in_five_is_random_and_the_same_for_all_operators(console, world, run_id):
    """After four from the top comes one from below the threshold, and so on."""
    kinds = []
    for _ in range(11):
        candidate = console.reviews.next(run_id, THRESHOLD)
        assert world.console("admin").reviews.next(run_id, THRESHOLD) == candidate
        kinds.append(candidate.sampled_by.value[0])
        below = candidate.record.severity < THRESHOLD
        assert below == (candidate.sampled_by is SampledBy.RANDOM)
        judge(console, run_id, candidate.record, by=candidate.sampled_by)
    assert "".join(kinds) == "qqqqrqqqqrq"


def test_random_rows_are_spread_over_the_file_and_the_scores(console, run_id):
    """The first hundred, in an order of each run's own."""
    path = console.anomalies.scored_path(run_id)
    drawn = read_queue(path, SampledBy.RANDOM, THRESHOLD, run_id, 0)
    assert len({record.row for record in drawn}) == 100
    assert 700 < sum(record.row for record in drawn) / 100 < 1_300
    assert 30 < sum(record.severity for record in drawn) / 100 < 60
    other = read_queue(path, SampledBy.RANDOM, THRESHOLD, "other", 0)
    assert [each.row for each in drawn] != [each.row for each in other]


def test_record_judged_under_another_model_is_still_queued(console, run_id):
    """Precision is measured per model; the other verdict is in the history."""
    candidate = console.reviews.next(run_id, THRESHOLD)
    oldest = [run for run in console.runs.search().runs if run.kind == "score"][-1]
    judge(console, oldest.run_id, candidate.record)
    assert console.reviews.next(run_id, THRESHOLD).record == candidate.record
    assert console.reviews.history((candidate.record.key,))[candidate.record.key]


def test_skipped_record_is_left_out(console, run_id):
    """The next one is another."""
    candidate = console.reviews.next(run_id, THRESHOLD)
    following = console.reviews.next(run_id, THRESHOLD, frozenset({candidate.record.key}))
    assert following.record.row != candidate.record.row


def test_queue_ends_when_all_records_are_judged(console, run_id):
    """There is no next record."""
    records = console.reviews.records(run_id, range(1, 2_001))
    different = list({record.key: record for record in records}.values())
    for some in (different[:1_000], different[1_000:]):
        console.reviews.decide(run_id, some, Verdict.UNSURE, SampledBy.TOP, {})
    assert console.reviews.next(run_id, THRESHOLD) is None


def test_undo_returns_the_record_to_the_queue(console, run_id):
    """Undoing the same verdict twice changes nothing."""
    first = console.reviews.next(run_id, THRESHOLD).record
    stored = judge(console, run_id, first)
    assert console.reviews.undo([stored.id]) == 1
    assert console.reviews.undo([stored.id]) == 0
    assert console.reviews.next(run_id, THRESHOLD).record == first


def test_unseen_verdict_of_another_operator_is_a_conflict(console, world, run_id):
    """The message names the other operator."""
    record = console.reviews.next(run_id, THRESHOLD).record
    judge(world.console("admin"), run_id, record)
    with pytest.raises(Conflict, match="admin has judged this record meanwhile"):
        console.reviews.decide(
            run_id, [record], Verdict.UNSURE, SampledBy.QUEUE, {record.key: None}
        )


def test_viewer_may_not_give_verdicts(world, run_id):
    """Nor undo them."""
    reviews = world.console("viewer").reviews
    record = reviews.next(run_id, THRESHOLD).record
    with pytest.raises(Forbidden, match="role viewer"):
        reviews.decide(run_id, [record], Verdict.CONFIRMED, SampledBy.TOP, {})
    with pytest.raises(Forbidden):
        reviews.undo([1])


def test_too_many_records_at_once_are_rejected(console, run_id):
    """The message has the limit and the number."""
    records = console.reviews.records(run_id, range(1, 1_502))
    with pytest.raises(Rejected, match=r"At most 1,000 .* not 1,\d+"):
        console.reviews.decide(run_id, records, Verdict.UNSURE, SampledBy.TOP, {})
