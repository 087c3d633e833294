"""How often each value occurs in the published crash records, and what it depends on.

The shares were read off a thousand published records of Chicago's crash data (City of Chicago
Data Portal, "Traffic Crashes - Crashes") and rounded; values that those show once or never have
small weights.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Weights = Mapping[str, float]
Texts = NDArray[np.object_]


class CategoryDistribution:
    """Values of one category column by weight.

    Parameters
    ----------
    weights
        How often each value occurs, in any unit.
    given
        The weights that apply instead where another column has a certain value; a key may name
        several such values.
    """

    def __init__(
        self, weights: Weights, given: Mapping[str | Sequence[str], Weights] | None = None
    ) -> None:
        self._weights = weights
        self._given = {
            name: table
            for names, table in (given or {}).items()
            for name in ((names,) if isinstance(names, str) else names)
        }
        tables = (weights, *self._given.values())
        self._values = tuple(dict.fromkeys(value for table in tables for value in table))

    def draw(self, rng: np.random.Generator, rows: int) -> Texts:
        """Draw ``rows`` values, of shape (rows,)."""
        return self._pick(rng, [self._weights], np.zeros(rows, dtype=np.intp))

    def draw_given(self, rng: np.random.Generator, parents: Texts) -> Texts:
        """Draw a value for each of ``parents``, of shape (rows,)."""
        coded = pa.array(parents, pa.string()).dictionary_encode()
        tables = [self._given.get(name, self._weights) for name in coded.dictionary.to_pylist()]
        return self._pick(rng, tables, coded.indices.to_numpy())

    def _pick(
        self, rng: np.random.Generator, tables: Sequence[Weights], table_of_row: NDArray[np.intp]
    ) -> Texts:
        """Look all draws up at once: table 0 lies in [0, 1), table 1 in [1, 2) and so on."""
        steps = np.concatenate(
            [self._cumulated(weights) + place for place, weights in enumerate(tables)]
        )
        found = np.searchsorted(steps, table_of_row + rng.random(len(table_of_row)), side="right")
        places = np.minimum(found - table_of_row * len(self._values), len(self._values) - 1)
        drawn: Texts = np.array(self._values, dtype=object)[places]
        return drawn

    def _cumulated(self, weights: Weights) -> NDArray[np.float64]:
        steps = np.cumsum([weights.get(value, 0.0) for value in self._values])
        return np.asarray(steps / steps[-1])


COLUMNS = (
    "crash_date",
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

FIRST_DAY, LAST_DAY = np.datetime64("2016-01-01"), np.datetime64("2023-12-31")
MONTH_WEIGHTS = np.array([77, 75, 72, 71, 80, 89, 92, 104, 98, 90, 82, 80])
YEAR_WEIGHTS = np.array([42, 86, 142, 145, 123, 124, 152, 220])
"""Reporting began district by district; each weight is a whole year's."""
WEEKDAY_WEIGHTS = np.array([144, 128, 143, 150, 167, 152, 122])  # Monday first
WORKDAY_HOURS = np.array(
    [16, 11, 10, 7, 11, 18, 34, 66, 55, 46, 38, 50, 58, 54, 54, 96, 82, 68, 60, 45, 36, 33, 31, 26]
)
WEEKEND_HOURS = np.array(
    [48, 38, 36, 24, 20, 17, 20, 26, 32, 40, 44, 50, 56, 52, 50, 58, 54, 52, 54, 50, 44, 44, 44, 46]
)

# One value a line would make the tables ten times as long and harder to compare.
# fmt: off
WINTER, SUMMER, BETWEEN = "winter", "summer", "between"
SEASON_OF_MONTH = np.array([WINTER] * 3 + [BETWEEN] * 2 + [SUMMER] * 4 + [BETWEEN] * 2 + [WINTER])

WEATHER = CategoryDistribution(
    {
        "CLEAR": 80, "RAIN": 12, "CLOUDY/OVERCAST": 4, "SNOW": 0.6, "UNKNOWN": 2.5, "OTHER": 0.3,
        "FREEZING RAIN/DRIZZLE": 0.2, "FOG/SMOKE/HAZE": 0.3, "SLEET/HAIL": 0.05,
    },
    {
        WINTER: {
            "CLEAR": 74, "RAIN": 7, "CLOUDY/OVERCAST": 5, "SNOW": 9, "UNKNOWN": 2.5,
            "BLOWING SNOW": 1.2, "OTHER": 0.3, "FREEZING RAIN/DRIZZLE": 0.8, "FOG/SMOKE/HAZE": 0.2,
            "SLEET/HAIL": 0.3,
        },
        SUMMER: {
            "CLEAR": 83, "RAIN": 11, "CLOUDY/OVERCAST": 3, "UNKNOWN": 2.5, "OTHER": 0.3,
            "FOG/SMOKE/HAZE": 0.1,
        },
    },
)

