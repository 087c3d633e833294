"""The command line: sample, register, train and score, against any tracking server.

Only the result, an id or a path, goes to the output; everything else goes to the error stream.
Exit status: 0 done, 1 the tracking server or a model failed, 2 bad input or parameters.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import TYPE_CHECKING, NoReturn

from pipeline.errors import DataError, ParameterError, PipelineError
from pipeline.options import BAD_INPUT, given, parser
from pipeline.params import parse

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

FAILED = 1
SIGNALLED = 128


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status."""
    options = parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _stop)
    try:
        result = _run(options)
    except (DataError, ParameterError) as error:
        return _fail(error, BAD_INPUT)
    except PipelineError as error:
        return _fail(error, FAILED)
    except KeyboardInterrupt:
        return SIGNALLED + signal.SIGINT
    print(result)  # noqa: T201 - what the command is for
    return 0


def _run(options: Namespace) -> str:
    # What is made while modules load is kept, so looking for garbage among it is time lost.
    gc.set_threshold(100_000, 50, 50)
    # Bad parameters are told at once, not after seconds of loading and reading.
    params = parse(options.kind, given(options)) if options.kind else None
    from pipeline import commands  # noqa: PLC0415 - keeps the help and such refusals fast

    return commands.run(options, params)


def _fail(error: PipelineError, status: int) -> int:
    print(error, file=sys.stderr)  # noqa: T201 - what the operator reads
    return status


def _stop(number: int, _frame: object) -> NoReturn:
    """Let a run in progress be closed before the process ends."""
    raise SystemExit(SIGNALLED + number)


def _leave(status: int) -> NoReturn:
    """End the process at once: to take all modules apart first takes half a second."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


if __name__ == "__main__":
    _leave(main())
