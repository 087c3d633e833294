"""Which processes are ours, and how they are ended; all processes here are real."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import psutil
import pytest

from compose.launcher.layout import REPOSITORY, Layout
from compose.launcher.processes import end, end_stack, processes_of, supervisors_of

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
    """Start Python code as a program of the stack, or as a stranger where no program is named."""
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


def test_processes_are_known_by_their_program(start: Start, layout: Layout) -> None:
    """A stack's processes are found together and one by one, a stranger never."""
    web, database, stranger = start(SLEEP, "web"), start(SLEEP, "database"), start(SLEEP)
    for process in (web, database, stranger):
        has_begun(process)
    assert {p.pid for p in processes_of(layout)} == {web.pid, database.pid}
    assert {p.pid for p in processes_of(layout, "web")} == {web.pid}


def test_another_stack_s_processes_are_strangers(start: Start, layout: Layout) -> None:
    """Two stacks on one machine do not end each other."""
    has_begun(start(SLEEP, "web"))
    assert processes_of(Layout(layout.root / "other")) == []


def test_an_orphan_is_still_known(start: Start, layout: Layout) -> None:
    """A process whose parent died, in a session of its own, is found and ended."""
    parent = start(ORPHAN, "scheduler")
    has_begun(parent)
    parent.wait()
    orphans = processes_of(layout, "scheduler")
    assert len(orphans) == 1
    assert end(orphans) == 1
    assert processes_of(layout) == []


def test_who_does_not_listen_is_ended_by_force(start: Start) -> None:
    """A process that ignores SIGTERM is gone after the time of grace."""
    process = start(STUBBORN, "web")
    has_begun(process)
    end([psutil.Process(process.pid)], grace=0.3)
    assert process.wait() == -signal.SIGKILL


def test_a_zombie_is_not_waited_for(start: Start) -> None:
    """A process that has ended but was never asked for its exit code holds nobody up."""
    process = start(SLEEP, "web")
    has_begun(process)
    found = psutil.Process(process.pid)
    begin = time.monotonic()
    end([found], grace=30)
    assert time.monotonic() - begin < 10
    assert found.status() == psutil.STATUS_ZOMBIE


def test_ending_a_stack_ends_its_supervisor_and_the_rest(start: Start, layout: Layout) -> None:
    """All that carries the stack's marks ends, and how many there were is told."""
    supervisor = start(SLEEP, "", str(layout.supervisor_configuration))
    service = start(SLEEP, "web")
    for process in (supervisor, service):
        has_begun(process)
    assert [p.pid for p in supervisors_of(layout)] == [supervisor.pid]
    assert end_stack(layout) == 2
    assert end_stack(layout) == 0


def test_a_child_dies_with_its_parent(start: Start) -> None:
    """The kernel ends the child of a parent that was killed."""
    parent = start(DIES_WITH_PARENT)
    child = psutil.Process(int(has_begun(parent)))
    parent.kill()
    parent.wait()
    psutil.wait_procs([child], timeout=10)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