SURFACE = CategoryDistribution(
    {"DRY": 50, "WET": 40, "UNKNOWN": 8, "OTHER": 2},
    {
        "CLEAR": {
            "DRY": 90, "WET": 4, "UNKNOWN": 5, "SNOW OR SLUSH": 0.6, "ICE": 0.2, "OTHER": 0.15,
            "SAND, MUD, DIRT": 0.05,
        },
        "CLOUDY/OVERCAST": {"DRY": 65, "WET": 24, "UNKNOWN": 8, "SNOW OR SLUSH": 2, "OTHER": 1},
        ("RAIN", "SLEET/HAIL", "FREEZING RAIN/DRIZZLE"): {
            "WET": 92, "DRY": 3, "UNKNOWN": 3.5, "ICE": 1.5,
        },
        ("SNOW", "BLOWING SNOW"): {
            "SNOW OR SLUSH": 77, "WET": 14, "ICE": 6, "DRY": 2, "UNKNOWN": 1,
        },
        "UNKNOWN": {"UNKNOWN": 84, "WET": 6, "DRY": 9, "OTHER": 1},
    },
)

NIGHT, DAY, MORNING, EVENING = "night", "day", "morning", "evening"
LIGHTING = CategoryDistribution(
    {},
    {
        NIGHT: {
            "DARKNESS, LIGHTED ROAD": 87, "DARKNESS": 11, "DUSK": 0.6, "DAWN": 0.6, "UNKNOWN": 0.8,
        },
        DAY: {
            "DAYLIGHT": 96.5, "DARKNESS, LIGHTED ROAD": 0.6, "DUSK": 0.6, "DAWN": 0.5,
            "UNKNOWN": 1.8,
        },
        MORNING: {
            "DAYLIGHT": 45, "DAWN": 26, "DARKNESS, LIGHTED ROAD": 24, "DARKNESS": 4, "UNKNOWN": 1,
        },
        EVENING: {
            "DAYLIGHT": 40, "DUSK": 24, "DARKNESS, LIGHTED ROAD": 31, "DARKNESS": 4, "UNKNOWN": 1,
        },
    },
)

TRAFFICWAY = CategoryDistribution(
    {
        "NOT DIVIDED": 327, "FOUR WAY": 194, "DIVIDED - W/MEDIAN (NOT RAISED)": 168,
        "DIVIDED - W/MEDIAN BARRIER": 86, "ONE-WAY": 80, "T-INTERSECTION": 53, "OTHER": 26,
        "CENTER TURN LANE": 14, "UNKNOWN INTERSECTION TYPE": 9, "FIVE POINT, OR MORE": 9,
        "UNKNOWN": 6, "PARKING LOT": 6, "TRAFFIC ROUTE": 5, "ALLEY": 5, "RAMP": 3,
        "L-INTERSECTION": 3, "Y-INTERSECTION": 3, "DRIVEWAY": 1, "ROUNDABOUT": 1, "NOT REPORTED": 1,
    }
)

CONTROL = CategoryDistribution(
    {
        "TRAFFIC SIGNAL": 64, "STOP SIGN/FLASHER": 19, "NO CONTROLS": 13, "UNKNOWN": 2,
        "YIELD": 0.5, "OTHER": 0.3, "OTHER WARNING SIGN": 0.2, "OTHER REG. SIGN": 0.2,
        "LANE USE MARKING": 0.2, "FLASHING CONTROL SIGNAL": 0.2, "PEDESTRIAN CROSSING SIGN": 0.3,
    },
    {
        ("ALLEY", "PARKING LOT", "DRIVEWAY"): {
            "NO CONTROLS": 78, "STOP SIGN/FLASHER": 15, "UNKNOWN": 7,
        },
        ("L-INTERSECTION", "ROUNDABOUT", "NOT REPORTED", "UNKNOWN"): {
            "NO CONTROLS": 45, "STOP SIGN/FLASHER": 25, "YIELD": 15, "UNKNOWN": 15,
        },
        ("T-INTERSECTION", "Y-INTERSECTION"): {
            "TRAFFIC SIGNAL": 46, "STOP SIGN/FLASHER": 37, "NO CONTROLS": 14, "UNKNOWN": 3,
        },
        ("FIVE POINT, OR MORE", "CENTER TURN LANE", "TRAFFIC ROUTE", "RAMP"): {
            "TRAFFIC SIGNAL": 90, "NO CONTROLS": 8, "UNKNOWN": 2,
        },
    },
)

