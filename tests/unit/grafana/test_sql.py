"""The tests expand queries as Grafana's documentation and source say."""

from datetime import UTC, datetime

import pytest

from tests.servers.grafana_sql import Grafana, UnknownMacroError

OPENED = Grafana(
    chosen={"model": ["a", "it's"], "dataset": "coalesce(dataset_id, '')"},
    start=datetime(2018, 4, 12, 18, 0, tzinfo=UTC),
    end=datetime(2018, 4, 12, 18, 5, tzinfo=UTC),
    interval="5m",
)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        (
            "WHERE $__timeFilter(started)",
            "WHERE started BETWEEN '2018-04-12T18:00:00Z' AND '2018-04-12T18:05:00Z'",
        ),
        (
            "SELECT $__timeGroupAlias(started, $__interval)",
            'SELECT floor(extract(epoch from started)/300)*300 AS "time"',
        ),
        (
            "GROUP BY $__timeGroup(started , '5m')",
            "GROUP BY floor(extract(epoch from started)/300)*300",
        ),
        (
            "SELECT $__timeFrom(), $__timeTo()",
            "SELECT '2018-04-12T18:00:00Z', '2018-04-12T18:05:00Z'",
        ),
        ("'$__interval_ms milliseconds'", "'300000 milliseconds'"),
        ("m IN (${model:sqlstring})", "m IN ('a','it''s')"),
        ("d IN (${dataset:sqlstring})", "d IN (coalesce(dataset_id, ''))"),
    ],
)
def test_macros_and_variables(written: str, sent: str) -> None:
    """Each form that the dashboards use comes out as Grafana sends it."""
    assert OPENED.expand(written) == sent


def test_an_unknown_macro_is_an_error() -> None:
    """As in Grafana, where the panel would show it."""
    with pytest.raises(UnknownMacroError, match="__timeGroups"):
        OPENED.expand("SELECT $__timeGroups(started, '5m')")


def test_values_that_would_not_be_quoted_are_refused() -> None:
    """A query that forgets to say how values are written does not pass."""
    with pytest.raises(AssertionError, match="not be quoted"):
        OPENED.expand("m IN ($model)")
