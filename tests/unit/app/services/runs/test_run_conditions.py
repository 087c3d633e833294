"""Conditions on parameters and metrics, as typed, as asked of MLflow, and as compared here."""

import pytest

from app.clients.errors import Rejected
from app.services.runs.queries import Condition, RunFilter, Subject, condition, parse
from tests.fakes.world import filled_world

METRIC, PARAM = Subject.METRIC, Subject.PARAM


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("metrics.anomaly_rate > 0.10", "metrics.`anomaly_rate` > 0.1"),
        ("metrics.threshold <= -5e-05", "metrics.`threshold` <= -5e-05"),
        ("metrics.drift/num units != 3.0", "metrics.`drift/num units` != 3"),
        ("params.contamination = 0.10", "params.`contamination` = '0.1'"),
        ("params.dataset = latest", "params.`dataset` = 'latest'"),
        ("params.note != it's", 'params.`note` != "it\'s"'),
        ("params.n_estimators > 100", "params.`n_estimators` IS NOT NULL"),
    ],
)
def test_a_condition_becomes_what_mlflow_understands(text, clause):
    """Numbers in their shortest form, names in back ticks, texts in the quotes they lack."""
    assert parse(text).clause() == clause


@pytest.mark.parametrize(
    "text", ["metrics.anomaly_rate > 0.1", "params.use_date_features != True", "metrics.a b < -3"]
)
def test_what_an_address_holds_is_read_back(text):
    """A condition is written as it is read."""
    assert str(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("anomaly_rate > 0.1", "write it as in"),
        ("metrics.anomaly_rate > high", "needs a number"),
        ("metrics.anomaly_rate = nan", "needs a number"),
        ("params.model > latest", "needs a number"),
        ("params.model = ", "1 to 250 characters"),
        ("params.model = '\"", "one kind of quote"),
        ("metrics.a`b > 1", "without `"),
    ],
)
def test_a_condition_that_cannot_be_used_says_why(text, told):
    """The message names the rule and what was got."""
    with pytest.raises(Rejected, match=told):
        parse(text)


def test_an_unknown_comparison_is_refused():
    """Only what both MLflow and the console can compare."""
    with pytest.raises(Rejected, match="compare with one of"):
        condition(METRIC, "rows", "~", "1")


@pytest.fixture
def runs(tmp_path):
    """Runs with 100 and 200 trees."""
    return filled_world(tmp_path).console().runs


@pytest.mark.parametrize(
    ("comparison", "value", "trees"),
    [
        ("<", "200", {"100"}),
        (">=", "99", {"100", "200"}),
        (">", "1e3", set()),
        ("=", "100", {"100"}),
    ],
)
def test_parameters_are_compared_as_numbers(runs, comparison, value, trees):
    """As text, 99 would be more than 200."""
    where = RunFilter(conditions=(condition(PARAM, "n_estimators", comparison, value),))
    found = runs.slice(where).runs
    assert {run.params["n_estimators"] for run in found} == trees


def test_a_text_is_in_no_order(runs):
    """A parameter that is no number fulfils neither more nor less."""
    run = runs.latest_model()
    assert not Condition(PARAM, "dataset", ">", "0").holds(run)
    assert not Condition(PARAM, "absent", "<", "0").holds(run)
