"""Date formats: which ones a column's text can have, and its conversion under one of them."""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import compute as pc

ISO = "ISO 8601"
ISO_ZONE = "ISO 8601 with time zone"
TIMESTAMP = pa.timestamp("us")
LAST_ROLLED_DAY = 3
FIRST_YEAR = 1000
"""Arrow reads ``%Y`` from fewer digits, too: the year 23 is a format that does not fit."""

DAYS = (
    *("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"),
    *("%m/%d/%Y", "%d/%m/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y"),
    *("%m/%d/%y", "%d/%m/%y", "%d.%m.%y", "%d-%m-%y", "%m-%d-%y"),
    *("%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%b %d %Y", "%d-%b-%y"),
)
"""Where a value fits two, the first counts: month first with slashes, day first otherwise."""
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", "T%H:%M", "T%H:%M:%S")

SHAPES = {
    "%Y": "9999", "%y": "99?", "%m": "99?", "%d": "99?", "%b": "a", "%H": "99?", "%I": "99?",
    "%M": "99?", "%S": "99?", "%p": "a",
}  # fmt: skip
ISO_SHAPE = r"9999-99-99([ a]99:99(:99(\.9{1,6})?)?)?"
ZONE_SHAPE = r"9999-99-99[ a]99:99(:99(\.9{1,6})?)?(a|[+-]99(:?99)?)"
PART_NAMES = {
    "%Y": "year", "%y": "year", "%m": "month", "%d": "day", "%b": "month", "%H": "hour",
    "%I": "hour", "%M": "minute", "%S": "second", "%p": "AM/PM",
}  # fmt: skip
EXAMPLE = datetime(2023, 7, 29, 13, 5)  # noqa: DTZ001 - a wall clock without a zone
DATE_LIKE = r"^(9{1,4}[-/. ](9{1,2}|a)[-/. ]9{1,4}|a 9{1,2},? 9{4}).{0,25}$"

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class DateFormat:
    """A way to write dates; ``pattern`` fits the shape of a value, see ``shapes``."""

    name: str
    pattern: re.Pattern[str]


@cache
def date_formats() -> tuple[DateFormat, ...]:
    """Return all formats, the preferred ones first."""
    return (
        DateFormat(ISO, re.compile(ISO_SHAPE)),
        DateFormat(ISO_ZONE, re.compile(ZONE_SHAPE)),
        *(DateFormat(day + time, re.compile(_shape(day + time))) for day in DAYS for time in TIMES),
    )


def _shape(name: str) -> str:
    parts = re.split(r"(%\w)", name)
    parts = [part.replace(".", r"\.") for part in parts]
    return "".join(SHAPES.get(part) or part.replace("T", "a").replace(" ", " +") for part in parts)


def shapes(values: pa.Array) -> pa.Array:
    """Reduce text to its shape: ``7/29/2023 1:00 PM`` becomes ``9/99/9999 9:99 a``."""
    digits = pc.replace_substring_regex(values, r"[0-9]", "9")
    return pc.replace_substring_regex(digits, r"[A-Za-z]+", "a")


def fitting_formats(values: pa.Array) -> list[tuple[str, Mask]]:
    """Return each format that some of the values have, with the mask of those values."""
    values = pc.utf8_trim_whitespace(values)
    encoded = shapes(values).dictionary_encode()
    places = encoded.indices.to_numpy(zero_copy_only=False)
    found = []
    for name, fits in _fits_by_shape(encoded.dictionary).items():
        mask = fits[places]
        mask[mask] = _valid(values.filter(pa.array(mask)), name)
        if mask.any():
            found.append((name, mask))
    return found


def _fits_by_shape(distinct: pa.Array) -> dict[str, Mask]:
    """Return each format that some of the shapes have, with the mask of those shapes."""
    fits: dict[str, Mask] = {}
    like = pc.match_substring_regex(distinct, DATE_LIKE).to_numpy(zero_copy_only=False)
    for place in np.flatnonzero(like):
        for name in _formats_of_shape(distinct[int(place)].as_py()):
            fits.setdefault(name, np.zeros(len(distinct), dtype=bool))[place] = True
    return fits


@lru_cache(maxsize=4096)
def _formats_of_shape(shape: str) -> tuple[str, ...]:
    return tuple(item.name for item in date_formats() if item.pattern.fullmatch(shape))


def _valid(values: pa.Array, name: str) -> Mask:
    return np.asarray(parse_dates(values, name).is_valid())


def parse_dates(values: pa.Array, name: str) -> pa.Array:
    """Convert text to timestamps without a zone; what does not fit the format becomes null.

    Times with a zone are converted to UTC.
    """
    values = pc.utf8_trim_whitespace(values)
    if name == ISO:
        return _cast(values, TIMESTAMP)
    if name == ISO_ZONE:
        return _cast(values, pa.timestamp("us", "UTC")).cast(TIMESTAMP)
    parsed = pc.strptime(values, format=name, unit="us", error_is_null=True)
    wrong = pc.or_(pc.less(pc.year(parsed), FIRST_YEAR), _rolled_over(values, parsed, name))
    return pc.if_else(wrong, pa.scalar(None, TIMESTAMP), parsed)


def _cast(values: pa.Array, dtype: pa.TimestampType) -> pa.Array:
    """Cast all at once, or one by one where some do not fit."""
    try:
        return values.cast(dtype)
    except pa.ArrowInvalid:
        return pa.array([_cast_one(value, dtype) for value in values], dtype)


def _cast_one(value: pa.Scalar, dtype: pa.TimestampType) -> pa.Scalar:
    try:
        return value.cast(dtype)
    except pa.ArrowInvalid:
        return pa.scalar(None, dtype)


def _rolled_over(values: pa.Array, parsed: pa.Array, name: str) -> pa.Array:
    """Tell where the day is not the one written: Arrow reads 30 February as 2 March."""
    early = pc.fill_null(pc.less_equal(pc.day(parsed), LAST_ROLLED_DAY), fill_value=False)
    written = pc.extract_regex(values.filter(early), _day_pattern(name)).field("day")
    rolled = pc.not_equal(written.cast(pa.int64()), pc.day(parsed.filter(early)))
    return pc.replace_with_mask(early, early, rolled)


@cache
def _day_pattern(name: str) -> str:
    before = name[: name.index("%d")]
    return "^" + re.sub(r"%\w", r"[0-9A-Za-z]+", re.escape(before)) + r"0*(?P<day>[0-9]+)"


def readable(name: str) -> str:
    """Describe a format with an example: ``month/day/year, such as 7/29/2023``."""
    if name.startswith(ISO):
        return f"{name}, such as {EXAMPLE.isoformat()}"
    text = re.sub(r"%\w", lambda part: PART_NAMES[part.group()], name)
    return f"{text}, such as {EXAMPLE.strftime(name)}"
