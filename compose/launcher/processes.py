"""The programs of a stack and their processes: how they start, which belong, how they end.

The supervisor starts a program as ``python -m compose.launcher.processes STATE_DIR NAME``, which
ends what the program's last run left behind, waits for its needs and then becomes the program.

The supervisor writes its own address and the program's name into the environment of whatever it
starts, and every descendant inherits them, also after its parent has died. PostgreSQL's processes
overwrite their environment with their title; they are identified by their data folder.
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

import psutil

from compose.launcher.credentials import write_private
from compose.launcher.layout import Layout

DATABASE = "postgres"
GRACE_SECONDS = 4.0
ORDERLY_SECONDS = 75.0
POLL_SECONDS = 0.05
PAUSE_SECONDS = 0.1
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Program:
    """One supervised program."""

    name: str
    title: str  # what operators call it
    command: tuple[str, ...]  # holds no secret
    environment: Mapping[str, str] = field(default_factory=dict)  # nor do these variables
    secret_files: Mapping[str, str] = field(default_factory=dict)  # by variable, read at the start
    await_command: tuple[str, ...] = ()  # run again until it succeeds, before the start
    address: str = ""  # where the program answers
    stop_signal: str = "TERM"  # asks it to end
    once: bool = False  # it does its work and ends; a service is restarted when it ends

    def save(self, layout: Layout) -> None:
        """Write the program where its process, ``stop`` and ``status`` read it."""
        write_private(layout.run / f"{self.name}.json", json.dumps(asdict(self), indent=1))

    @classmethod
    def load(cls, layout: Layout, name: str) -> Self:
        """Read a program back from its file."""
        stored = json.loads((layout.run / f"{name}.json").read_text())
        for tuple_field in ("command", "await_command"):
            stored[tuple_field] = tuple(stored[tuple_field])
        return cls(**stored)

    def full_environment(self) -> dict[str, str]:
        """Return the inherited environment with the program's variables and secrets."""
        secrets = {name: Path(file).read_text() for name, file in self.secret_files.items()}
        return {**os.environ, **self.environment, **secrets}


def become(state_dir: str, name: str) -> None:
    """Turn this process into the program ``name`` of the stack in ``state_dir``."""
    layout = Layout(Path(state_dir))
    program = Program.load(layout, name)
    die_with_parent(program.stop_signal)
    end(processes_of(layout, name))
    wait_for(program.await_command)
    os.execvpe(program.command[0], program.command, program.full_environment())  # noqa: S606


def die_with_parent(signal_name: str) -> None:
    """Ask the kernel for a signal when the parent dies, however it dies (Linux only)."""
    if not sys.platform.startswith("linux"):
        return
    number = signal.Signals[f"SIG{signal_name}"]
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(number)):
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")


def wait_for(command: tuple[str, ...]) -> None:
    """Run a command until it succeeds; the supervisor ends the wait when it stops the program."""
    while command and subprocess.run(command, check=False).returncode:
        time.sleep(PAUSE_SECONDS)


def processes_of(layout: Layout, *programs: str) -> list[psutil.Process]:
    """Return the processes of some programs of a stack, of all where none is named."""

    def belongs(process: psutil.Process) -> bool:
        program = _program_of(process, layout)
        return bool(program) and (not programs or program in programs)

    return _select(belongs)


def supervisors_of(layout: Layout) -> list[psutil.Process]:
    """Return the supervisor of a stack, identified by its configuration file."""
    return _select(lambda process: str(layout.supervisor_configuration) in process.cmdline())


def supervisor_address(process: psutil.Process) -> str:
    """Return the socket of the supervisor that a process descends from, if any."""
    url: str = process.environ().get("SUPERVISOR_SERVER_URL", "")
    return url.removeprefix("unix://") if url.startswith("unix://") else ""


def _program_of(process: psutil.Process, layout: Layout) -> str:
    if supervisor_address(process) == str(layout.supervisor_socket):
        return process.environ()["SUPERVISOR_PROCESS_NAME"]
    in_data = process.name() == "postgres" and process.cwd() == str(layout.postgres_data)
    return DATABASE if in_data else ""


def _select(belongs: Callable[[psutil.Process], bool]) -> list[psutil.Process]:
    """Return the other processes that belong; what we may not look at is not ours."""
    chosen = []
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and _lives(process) and belongs(process):
                chosen.append(process)
        except (psutil.Error, OSError):
            continue
    return chosen


def end_stack(layout: Layout) -> int:
    """End whatever of a stack still runs, the database last, and return how many were found.

    The supervisor, where it lives, does it in order; what it no longer knew of is ended after it.
    """
    found = end(supervisors_of(layout), grace=ORDERLY_SECONDS)
    found += end(p for p in processes_of(layout) if _program_of(p, layout) != DATABASE)
    found += end(processes_of(layout, DATABASE), ask=signal.SIGINT, grace=ORDERLY_SECONDS)
    return found


def end(
    processes: Iterable[psutil.Process],
    ask: signal.Signals = signal.SIGTERM,
    grace: float = GRACE_SECONDS,
) -> int:
    """Ask the processes to end, kill those that have not in time, and count them all."""
    asked = list(processes)
    for process in asked:
        with suppress(psutil.NoSuchProcess):  # also raised for a pid that was given away again
            process.send_signal(ask)
    for process in _survivors(asked, grace):
        with suppress(psutil.NoSuchProcess):
            process.kill()
    _survivors(asked, grace)
    return len(asked)


def _survivors(processes: Iterable[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Wait for the processes to end and return those that have not within ``seconds``."""
    deadline = time.monotonic() + seconds
    left = [process for process in processes if _lives(process)]
    while left and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
        left = [process for process in left if _lives(process)]
    return left


def _lives(process: psutil.Process) -> bool:
    """A zombie has ended, even if its parent (the first process of a container) never asks."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


if __name__ == "__main__":
    become(*sys.argv[1:])
