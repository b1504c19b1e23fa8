"""Tags: one value per subject, computed from facts or from other tags.

Enters: the fact tables of a build and the project's tags/*.yaml.
Leaves: `tags` (a row per subject, a column per tag), `tag_weights`, `tag_thresholds`, `tag_changes_new`.

definition.py (YAML → Tag) → tagset.py (graph, types) → compile.py (steps). A kind of tag is a file in kinds/.
"""
