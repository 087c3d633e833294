"""Conditions on parameters and metrics: parsed, sent to MLflow, and compared by the console."""

import pytest

from app.services.filters import Filter, Op
from app.services.runs.queries import RunFilter, holds, parse_condition, run_condition
from pipeline.errors import Rejected
from tests.fakes.world import filled_world


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
def test_condition_is_written_in_mlflows_search_language(text, clause):
    """Numbers in their shortest form, names in backticks, texts in quotes they do not contain."""
    assert RunFilter(conditions=(parse_condition(text),)).clause() == clause


@pytest.mark.parametrize(
    "text", ["metrics.anomaly_rate > 0.1", "params.use_date_features != True", "metrics.a b < -3"]
)
def test_condition_of_an_address_is_read_back(text):
    """In the present format and in that of earlier versions."""
    found = parse_condition(text)
    assert parse_condition(found.to_text()) == found
    assert found.label.replace("≠", "!=") == text


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
def test_unusable_condition_is_refused_with_the_reason(text, told):
    """The message names the rule and the value got."""
    with pytest.raises(Rejected, match=told):
        parse_condition(text)


def test_unknown_comparison_is_refused():
    """Only what both MLflow and the console can compare."""
    with pytest.raises(Rejected, match="compare with one of"):
        run_condition("metrics.rows", "~", "1")


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
    where = RunFilter(conditions=(run_condition("params.n_estimators", comparison, value),))
    found = runs.slice(where).runs
    assert {run.params["n_estimators"] for run in found} == trees


def test_text_parameter_has_no_order(runs):
    """A parameter that is no number is neither above nor below a number."""
    run = runs.latest_model()
    assert not holds(Filter("params.dataset", Op.ABOVE, (0,)), run)
    assert not holds(Filter("params.absent", Op.BELOW, (0,)), run)
