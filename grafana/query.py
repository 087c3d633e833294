"""Queries of the provisioned PostgreSQL data source."""

from textwrap import dedent
from typing import Literal, Self

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.common import DataSourceRef

SOURCE = DataSourceRef(type_val="grafana-postgresql-datasource", uid="anomaly-postgres")

Format = Literal["table", "time_series"]


class SqlQuery(Dataquery):
    """A query written by hand, as the data source's code editor stores it."""

    def __init__(self, sql: str, result: Format) -> None:
        self.sql, self.result, self.ref_id = sql, result, "A"

    def to_json(self) -> dict[str, object]:
        """Return the fields of a panel's target."""
        return {
            "datasource": SOURCE,
            "refId": self.ref_id,
            "format": self.result,
            "editorMode": "code",
            "rawQuery": True,
            "rawSql": self.sql,
        }


class Sql(Builder[Dataquery]):
    """Builds a query; the text may be indented as its surroundings are."""

    def __init__(self, sql: str, result: Format = "table") -> None:
        self._query = SqlQuery(dedent(sql).strip(), result)

    def named(self, ref_id: str) -> Self:
        """Name the query within its panel."""
        self._query.ref_id = ref_id
        return self

    def build(self) -> Dataquery:
        """Return the query."""
        return self._query


def series(sql: str) -> Sql:
    """Return a query whose rows are points in time: a column ``time`` and numbers beside it."""
    return Sql(sql, "time_series")
