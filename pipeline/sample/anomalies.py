"""Injects anomalies of known kinds into ordinary records."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pipeline.sample import distributions
from pipeline.sample.records import AccidentRecords

Rows = NDArray[np.intp]
Injector = Callable[[np.random.Generator, Rows, AccidentRecords], None]

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


def _rare_combination(rng: np.random.Generator, rows: Rows, records: AccidentRecords) -> None:
    """Three values at once, each of which is rare already by itself."""
    order = rng.permuted(np.tile(np.arange(len(RARE_VALUES)), (len(rows), 1)), axis=1)
    chosen = order[:, :RARE_AT_ONCE]
    for position, (name, value) in enumerate(RARE_VALUES.items()):
        records.columns[name][rows[(chosen == position).any(axis=1)]] = value


def _impossible_combination(rng: np.random.Generator, rows: Rows, records: AccidentRecords) -> None:
    """A fatal accident without a death, without damage and in daylight after midnight."""
    records.columns["most_severe_injury"][rows] = distributions.FATAL
    records.columns["crash_type"][rows] = distributions.DRIVE_AWAY
    records.columns["damage"][rows] = "$500 OR LESS"
    records.columns["injuries_fatal"][rows] = 0
    records.columns["lighting_condition"][rows] = "DAYLIGHT"
    records.moments.hour[rows] = records.columns["crash_hour"][rows] = rng.integers(1, 5, len(rows))


def _extreme_counts(rng: np.random.Generator, rows: Rows, records: AccidentRecords) -> None:
    """Far more vehicles and people than any ordinary accident has."""
    records.columns["num_units"][rows] = rng.integers(8, 19, len(rows))
    records.columns["injuries_non_incapacitating"][rows] = rng.integers(10, 40, len(rows))
    records.columns["injuries_total"][rows] = records.columns["injuries_non_incapacitating"][rows]
    records.columns["injuries_no_indication"][rows] = rng.integers(15, 60, len(rows))


def _unknown_category(rng: np.random.Generator, rows: Rows, records: AccidentRecords) -> None:
    """Two values that occur nowhere else."""
    names = list(UNKNOWN_VALUES)
    first = rng.integers(0, len(names), len(rows))
    second = (first + rng.integers(1, len(names), len(rows))) % len(names)
    for position, name in enumerate(names):
        records.columns[name][rows[(first == position) | (second == position)]] = UNKNOWN_VALUES[
            name
        ]


def _shifted_date(rng: np.random.Generator, rows: Rows, records: AccidentRecords) -> None:
    """A date decades away that contradicts the hour, weekday and month beside it."""
    sign = rng.choice([-1, 1], len(rows))
    years = sign * rng.integers(*SHIFT_YEARS, len(rows))
    days = years * 365 + rng.integers(60, 300, len(rows))
    records.moments.day[rows] += days.astype("timedelta64[D]")
    records.moments.hour[rows] = (records.columns["crash_hour"][rows] + 12) % 24


def _wrong_season(rng: np.random.Generator, rows: Rows, records: AccidentRecords) -> None:
    """Snow on an icy road in the middle of summer, with a calendar that agrees."""
    day = records.moments.day
    summer = rng.integers(*MIDSUMMER, len(rows))
    day[rows] = day[rows].astype("datetime64[Y]").astype("datetime64[D]") + summer
    records.set_calendar()
    records.columns["weather_condition"][rows] = rng.choice(["SNOW", "BLOWING SNOW"], len(rows))
    records.columns["roadway_surface_cond"][rows] = "ICE"


INJECTORS: dict[str, Injector] = {
    "rare_combination": _rare_combination,
    "impossible_combination": _impossible_combination,
    "extreme_counts": _extreme_counts,
    "unknown_category": _unknown_category,
    "wrong_season": _wrong_season,
    "shifted_date": _shifted_date,
}
KINDS = tuple(INJECTORS)


def inject(
    rng: np.random.Generator, records: AccidentRecords, share: float
) -> tuple[Rows, list[str]]:
    """Turn a share of the records into anomalies, the kinds evenly.

    Returns
    -------
    tuple
        The positions of the anomalies from 0, ascending, and their kinds.
    """
    total = len(records.moments.day)
    rows = np.sort(rng.choice(total, round(total * share), replace=False))
    kinds = rng.integers(0, len(KINDS), len(rows))
    for position, injector in enumerate(INJECTORS.values()):
        injector(rng, rows[kinds == position], records)
    return rows, [KINDS[kind] for kind in kinds]
