"""What people decided in the generated past."""

from datetime import timedelta
from itertools import pairwise
from random import Random
from typing import Any

from app.monitoring.history.model import PastRun

REVIEWERS = ("ana", "ben")
REASONS = {"confirmed": "data entry error", "false_alarm": "rare but right", "unsure": ""}
VERDICTS_PER_MODEL = 60
UNSURE_SHARE = 0.08


def verdicts(random: Random, runs: list[PastRun]) -> list[dict[str, Any]]:
    """Judge some rows of each model's first scorings; later models are confirmed more often."""
    models = [run for run in runs if run.kind == "train"]
    made: list[dict[str, Any]] = []
    for number, model in enumerate(models):
        scored = [run for run in runs if run.tags.get("model_run_id") == model.run_id][1:40]
        done = [run for run in scored if run.status == "FINISHED"]
        likely = 0.45 + 0.3 * number / len(models)
        made += [
            _verdict(random, random.choice(done), likely)
            for _ in range(VERDICTS_PER_MODEL if done else 0)
        ]
    return made


def _verdict(random: Random, run: PastRun, likely: float) -> dict[str, Any]:
    sampled_by = random.choices(("queue", "top", "random"), (6, 3, 1))[0]
    flagged = sampled_by != "random"
    drawn = random.random()
    verdict = "confirmed" if flagged and drawn < likely else "false_alarm"
    if drawn > 1 - UNSURE_SHARE:
        verdict = "unsure"
    severity = random.uniform(90, 100) if flagged else random.uniform(5, 90)
    return {
        "row_hash": f"{random.getrandbits(256):064x}",
        "run_id": run.run_id,
        "model_run_id": run.tags["model_run_id"],
        "verdict": verdict,
        "reason": REASONS[verdict],
        "comment": "",
        "reviewer": random.choice(REVIEWERS),
        "decided_at": run.ended + timedelta(hours=random.uniform(0.2, 20)),
        "sampled_by": sampled_by,
        "anomaly_score": (90 - severity) / 100,
        "severity": severity,
        "flagged": flagged,
    }


def threshold_changes(random: Random, runs: list[PastRun]) -> list[dict[str, Any]]:
    """Move the threshold of every second model some days after its training."""
    models = [run for run in runs if run.kind == "train"]
    return [
        {
            "model_run_id": model.run_id,
            "run_id": None,
            "previous": model.metrics["threshold"],
            "threshold": model.metrics["threshold"] - random.uniform(0.002, 0.01),
            "rows_gained": 0,
            "rows_lost": random.randrange(200, 2_000),
            "reason": "fewer rows than we can review",
            "changed_by": random.choice(REVIEWERS),
            "changed_at": model.ended + timedelta(days=random.uniform(2, 6)),
        }
        for model in models[::2]
    ]


def model_changes(runs: list[PastRun]) -> list[dict[str, Any]]:
    """Promote each model a few hours after its training."""
    models = [run for run in runs if run.kind == "train"]
    return [
        {
            "alias": "champion",
            "action": "promote",
            "previous_run_id": before.run_id,
            "model_run_id": model.run_id,
            "reason": "higher recall of injected anomalies",
            "changed_by": REVIEWERS[0],
            "changed_at": model.ended + timedelta(hours=4),
        }
        for before, model in pairwise(models)
    ]
