"""Colours with a meaning; each keeps its contrast on the light and on the dark surface.

Severity runs from blue to red through yellow and orange, which readers with any of the common
kinds of colour blindness tell apart by lightness; every use adds the band's name.
"""

from collections.abc import Sequence

from app.services.anomalies import BandShare

NORMAL = "#9dadb6"
ANOMALY = "#d4552f"
ACCENT = "#1c8aa3"
QUIET = "rgba(125, 145, 155, 0.45)"
GRID = "rgba(125, 145, 155, 0.22)"
INK = "#75868f"

BANDS = {
    "minor": "#5b8fd0",
    "moderate": "#dfb11a",
    "major": "#e8792b",
    "critical": "#c4302b",
}
SERIES = (
    *("#1c8aa3", "#8a63d2", "#d97706", "#4575b4", "#be4b7d"),
    *("#6d8c24", "#8c6d4f", "#5f7480", "#c4302b", "#2f9e6e"),
)


def band_colour(name: str) -> str:
    """Colour of a severity band; below the lowest band rows are grey."""
    return BANDS.get(name.lower(), NORMAL)


def band_of(severity: float, bands: Sequence[BandShare]) -> str:
    """Name of the band that a severity falls into; empty below the lowest."""
    names = [band.name for band in bands if severity >= band.low]
    return names[-1] if names else ""


def series_colours(keys: Sequence[str]) -> dict[str, str]:
    """One colour for each key, in the order in which the keys first appear."""
    return {key: SERIES[i % len(SERIES)] for i, key in enumerate(dict.fromkeys(keys))}
