"""Segments: who belongs together, by conditions over tags, by lists, or by combining other segments.

Enters: `tags` of a build, the project's segments/*.yaml, static lists as (segment, node).
Leaves: `segment_members` and `segment_moves_new`.

definition.py (YAML → Segment) → segmentset.py (graph, types) → compile.py (steps). A segment's own statistics are
hidden tags, compiled by tag/ (docs/decisions/0003).
"""
