"""Staging all of it: one tag after the other; one that fails keeps its last good values, and the build says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from huaxiang.definitions.nodes import Faults
from huaxiang.engine.duckdb import SQL_TYPES, Engine, quoted
from huaxiang.errors import DefinitionError, HuaxiangError, ProjectError, ReadError, StepError
from huaxiang.inputs.imported import check_imported, stage_imported
from huaxiang.inputs.manual import stage_manual
from huaxiang.inputs.merged import MERGED
from huaxiang.inputs.predictions import stage_predictions
from huaxiang.inputs.query import stage_query
from huaxiang.inputs.staging import Context, Staged, plain
from huaxiang.project import Project
from huaxiang.registry import Registry
from huaxiang.tag.kinds import imported, manual, model, sql
from huaxiang.tag.kinds.base import input_table
from huaxiang.tag.tagset import TagSet, definition_hashes

STAGERS: Mapping[str, Callable[[Context, str, Any], Staged]] = {
    imported.KIND.name: stage_imported,
    manual.KIND.name: stage_manual,
    sql.KIND.name: stage_query,
    model.KIND.name: stage_predictions,
}
"""Kind of tag → what writes the table of its values."""
_BEARABLE = (DefinitionError, ReadError, StepError, ProjectError)
"""What may be wrong with one tag's values without stopping the rest."""


def context_of(
    project: Project, registry: Registry, engine: Engine, as_of: datetime, *, temporary: bool = False
) -> Context:
    """Return what the stagers of a project use."""
    return Context(
        engine, registry, project.root, project.store, project.id, project.identity, project.zone, as_of, temporary,
        project.sources,
        project.blanks,
        project.currency,
    )  # fmt: skip


def stage_inputs(context: Context, tagset: TagSet, codes: Iterable[str] | None = None) -> dict[str, Any]:
    """Write the table of every tag (or of `codes`) whose values are staged; return what became of their rows, by code.

    A tag whose values cannot be had keeps those of the build attached as `previous` if its definition is the same
    (`stale`), else nobody has a value; `failed` says why.
    """
    wanted = tagset.tags if codes is None else set(codes)
    hashes = definition_hashes(tagset)
    found = {}
    for code, tag in tagset.tags.items():
        if tag.kind.stored is None or code not in wanted:
            continue
        meaning = tagset.meanings[code]
        try:
            found[code] = STAGERS[tag.kind.name](context, code, meaning).summary()
        except _BEARABLE as error:
            stale = _keep(context, code, hashes[code])
            if not stale:
                _nothing(context, tagset, code)
            found[code] = _failed(context, code, error, stale)
        finally:
            context.tidy()
    return found


def check_inputs(project: Project, faults: Faults) -> None:
    """Note the faults that only show when the files of imported tags are opened."""
    for meaning in project.tags.meanings.values():
        if isinstance(meaning, imported.Imported):
            check_imported(project.identity, project.sources, project.root, meaning, faults)


def _failed(context: Context, code: str, error: HuaxiangError, stale: bool) -> dict[str, Any]:
    used = int(context.engine.one(f"SELECT count(*) FROM {quoted(input_table(code))}"))
    return Staged(0, used).summary() | {"failed": plain(error.words), "stale": stale and used > 0}


def _keep(context: Context, code: str, hash_: str) -> bool:
    """Take the values of the build before, for whoever its customers are now; False when there are none to take."""
    engine, table = context.engine, input_table(code)
    sql_ = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'previous'"
    known = {name for (name,) in engine.rows(sql_)}
    if not {table, "tag_definitions"} <= known:
        return False
    same = "SELECT 1 FROM previous.tag_definitions WHERE tag = ? AND hash = ?"
    if engine.one(same, [code, hash_]) is None:
        return False
    before = f"previous.{quoted(table)}"
    context.follow_merges(f"SELECT subject FROM {before}")
    own = "row_number() OVER (PARTITION BY m.subject ORDER BY m.origin = m.subject DESC, m.origin) = 1"
    select = (
        f"SELECT m.subject, b.* EXCLUDE (subject) FROM {before} b JOIN {MERGED} m ON m.origin = b.subject QUALIFY {own}"
    )
    engine.run(f"CREATE OR REPLACE TABLE {quoted(table)} AS {select} ORDER BY subject", step=f"last values of {code}")
    return True


def _nothing(context: Context, tagset: TagSet, code: str) -> None:
    tag, type_ = tagset.tags[code], tagset.types[code]
    columns = [("subject", "BIGINT"), ("value", SQL_TYPES[type_])]
    columns += [(column.name, SQL_TYPES[column.type]) for column in tag.kind.stored or ()]
    listed = ", ".join(f"CAST(NULL AS {kept}) AS {quoted(name)}" for name, kept in columns)
    context.write(code, type_, f"SELECT {listed} WHERE false")
