"""Tasks as forks of a process that has their modules, and what each takes."""

import os
import time
from collections.abc import Callable

from tests.benchmarks.cost import Cost, wait_for


def forked(task: Callable[..., str | None], *arguments: object) -> tuple[str, Cost]:
    """Run a task in a fork; return what it returns and what it took from the fork to its end."""
    receiver, sender = os.pipe()
    begin = time.perf_counter()
    child = os.fork()
    if not child:
        os.write(sender, (task(*arguments) or "").encode())
        os._exit(0)
    os.close(sender)
    status, cost = wait_for(child, begin)
    if status:
        raise SystemExit(f"{task.__name__} has failed")
    with os.fdopen(receiver) as result:
        return result.read(), cost
