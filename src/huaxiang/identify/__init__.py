"""Identify: whose facts are these? Identifiers that were seen together become persons, under limits, and undoably.

Enters: `raw_nodes` and `raw_links` (identifiers and what was seen together with what, as collected), what of these
does not count (LATER, REPEATED), the project's identity.yaml, and of the last build `previous_identifiers` and
`previous_subjects`.
Leaves: `identifiers`, `links`, `subjects`, `set_aside`, `merges_new` and `splits_new`: who is who, on what evidence,
what was not trusted and why, and what changed since the last build.

Here people are joined by certainty only. Fuzzy evidence (names, addresses) will enter as further rows of
`identify_edges`, and a person's "these two are not one" as edges left out of it: both in edges.py, before the graph.
"""
