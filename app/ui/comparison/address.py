"""The address of a comparison: runs, or models and the data set that both scored."""

from collections.abc import Iterable
from typing import NoReturn

from app.ui.kit.address import change, put

RUNS, MODELS, MODEL_DATA = "compare", "models", "on"
TICKED = "picked"
"""The runs that are ticked in the list, from which a comparison is opened."""


def show_runs(run_ids: Iterable[str]) -> NoReturn:
    """Compare runs."""
    change(**{RUNS: ",".join(run_ids), MODELS: "", MODEL_DATA: ""})


def show_models(run_a: str, run_b: str, dataset_id: str = "") -> NoReturn:
    """Compare the models of two runs on a data set."""
    change(**{RUNS: "", MODELS: f"{run_a},{run_b}", MODEL_DATA: dataset_id})


def show_list(ticked: Iterable[str] = ()) -> NoReturn:
    """Return to the list of runs, with these ticked; as it was where none are given."""
    if chosen := ",".join(ticked):
        put(TICKED, chosen)
    change(**{RUNS: "", MODELS: "", MODEL_DATA: ""})
