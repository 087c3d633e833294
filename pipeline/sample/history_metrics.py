"""Metrics of generated runs: seasonal drift, ageing models and one incident."""

import math
from datetime import datetime
from random import Random

from pipeline.sample.distributions import COLUMNS

FEATURES = tuple(name for name in COLUMNS if name != "crash_date")
SEASONAL = frozenset({"weather_condition", "lighting_condition", "roadway_surface_cond"})
AFFECTED = frozenset({"road_defect", "prim_contributory_cause"})
"""Features in which the incident shows most."""

DRIFTED = 0.25
SCORED_PER_SECOND = 120_000.0


def train_metrics(random: Random, *, rows: int, rate: float, trees: int) -> dict[str, float]:
    """Return what a train run logs."""
    return {
        "anomaly_rate": rate,
        "training_seconds": 1.2 + rows / 300_000 + trees / 150 * random.gauss(1, 0.08),
        "rows": float(rows),
        "features": float(len(FEATURES) + 5),
        "threshold": -0.04 * random.gauss(1, 0.05),
        "injected_recall": min(random.gauss(0.86, 0.012), 1.0),
        "injected_auc": min(random.gauss(0.955, 0.004), 1.0),
    }


def score_metrics(
    random: Random, *, when: datetime, rows: int, rate: float, age_days: float, incident: float
) -> dict[str, float]:
    """Return what a score run logs.

    Parameters
    ----------
    rate
        Share of the rows that the model was trained to flag.
    age_days
        Days since the model was trained.
    incident
        How wrong the data is, 0 to 1.
    """
    drift = _drift(random, age_days, incident)
    season = math.cos(2 * math.pi * when.timetuple().tm_yday / 365)
    expected = rate * (1 + 0.05 * season + 1.2 * incident) * random.gauss(1, 0.025)
    per_second = SCORED_PER_SECOND * random.gauss(1, 0.06)
    return {
        "anomaly_rate": min(max(expected, 0.0), 1.0),
        "scoring_seconds": rows / per_second + 0.4,
        "rows": float(rows),
        "rows_per_second": per_second,
        "drift_max": max(drift.values()),
        "drifted_features": float(sum(value >= DRIFTED for value in drift.values())),
        "unseen_category_rate": 0.002 * random.random() + 0.03 * incident,
        "missing_rate": 0.018 * random.gauss(1, 0.1) + 0.05 * incident,
        **drift,
    }


def _drift(random: Random, age_days: float, incident: float) -> dict[str, float]:
    """Return each feature's population stability index, which grows with the model's age."""
    drift = {}
    for feature in FEATURES:
        ageing = age_days / 30 * (0.035 if feature in SEASONAL else 0.008)
        affected = incident * (0.5 if feature in AFFECTED else 0.03)
        drift[f"drift/{feature}"] = ageing + affected + random.gammavariate(2, 0.006)
    return drift
