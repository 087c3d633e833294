"""Which values stand out among the anomalies: ratios with their confidence intervals."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, inf, log, sqrt

LEAST_ANOMALIES = 5
LEAST_ROWS = 20
"""Fewer anomalies or rows than these say nothing: chance alone makes such ratios."""

NORMAL_975 = 1.959963984540054
"""Upper 97.5 % point of the standard normal distribution, for intervals of 95 %."""


@dataclass(frozen=True)
class Ratio:
    """How many times more frequent anomalies are, with a confidence interval of 95 %."""

    value: float
    low: float
    high: float


def risk_ratio(anomalies: int, rows: int, other_anomalies: int, other_rows: int) -> Ratio:
    """Compare the share of anomalies among some rows with that among all others.

    The interval is the log-ratio interval of Katz et al. (1978), "Obtaining confidence intervals
    for the risk ratio in cohort studies", Biometrics 34, 469-474:
    ``ln RR ± z · sqrt(1/a - 1/m + 1/b - 1/n)``. Where no other row is an anomaly, half a row is
    added to each of the four numbers (Walter 1975, Biometrika 62, 371-374), which keeps the ratio
    finite.

    Parameters
    ----------
    anomalies, rows
        Of the group, a of m.
    other_anomalies, other_rows
        Of all rows outside it, b of n.

    Examples
    --------
    >>> ratio = risk_ratio(20, 100, 10, 100)
    >>> f"{ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"
    '2.00 (0.99 to 4.05)'
    """
    if not anomalies or not rows or not other_rows:
        return Ratio(0.0 if rows and other_rows else 1.0, 0.0, inf)
    a, m, b, n = (float(each) for each in (anomalies, rows, other_anomalies, other_rows))
    if not other_anomalies:
        a, m, b, n = a + 0.5, m + 0.5, b + 0.5, n + 0.5
    middle = log((a / m) / (b / n))
    width = NORMAL_975 * sqrt(max(1 / a - 1 / m + 1 / b - 1 / n, 0.0))
    return Ratio(exp(middle), exp(middle - width), exp(middle + width))


def informative(groups: Iterable[tuple[int, int]]) -> float:
    """Return how much a column's values differ in their share of anomalies.

    The G statistic of the table of groups by flag (Woolf 1957, Annals of Human Genetics 21,
    397-409), less its degrees of freedom, so that a column of many values has no advantage.

    Parameters
    ----------
    groups
        Rows and anomalies of each value.
    """
    counted = [(rows, odd) for rows, odd in groups if rows]
    whole, anomalies = sum(rows for rows, _ in counted), sum(odd for _, odd in counted)
    if not 0 < anomalies < whole:
        return 0.0
    cells = [
        (seen, rows * part / whole)
        for rows, odd in counted
        for seen, part in ((odd, anomalies), (rows - odd, whole - anomalies))
    ]
    g = 2 * sum(seen * log(seen / expected) for seen, expected in cells if seen)
    return g - (len(counted) - 1)
