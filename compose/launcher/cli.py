"""The launcher's commands and the exit codes they end with."""

import argparse
import sys

from compose.launcher.errors import LaunchError
from compose.launcher.preflight import check_owner
from compose.launcher.run import run
from compose.launcher.settings import read_settings
from compose.launcher.stack import Stack
from compose.launcher.status import status
from compose.launcher.stop import stop

NOT_RUNNING = 3


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command.

    Returns
    -------
    int
        0 done, 1 the stack cannot run, 2 wrong settings or usage, 3 (``status``) not running.
    """
    chosen = _parser().parse_args(arguments)
    try:
        return _carry_out(chosen.command)
    except LaunchError as error:
        findings = (f"error: {line}" for line in str(error).splitlines())
        sys.stderr.write("\n".join((*findings, *error.context, "")))
        return error.exit_code


def _carry_out(command: str) -> int:
    stack = Stack.of(read_settings())
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


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m compose.launcher", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start everything and stay in the foreground")
    commands.add_parser("stop", help="end everything from another shell")
    commands.add_parser("status", help="tell what runs, since when and where")
    return parser
