"""Runs the supervisor so that it ends, and with it the stack, when the launcher dies.

Started by the launcher as ``python -m compose.launcher.supervise CONFIGURATION``.
"""

import sys

from supervisor import supervisord  # type: ignore[import-untyped]

from compose.launcher.processes import die_with_parent

if __name__ == "__main__":
    die_with_parent("TERM")
    supervisord.main(["-c", sys.argv[1]])
