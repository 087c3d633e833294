"""Verdicts on a real PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from app.clients.errors import Conflict
from app.services.reviews.store import VerdictStore
from app.services.reviews.types import GivenVerdict, in_force
from tests.servers.postgres import TestDatabase

MODEL, OTHER_MODEL = "a" * 32, "b" * 32
RECORD = "1" * 64


def verdict(row_hash: str = RECORD, said: str = "confirmed", **other: object) -> GivenVerdict:
    """Return a verdict as the console stores it."""
    plain = GivenVerdict(
        row_hash=row_hash,
        run_id="c" * 32,
        model_run_id=MODEL,
        verdict=said,
        reason="typing error",
        comment="",
        reviewer="ana",
        sampled_by="queue",
        anomaly_score=-0.1,
        severity=99.0,
        flagged=True,
    )
    return replace(plain, **other)


@pytest.fixture
def store(migrated: TestDatabase) -> VerdictStore:
    """The client on a fresh database, in the console's own role."""
    return VerdictStore(migrated.url("console"))


def test_a_verdict_is_stored_with_who_and_when(store: VerdictStore) -> None:
    """What comes back is what was said, and the moment is the database's."""
    (stored,) = store.add([verdict()], {RECORD: None})
    assert store.of_records([RECORD]) == [stored]
    assert (stored.reviewer, stored.verdict, stored.reason) == ("ana", "confirmed", "typing error")
    assert stored.decided_at.tzinfo is not None


def test_a_later_verdict_supersedes_and_the_earlier_stays(store: VerdictStore) -> None:
    """Nothing is overwritten: the history has both, newest first."""
    (first,) = store.add([verdict()], {RECORD: None})
    (second,) = store.add([verdict(said="false_alarm")], {RECORD: first.id})
    history = store.of_records([RECORD])
    assert [each.id for each in history] == [second.id, first.id]
    assert in_force(history) == second


def test_a_verdict_is_found_again_in_another_run(store: VerdictStore) -> None:
    """The record's content is the key, whatever run or model it turns up in."""
    (stored,) = store.add([verdict()], {RECORD: None})
    store.add([verdict(run_id="d" * 32, model_run_id=OTHER_MODEL)], {RECORD: stored.id})
    assert {each.run_id for each in store.of_records([RECORD])} == {"c" * 32, "d" * 32}


def test_undo_brings_back_what_was_in_force_before(store: VerdictStore) -> None:
    """Each undo goes one verdict back; a second one of the same changes nothing."""
    (first,) = store.add([verdict()], {RECORD: None})
    (second,) = store.add([verdict(said="unsure")], {RECORD: first.id})
    assert store.withdraw(second.id, "ben")
    assert not store.withdraw(second.id, "ben")
    history = store.of_records([RECORD])
    assert in_force(history) == first
    assert history[0].withdrawn_by == "ben"
    store.withdraw(first.id, "ben")
    assert store.judged(MODEL, [RECORD]) == set()
    assert store.counts([MODEL]) == {MODEL: []}


def test_of_two_operators_at_once_the_second_is_told(store: VerdictStore) -> None:
    """Both saw no verdict; one is stored, the other learns whose it is."""

    def judge(reviewer: str) -> str:
        try:
            store.add([verdict(reviewer=reviewer)], {RECORD: None})
        except Conflict as error:
            return error.message
        return ""

    with ThreadPoolExecutor(2) as operators:
        said = sorted(operators.map(judge, ("ana", "ben")))
    (stored,) = store.of_records([RECORD])
    assert said[0] == ""
    assert said[1].startswith(f"{stored.reviewer} has judged this record meanwhile: confirmed")


def test_many_at_once_are_stored_all_or_none(store: VerdictStore) -> None:
    """One surprise among them keeps the others out as well."""
    hashes = [f"{number:064x}" for number in range(500)]
    store.add([verdict(hashes[7])], {hashes[7]: None})
    with pytest.raises(Conflict):
        store.add([verdict(each) for each in hashes], dict.fromkeys(hashes))
    assert store.judged(MODEL, hashes) == {hashes[7]}


def test_waiting_for_review_goes_by_model(store: VerdictStore) -> None:
    """A verdict under one model leaves the record open under another."""
    store.add([verdict()], {RECORD: None})
    assert store.judged(MODEL, [RECORD, "2" * 64]) == {RECORD}
    assert store.judged(OTHER_MODEL, [RECORD]) == set()


def test_precision_agrees_with_the_view(store: VerdictStore, migrated: TestDatabase) -> None:
    """The console and Grafana show the same share and the same interval."""
    said = ["confirmed"] * 17 + ["false_alarm"] * 5 + ["unsure"] * 3
    for number, each in enumerate(said):
        row_hash = f"{number:064x}"
        sampled = "random" if number % 5 == 0 else "queue"
        store.add([verdict(row_hash, each, sampled_by=sampled)], {row_hash: None})
    for number in range(100, 110):
        row_hash = f"{number:064x}"
        missed = verdict(
            row_hash,
            "confirmed" if number == 100 else "false_alarm",
            sampled_by="random",
            flagged=False,
        )
        store.add([missed], {row_hash: None})
    (again,) = store.of_records([f"{0:064x}"])
    store.add([verdict(again.row_hash, "false_alarm")], {again.row_hash: again.id})
    (last,) = store.of_records([f"{16:064x}"])
    store.withdraw(last.id, "ana")

    found = store.precision(MODEL)
    (view,) = migrated.run(
        "console",
        "SELECT confirmed, confirmed + false_alarms, unsure, precision, precision_low, "
        "precision_high FROM monitoring.verdict_precision WHERE model_run_id = :model",
        model=MODEL,
    )
    flagged = found.flagged
    assert (flagged.hits, flagged.decided, flagged.unsure) == view[:3] == (15, 21, 3)
    assert (flagged.share, flagged.low, flagged.high) == pytest.approx(view[3:])
    assert (found.missed.hits, found.missed.decided) == (1, 10)


def test_the_console_may_not_change_what_was_said(migrated: TestDatabase) -> None:
    """The newest migration is applied over the first, so that withdrawals have their table."""
    tables = migrated.run(
        "console", "SELECT table_name FROM information_schema.tables WHERE table_schema = 'console'"
    )
    assert ("withdrawals",) in tables
