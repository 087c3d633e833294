"""Run a program in a process that has imported heavy modules, so that its forks have them too.

Started as ``python -m compose.preload [MODULE...] -- PROGRAM ARGUMENT...``; without modules it
imports what the tasks need. Airflow's LocalExecutor forks each task from the scheduler: with the
modules in the scheduler a task starts in a tenth of the time.
"""

import atexit
import gc
import importlib
import runpy
import sys

import psutil

PRELOADED = ("pipeline.steps", "pipeline.report", "skops.io")
"""What the tasks import."""


def main(arguments: list[str]) -> None:
    """Import the modules before ``--``, then become the program behind it.

    Raises
    ------
    SystemExit
        An import has started a thread: a lock that it holds would stay locked in a fork for ever.
    """
    divide = arguments.index("--")
    for module in arguments[:divide] or PRELOADED:
        importlib.import_module(module)
    if (threads := psutil.Process().num_threads()) > 1:
        raise SystemExit(f"{threads} threads run after the imports, a fork is safe from one only")
    # The modules stay for good: no garbage collection in a fork need look at them or copy them.
    gc.freeze()
    # Undone before exit, as some compiled libraries complain about objects left over.
    atexit.register(gc.unfreeze)
    sys.argv = arguments[divide + 1 :]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