ALIGNMENT = CategoryDistribution(
    {
        "STRAIGHT AND LEVEL": 97.1, "STRAIGHT ON GRADE": 1.4, "CURVE, LEVEL": 0.9,
        "STRAIGHT ON HILLCREST": 0.3, "CURVE ON GRADE": 0.2, "CURVE ON HILLCREST": 0.05,
    }
)
DEFECT = CategoryDistribution(
    {
        "NO DEFECTS": 82.5, "UNKNOWN": 16, "OTHER": 0.5, "SHOULDER DEFECT": 0.3,
        "WORN SURFACE": 0.3, "RUT, HOLES": 0.3, "DEBRIS ON ROADWAY": 0.1,
    }
)
INTERSECTION = CategoryDistribution({"Y": 95.7, "N": 4.3})

CRASH = CategoryDistribution(
    {
        "TURNING": 334, "ANGLE": 221, "REAR END": 203, "SIDESWIPE SAME DIRECTION": 126,
        "PEDESTRIAN": 38, "FIXED OBJECT": 26, "PEDALCYCLIST": 16, "PARKED MOTOR VEHICLE": 12,
        "REAR TO FRONT": 7, "HEAD ON": 6, "SIDESWIPE OPPOSITE DIRECTION": 4, "OTHER OBJECT": 3,
        "OTHER NONCOLLISION": 2, "OVERTURNED": 1, "REAR TO SIDE": 1, "ANIMAL": 0.3, "TRAIN": 0.05,
    }
)

UNITS = CategoryDistribution(
    {"2": 91.5, "3": 7, "4": 1, "5": 0.4, "6": 0.1},
    {
        ("FIXED OBJECT", "OTHER OBJECT", "OVERTURNED", "ANIMAL"): {"1": 97, "2": 3},
        "OTHER NONCOLLISION": {"1": 60, "2": 40},
        ("PEDESTRIAN", "PEDALCYCLIST"): {"2": 98, "3": 2},
        "PARKED MOTOR VEHICLE": {"2": 62, "3": 30, "4": 8},
        "REAR END": {"2": 88.5, "3": 9.5, "4": 1.3, "5": 0.7},
    },
)

