"""What the supervisor runs: one program is a command, its environment and what it waits for."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from compose.launcher.credentials import write_private


@dataclass(frozen=True)
class Program:
    """One supervised program.

    Attributes
    ----------
    title
        What operators call it.
    command
        The argument list; it holds no secret.
    environment
        Variables beside the inherited ones; they hold no secret either.
    secret_files
        Variables whose value is the content of a file, read just before the start.
    await_command
        A command that succeeds once the program may start, run again until then.
    address
        Where the program answers.
    stop_signal
        Name of the signal that asks it to end, without ``SIG``.
    once
        It does its work and ends; a service is started again when it ends.
    """

    name: str
    title: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    secret_files: Mapping[str, str] = field(default_factory=dict)
    await_command: tuple[str, ...] = ()
    address: str = ""
    stop_signal: str = "TERM"
    once: bool = False

    def save(self, folder: Path) -> Path:
        """Write the program where its wrapper, ``stop`` and ``status`` read it."""
        path = folder / f"{self.name}.json"
        write_private(path, json.dumps(asdict(self), indent=1))
        return path

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a program back from its file."""
        stored = json.loads(path.read_text())
        for name in ("command", "await_command"):
            stored[name] = tuple(stored[name])
        return cls(**stored)
