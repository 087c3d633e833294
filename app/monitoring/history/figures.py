"""How the figures of a past run come about: slow seasons, ageing models, one bad month."""

import math
from datetime import datetime, timedelta
from random import Random

FEATURES = (
    "traffic_control_device",
    "weather_condition",
    "lighting_condition",
    "first_crash_type",
    "trafficway_type",
    "alignment",
    "roadway_surface_cond",
    "road_defect",
    "crash_type",
    "intersection_related_i",
    "damage",
    "prim_contributory_cause",
    "num_units",
    "most_severe_injury",
    "injuries_total",
    "injuries_fatal",
    "injuries_incapacitating",
    "injuries_non_incapacitating",
    "injuries_reported_not_evident",
    "injuries_no_indication",
    "crash_hour",
    "crash_day_of_week",
    "crash_month",
)
SEASONAL = frozenset({"weather_condition", "lighting_condition", "roadway_surface_cond"})
TROUBLED = frozenset({"road_defect", "prim_contributory_cause"})
DRIFTED = 0.25
SCORED_PER_SECOND = 120_000.0


def season(when: datetime) -> float:
    """Return -1 in midsummer to 1 in midwinter."""
    return math.cos(2 * math.pi * when.timetuple().tm_yday / 365)


class Trouble:
    """The stretch of days in which a source sends odd data: it swells and ebbs away."""

    def __init__(self, since: datetime, days: float) -> None:
        self.since, self.length = since, timedelta(days=days)

    def at(self, when: datetime) -> float:
        """Return how bad it is, 0 to 1."""
        part = (when - self.since) / self.length
        return math.sin(math.pi * part) if 0 < part < 1 else 0.0


def drift(random: Random, age_days: float, trouble: float) -> dict[str, float]:
    """Return each feature's population stability index against the model's training data.

    It grows with the model's age, most for what changes with the season.
    """
    found = {}
    for feature in FEATURES:
        ageing = age_days / 30 * (0.035 if feature in SEASONAL else 0.008)
        troubled = 0.5 * trouble if feature in TROUBLED else 0.03 * trouble
        found[f"drift/{feature}"] = ageing + troubled + random.gammavariate(2, 0.006)
    return found


def score_metrics(
    random: Random,
    *,
    when: datetime,
    rows: int,
    rate: float,
    age_days: float,
    trouble: float,
) -> dict[str, float]:
    """Return what a score run logs; ``rate`` is the share that the model was asked to flag."""
    per_feature = drift(random, age_days, trouble)
    wanted = rate * (1 + 0.05 * season(when) + 1.2 * trouble) * random.gauss(1, 0.025)
    per_second = SCORED_PER_SECOND * random.gauss(1, 0.06)
    return {
        "anomaly_rate": min(max(wanted, 0.0), 1.0),
        "scoring_seconds": rows / per_second + 0.4,
        "rows": float(rows),
        "rows_per_second": per_second,
        "drift_max": max(per_feature.values()),
        "drifted_features": float(sum(value >= DRIFTED for value in per_feature.values())),
        "unseen_category_rate": 0.002 * random.random() + 0.03 * trouble,
        "missing_rate": 0.018 * random.gauss(1, 0.1) + 0.05 * trouble,
        **per_feature,
    }


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
