"""``stop``: ends a stack from another shell, whether its launcher still lives or not."""

import psutil

from compose.launcher.instance import running_instance
from compose.launcher.layout import Layout
from compose.launcher.processes import ORDERLY_SECONDS, end, end_stack


def stop(layout: Layout) -> str:
    """End every process of the stack and return a sentence about it."""
    found = _end_launcher(layout) + end_stack(layout)
    if not found:
        return f"Nothing runs on STATE_DIR {layout.root}."
    return f"Everything on STATE_DIR {layout.root} has been stopped."


def _end_launcher(layout: Layout) -> int:
    """Ask the holder of the lock, which ends the rest in order."""
    instance = running_instance(layout)
    if instance is None or not psutil.pid_exists(instance.pid):
        return 0
    return end([psutil.Process(instance.pid)], grace=ORDERLY_SECONDS)
