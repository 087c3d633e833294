"""What callers of the conversion hear of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

Progress = Callable[[int, int], None]
"""Called now and then with the units done and the units in all, such as bytes or rows."""


@dataclass(frozen=True)
class CsvInfo:
    """What a converted file turned out to be.

    Attributes
    ----------
    delimiter, encoding, decimal_point
        As detected.
    sha256
        Of the file's bytes, in hex.
    size_bytes
        Of the CSV file.
    date_formats
        The one ``strptime`` format, or ``ISO 8601``, that each date column is written in.
    """

    rows: int
    columns: int
    delimiter: str
    encoding: str
    sha256: str
    size_bytes: int
    decimal_point: str = "."
    date_formats: dict[str, str] = field(default_factory=dict)
