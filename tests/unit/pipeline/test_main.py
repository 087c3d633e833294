"""Command line: results, sentences, statuses and a light start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.__main__ import main

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["train", "no.csv", "--contamination", "0.9"], "contamination: input should be less"),
        (["train", "no.csv", "--n-estimators", "1"], "n_estimators: input should be greater"),
        (["score", "no.csv", "--model", "newest"], "model: string should match pattern"),
        (["register", "no.csv"], "no.csv is not there or is no file; name a CSV file"),
        (["score", "no.csv", "--out", "/no/such/folder/x.csv"], "cannot be written"),
        (["sample", "/no/such/folder/x.csv"], "cannot be written"),
    ],
)
def test_bad_input_is_a_sentence_and_status_2(capsys, arguments, told) -> None:
    """Nothing goes to the output, and no traceback anywhere."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_sample_writes_records_and_prints_the_path(capsys, tmp_path) -> None:
    """The truth of what was planted lies beside."""
    target = tmp_path / "sample.csv"
    assert main(["sample", str(target), "--rows", "50"]) == 0
    assert capsys.readouterr().out == f"{target}\n"
    assert len(target.read_text().splitlines()) == 51
    assert (tmp_path / "sample.truth.csv").exists()


def test_progress_is_shown_on_the_error_stream(capsys, tmp_path) -> None:
    """When asked for; otherwise only on a terminal."""
    target = tmp_path / "sample.csv"
    main(["sample", str(target), "--rows", "50", "--progress"])
    assert "Writing: " in capsys.readouterr().err
    main(["sample", str(target), "--rows", "50"])
    assert capsys.readouterr().err == ""


def imported_by(*arguments: str) -> set[str]:
    """Run the command line in a fresh process and return the packages that it imported."""
    script = (
        "import sys\nfrom pipeline.__main__ import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print(*{name.split('.')[0] for name in sys.modules}, sep='\\n')"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "arguments", [["train", "--help"], ["train", "no.csv", "--contamination", "7"]]
)
def test_help_and_refusals_load_nothing_heavy(arguments) -> None:
    """They answer at once."""
    heavy = {"mlflow", "sklearn", "pandas", "pyarrow", "numpy", "matplotlib"}
    assert imported_by(*arguments) & heavy == set()
