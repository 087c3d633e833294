"""One property of several runs as an axis to place them on."""

from dataclasses import dataclass

Value = float | str | None


@dataclass(frozen=True)
class Axis:
    """One property of all runs; numbers, or texts that are told apart by their place."""

    title: str
    values: tuple[Value, ...]

    @property
    def is_number(self) -> bool:
        """Whether each value that is there is a number."""
        return all(isinstance(value, float) for value in self.values if value is not None)

    @property
    def texts(self) -> list[str]:
        """The texts, in order."""
        return sorted({str(value) for value in self.values if value is not None})

    def places(self) -> list[float | None]:
        """Where each value lies between 0 and 1; all alike lie in the middle."""
        order = {text: float(place) for place, text in enumerate(self.texts)}
        given = [
            None if value is None else float(value) if self.is_number else order[str(value)]
            for value in self.values
        ]
        known = [value for value in given if value is not None]
        low, high = min(known, default=0.0), max(known, default=0.0)
        if low == high:
            return [None if value is None else 0.5 for value in given]
        return [None if value is None else (value - low) / (high - low) for value in given]

    def ends(self) -> tuple[str, str]:
        """What stands at the lower and at the upper end."""
        if not self.is_number:
            return (self.texts or [""])[0], (self.texts or [""])[-1]
        known = [float(value) for value in self.values if value is not None]
        return (f"{min(known):.4g}", f"{max(known):.4g}") if known else ("", "")
