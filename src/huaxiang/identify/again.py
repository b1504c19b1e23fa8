"""Parts that came without news: in them nobody was seen together with anybody.

Who is who rests on which identifiers there are, and on which were seen together; in how many rows an identifier was
seen decides nothing. So where such parts are all that changed, those who are known stay as they are, and a certain
identifier that is new is a new person: only that is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np
import pyarrow as pa

from huaxiang.engine.duckdb import Engine, quoted_text
from huaxiang.identify.definition import IdentityDefinition
from huaxiang.identify.subjects import fresh_ids
from huaxiang.steps import PythonStep, SqlStep, Step
from huaxiang.whose import Rank

NODES, LINKS = "added_nodes", "added_links"
"""What the parts that came hold, as raw_nodes and raw_links hold it of all parts."""
NEWCOMERS = "identify_newcomers"
"""The temporary table (node, subject) of those who are new."""
_SEEN = f"SELECT node, lo, kind::VARCHAR AS kind, sum(rows)::BIGINT AS rows FROM {NODES} GROUP BY ALL"


def says_nothing_new(engine: Engine, definition: IdentityDefinition) -> bool:
    """Return whether NODES and LINKS leave everybody in `identifiers`, the last build's, as they are.

    No news is an identifier that is known and not set aside (it says there in how many rows it was seen, too), and a
    certain one whose number nobody has.
    """
    if engine.one(f"SELECT count(*) FROM (SELECT 1 FROM {LINKS} WHERE a <> b LIMIT 1)"):
        return False
    certain = _listed(kind.kind for kind in definition.kinds if kind.certain)
    same = "k.lo = s.lo AND k.kind = s.kind AND k.state <> 'set_aside'"
    engine.run(
        "CREATE OR REPLACE TEMP TABLE identify_seen AS SELECT s.*, k.node IS NULL AS fresh, "
        f"CASE WHEN fresh THEN s.kind IN ({certain}) ELSE {same} END AS fine "
        f"FROM ({_SEEN}) s LEFT JOIN identifiers k USING (node)"
    )
    twice = "(SELECT node FROM identify_seen GROUP BY node HAVING count(*) > 1)"
    return not engine.one(f"SELECT count(*) FROM identify_seen WHERE fine IS NOT TRUE OR node IN {twice}")


def seen_again_steps(definition: IdentityDefinition, build: int) -> list[Step]:
    """Return the steps that add those of says_nothing_new to `identifiers` and `subjects`; they make NEWCOMERS."""
    naming = _listed(kind.kind for kind in definition.kinds if kind.names_a_person)
    known = "FROM identify_seen s WHERE k.node = s.node AND NOT s.fresh"
    return [
        SqlStep("seen again", f"UPDATE identifiers AS k SET rows = k.rows + s.rows {known}", "identifiers", (NODES,)),
        PythonStep("newcomers", _write_newcomers, NEWCOMERS, ("identify_seen", "subjects")),
        SqlStep(
            "identifiers of newcomers",
            "INSERT INTO identifiers BY NAME SELECT node, lo, kind, subject, 'joined' AS state, rows, "
            f"CASE WHEN kind IN ({naming}) THEN {Rank.NAMES} ELSE {Rank.SAYS} END::UTINYINT AS rank "
            f"FROM identify_seen JOIN {NEWCOMERS} USING (node) ORDER BY node",
            "identifiers",
        ),
        PythonStep("subjects", partial(_write_subjects, build=build), "subjects", (NEWCOMERS,)),
        SqlStep("drop identify_seen", "DROP TABLE identify_seen", "identify_seen"),
    ]


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(quoted_text(kind) for kind in kinds) or "NULL"


def _write_newcomers(engine: Engine) -> None:
    persons = np.sort(engine.numpy("SELECT node FROM identify_seen WHERE fresh")["node"])
    ids = fresh_ids(persons, np.sort(engine.numpy("SELECT subject FROM subjects")["subject"]))
    with engine.shown(identify_arrow=pa.table({"node": persons, "subject": ids})):
        engine.run(f"CREATE OR REPLACE TEMP TABLE {NEWCOMERS} AS SELECT * FROM identify_arrow", step="newcomers")


def _write_subjects(engine: Engine, build: int) -> None:
    sql = f"SELECT subject, {build}::INTEGER AS since, 1::INTEGER AS identifiers FROM {NEWCOMERS} ORDER BY subject"
    engine.run(f"INSERT INTO subjects BY NAME {sql}", step="subjects")
