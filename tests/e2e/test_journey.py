"""The main job, from an upload to the anomalies and the scored file."""

import csv
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.operator import Operator

TRAINED = "The model is trained and its data set scored"
SCORED = "The rows are scored"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "traffic_accidents_real_1000.csv"

Accidents = Callable[[int, int], Path]


def retrain(operator: Operator, dataset: str, trees: str, contamination: str) -> str:
    """Set both parameters, trigger and wait for the result."""
    operator.open(f"retrain?dataset={dataset}")
    operator.set_number("Trees", trees)
    operator.set_number("Contamination", contamination)
    run = operator.trigger("Trigger retraining")
    operator.finished(TRAINED)
    return run


def score(operator: Operator, dataset: str) -> None:
    """Score a stored data set with the latest model and wait for the result."""
    operator.open(f"score?dataset={dataset}")
    operator.trigger("Trigger scoring")
    operator.finished(SCORED)


def read(file: Path) -> list[dict[str, str]]:
    """Read a CSV as a spreadsheet would."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_upload_train_inspect_score_download(
    operator: Operator, accidents: Accidents, tmp_path: Path
) -> None:
    """Upload, both parameters, trigger, watch, inspect, score another file, take it away."""
    dataset = operator.upload_data_set(accidents(3000, 1))
    operator.sees("3,000")

    retrain(operator, dataset, "50", "0.05")
    operator.press("Explore anomalies")
    operator.heading("Anomalies")
    expect(operator.page.get_by_test_id("stMetricValue").first).to_have_text("5.00 %")
    expect(operator.page.locator(".js-plotly-plot")).to_have_count(4)

    operator.open("runs")
    operator.heading("Runs")
    expect(operator.page.get_by_test_id("stDataFrame").first).to_be_visible()

    fresh = operator.upload_data_set(accidents(2000, 2))
    score(operator, fresh)
    rows = read(operator.download("Download the scored CSV", tmp_path))
    assert len(rows) == 2000
    assert list(rows[0])[-3:] == ["anomaly_pred", "anomaly_score", "severity"]
    flagged = [row for row in rows if row["anomaly_pred"] == "-1"]
    assert 0 < len(flagged) < 400
    assert all(float(row["anomaly_score"]) < 0 for row in flagged)


def test_a_reload_and_other_tabs_find_the_run_again(
    operator: Operator, accidents: Accidents
) -> None:
    """The address holds the run, so nothing is lost with the page, in however many tabs."""
    dataset = operator.upload_data_set(accidents(1500, 3))
    operator.open(f"retrain?dataset={dataset}")
    run = operator.trigger("Trigger retraining")
    operator.page.reload()
    others = [Operator(operator.page.context.new_page(), operator.address) for _ in range(4)]
    for other in others:
        other.page.goto(f"{other.address}/retrain?run={run}")
    for tab in [operator, *others]:
        tab.finished(TRAINED)
        expect(tab.page.get_by_role("button", name="Explore anomalies")).to_be_visible()


def test_run_again_with_changes_starts_from_the_old_parameters(
    operator: Operator, accidents: Accidents
) -> None:
    """The form opens with what the run had, and shows what is changed."""
    dataset = operator.upload_data_set(accidents(1500, 3))
    retrain(operator, dataset, "30", "0.02")
    operator.press("Run again with changes")
    trees = operator.page.get_by_role("spinbutton", name="Trees")
    expect(trees).to_have_value("30")
    operator.set_number("Trees", "40")
    operator.sees("30 → 40")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("numbers.csv", "a;b\n" + "".join(f"{i % 17},5;{i * i % 23}\n" for i in range(400))),
        ("categories.csv", "c\td\n" + "".join(f"x{i % 3}\ty{i % 7}\n" for i in range(400))),
        ("numbers_plain.csv", "a,b\n" + "".join(f"{i % 17}.5,{i * i % 23}\n" for i in range(400))),
    ],
)
def test_data_of_another_subject_goes_the_same_way(
    operator: Operator, tmp_path: Path, name: str, text: str
) -> None:
    """Numbers only, categories only and no date are trained on and scored just as well."""
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    retrain(operator, operator.upload_data_set(file), "20", "0.1")
    operator.press("Explore anomalies")
    operator.heading("Anomalies")
    expect(operator.page.get_by_test_id("stDataFrame").first).to_be_visible()


def test_real_records_go_the_same_way(operator: Operator, accidents: Accidents) -> None:
    """Records as the city publishes them (generated ones without) train and score."""
    file = SHARED if SHARED.exists() else accidents(1000, 4)
    dataset = operator.upload_data_set(file)
    retrain(operator, dataset, "50", "0.1")
    score(operator, dataset)
