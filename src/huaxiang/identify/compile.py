"""identity.yaml → the steps that find who is who."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from huaxiang.identify.aside import REASONS
from huaxiang.identify.changes import NO_CHANGES, ids_later_step, kept_steps, merged_step, splits_step
from huaxiang.identify.definition import IdentityDefinition
from huaxiang.identify.edges import collected_steps, edge_steps
from huaxiang.identify.people import write_people
from huaxiang.identify.subjects import write_ids
from huaxiang.identify.witness import write_merges
from huaxiang.steps import PythonStep, SqlStep, Step


def compile_identity(definition: IdentityDefinition, *, build: int, at: datetime, has_previous: bool) -> list[Step]:
    """Return the steps of one build, from raw_nodes and raw_links to identifiers, links, subjects and what changed.

    LATER and REPEATED say what of the raw tables does not count. `has_previous`: whether previous_identifiers and
    previous_subjects are there to take ids over from.
    """
    return [
        *collected_steps(definition),
        *decided_steps(definition, build=build, at=at, has_previous=has_previous),
    ]


def decided_steps(definition: IdentityDefinition, *, build: int, at: datetime, has_previous: bool) -> list[Step]:
    """Return the steps of compile_identity that follow on `collected_steps`."""
    return [
        *edge_steps(),
        PythonStep(
            "identify_people",
            partial(write_people, definition=definition),
            "identify_people",
            ("identify_kinds", "identify_nodes", "identify_edges"),
        ),
        *kept_steps(build=build, has_previous=has_previous),
        PythonStep(
            "identify_ids",
            partial(write_ids, build=build),
            "identify_ids",
            ("identify_people", "identify_kept", "identify_taken"),
        ),
        SqlStep("identifiers", _IDENTIFIERS, "identifiers", ("identify_people", "identify_kinds", "identify_ids")),
        SqlStep("links", _LINKS, "links", ("identify_pairs", "identify_people", "identify_ids")),
        SqlStep("subjects", _SUBJECTS, "subjects", ("identify_people", "identify_ids")),
        SqlStep("set_aside", _SET_ASIDE, "set_aside", ("identify_people", "identify_kinds")),
        ids_later_step(build=build, has_previous=has_previous),
        merged_step(),
        _merges_step(build, at, has_previous),
        splits_step(build=build, at=at, has_previous=has_previous),
        *(SqlStep(f"drop {table}", f"DROP TABLE {table}", table) for table in BETWEEN),
    ]


BETWEEN = (
    "identify_kinds",
    "identify_nodes",
    "identify_met",
    "identify_pairs",
    "identify_edges",
    "identify_people",
    "identify_claims",
    "identify_held",
    "identify_kept",
    "identify_taken",
    "identify_ids",
    "identify_merged",
)
"""Tables that only the steps between need; dropped at the end."""


def _merges_step(build: int, at: datetime, has_previous: bool) -> Step:
    if not has_previous:
        return SqlStep("merges_new", NO_CHANGES.format(table="merges_new"), "merges_new")
    reads = ("identify_merged", "links", "previous_identifiers")
    return PythonStep("merges_new", partial(write_merges, build=build, at=at), "merges_new", reads)


_IDENTIFIERS = """
CREATE OR REPLACE TABLE identifiers AS
SELECT people.node, people.lo, kinds.kind, ids.subject,
  CASE WHEN people.reason > 0 THEN 'set_aside' WHEN people.person IS NULL THEN 'floating' ELSE 'joined' END AS state,
  people.rows, people.rank
FROM identify_people AS people JOIN identify_kinds AS kinds USING (code) LEFT JOIN identify_ids AS ids USING (person)
ORDER BY people.node, people.code, people.lo
""".strip()

# A link stands with the person of its first end, or of its second when the first has none.
_LINKS = """
CREATE OR REPLACE TABLE links AS
WITH ends AS (
  SELECT people.node, people.certain, people.reason > 0 AS aside, ids.subject
  FROM identify_people AS people LEFT JOIN identify_ids AS ids USING (person)
  WHERE NOT people.twin
)
SELECT pairs.*,
  CASE
    WHEN x.aside OR y.aside THEN 'set_aside'
    WHEN NOT (x.certain AND y.certain) THEN 'weak'
    WHEN x.subject = y.subject THEN 'joined'
    ELSE 'refused'
  END AS state,
  coalesce(x.subject, y.subject) AS subject
FROM identify_pairs AS pairs JOIN ends AS x ON x.node = pairs.a JOIN ends AS y ON y.node = pairs.b
ORDER BY subject, a, b, source, part
""".strip()

_SUBJECTS = """
CREATE OR REPLACE TABLE subjects AS
SELECT ids.subject, min(ids.since) AS since, count(*)::INTEGER AS identifiers
FROM identify_people AS people JOIN identify_ids AS ids USING (person)
GROUP BY ids.subject
ORDER BY ids.subject
""".strip()

_SET_ASIDE = f"""
CREATE OR REPLACE TABLE set_aside AS
SELECT node, kind, {list(REASONS)}[reason] AS reason, people, rows
FROM identify_people JOIN identify_kinds USING (code)
WHERE reason > 0
ORDER BY node, code
""".strip()
