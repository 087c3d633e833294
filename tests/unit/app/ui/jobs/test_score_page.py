"""Picking data and model, the column check, and the scored file."""

from functools import partialmethod
from pathlib import Path

import pyarrow as pa

from pipeline.tables.profile import profile
from tests.fakes.world import parquet_bytes


def short(_service, listed, **_asked):
    """Answer with a list that leaves out what is older."""
    return listed


def other_dataset(world, tmp_path):
    """Store a data set that lacks what the model needs."""
    table = pa.table({"crash_date": ["2024-01-01 10:00:00"] * 5, "colour": list("abcab")})
    path = Path(tmp_path) / "other.parquet"
    path.write_bytes(parquet_bytes(table))
    files = {"data.parquet": path.read_bytes(), "profile.json": profile(path).to_json().encode()}
    return world.add_dataset("pumps.csv", rows=5, files=files).tags["dataset_id"]


def test_champion_is_offered_first(enter, world):
    """Champion, latest, then every finished run."""
    visit = enter(world, "score")
    choices = visit.at.selectbox[1].options
    assert choices[0].startswith("Champion")
    assert choices[1].startswith("Latest")
    assert len(choices) == 5


def test_model_or_data_set_that_is_no_longer_listed_can_be_chosen(enter, world, monkeypatch):
    """An address names it; no other is taken in its place."""
    console = world.console()
    oldest = console.scoring.models()[-1].run
    dataset = console.datasets.list_datasets()[-1]
    monkeypatch.setattr(
        type(console.scoring), "models", partialmethod(short, console.scoring.models()[:1])
    )
    monkeypatch.setattr(
        type(console.datasets),
        "list_datasets",
        partialmethod(short, console.datasets.list_datasets()[:1]),
    )
    visit = enter(world, "score", dataset=dataset.dataset_id, model=oldest.run_id)
    assert visit.at.selectbox[0].value == dataset
    assert visit.at.selectbox[1].value.run == oldest


def test_trigger_scores_the_chosen_data_with_the_chosen_model(enter, world):
    """The run gets what the form says, and the page follows it."""
    visit = enter(world, "score").press("Trigger scoring")
    params = world.console().scoring.params_of(visit.query()["run"])
    assert params.model == "champion"
    assert "Score the rows" in visit.text


def test_missing_columns_are_named_before_anything_is_triggered(enter, world, tmp_path):
    """Data that does not fit blocks the button."""
    visit = enter(world, "score", dataset=other_dataset(world, tmp_path))
    assert "num_units" in visit.text
    assert "which the data lacks" in visit.text
    assert "Carried through unscored: colour" in visit.text
    assert visit.button("Trigger scoring").disabled


def test_model_in_the_address_is_chosen(enter, world):
    """Score with this model, from a run's page, arrives with that model."""
    model = world.console().scoring.models()[-1]
    visit = enter(world, "score", model=model.reference)
    assert visit.at.selectbox[1].value.reference == model.reference


def test_without_data_the_upload_is_open(enter, empty):
    """A model but no data set: the drop zone is the first thing to use."""
    dataset = "0" * 16
    empty.add_training(dataset, age=5)
    visit = enter(empty, "score")
    assert visit.at.expander[0].proto.expanded
    assert "Trigger scoring" not in visit.labels()


def test_viewer_sees_why_the_button_is_disabled(enter, world):
    """Read-only, with the explanation."""
    visit = enter(world, "score", username="viewer")
    assert visit.button("Trigger scoring").disabled
    assert "You can look, not trigger" in visit.text
