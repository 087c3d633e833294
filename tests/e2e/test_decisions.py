"""A model is put in charge, its threshold is decided on, and scoring follows both."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from playwright.sync_api import expect

from pipeline.tracking import names
from tests.e2e.operator import Operator
from tests.e2e.test_journey import retrain, score
from tests.servers.stack import Stack

Accidents = Callable[[int, int], Path]


@pytest.fixture
def model(operator: Operator, accidents: Accidents, stack: Stack) -> Iterator[tuple[str, str]]:
    """Ids of a data set and of the model that was just trained on it."""
    dataset = operator.upload_data_set(accidents(1500, 31))
    retrain(operator, dataset, "30", "0.1")
    operator.press("Explore anomalies")
    operator.page.wait_for_url(re.compile(r"anomalies\?.*run="))
    operator.open(f"runs?{operator.page.url.split('?')[1]}")
    station = operator.page.get_by_role("tab", name="Lineage")
    station.click()
    link = operator.page.locator(".ac-lineage a[href^='/models?model=']").first
    yield dataset, re.sub(r".*model=([0-9a-f]{32}).*", r"\1", link.get_attribute("href") or "")
    # The tests to come score with the latest model.
    mlflow = MlflowClient(stack.mlflow_url)
    mlflow.delete_registered_model_alias(names.REGISTERED_MODEL, names.CHAMPION)


def decide(operator: Operator, button: str, reason: str) -> None:
    """Give a reason and press."""
    operator.settled()
    operator.page.get_by_label("Reason").last.fill(reason)
    operator.page.get_by_label("Reason").last.press("Tab")
    operator.settled()
    operator.page.get_by_role("button", name=button).last.click()


def rate_of_next_scoring(operator: Operator, dataset: str, model: str) -> str:
    """Score without choosing a model, see that the champion did it, and return the rate."""
    score(operator, dataset)
    operator.sees(f"Champion {model[:8]}")
    rate = operator.page.locator("dl.ac-facts > div").filter(has_text="Anomaly rate").first
    return rate.locator("dd").inner_text()


def test_promote_score_decide_rescore_undo(operator: Operator, model: tuple[str, str]) -> None:
    """The champion scores by default, at its threshold: the training's, the decided one, again."""
    dataset, run_id = model
    operator.open(f"models?model={run_id}")
    decide(operator, "Promote to champion", "the first that we have looked at together")
    expect(operator.page.locator(".ac-facts").first).to_contain_text("Champion")
    operator.open("models")
    operator.sees("“the first that we have looked at together”")

    before = rate_of_next_scoring(operator, dataset, run_id)
    operator.press("Explore anomalies")
    operator.page.wait_for_url(re.compile(r"anomalies\?.*run="))
    operator.open(f"anomalies?{operator.page.url.split('?')[1]}&t=98")
    operator.press("Make this the model's threshold")
    operator.page.wait_for_url(re.compile(r"models\?.*t=98"))
    operator.sees("What would change")
    decide(operator, "Make this the model's threshold", "half the work for most of the finds")
    operator.sees("“half the work for most of the finds”")

    decided = rate_of_next_scoring(operator, dataset, run_id)
    assert float(decided.removesuffix(" %")) < float(before.removesuffix(" %"))

    operator.open(f"models?model={run_id}&part=Threshold")
    operator.press("Undo")
    decide(operator, "Undo the last decision", "too few were found")
    operator.sees("“too few were found”")
    assert rate_of_next_scoring(operator, dataset, run_id) == before
