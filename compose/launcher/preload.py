"""Runs a module after importing others, so that what it forks has them already.

Started as ``python -m compose.launcher.preload MODULE... -- PROGRAM ARGUMENT...``. Airflow's
LocalExecutor forks a task from the scheduler: with the heavy modules in the scheduler a task
starts in a tenth of the time.
"""

import atexit
import gc
import importlib
import runpy
import sys

import psutil


def main(arguments: list[str]) -> None:
    """Import the modules before ``--``, then become the program behind it.

    Raises
    ------
    SystemExit
        An import has started a thread: a lock that it holds would stay locked in a fork for ever.
    """
    divide = arguments.index("--")
    for module in arguments[:divide]:
        importlib.import_module(module)
    if (threads := psutil.Process().num_threads()) > 1:
        raise SystemExit(f"{threads} threads run after the imports, a fork is safe from one only")
    # What is imported stays, so no garbage collection in a fork need look at it, let alone copy it.
    gc.freeze()
    # At the end it may, else libraries of compiled code complain that theirs is left over.
    atexit.register(gc.unfreeze)
    sys.argv = arguments[divide + 1 :]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1:])
