"""Where everything lies and who may look."""

import stat
from pathlib import Path

from compose.launcher.layout import Layout


def mode(path: Path) -> int:
    """Return the permission bits of ``path``."""
    return stat.S_IMODE(path.stat().st_mode)


def test_others_may_pass_through_but_see_nothing(state_dir: Path) -> None:
    """PostgreSQL's account reaches its own folder; every other folder is closed."""
    layout = Layout(state_dir)
    layout.create()
    assert mode(layout.root) == 0o711
    assert {mode(folder) for folder in layout.folders} == {0o700}


def test_a_folder_that_exists_keeps_its_mode(state_dir: Path) -> None:
    """The mode of a folder that the operator made is not ours to change."""
    state_dir.mkdir(mode=0o700)
    Layout(state_dir).create()
    assert mode(state_dir) == 0o700


def test_creating_twice_keeps_what_is_there(state_dir: Path) -> None:
    """A second start finds the files of the first."""
    layout = Layout(state_dir)
    layout.create()
    kept = layout.secrets / "key"
    kept.write_text("kept")
    layout.create()
    assert kept.read_text() == "kept"
