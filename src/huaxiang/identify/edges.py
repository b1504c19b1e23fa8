"""What was collected, once each: identifiers, and the pairs of them that were seen together.

This is where fuzzy evidence and "these two are not one" will enter: as rows that `identify_edges` has more, or lacks.
"""

from __future__ import annotations

from huaxiang.engine.duckdb import quoted_text
from huaxiang.identify.definition import IdentityDefinition
from huaxiang.model import LATER, REPEATED
from huaxiang.steps import SqlStep, Step


def collected_steps(definition: IdentityDefinition) -> list[Step]:
    """Return the steps that add up what was collected in parts: for them REPEATED need not be there."""
    defined = ", ".join(quoted_text(kind) for kind in definition.by_kind)
    return [
        SqlStep("identify_kinds", _KINDS.format(defined=defined), "identify_kinds", ("raw_nodes",)),
        SqlStep("identify_nodes", _NODES, "identify_nodes", ("raw_nodes", "identify_kinds", LATER)),
        SqlStep("identify_met", _MET, "identify_met", ("raw_links",)),
    ]


def edge_steps() -> list[Step]:
    """Return the steps that leave out what does not count: rows after the moment, and what a fact said again."""
    return [
        SqlStep("identify_pairs", _PAIRS, "identify_pairs", ("identify_met", LATER, REPEATED)),
        SqlStep("identify_edges", _EDGES, "identify_edges", ("identify_pairs",)),
    ]


# The defined kinds have the codes of their priority; kinds that were met but are not defined come after them.
_KINDS = """
CREATE OR REPLACE TABLE identify_kinds AS
WITH defined AS (
  SELECT [{defined}]::VARCHAR[] AS kinds
), met AS (
  SELECT kind::VARCHAR AS kind FROM raw_nodes
  UNION
  SELECT unnest(kinds) FROM defined
)
SELECT kind, (row_number() OVER (ORDER BY list_position(kinds, kind) NULLS LAST, kind) - 1)::UTINYINT AS code
FROM met, defined
""".strip()

# Which of two identifiers with one number a later row had cannot be told: they are set aside, and stay.
_NODES = f"""
CREATE OR REPLACE TABLE identify_nodes AS
WITH seen AS MATERIALIZED (
  SELECT node, lo, code, sum(rows)::BIGINT AS rows
  FROM raw_nodes JOIN identify_kinds AS kinds ON kinds.kind = raw_nodes.kind::VARCHAR
  GROUP BY ALL
), later AS MATERIALIZED (
  SELECT node, count(*) AS rows FROM (SELECT unnest(nodes) AS node FROM {LATER}) GROUP BY node
), several AS (
  SELECT node FROM seen SEMI JOIN later USING (node) GROUP BY node HAVING count(*) > 1
), gone AS (
  SELECT * FROM later ANTI JOIN several USING (node)
)
SELECT node, lo, code, seen.rows - coalesce(gone.rows, 0) AS rows
FROM seen LEFT JOIN gone USING (node)
WHERE seen.rows > coalesce(gone.rows, 0)
""".strip()

_MET = """
CREATE OR REPLACE TABLE identify_met AS
SELECT a, b, source::VARCHAR AS source, part, min(source_row) AS source_row, sum(rows)::BIGINT AS rows
FROM raw_links
WHERE a <> b
GROUP BY a, b, source::VARCHAR, part
""".strip()

_PAIRS = f"""
CREATE OR REPLACE TABLE identify_pairs AS
WITH gone AS (
  SELECT part, a, b, count(*) AS rows
  FROM (
    SELECT part, source_row, item, a, b FROM {REPEATED}
    UNION
    SELECT part, source_row, item, nodes[1], unnest(nodes[2:]) FROM {LATER}
  ) AS said(part, source_row, item, a, b)
  GROUP BY part, a, b
)
SELECT met.* REPLACE (met.rows - coalesce(gone.rows, 0) AS rows)
FROM identify_met AS met LEFT JOIN gone USING (part, a, b)
WHERE met.rows > coalesce(gone.rows, 0)
""".strip()

_EDGES = """
CREATE OR REPLACE TABLE identify_edges AS
SELECT least(a, b) AS a, greatest(a, b) AS b, sum(rows)::BIGINT AS rows
FROM identify_pairs
GROUP BY ALL
""".strip()
