"""Draw accident records whose columns depend on each other as in the published ones."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipeline.sample import distributions
from pipeline.sample.distributions import Texts

Columns = dict[str, NDArray[np.generic] | Texts]

MINUTES = 60
HOURS = 24
EPOCH_YEAR = 1970
MONDAY_OF_EPOCH = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True)
class Moments:
    """When the accidents happened; each array has shape (rows,)."""

    day: NDArray[np.datetime64]
    hour: NDArray[np.int64]
    minute: NDArray[np.int64]

    @property
    def weekday(self) -> NDArray[np.int64]:
        """Monday is 0."""
        return (self.day.astype(np.int64) + MONDAY_OF_EPOCH) % 7

    @property
    def year(self) -> NDArray[np.int64]:
        """Of our calendar."""
        return self.day.astype("datetime64[Y]").astype(np.int64) + EPOCH_YEAR

    @property
    def month(self) -> NDArray[np.int64]:
        """January is 1."""
        return self.day.astype("datetime64[M]").astype(np.int64) % 12 + 1


@dataclass(frozen=True)
class AccidentRecords:
    """When accidents happened, and all other columns by name."""

    moments: Moments
    columns: Columns

    @classmethod
    def draw(cls, rng: np.random.Generator, rows: int) -> Self:
        """Draw ``rows`` ordinary accidents."""
        moments = _moments(rng, rows)
        columns = _surroundings(rng, moments)
        columns |= _course(rng, columns["traffic_control_device"])
        columns |= _injuries(rng, columns)
        columns |= _consequences(rng, columns)
        columns["crash_hour"] = moments.hour.copy()
        records = cls(moments, columns)
        records.set_calendar()
        return records

    def set_calendar(self) -> None:
        """Derive weekday (Sunday is 1) and month from the date."""
        self.columns["crash_day_of_week"] = (self.moments.weekday + 1) % 7 + 1
        self.columns["crash_month"] = self.moments.month

    def to_table(self) -> pa.Table:
        """Put the columns into the published order, with the date in the published format."""
        arrays = {name: pa.array(values) for name, values in self.columns.items()}
        arrays["crash_date"] = _published_dates(self.moments)
        return pa.table({name: arrays[name] for name in distributions.COLUMNS})


def _moments(rng: np.random.Generator, rows: int) -> Moments:
    """Draw days by season and weekday, hours by weekday or weekend."""
    days = np.arange(distributions.FIRST_DAY, distributions.LAST_DAY + 1)
    calendar = Moments(days, np.zeros(0, np.int64), np.zeros(0, np.int64))
    weights = (
        distributions.MONTH_WEIGHTS[calendar.month - 1]
        * distributions.WEEKDAY_WEIGHTS[calendar.weekday]
        * distributions.YEAR_WEIGHTS[calendar.year - calendar.year[0]]
    ).astype(np.float64)
    day = rng.choice(days, rows, p=weights / weights.sum())
    weekend = (day.astype(np.int64) + MONDAY_OF_EPOCH) % 7 >= 5  # noqa: PLR2004 - Saturday
    hour = np.where(
        weekend,
        _hours(rng, rows, distributions.WEEKEND_HOURS),
        _hours(rng, rows, distributions.WORKDAY_HOURS),
    )
    # Reports are rounded: a quarter of them to the half hour, most others to five minutes.
    step = rng.choice([30, 5, 1], rows, p=[0.24, 0.38, 0.38])
    return Moments(day, hour, rng.integers(0, MINUTES, rows) // step * step)


def _hours(rng: np.random.Generator, rows: int, weights: NDArray[np.int64]) -> NDArray[np.int64]:
    return rng.choice(HOURS, rows, p=weights / weights.sum())


def _surroundings(rng: np.random.Generator, moments: Moments) -> Columns:
    season: Texts = distributions.SEASON_OF_MONTH[moments.month - 1].astype(object)
    weather = distributions.WEATHER.draw_given(rng, season)
    trafficway = distributions.TRAFFICWAY.draw(rng, len(season))
    return {
        "weather_condition": weather,
        "roadway_surface_cond": _surface(rng, weather, season),
        "lighting_condition": distributions.LIGHTING.draw_given(rng, _light(moments)),
        "trafficway_type": trafficway,
        "traffic_control_device": distributions.CONTROL.draw_given(rng, trafficway),
        "alignment": distributions.ALIGNMENT.draw(rng, len(season)),
        "road_defect": distributions.DEFECT.draw(rng, len(season)),
        "intersection_related_i": distributions.INTERSECTION.draw(rng, len(season)),
    }


def _surface(rng: np.random.Generator, weather: Texts, season: Texts) -> Texts:
    """Draw the surface under the weather; what would be ice or snow in summer is wet."""
    surface = distributions.SURFACE.draw_given(rng, weather)
    frozen = (surface == "ICE") | (surface == "SNOW OR SLUSH")
    surface[frozen & (season == distributions.SUMMER)] = "WET"
    return surface


def _light(moments: Moments) -> Texts:
    """Name the light by hour; the sun rises and sets up to two hours earlier or later by month."""
    summer = 1.0 - np.abs(moments.month - 6.5) / 5.5
    sunrise, sunset = 7.2 - 1.9 * summer, 16.4 + 3.9 * summer
    hour = moments.hour + 0.5
    names: Texts = np.full(len(hour), distributions.NIGHT, dtype=object)
    names[(hour > sunrise) & (hour < sunset)] = distributions.DAY
    names[np.abs(hour - sunrise) <= 0.5] = distributions.MORNING  # noqa: PLR2004 - within half an hour
    names[np.abs(hour - sunset) <= 0.5] = distributions.EVENING  # noqa: PLR2004
    return names


def _course(rng: np.random.Generator, control: NDArray[Any]) -> Columns:
    crash = distributions.CRASH.draw(rng, len(control))
    cause = distributions.CAUSE.draw_given(rng, crash)
    # A driver disregards the device that is there, and none where there is none.
    disregards = np.isin(cause, tuple(distributions.DISREGARDED.values()))
    cause[disregards] = [
        distributions.DISREGARDED.get(device, distributions.UNDETERMINED)
        for device in control[disregards]
    ]
    return {
        "first_crash_type": crash,
        "num_units": distributions.UNITS.draw_given(rng, crash).astype(np.int64),
        "prim_contributory_cause": cause,
        "most_severe_injury": distributions.INJURY.draw_given(rng, crash),
    }


def _injuries(rng: np.random.Generator, columns: Columns) -> Columns:
    """Count the injured so that the most severe injury is the one stated."""
    worst = columns["most_severe_injury"]
    rows = len(worst)
    ladder = (
        distributions.REPORTED,
        distributions.VISIBLE,
        distributions.SEVERE,
        distributions.FATAL,
    )
    rank = np.select([worst == step for step in ladder], [1, 2, 3, 4], default=0)
    further = (0.25, 0.30, 0.25, 0.10)
    reported, visible, severe, fatal = (
        (rank == step) * 1 + (rank >= step) * rng.poisson(mean, rows)
        for step, mean in enumerate(further, start=1)
    )
    total = reported + visible + severe + fatal
    units = columns["num_units"].astype(np.int64)
    people = units + rng.choice(len(distributions.PASSENGERS), rows, p=distributions.PASSENGERS)
    return {
        "injuries_total": total,
        "injuries_fatal": fatal,
        "injuries_incapacitating": severe,
        "injuries_non_incapacitating": visible,
        "injuries_reported_not_evident": reported,
        "injuries_no_indication": np.maximum(people - total, 0),
    }


def _consequences(rng: np.random.Generator, columns: Columns) -> Columns:
    hurt = columns["injuries_total"].astype(np.int64) > 0
    state: Texts = np.where(hurt, distributions.INJURED, "unhurt").astype(object)
    crash_type = distributions.CRASH_TYPE.draw_given(rng, state)
    return {"crash_type": crash_type, "damage": distributions.DAMAGE.draw_given(rng, crash_type)}


def _published_dates(moments: Moments) -> pa.Array:
    """Write month/day/year hour:minute without padded month, day and hour."""
    days, day_of_row = np.unique(moments.day, return_inverse=True)
    day_texts = [f"{d.month}/{d.day}/{d.year}" for d in days.tolist()]
    times = [f"{hour}:{minute:02d}" for hour in range(HOURS) for minute in range(MINUTES)]
    return pc.binary_join_element_wise(
        pa.array(day_texts).take(pa.array(day_of_row)),
        pa.array(times).take(pa.array(moments.hour * MINUTES + moments.minute)),
        " ",
    )
