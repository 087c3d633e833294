"""The folders below ``STATE_DIR`` and their modes."""

import stat
from pathlib import Path

from compose.launcher.layout import Layout


def mode(path: Path) -> int:
    """Return the permission bits of ``path``."""
    return stat.S_IMODE(path.stat().st_mode)


def test_other_users_may_pass_through_state_dir_only(state_dir: Path) -> None:
    """PostgreSQL's account reaches its own folder; every other folder is closed."""
    layout = Layout(state_dir)
    layout.create()
    assert mode(layout.root) == 0o711
    assert {mode(folder) for folder in layout.folders} == {0o700}


def test_existing_folder_keeps_its_mode(state_dir: Path) -> None:
    """The launcher does not change a folder that the operator made."""
    state_dir.mkdir(mode=0o700)
    Layout(state_dir).create()
    assert mode(state_dir) == 0o700


def test_creating_twice_keeps_existing_files(state_dir: Path) -> None:
    """A second start finds the files of the first."""
    layout = Layout(state_dir)
    layout.create()
    kept = layout.secrets / "key"
    kept.write_text("kept")
    layout.create()
    assert kept.read_text() == "kept"
