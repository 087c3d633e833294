"""The line of column names and the rules it must keep."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from pipeline.csv_io.dialect import Dialect
from pipeline.csv_io.guard import unguard_name
from pipeline.errors import DataError
from pipeline.schema import SCORED_COLUMNS

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*")
MOMENT = re.compile(r"\d+[/.-]\d+[/.-]\d+[ T]\d+:\d+.*")


@dataclass(frozen=True)
class Header:
    """The column names, and the line they are on; above it there are empty lines only."""

    names: tuple[str, ...]
    line: int


def read_header(path: Path, dialect: Dialect) -> Header:
    """Read and check the column names.

    Raises
    ------
    DataError
        Names the columns that break a rule.
    """
    records = dialect.records(path)
    first = next(records)
    names = tuple(unguard_name(name.strip()) for name in first.fields)
    _require_names(names)
    _require_different(names)
    _require_unscored(names)
    if next(records, None) is None:
        raise DataError(
            f"the file holds column names ({len(names)}) and no rows; export it again with its rows"
        )
    return Header(names, first.line)


def _require_names(names: Sequence[str]) -> None:
    blank = [str(place) for place, name in enumerate(names, 1) if not name]
    if blank:
        noun = "column" if len(blank) == 1 else "columns"
        raise DataError(
            f"{noun} {', '.join(blank)} of {len(names)} without a name in the first line: every "
            "column needs one (an index written by another tool is such a column); "
            f"name or delete the {noun}"
        )
    if all(NUMBER.fullmatch(name) for name in names) or any(map(MOMENT.fullmatch, names)):
        raise DataError(
            f"the first line looks like data, not like column names: {_listed(names[:3])} ...; "
            "add a line of column names on top"
        )


def _require_different(names: Sequence[str]) -> None:
    """Refuse equal names, also those that differ in case only: SQL could not tell them apart."""
    for _, group in groupby(
        sorted(range(len(names)), key=lambda i: (names[i].casefold(), i)),
        key=lambda i: names[i].casefold(),
    ):
        places = list(group)
        if len(places) > 1:
            raise DataError(
                f"columns {' and '.join(str(place + 1) for place in places)} have the same name "
                f"{_listed(dict.fromkeys(names[place] for place in places))}: names must differ by "
                "more than upper and lower case; rename or delete the others"
            )


def _require_unscored(names: Sequence[str]) -> None:
    scored = [name for name in names if name.casefold() in SCORED_COLUMNS]
    if scored:
        raise DataError(
            f"the file was scored before: {_listed(scored)} are names that scoring adds; "
            "upload the original file, or delete these columns and try again"
        )


def _listed(names: Sequence[str] | dict[str, None]) -> str:
    return ", ".join(repr(name) for name in names)
