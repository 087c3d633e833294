"""Anomalies of known kinds, written over ordinary records."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pipeline.sample import distributions
from pipeline.sample.records import Columns, Moments, published_weekday

Rows = NDArray[np.intp]
Planter = Callable[[np.random.Generator, Rows, Moments, Columns], Moments]

RARE_VALUES = {
    "traffic_control_device": "FLASHING CONTROL SIGNAL",
    "weather_condition": "SLEET/HAIL",
    "trafficway_type": "ROUNDABOUT",
    "alignment": "CURVE ON HILLCREST",
    "roadway_surface_cond": "SAND, MUD, DIRT",
    "road_defect": "DEBRIS ON ROADWAY",
    "first_crash_type": "TRAIN",
    "prim_contributory_cause": "ROAD ENGINEERING/SURFACE/MARKING DEFECTS",
}
RARE_AT_ONCE = 3
UNKNOWN_VALUES = {
    "traffic_control_device": "DRONE BEACON",
    "weather_condition": "VOLCANIC ASH",
    "lighting_condition": "ECLIPSE",
    "first_crash_type": "AIRCRAFT",
    "roadway_surface_cond": "MOLTEN",
}
SHIFT_YEARS = (12, 40)
MIDSUMMER = (165, 235)
"""Days of the year."""


def _rare_combination(
    rng: np.random.Generator, rows: Rows, moments: Moments, columns: Columns
) -> Moments:
    """Three values at once, each of which is rare already by itself."""
    order = rng.permuted(np.tile(np.arange(len(RARE_VALUES)), (len(rows), 1)), axis=1)
    chosen = order[:, :RARE_AT_ONCE]
    for position, (name, value) in enumerate(RARE_VALUES.items()):
        columns[name][rows[(chosen == position).any(axis=1)]] = value
    return moments


def _impossible_combination(
    rng: np.random.Generator, rows: Rows, moments: Moments, columns: Columns
) -> Moments:
    """A fatal accident without a death, without damage and in daylight after midnight."""
    columns["most_severe_injury"][rows] = distributions.FATAL
    columns["crash_type"][rows] = distributions.DRIVE_AWAY
    columns["damage"][rows] = "$500 OR LESS"
    columns["injuries_fatal"][rows] = 0
    columns["lighting_condition"][rows] = "DAYLIGHT"
    moments.hour[rows] = columns["crash_hour"][rows] = rng.integers(1, 5, len(rows))
    return moments


def _extreme_counts(
    rng: np.random.Generator, rows: Rows, moments: Moments, columns: Columns
) -> Moments:
    """Far more vehicles and people than any ordinary accident has."""
    columns["num_units"][rows] = rng.integers(8, 19, len(rows))
    columns["injuries_non_incapacitating"][rows] = rng.integers(10, 40, len(rows))
    columns["injuries_total"][rows] = columns["injuries_non_incapacitating"][rows]
    columns["injuries_no_indication"][rows] = rng.integers(15, 60, len(rows))
    return moments


def _unknown_category(
    rng: np.random.Generator, rows: Rows, moments: Moments, columns: Columns
) -> Moments:
    """Two values that occur nowhere else."""
    names = list(UNKNOWN_VALUES)
    first = rng.integers(0, len(names), len(rows))
    second = (first + rng.integers(1, len(names), len(rows))) % len(names)
    for position, name in enumerate(names):
        columns[name][rows[(first == position) | (second == position)]] = UNKNOWN_VALUES[name]
    return moments


def _shifted_date(
    rng: np.random.Generator, rows: Rows, moments: Moments, columns: Columns
) -> Moments:
    """A date decades away that contradicts the hour, weekday and month beside it."""
    day, hour = moments.day.copy(), moments.hour.copy()
    sign = rng.choice([-1, 1], len(rows))
    years = sign * rng.integers(*SHIFT_YEARS, len(rows))
    day[rows] += (years * 365 + rng.integers(60, 300, len(rows))).astype("timedelta64[D]")
    hour[rows] = (columns["crash_hour"][rows] + 12) % 24
    return replace(moments, day=day, hour=hour)


def _wrong_season(
    rng: np.random.Generator, rows: Rows, moments: Moments, columns: Columns
) -> Moments:
    """Snow on an icy road in the middle of summer, with a calendar that agrees."""
    day = moments.day.copy()
    summer = rng.integers(*MIDSUMMER, len(rows))
    day[rows] = day[rows].astype("datetime64[Y]").astype("datetime64[D]") + summer
    changed = replace(moments, day=day)
    columns["crash_month"] = changed.month
    columns["crash_day_of_week"] = published_weekday(changed)
    columns["weather_condition"][rows] = rng.choice(["SNOW", "BLOWING SNOW"], len(rows))
    columns["roadway_surface_cond"][rows] = "ICE"
    return changed


PLANTERS: dict[str, Planter] = {
    "rare_combination": _rare_combination,
    "impossible_combination": _impossible_combination,
    "extreme_counts": _extreme_counts,
    "unknown_category": _unknown_category,
    "wrong_season": _wrong_season,
    "shifted_date": _shifted_date,
}
KINDS = tuple(PLANTERS)


def plant(
    rng: np.random.Generator, moments: Moments, columns: Columns, share: float
) -> tuple[Moments, Rows, list[str]]:
    """Turn a share of the records into anomalies, the kinds evenly.

    Returns
    -------
    tuple
        The moments, changed; the positions of the anomalies from 0, ascending; their kinds.
    """
    total = len(moments.day)
    rows = np.sort(rng.choice(total, round(total * share), replace=False))
    kinds = rng.integers(0, len(KINDS), len(rows))
    for position, planter in enumerate(PLANTERS.values()):
        moments = planter(rng, rows[kinds == position], moments, columns)
    return moments, rows, [KINDS[kind] for kind in kinds]
