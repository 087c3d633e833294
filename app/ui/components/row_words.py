"""An explanation in words."""

from app.services.explanations import Explanation, How, Rarity, SingleChange
from app.ui import text

RARE = 0.01
PARTS = {
    How.YEAR: "year",
    How.MONTH: "month",
    How.WEEKDAY: "weekday",
    How.HOUR: "hour",
}


def share(value: float, records: int) -> str:
    """A share with as many digits as it has meaning: ``0.3 %``, ``0.02 %``."""
    if value <= 0:
        return f"none of {text.number(records)}"
    percent = value * 100
    digits = 0 if percent >= 10 else 1 if percent >= 0.1 else 2  # noqa: PLR2004 - readable steps
    return "< 0.01 %" if percent < 0.005 else text.percent(value, digits)  # noqa: PLR2004


def rarity(found: Rarity, records: int) -> str:
    """How rare a value is, in words: ``seen in 0.3 %``."""
    part = share(found.share, records)
    match found.how:
        case How.SEEN:
            return f"seen in {part}"
        case How.EMPTY:
            return f"empty in {part}"
        case How.AT_LEAST:
            return f"as high in {part}"
        case How.AT_MOST:
            return f"as low in {part}"
    return f"same {PARTS[found.how]} in {part}"


def place(found: Explanation) -> str:
    """Where the row lies between typical rows and the threshold."""
    return (
        f"{text.number(found.splits, 1)} splits isolate this row. A typical one needs "
        f"{text.number(found.typical, 1)}; anomalies lie below {text.number(found.threshold, 1)}."
    )


def shares_of(found: Explanation) -> str:
    """What the rarities are shares of."""
    count = text.number(found.reference_rows)
    if found.by_training:
        return f"{count} training records"
    return f"{count} rows of this file, as the training data was deleted"


def change(found: SingleChange, old: str, severity: float) -> str:
    """One change with what comes of it."""
    lowered = f"severity {text.number(severity, 1)} → {text.number(found.severity, 1)}"
    return f"{found.column}: {old} → {found.value} ({lowered})"
