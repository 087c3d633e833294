"""The commands of the launcher: run, stop and status, and their exit codes."""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from subprocess import Popen
from types import FrameType

import psutil

from compose.launcher.checks import (
    check_folder,
    check_owner,
    check_ports,
    only_instance,
    running_instance,
)
from compose.launcher.credentials import SIGNIN_ACCOUNT, issue_signin_link
from compose.launcher.errors import InterruptedStartError, LaunchError
from compose.launcher.health import Deadline
from compose.launcher.layout import Layout, has_been_seeded
from compose.launcher.processes import ORDERLY_SECONDS, Program, end, end_stack
from compose.launcher.services import Stack
from compose.launcher.settings import inherited_environment, read_settings
from compose.launcher.startup import StartLog, Startup
from compose.launcher.supervisor import ProgramState, Supervisor

NOT_RUNNING = 3
WATCH_SECONDS = 1.0
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
COLUMNS = ("SERVICE", "STATE", "SINCE", "FOR", "PID", "ADDRESS", "LOG")


def main(arguments: list[str] | None = None) -> int:
    """Run one command.

    Returns
    -------
    int
        0 done, 1 the stack cannot run, 2 wrong settings or usage, 3 (``status``) not running.
    """
    parser = argparse.ArgumentParser(prog="python -m compose.launcher", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start everything and stay in the foreground")
    commands.add_parser("stop", help="end everything from another shell")
    commands.add_parser("status", help="tell what runs, since when and where")
    command = parser.parse_args(arguments).command
    try:
        return _execute(command, Stack.of(read_settings()))
    except LaunchError as error:
        findings = (f"error: {line}" for line in str(error).splitlines())
        sys.stderr.write("\n".join((*findings, *error.context, "")))
        return error.exit_code


def _execute(command: str, stack: Stack) -> int:
    if command == "run":
        run(stack)
        return 0
    check_owner(stack.layout)
    if command == "stop":
        sys.stdout.write(f"{stop(stack.layout)}\n")
        return 0
    all_run, table = status(stack.layout)
    sys.stdout.write(f"{table}\n")
    return 0 if all_run else NOT_RUNNING


def run(stack: Stack) -> None:
    """Start the stack and return once it has ended by Ctrl-C, SIGTERM or ``stop``.

    A failed start leaves nothing running.
    """
    log = StartLog()
    deadline = Deadline()
    check_folder(stack.layout, stack.postgres.socket)
    with only_instance(stack.layout, stack.console_url), _end_on_signals(deadline):
        log.say(f"Starting the Anomaly Console; everything is kept in {stack.layout.root}")
        end_stack(stack.layout)
        check_ports(stack.settings)
        try:
            _Session(stack, deadline, log).hold()
        except InterruptedStartError:
            log.say("Stopped before everything was ready.")
        finally:
            end_stack(stack.layout)
        log.say("Everything has been stopped.")


@contextmanager
def _end_on_signals(deadline: Deadline) -> Iterator[None]:
    """Let signals end every wait; SIGHUP only where ``nohup`` has not ignored it."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        deadline.stopping.set()

    before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    if before[signal.SIGHUP] is signal.SIG_IGN:
        del before[signal.SIGHUP]
    for number in before:
        signal.signal(number, stop)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@dataclass
class _Session:
    """The life of the stack from its first process to its last."""

    stack: Stack
    deadline: Deadline
    log: StartLog

    def hold(self) -> None:
        """Keep the stack up until somebody asks to stop, also when the supervisor itself dies."""
        self._prepare()
        daemon = self._start()
        self._welcome()
        while not self.deadline.stopping.wait(WATCH_SECONDS):
            if daemon.poll() is None:
                continue
            self.log.say("The supervisor ended unexpectedly; starting everything again.")
            end_stack(self.stack.layout)
            self.deadline = Deadline(stopping=self.deadline.stopping)
            daemon = self._start()
            self.log.say("Everything runs again.")

    def _prepare(self) -> None:
        stack = self.stack
        stack.credentials.create()
        # An empty file keeps Airflow from writing one of defaults with keys of its own.
        (stack.layout.airflow / "airflow.cfg").touch(mode=0o600)
        account = stack.postgres.account()
        if not stack.layout.postgres_data.exists():
            with self.log.step("PostgreSQL's database cluster was made"):
                stack.postgres.create_cluster(account)
        stack.postgres.remove_stale_pid_file()

    def _start(self) -> Popen[bytes]:
        stack = self.stack
        database = stack.postgres.program(stack.postgres.account())
        programs = [database, *stack.programs()]
        daemon = stack.supervisor.start(programs, inherited_environment())
        Startup(stack, self.deadline, self.log).run()
        for name in self._extras():
            stack.supervisor.start_program(name)
        return daemon

    def _extras(self) -> Iterator[str]:
        """Name the programs that nobody has to wait for."""
        if self.stack.grafana_url:
            yield "grafana"
        if self.stack.settings.seed_sample and not has_been_seeded(self.stack.layout.sample):
            yield "sample"

    def _welcome(self) -> None:
        stack, say = self.stack, self.log.say
        if "sample" in self._extras():
            log = stack.layout.log_of("sample")
            say(f"An empty store is being filled with the sample data and a first run; see {log}")
        if stack.grafana_url:
            password = stack.credentials.folder / "grafana_admin_password"
            say(f"Grafana: {stack.grafana_url}, account admin, password in {password}")
        url = stack.console_url
        link = issue_signin_link(stack.layout.signin_link, stack.credentials, url)
        say(f"Account: {SIGNIN_ACCOUNT}, password in {stack.credentials.accounts}")
        say(f"Sign in once without a password: {link}")
        say(f"Console ready: {url}")


def stop(layout: Layout) -> str:
    """End a stack, whether its launcher still lives or not, and return a sentence about it."""
    found = 0
    instance = running_instance(layout)
    if instance and psutil.pid_exists(instance.pid):  # it ends the rest in order
        found = end([psutil.Process(instance.pid)], grace=ORDERLY_SECONDS)
    if found + end_stack(layout):
        return f"Everything on STATE_DIR {layout.root} has been stopped."
    return f"Nothing runs on STATE_DIR {layout.root}."


def status(layout: Layout) -> tuple[bool, str]:
    """Tell whether every service runs, and return a table of the programs for the operator."""
    states = Supervisor(layout).states()
    if not states:
        return False, f"Nothing runs on STATE_DIR {layout.root}."
    programs = {state.name: Program.load(layout, state.name) for state in states}
    shown = [s for s in states if s.is_running or not programs[s.name].once]
    rows = [_row(layout, programs[state.name], state) for state in shown]
    return all(state.is_running for state in shown), "\n".join(_table([COLUMNS, *rows]))


def _row(layout: Layout, program: Program, state: ProgramState) -> tuple[str, ...]:
    log = str(layout.log_of(program.name))
    if not state.is_running:
        return (program.title, state.status.lower(), "-", "-", "-", program.address or "-", log)
    return (
        program.title,
        state.status.lower(),
        f"{state.since.astimezone():%Y-%m-%d %H:%M:%S}",
        _duration((datetime.now(UTC) - state.since).total_seconds()),
        str(state.pid),
        program.address or "-",
        log,
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
