"""What was collected, once each: identifiers, and the pairs of them that were seen together.

This is where fuzzy evidence and "these two are not one" will enter: as rows that `identify_edges` has more, or lacks.
"""

from __future__ import annotations

from huaxiang.engine.duckdb import quoted_text
from huaxiang.identify.definition import IdentityDefinition
from huaxiang.steps import SqlStep, Step


def edge_steps(definition: IdentityDefinition) -> list[Step]:
    """Return the steps that add up what was collected in parts."""
    defined = ", ".join(quoted_text(kind) for kind in definition.by_kind)
    return [
        SqlStep("identify_kinds", _KINDS.format(defined=defined), "identify_kinds", ("raw_nodes",)),
        SqlStep("identify_nodes", _NODES, "identify_nodes", ("raw_nodes", "identify_kinds")),
        SqlStep("identify_pairs", _PAIRS, "identify_pairs", ("raw_links",)),
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

_NODES = """
CREATE OR REPLACE TABLE identify_nodes AS
SELECT node, lo, code, sum(rows)::BIGINT AS rows
FROM raw_nodes JOIN identify_kinds AS kinds ON kinds.kind = raw_nodes.kind::VARCHAR
GROUP BY ALL
""".strip()

_PAIRS = """
CREATE OR REPLACE TABLE identify_pairs AS
SELECT a, b, source::VARCHAR AS source, part, min(source_row) AS source_row, sum(rows)::BIGINT AS rows
FROM raw_links
WHERE a <> b
GROUP BY a, b, source::VARCHAR, part
""".strip()

_EDGES = """
CREATE OR REPLACE TABLE identify_edges AS
SELECT least(a, b) AS a, greatest(a, b) AS b, sum(rows)::BIGINT AS rows
FROM identify_pairs
GROUP BY ALL
""".strip()
