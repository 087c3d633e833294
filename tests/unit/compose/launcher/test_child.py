"""The wrapper that becomes a program."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from compose.launcher.child import environment_of, wait_for
from compose.launcher.layout import REPOSITORY, Layout
from compose.launcher.programs import Program

SHOW = "import json, os; print(json.dumps([os.environ['PLAIN'], os.environ['KEY'], os.getpid()]))"


def test_secrets_are_read_from_their_files(tmp_path: Path) -> None:
    """The environment of the process holds what the description only names."""
    key = tmp_path / "key"
    key.write_text("hidden")
    program = Program("a", "A", ("a",), {"PLAIN": "open"}, {"KEY": str(key)})
    environment = environment_of(program)
    assert (environment["PLAIN"], environment["KEY"]) == ("open", "hidden")
    assert environment["PATH"] == os.environ["PATH"]


def test_it_waits_until_the_command_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A need that is met at the third time of asking is asked for three times."""
    monkeypatch.setattr("compose.launcher.child.PAUSE_SECONDS", 0)
    tries = tmp_path / "tries"
    wait_for(("sh", "-c", f'echo >> "{tries}"; [ $(wc -l < "{tries}") -ge 3 ]'))
    assert tries.read_text() == "\n\n\n"


def test_a_program_without_needs_starts_at_once() -> None:
    """No command, no wait."""
    wait_for(())


def test_it_becomes_the_program(layout: Layout) -> None:
    """The supervisor's child is the program itself and no wrapper around it."""
    key = layout.secrets / "key"
    key.write_text("hidden")
    command = (sys.executable, "-c", SHOW)
    Program("a", "A", command, {"PLAIN": "open"}, {"KEY": str(key)}).save(layout.run)
    wrapper = (sys.executable, "-m", "compose.launcher.child", str(layout.root), "a")
    with subprocess.Popen(wrapper, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        output, _ = process.communicate(timeout=30)
    assert json.loads(output) == ["open", "hidden", process.pid]
