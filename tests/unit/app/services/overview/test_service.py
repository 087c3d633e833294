"""When a retraining is suggested, and with what evidence."""

import pytest

from app.services import caching
from app.services.overview.service import Cause
from app.services.reviews.types import GivenVerdict


@pytest.fixture
def scored(world, console):
    """The newest score run of the champion, as the server keeps it."""
    return world.mlflow.find(console.runs.scored(1)[0].run_id)


def drift(run, **indices):
    """Let features drift."""
    run.metrics |= {f"drift/{name}": index for name, index in indices.items()}
    run.metrics["drifted_features"] = sum(index > 0.25 for index in indices.values())


def judge(world, run, confirmed, false_alarms):
    """Give verdicts on flagged rows."""
    said = ["confirmed"] * confirmed + ["false_alarm"] * false_alarms
    verdicts = [
        GivenVerdict(
            row_hash=f"{row:064x}",
            run_id=run.run_id,
            model_run_id=run.tags["model_run_id"],
            verdict=verdict,
            reason="",
            comment="",
            reviewer="ana",
            sampled_by="queue",
            anomaly_score=-0.1,
            severity=99.0,
            flagged=True,
        )
        for row, verdict in enumerate(said)
    ]
    world.verdicts.add(verdicts, {verdict.row_hash: None for verdict in verdicts})


def test_nothing_is_suggested_without_evidence(console, empty):
    """Neither with data that has not drifted nor with none."""
    assert console.suggestions.current() is None
    assert empty.console().suggestions.current() is None


def test_drift_in_the_newest_score_run_suggests_a_retraining(console, scored):
    """The drifted features with their indices, the largest first."""
    drift(scored, num_units=0.31, weather_condition=0.6, injuries_total=0.2)
    (evidence,) = console.suggestions.current().evidence
    assert evidence.cause is Cause.DRIFT
    assert list(evidence.drifted.items()) == [("weather_condition", 0.6), ("num_units", 0.31)]
    assert evidence.run.run_id == scored.run_id


def test_drift_by_chance_is_ignored(console, scored):
    """An index above the limit of a few rows alone does not count."""
    scored.metrics |= {"drift/num_units": 0.4, "drifted_features": 0}
    assert console.suggestions.current() is None


def test_drift_under_another_model_is_ignored(world, console, scored):
    """Only the champion counts."""
    drift(scored, num_units=0.9)
    other = next(run for run in world.mlflow.runs if run.name == "train 100 trees")
    world.mlflow.aliases["traffic_anomaly", "champion"] = other.run_id
    assert console.suggestions.current() is None


@pytest.mark.parametrize(
    ("said", "suggested"),
    [((0, 1), False), ((0, 3), False), ((0, 4), True), ((4, 6), False), ((20, 60), True)],
)
def test_precision_interval_below_the_limit_suggests_a_retraining(
    world, console, scored, said, suggested
):
    """A few false alarms are not enough; the limit is the setting."""
    judge(world, scored, *said)
    found = console.suggestions.current()
    assert (found is not None) == suggested
    if found:
        (evidence,) = found.evidence
        assert (evidence.reviewed.hits, evidence.reviewed.decided) == (said[0], sum(said))
        assert evidence.reviewed.high < found.wanted == 0.5


def test_model_trained_since_is_offered_instead(world, console, scored):
    """It may be promoted."""
    drift(scored, num_units=0.9)
    assert console.suggestions.current().newer is None
    newer = world.add_training(scored.tags["dataset_id"], age=1)
    caching.clear()
    assert console.suggestions.current().newer.run_id == newer.run_id
