"""The lock on a ``STATE_DIR``."""

import os
import subprocess
import sys

import pytest

from compose.launcher.errors import LaunchError
from compose.launcher.instance import only_instance, running_instance
from compose.launcher.layout import REPOSITORY, Layout

HOLD = """
import pathlib, sys
from compose.launcher.instance import only_instance
from compose.launcher.layout import Layout
with only_instance(Layout(pathlib.Path(sys.argv[1])), "http://there"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_nobody_holds_the_lock_at_first(layout: Layout) -> None:
    """A folder that was never used has no instance."""
    assert running_instance(layout) is None


def test_the_holder_is_known(layout: Layout) -> None:
    """Who runs, and where, is told to others for as long as it lasts."""
    with only_instance(layout, "http://here"):
        found = running_instance(layout)
    assert found is not None
    assert (found.pid, found.address) == (os.getpid(), "http://here")
    assert running_instance(layout) is None


def test_a_second_launcher_is_refused(layout: Layout) -> None:
    """The sentence says where the first one answers and how to end it."""
    with only_instance(layout, "http://here"), pytest.raises(LaunchError) as caught:  # noqa: SIM117
        with only_instance(layout, "http://there"):
            pass
    assert f"a stack already runs on STATE_DIR {layout.root} at http://here" in str(caught.value)
    assert "make stop" in str(caught.value)


def test_a_killed_holder_frees_the_lock(layout: Layout) -> None:
    """What it wrote stays, but the kernel has dropped its lock."""
    command = (sys.executable, "-c", HOLD, str(layout.root))
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        found = running_instance(layout)
        assert found is not None
        assert found.pid == holder.pid
        holder.kill()
    assert running_instance(layout) is None