CAUSE = CategoryDistribution(
    {
        "UNABLE TO DETERMINE": 45, "NOT APPLICABLE": 12, "FAILING TO YIELD RIGHT-OF-WAY": 10,
        "EQUIPMENT - VEHICLE CONDITION": 4, "WEATHER": 4, "EXCEEDING SAFE SPEED FOR CONDITIONS": 3,
        "OPERATING VEHICLE IN ERRATIC, RECKLESS, CARELESS, NEGLIGENT OR AGGRESSIVE MANNER": 6,
        "DRIVING SKILLS/KNOWLEDGE/EXPERIENCE": 5, "EXCEEDING AUTHORIZED SPEED LIMIT": 1,
        "UNDER THE INFLUENCE OF ALCOHOL/DRUGS (USE WHEN ARREST IS EFFECTED)": 3,
        "EVASIVE ACTION DUE TO ANIMAL, OBJECT, NONMOTORIST": 2,
        "ROAD ENGINEERING/SURFACE/MARKING DEFECTS": 0.5,
    },
    {
        "TURNING": {
            "FAILING TO YIELD RIGHT-OF-WAY": 86, "UNABLE TO DETERMINE": 85,
            "IMPROPER TURNING/NO SIGNAL": 60, "IMPROPER LANE USAGE": 15, "NOT APPLICABLE": 8,
            "DISREGARDING TRAFFIC SIGNALS": 18, "IMPROPER OVERTAKING/PASSING": 10,
            "DRIVING SKILLS/KNOWLEDGE/EXPERIENCE": 8, "TURNING RIGHT ON RED": 4,
            "VISION OBSCURED (SIGNS, TREE LIMBS, BUILDINGS, ETC.)": 4, "WEATHER": 3,
            "FAILING TO REDUCE SPEED TO AVOID CRASH": 13, "FOLLOWING TOO CLOSELY": 9,
            "DISREGARDING STOP SIGN": 6, "PHYSICAL CONDITION OF DRIVER": 1,
        },
        "ANGLE": {
            "FAILING TO YIELD RIGHT-OF-WAY": 63, "UNABLE TO DETERMINE": 57,
            "DISREGARDING TRAFFIC SIGNALS": 47, "DISREGARDING STOP SIGN": 21,
            "DISREGARDING OTHER TRAFFIC SIGNS": 4, "NOT APPLICABLE": 5, "WEATHER": 2,
            "VISION OBSCURED (SIGNS, TREE LIMBS, BUILDINGS, ETC.)": 3,
        },
        ("REAR END", "REAR TO SIDE"): {
            "FOLLOWING TOO CLOSELY": 80, "UNABLE TO DETERMINE": 59, "NOT APPLICABLE": 4,
            "FAILING TO REDUCE SPEED TO AVOID CRASH": 28, "WEATHER": 7,
            "DISTRACTION - FROM INSIDE VEHICLE": 3, "DRIVING SKILLS/KNOWLEDGE/EXPERIENCE": 4,
        },
        ("SIDESWIPE SAME DIRECTION", "SIDESWIPE OPPOSITE DIRECTION", "HEAD ON"): {
            "UNABLE TO DETERMINE": 47, "IMPROPER OVERTAKING/PASSING": 20,
            "FAILING TO YIELD RIGHT-OF-WAY": 18, "IMPROPER LANE USAGE": 16,
            "IMPROPER TURNING/NO SIGNAL": 8, "DRIVING ON WRONG SIDE/WRONG WAY": 3,
            "NOT APPLICABLE": 4, "DISREGARDING ROAD MARKINGS": 1,
        },
        "REAR TO FRONT": {"IMPROPER BACKING": 70, "UNABLE TO DETERMINE": 30},
        ("PEDESTRIAN", "PEDALCYCLIST"): {
            "FAILING TO YIELD RIGHT-OF-WAY": 44, "UNABLE TO DETERMINE": 33,
            "FAILING TO REDUCE SPEED TO AVOID CRASH": 9, "NOT APPLICABLE": 5,
            "DRIVING ON WRONG SIDE/WRONG WAY": 3, "IMPROPER TURNING/NO SIGNAL": 3,
            "DISTRACTION - FROM OUTSIDE VEHICLE": 3,
        },
    },
)

UNDETERMINED = "UNABLE TO DETERMINE"
DISREGARDED = {
    "TRAFFIC SIGNAL": "DISREGARDING TRAFFIC SIGNALS",
    "STOP SIGN/FLASHER": "DISREGARDING STOP SIGN",
}
PASSENGERS = (0.665, 0.2, 0.08, 0.035, 0.012, 0.008)
"""Share of the accidents with that many people beside the drivers."""

NO_INJURY, FATAL = "NO INDICATION OF INJURY", "FATAL"
REPORTED, VISIBLE, SEVERE = (
    "REPORTED, NOT EVIDENT",
    "NONINCAPACITATING INJURY",
    "INCAPACITATING INJURY",
)
INJURY = CategoryDistribution(
    {NO_INJURY: 76, VISIBLE: 14, REPORTED: 8, SEVERE: 1.9, FATAL: 0.1},
    {
        ("PEDESTRIAN", "PEDALCYCLIST"): {
            NO_INJURY: 14, VISIBLE: 56, REPORTED: 19, SEVERE: 10, FATAL: 1,
        },
        ("SIDESWIPE SAME DIRECTION", "REAR TO FRONT", "PARKED MOTOR VEHICLE"): {
            NO_INJURY: 92, VISIBLE: 4.4, REPORTED: 3, SEVERE: 0.5, FATAL: 0.05,
        },
        ("HEAD ON", "OVERTURNED", "TRAIN"): {
            NO_INJURY: 55, VISIBLE: 28, REPORTED: 10, SEVERE: 6, FATAL: 1,
        },
    },
)

DRIVE_AWAY, TOWED = "NO INJURY / DRIVE AWAY", "INJURY AND / OR TOW DUE TO CRASH"
INJURED = "injured"
CRASH_TYPE = CategoryDistribution({DRIVE_AWAY: 76, TOWED: 24}, {INJURED: {TOWED: 1}})
DAMAGE = CategoryDistribution(
    {"OVER $1,500": 62, "$501 - $1,500": 26, "$500 OR LESS": 12},
    {TOWED: {"OVER $1,500": 86, "$501 - $1,500": 10, "$500 OR LESS": 4}},
)
