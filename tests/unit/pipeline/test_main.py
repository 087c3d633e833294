"""Command line: results, sentences, statuses and a light start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.__main__ import given, main, parser
from pipeline.params import ScoreParams, TrainParams

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["train", "no.csv", "--contamination", "0.9"], "contamination: input should be less"),
        (["train", "no.csv", "--n-estimators", "1"], "n_estimators: input should be greater"),
        (["score", "no.csv", "--model", "newest"], "model: string should match pattern"),
        (["register", "no.csv"], "no.csv is not there or is no file; name a CSV file"),
        (["score", "no.csv", "--out", "/no/such/folder/x.csv"], "cannot be written"),
        (["sample", "/no/such/folder/x.csv"], "cannot be written"),
    ],
)
def test_bad_input_is_a_sentence_and_status_2(capsys, arguments, expected) -> None:
    """Nothing goes to the output, and no traceback anywhere."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert expected in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


def test_sample_writes_records_and_prints_the_path(capsys, tmp_path) -> None:
    """The injected anomalies are listed beside."""
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


def parameters(*arguments: str) -> dict:
    """Return the parameters that a command line gives."""
    return given(parser().parse_args(arguments))


def test_what_is_not_given_is_left_to_the_defaults() -> None:
    """The one place of the defaults is the parameters' own."""
    assert parameters("train", "a.csv") == {}
    assert TrainParams(**parameters("train", "a.csv")) == TrainParams()


def test_every_parameter_can_be_given() -> None:
    """Each by its own name with dashes; the file stands for the data set."""
    line = "train a.csv --n-estimators 50 --contamination 0.2 --no-date-features --max-samples 99"
    assert parameters(*line.split(), "--random-state", "7") == {
        "n_estimators": 50,
        "contamination": 0.2,
        "use_date_features": False,
        "max_samples": 99,
        "random_state": 7,
    }
    assert parameters("score", "a.csv", "--model", "champion") == {"model": "champion"}


def test_date_features_can_be_asked_for() -> None:
    """Both ways round."""
    assert parameters("train", "a.csv", "--use-date-features") == {"use_date_features": True}


@pytest.mark.parametrize(("command", "kind"), [("train", TrainParams), ("score", ScoreParams)])
def test_help_describes_each_parameter(capsys, command, kind) -> None:
    """Descriptions and bounds come from the parameters."""
    with pytest.raises(SystemExit, match="0"):
        parser().parse_args([command, "--help"])
    expected = " ".join(capsys.readouterr().out.split())
    for name, field in kind.model_fields.items():
        assert name == "dataset" or field.description in expected
    assert command == "score" or "From 10 to 2000 (default: 200)" in expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["train"], "FILE.csv"),
        (["train", "a.csv", "--n-estimators", "many"], "invalid int value: 'many'"),
        (["bake", "a.csv"], "invalid choice: 'bake'"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(capsys, arguments, expected) -> None:
    """On the error stream, with the status of bad input."""
    with pytest.raises(SystemExit, match="2"):
        parser().parse_args(arguments)
    captured = capsys.readouterr()
    assert expected in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
