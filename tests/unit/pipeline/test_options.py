"""Options: the command line speaks of parameters as every other front end does."""

import pytest

from pipeline.options import given, parser
from pipeline.params import ScoreParams, TrainParams


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
def test_help_tells_what_each_parameter_means(capsys, command, kind) -> None:
    """Descriptions and bounds come from the parameters."""
    with pytest.raises(SystemExit, match="0"):
        parser().parse_args([command, "--help"])
    told = " ".join(capsys.readouterr().out.split())
    for name, field in kind.model_fields.items():
        assert name == "dataset" or field.description in told
    assert command == "score" or "From 10 to 2000 (default: 200)" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["train"], "FILE.csv"),
        (["train", "a.csv", "--n-estimators", "many"], "invalid int value: 'many'"),
        (["bake", "a.csv"], "invalid choice: 'bake'"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(capsys, arguments, told) -> None:
    """On the error stream, with the status of bad input."""
    with pytest.raises(SystemExit, match="2"):
        parser().parse_args(arguments)
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""
