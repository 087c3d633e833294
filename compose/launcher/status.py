"""``status``: what runs, since when and where."""

from collections.abc import Iterator
from datetime import UTC, datetime

from compose.launcher.layout import Layout
from compose.launcher.programs import Program
from compose.launcher.supervisor import State, Supervisor

COLUMNS = ("SERVICE", "STATE", "SINCE", "FOR", "PID", "ADDRESS", "LOG")


def status(layout: Layout) -> tuple[bool, str]:
    """Tell whether every service runs, and return a table of the programs for the operator."""
    states = Supervisor(layout).states()
    if not states:
        return False, f"Nothing runs on STATE_DIR {layout.root}."
    programs = {state.name: Program.load(layout.run / f"{state.name}.json") for state in states}
    shown = [s for s in states if not programs[s.name].once or s.status == "RUNNING"]
    rows = [_row(layout, programs[state.name], state) for state in shown]
    return all(state.status == "RUNNING" for state in shown), "\n".join(_table([COLUMNS, *rows]))


def _row(layout: Layout, program: Program, state: State) -> tuple[str, ...]:
    runs = state.status == "RUNNING"
    return (
        program.title,
        state.status.lower(),
        f"{state.since.astimezone():%Y-%m-%d %H:%M:%S}" if runs else "-",
        _duration((datetime.now(UTC) - state.since).total_seconds()) if runs else "-",
        str(state.pid) if runs else "-",
        program.address or "-",
        str(layout.log_of(state.name)),
    )


def _duration(seconds: float) -> str:
    """Write a duration in its two largest units, as ``2 h 5 min``."""
    for size, unit, below, smaller in ((86400, "d", 3600, "h"), (3600, "h", 60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} {seconds % size // below:.0f} {smaller}"
    return f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
