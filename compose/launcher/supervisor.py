"""The supervisor: its process, and the calls it answers on a unix socket."""

import subprocess
import sys
import xmlrpc.client
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from supervisor.xmlrpc import SupervisorTransport  # type: ignore[import-untyped]

from compose.launcher.configuration import supervisor_configuration
from compose.launcher.credentials import write_private
from compose.launcher.errors import LaunchError, SupervisorGoneError
from compose.launcher.layout import REPOSITORY, Layout
from compose.launcher.programs import Program
from compose.launcher.settings import inherited_environment

LAST_LINES = 8


@dataclass(frozen=True)
class State:
    """What the supervisor knows of one program; ``status`` is its word for it, as RUNNING."""

    name: str
    status: str
    pid: int
    since: datetime
    exit_code: int


class Supervisor:
    """Starts, and talks to, the supervisor of one stack."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def start(self, programs: Iterable[Program]) -> subprocess.Popen[bytes]:
        """Start in a session of its own, so that Ctrl-C reaches the launcher alone."""
        known = list(programs)
        for program in known:
            program.save(self._layout.run)
        file = self._layout.supervisor_configuration
        write_private(file, supervisor_configuration(self._layout, known))
        with self._layout.log_of("supervisor-output").open("ab") as output:
            return subprocess.Popen(
                (sys.executable, "-m", "compose.launcher.supervise", str(file)),
                cwd=REPOSITORY,
                env=inherited_environment(),
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

    def states(self) -> list[State]:
        """Return the state of every program; nothing where no supervisor answers."""
        try:
            return [_state(found) for found in self._call("getAllProcessInfo")]
        except SupervisorGoneError:
            return []

    def start_program(self, name: str) -> None:
        """Start one program without waiting for it."""
        self._call("startProcess", _address(name), False)

    def has_finished(self, name: str) -> bool:
        """Tell whether a one-time program has done its work.

        Raises
        ------
        LaunchError
            It ended with an error; the message shows the end of its log.
        """
        state = self._state_of(name)
        if state.status != "EXITED":
            self._refuse_failure(state)
            return False
        if state.exit_code:
            raise self._failure(name)
        return True

    def check(self, name: str) -> None:
        """Raise ``LaunchError`` if the supervisor has given a program up."""
        self._refuse_failure(self._state_of(name))

    def _state_of(self, name: str) -> State:
        return _state(self._call("getProcessInfo", _address(name)))

    def _refuse_failure(self, state: State) -> None:
        if state.status in ("FATAL", "UNKNOWN"):
            raise self._failure(state.name)

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
    return name if name == "postgres" else f"services:{name}"


def _state(found: dict[str, Any]) -> State:
    return State(
        name=found["name"],
        status=found["statename"],
        pid=found["pid"],
        since=datetime.fromtimestamp(found["start"], UTC),
        exit_code=found["exitstatus"],
    )
