"""A program's way through its file."""

from compose.launcher.layout import Layout
from compose.launcher.programs import Program


def test_a_program_is_read_back_as_it_was_written(layout: Layout) -> None:
    """The wrapper runs exactly what the launcher described."""
    program = Program(
        name="one",
        title="One",
        command=("run", "it"),
        environment={"A": "b"},
        secret_files={"KEY": "/file"},
        await_command=("wait",),
        address="http://127.0.0.1:1",
        stop_signal="INT",
        once=True,
    )
    assert Program.load(program.save(layout.run)) == program
