"""sql: a SELECT over the facts that gives one row per subject; checked whole, and run before the tags are computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults
from huaxiang.model import COLUMN_TYPES, Model, Type
from huaxiang.sql.query import OWNER, Query, check_query
from huaxiang.tag.kinds.base import Checking, Kind, Meaning, Naming, Planner
from huaxiang.words import Words

SUBJECTS = "subjects"
VALUE = "value"


@dataclass(frozen=True)
class Queried:
    """A checked query with the type of its value."""

    query: Query
    type: Type

    @property
    def needs(self) -> frozenset[str]:
        """It rests on facts alone."""
        return frozenset()

    @property
    def formula(self) -> str:
        """The SELECT."""
        return f"{self.query.canonical} as {self.type.value}"

    def plan(self, planner: Planner) -> exp.Expression:
        """Return the staged value; what the query makes of time only it knows."""
        planner.restless()
        return planner.stored()

    def rests(self) -> None:
        """Rest on no facts that could be told one by one."""

    def words(self, naming: Naming) -> Words:
        """Return which facts the query reads."""
        known = naming.model.facts
        tables = [known[name].words for name in sorted(self.query.tables) if name in known]
        if not tables:
            return Words("the result of a query", "由查询得出")
        en, zh = ", ".join(each.en for each in tables), "、".join(each.zh for each in tables)
        return Words(f"the result of a query over {en}", f"由对{zh}的查询得出")


@dataclass(frozen=True)
class Body:
    """A query as written."""

    sql: Text
    type: Type | None

    def mentions(self) -> Iterator[Text]:
        """Name no tags."""
        return iter(())

    def check(self, checking: Checking) -> Meaning | None:
        """Check the query, and that it gives a subject and a value of the type."""
        query = check_query(self.sql, tables_of(checking.model), checking.faults)
        if query is None:
            return None
        if set(query.columns) != {OWNER, VALUE} or query.columns[OWNER] is not Type.INTEGER:
            given = ", ".join(query.columns)
            checking.faults.add(
                self.sql.place,
                f"the query must give subject and value, not {given}",
                f"查询必须给出 subject 和 value 两列，现在是 {given}",
            )
            return None
        found = query.columns[VALUE]
        wanted = self.type or found
        if wanted is Type.NULL:
            checking.faults.add(self.sql.place, "value is always unknown", "value 永远是未知")
            return None
        if not _fits(found, wanted):
            checking.faults.add(
                self.sql.place,
                f"value is {found.value}, but type says {wanted.value}",
                f"value 的类型是 {found.value}，与 type 写的 {wanted.value} 不符",
            )
            return None
        return Queried(query, wanted)


def tables_of(model: Model) -> dict[str, Mapping[str, Type]]:
    """Return the tables a query may read: the facts of the model, and the subjects there are."""
    keys = {OWNER: Type.INTEGER, "fact_id": Type.INTEGER}
    return {SUBJECTS: {OWNER: Type.INTEGER}, **{name: keys | table.types for name, table in model.facts.items()}}


def _fits(found: Type, wanted: Type) -> bool:
    if found.numeric and wanted.numeric:
        return wanted is not Type.INTEGER or found is Type.INTEGER
    return found is wanted or (found is Type.NULL and wanted is not Type.NULL)


def parse(fields: Fields, faults: Faults) -> Body | None:
    """Read sql and type."""
    sql = fields.text("sql", required=True)
    written = fields.text("type")
    known = [each.value for each in COLUMN_TYPES]
    type_ = fields.choice("type", known, Type.TEXT.value) if written else None
    if not sql:
        return None
    return Body(sql, Type(type_) if type_ else None)


KIND = Kind("sql", "sql", Words("a query over facts, a row per customer", "对事实的查询，每位客户一行"), parse, ())
