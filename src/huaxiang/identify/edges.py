"""What was collected, once each: identifiers, and the pairs of them that were seen together.

This is where fuzzy evidence and "these two are not one" will enter: as rows that `identify_edges` has more, or lacks.
"""

from __future__ import annotations

from huaxiang.steps import SqlStep, Step


def edge_steps() -> list[Step]:
    """Return the steps that add up what was collected in parts."""
    return [
        SqlStep("identify_nodes", _NODES, "identify_nodes", ("raw_nodes",)),
        SqlStep("identify_pairs", _PAIRS, "identify_pairs", ("raw_links",)),
        SqlStep("identify_edges", _EDGES, "identify_edges", ("identify_pairs",)),
    ]


_NODES = """
CREATE OR REPLACE TABLE identify_nodes AS
SELECT node, lo, kind::VARCHAR AS kind, sum(rows)::BIGINT AS rows
FROM raw_nodes
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
