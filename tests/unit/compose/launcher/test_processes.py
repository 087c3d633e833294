"""Programs and their processes: how they start, which are ours, how they end; all are real."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from compose.launcher.layout import REPOSITORY, Layout
from compose.launcher.processes import (
    Program,
    end,
    end_stack,
    processes_of,
    supervisors_of,
    wait_for,
)


def test_saved_program_loads_unchanged(layout: Layout) -> None:
    """The wrapper runs exactly what the launcher described."""
    program = Program(
        name="one",
        title="One",
        command=("run", "it"),
        environment={"A": "b"},
        secret_files={"KEY": "/file"},
        await_command=("wait",),
        address="http://127.0.0.1:1",
        stop_signal="INT",
        once=True,
    )
    program.save(layout)
    assert Program.load(layout, "one") == program


SHOW = "import json, os; print(json.dumps([os.environ['PLAIN'], os.environ['KEY'], os.getpid()]))"


def test_secrets_are_read_from_their_files(tmp_path: Path) -> None:
    """The environment of the process holds what the description only names."""
    key = tmp_path / "key"
    key.write_text("hidden")
    program = Program("a", "A", ("a",), {"PLAIN": "open"}, {"KEY": str(key)})
    environment = program.full_environment()
    assert (environment["PLAIN"], environment["KEY"]) == ("open", "hidden")
    assert environment["PATH"] == os.environ["PATH"]


def test_program_waits_until_its_await_command_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that succeeds at the third attempt is run three times."""
    monkeypatch.setattr("compose.launcher.processes.PAUSE_SECONDS", 0)
    tries = tmp_path / "tries"
    wait_for(("sh", "-c", f'echo >> "{tries}"; [ $(wc -l < "{tries}") -ge 3 ]'))
    assert tries.read_text() == "\n\n\n"


def test_program_without_await_command_starts_at_once() -> None:
    """An empty command is not waited for."""
    wait_for(())


def test_wrapper_becomes_the_program(layout: Layout) -> None:
    """The supervisor's child is the program itself and no wrapper around it."""
    key = layout.secrets / "key"
    key.write_text("hidden")
    command = (sys.executable, "-c", SHOW)
    Program("a", "A", command, {"PLAIN": "open"}, {"KEY": str(key)}).save(layout)
    wrapper = (sys.executable, "-m", "compose.launcher.processes", str(layout.root), "a")
    with subprocess.Popen(wrapper, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        output, _ = process.communicate(timeout=30)
    assert json.loads(output) == ["open", "hidden", process.pid]


SLEEP = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
ORPHAN = f"""
import os
if os.fork() == 0:
    os.setsid()
    {SLEEP}
"""
DIES_WITH_PARENT = """
import os
if os.fork() == 0:
    from compose.launcher.processes import die_with_parent
    die_with_parent("KILL")
    print(os.getpid(), flush=True)
import time; time.sleep(60)
"""

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(layout: Layout) -> Iterator[Start]:
    """Start Python code as a program of the stack, or as an unrelated process."""
    started: list[subprocess.Popen[str]] = []

    def run(code: str, program: str = "", *arguments: str) -> subprocess.Popen[str]:
        mark = {
            "SUPERVISOR_SERVER_URL": f"unix://{layout.supervisor_socket}",
            "SUPERVISOR_PROCESS_NAME": program,
        }
        process = subprocess.Popen(
            (sys.executable, "-c", code, *arguments),
            cwd=REPOSITORY,
            env={**os.environ, **(mark if program else {})},
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()


def has_begun(process: subprocess.Popen[str]) -> str:
    """Wait for the first line of a process."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_processes_are_found_by_their_program(start: Start, layout: Layout) -> None:
    """A stack's processes are found together or by program, unrelated ones never."""
    web, database, unrelated = start(SLEEP, "web"), start(SLEEP, "database"), start(SLEEP)
    for process in (web, database, unrelated):
        has_begun(process)
    assert {p.pid for p in processes_of(layout)} == {web.pid, database.pid}
    assert {p.pid for p in processes_of(layout, "web")} == {web.pid}


def test_processes_of_another_stack_are_not_found(start: Start, layout: Layout) -> None:
    """Two stacks on one machine do not end each other."""
    has_begun(start(SLEEP, "web"))
    assert processes_of(Layout(layout.root / "other")) == []


def test_orphan_is_found_and_ended(start: Start, layout: Layout) -> None:
    """A process whose parent died, in a session of its own, is found and ended."""
    parent = start(ORPHAN, "scheduler")
    has_begun(parent)
    parent.wait()
    orphans = processes_of(layout, "scheduler")
    assert len(orphans) == 1
    assert end(orphans) == 1
    assert processes_of(layout) == []


def test_process_that_ignores_sigterm_is_killed(start: Start) -> None:
    """It is gone after the grace period."""
    process = start(STUBBORN, "web")
    has_begun(process)
    end([psutil.Process(process.pid)], grace=0.3)
    assert process.wait() == -signal.SIGKILL


def test_zombie_is_not_waited_for(start: Start) -> None:
    """A process that has ended counts as ended, even if its parent never reaps it."""
    process = start(SLEEP, "web")
    has_begun(process)
    found = psutil.Process(process.pid)
    begin = time.monotonic()
    end([found], grace=30)
    assert time.monotonic() - begin < 10
    assert found.status() == psutil.STATUS_ZOMBIE


def test_ending_a_stack_ends_its_supervisor_and_programs(start: Start, layout: Layout) -> None:
    """Every process with the stack's marks ends, and their number is returned."""
    supervisor = start(SLEEP, "", str(layout.supervisor_configuration))
    service = start(SLEEP, "web")
    for process in (supervisor, service):
        has_begun(process)
    assert [p.pid for p in supervisors_of(layout)] == [supervisor.pid]
    assert end_stack(layout) == 2
    assert end_stack(layout) == 0


def test_child_dies_with_its_parent(start: Start) -> None:
    """The kernel ends the child of a parent that was killed."""
    parent = start(DIES_WITH_PARENT)
    child = psutil.Process(int(has_begun(parent)))
    parent.kill()
    parent.wait()
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
