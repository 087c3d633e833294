"""The supervisor: its configuration file, its process, and the calls it answers.

Its process is ``python -m compose.launcher.supervisor CONFIGURATION``, which ends, and with it the
stack, when the launcher dies.
"""

import os
import shlex
import subprocess
import sys
import xmlrpc.client
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from supervisor import supervisord  # type: ignore[import-untyped]
from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]

from compose.launcher.credentials import write_private
from compose.launcher.errors import LaunchError, SupervisorGoneError
from compose.launcher.layout import REPOSITORY, Layout
from compose.launcher.processes import DATABASE, Program, die_with_parent

LOG_SIZE = "10MB"
LOG_COPIES = "3"
LAST_LINES = 8


def supervisor_configuration(layout: Layout, programs: Iterable[Program]) -> str:
    """Return the text of the configuration file; it holds no secret.

    PostgreSQL is a group of its own that is started first and stopped last. The others are one
    group, because the supervisor stops group after group but the members of one all at once.
    """
    known = list(programs)
    members = ",".join(program.name for program in known if program.name != DATABASE)
    sections = {
        "unix_http_server": {"file": str(layout.supervisor_socket), "chmod": "0700"},
        "rpcinterface:supervisor": {
            "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
        },
        "supervisord": _daemon_section(layout),
        **{f"program:{program.name}": _program_section(layout, program) for program in known},
        "group:services": {"programs": members, "priority": "10"},
    }
    return "\n".join(line for name, options in sections.items() for line in _lines(name, options))


def _lines(name: str, options: dict[str, str]) -> Iterator[str]:
    yield f"[{name}]"
    yield from (f"{option}={value.replace('%', '%%')}" for option, value in options.items())
    yield ""


def _daemon_section(layout: Layout) -> dict[str, str]:
    options = {
        "nodaemon": "true",
        "silent": "true",
        "umask": "077",
        "directory": str(REPOSITORY),
        "logfile": str(layout.log_of("supervisor")),
        "logfile_maxbytes": LOG_SIZE,
        "logfile_backups": LOG_COPIES,
        "pidfile": str(layout.run / "supervisord.pid"),
    }
    return options | ({"user": "root"} if os.geteuid() == 0 else {})


def _program_section(layout: Layout, program: Program) -> dict[str, str]:
    wrapper = (sys.executable, "-m", "compose.launcher.processes", str(layout.root), program.name)
    is_database = program.name == DATABASE
    return {
        "command": shlex.join(wrapper),
        "priority": "1" if is_database else "10",
        "autostart": "false",
        "autorestart": "false" if program.once else "true",
        "startsecs": "0" if program.once else "1",
        "startretries": "30" if is_database else "10",
        "stopsignal": program.stop_signal,
        "stopwaitsecs": "60" if is_database else "10",
        "stopasgroup": "false" if is_database else "true",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": str(layout.log_of(program.name)),
        "stdout_logfile_maxbytes": LOG_SIZE,
        "stdout_logfile_backups": LOG_COPIES,
    }


@dataclass(frozen=True)
class ProgramState:
    """What the supervisor knows of one program; ``status`` is its word for it, as RUNNING."""

    name: str
    status: str
    pid: int
    since: datetime
    exit_code: int

    @property
    def is_running(self) -> bool:
        """Whether the program has been started and stays up."""
        return self.status == "RUNNING"


class Supervisor:
    """Starts, and talks to, the supervisor of one stack."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def start(
        self, programs: Iterable[Program], environment: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        """Start in a session of its own, so that Ctrl-C reaches the launcher alone."""
        known = list(programs)
        for program in known:
            program.save(self._layout)
        file = self._layout.supervisor_configuration
        write_private(file, supervisor_configuration(self._layout, known))
        with self._layout.log_of("supervisor-output").open("ab") as output:
            return subprocess.Popen(
                (sys.executable, "-m", "compose.launcher.supervisor", str(file)),
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def answers(self) -> bool:
        """Tell whether the supervisor takes calls."""
        try:
            return bool(self._call("getState"))
        except SupervisorGoneError:
            return False

    def states(self) -> list[ProgramState]:
        """Return the state of every program; none where no supervisor answers."""
        try:
            return [_state(info) for info in self._call("getAllProcessInfo")]
        except SupervisorGoneError:
            return []

    def start_program(self, name: str) -> None:
        """Start one program without waiting for it."""
        self._call("startProcess", _address(name), False)

    def has_finished(self, name: str) -> bool:
        """Tell whether a one-time program has done its work, or raise the error it ended with."""
        state = self.check(name)
        if state.status == "EXITED" and state.exit_code:
            raise self._failure(name)
        return state.status == "EXITED"

    def check(self, name: str) -> ProgramState:
        """Return a program's state, or raise ``LaunchError`` if the supervisor has given it up."""
        state = _state(self._call("getProcessInfo", _address(name)))
        if state.status in {"FATAL", "UNKNOWN"}:
            raise self._failure(name)
        return state

    def _failure(self, name: str) -> LaunchError:
        log = self._layout.log_of(name)
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return LaunchError(
            f"{name} could not be started; the end of {log}:", tuple(lines[-LAST_LINES:])
        )

    def _call(self, method: str, *arguments: object) -> Any:  # noqa: ANN401 - as XML-RPC has it
        """Make one call; a connection of its own lets threads call at the same time."""
        transport = SupervisorTransport(serverurl=f"unix://{self._layout.supervisor_socket}")
        try:
            with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as server:
                return getattr(server.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            raise LaunchError(f"the supervisor refused {method}: {fault.faultString}") from fault
        except OSError as error:
            log = self._layout.log_of("supervisor")
            raise SupervisorGoneError(
                f"the supervisor does not answer ({error}); see {log}"
            ) from error


def _address(name: str) -> str:
    return name if name == DATABASE else f"services:{name}"


def _state(info: dict[str, Any]) -> ProgramState:
    return ProgramState(
        name=info["name"],
        status=info["statename"],
        pid=info["pid"],
        since=datetime.fromtimestamp(info["start"], UTC),
        exit_code=info["exitstatus"],
    )


if __name__ == "__main__":
    die_with_parent("TERM")
    supervisord.main(["-c", sys.argv[1]])
