"""The preloader: a program finds its heavy modules imported."""

import subprocess
import sys
from pathlib import Path

from compose.launcher.layout import REPOSITORY


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the preloader with the modules of ``folder``."""
    return subprocess.run(
        (sys.executable, "-m", "compose.preload", *arguments),
        env={"PYTHONPATH": f"{REPOSITORY}:{folder}"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_program_finds_the_modules_and_its_own_arguments(tmp_path: Path) -> None:
    """It runs as if started directly, only with the modules imported before."""
    (tmp_path / "heavy.py").touch()
    (tmp_path / "program.py").write_text(
        "import sys\nprint(__name__, 'heavy' in sys.modules, sys.argv[1:])"
    )
    done = run(tmp_path, "heavy", "--", "program", "scheduler", "--flag")
    assert done.stdout == "__main__ True ['scheduler', '--flag']\n"


def test_imported_modules_are_frozen_for_the_garbage_collector(tmp_path: Path) -> None:
    """Otherwise each fork would scan them and copy their pages."""
    (tmp_path / "program.py").write_text("import gc\nprint(gc.get_freeze_count() > 1_000)")
    assert run(tmp_path, "json", "--", "program").stdout == "True\n"


def test_module_that_starts_a_thread_is_refused(tmp_path: Path) -> None:
    """A fork would inherit the thread's locks without the thread."""
    (tmp_path / "busy.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=[9], daemon=True).start()"
    )
    (tmp_path / "program.py").write_text("print('forks')")
    done = run(tmp_path, "busy", "--", "program")
    assert done.returncode == 1
    assert "2 threads run after the imports" in done.stderr
    assert done.stdout == ""
