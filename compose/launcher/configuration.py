"""The supervisor's configuration file, made from the programs."""

import os
import shlex
import sys
from collections.abc import Iterable, Iterator

from compose.launcher.layout import REPOSITORY, Layout
from compose.launcher.programs import Program

LOG_SIZE = "10MB"
LOG_COPIES = "3"
DATABASE = "postgres"


def supervisor_configuration(layout: Layout, programs: Iterable[Program]) -> str:
    """Return the file's text; it holds no secret.

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
        "supervisord": _daemon(layout),
        **{f"program:{program.name}": _program(layout, program) for program in known},
        "group:services": {"programs": members, "priority": "10"},
    }
    return "\n".join(line for name, options in sections.items() for line in _lines(name, options))


def _lines(name: str, options: dict[str, str]) -> Iterator[str]:
    yield f"[{name}]"
    yield from (f"{option}={value.replace('%', '%%')}" for option, value in options.items())
    yield ""


def _daemon(layout: Layout) -> dict[str, str]:
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


def _program(layout: Layout, program: Program) -> dict[str, str]:
    wrapper = (sys.executable, "-m", "compose.launcher.child", str(layout.root), program.name)
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
