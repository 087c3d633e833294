"""Which span of time a chart shows when a few dates lie far from all the others."""

from typing import Any

EDGE_SHARES = (0.01, 0.99)
MARGIN = 0.25


def shown_span(low: Any, first: Any, last: Any, high: Any) -> tuple[Any, Any]:  # noqa: ANN401
    """Return the span to draw: all dates, unless strays would squeeze the rest together.

    A date is a stray when it lies further outside the central 98 % of the rows than a quarter
    of their width. One wrong century in a thousand rows then does not set the scale.

    Parameters
    ----------
    low, first, last, high
        Minimum, the ``EDGE_SHARES`` quantiles and maximum, of one type that can be subtracted.
    """
    margin = (last - first) * MARGIN
    return max(low, first - margin), min(high, last + margin)
