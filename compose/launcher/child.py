"""Becomes one program: ends what its last run left behind, waits for its needs, then execs.

Started by the supervisor as ``python -m compose.launcher.child STATE_DIR NAME``.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from compose.launcher.layout import Layout
from compose.launcher.processes import die_with_parent, end, processes_of
from compose.launcher.programs import Program

PAUSE_SECONDS = 0.1


def environment_of(program: Program) -> dict[str, str]:
    """Return the inherited environment with the program's variables and secrets."""
    secrets = {name: Path(file).read_text() for name, file in program.secret_files.items()}
    return {**os.environ, **program.environment, **secrets}


def wait_for(command: tuple[str, ...]) -> None:
    """Run a command until it succeeds; the supervisor ends the wait when it stops the program."""
    while command and subprocess.run(command, check=False).returncode:
        time.sleep(PAUSE_SECONDS)


def main(state_dir: str, name: str) -> None:
    """Become the program ``name`` of the stack in ``state_dir``."""
    layout = Layout(Path(state_dir))
    program = Program.load(layout.run / f"{name}.json")
    die_with_parent(program.stop_signal)
    end(processes_of(layout, name))
    wait_for(program.await_command)
    os.execvpe(program.command[0], program.command, environment_of(program))  # noqa: S606


if __name__ == "__main__":
    main(*sys.argv[1:])
