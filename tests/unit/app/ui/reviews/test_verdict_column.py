"""Verdicts beside the rows of the Anomalies page."""

from app.services.reviews.types import SampledBy, Verdict


def judge(console, run_id, row):
    """Confirm a row."""
    records = console.reviews.records(run_id, (row,))
    console.reviews.decide(run_id, records, Verdict.CONFIRMED, SampledBy.TOP, {})


def test_verdict_is_shown_in_the_table_of_every_run_with_the_record(enter, world):
    """In the run it was given in and in an older one."""
    console = world.console()
    run_id = console.runs.scored(1)[0].run_id
    worst = console.anomalies.rows(run_id, limit=1).rows["row"][0].as_py()
    judge(console, run_id, worst)
    oldest = [run for run in console.runs.search().runs if run.kind == "score"][-1]
    for run in (run_id, oldest.run_id):
        table = enter(world, "anomalies", run=run).at.dataframe[0].value
        assert [list(each) for each in table["Verdict"][:2]] == [["Confirmed"], []]


def test_table_is_shown_without_postgresql(enter, world):
    """The column is empty."""
    world.stop("PostgreSQL")
    visit = enter(world, "anomalies")
    assert not any(map(len, visit.at.dataframe[0].value["Verdict"]))
    assert "could not be shown" not in visit.text


def test_first_row_is_explained_in_advance(enter, world):
    """So it opens without waiting."""
    enter(world, "anomalies")
    console = world.console()
    run_id = console.runs.scored(1)[0].run_id
    worst = console.anomalies.rows(run_id, limit=1).rows["row"][0].as_py()
    assert console.explanations.get(run_id, worst).row == worst
    assert [request["row"] for request in world.explainer.requests] == [worst]
