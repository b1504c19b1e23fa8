"""Cleaning: one part of a source at a time, from texts to typed facts, sealed personal values and blind identifiers.

Enters: a part's rows as text, the source's definition, the identifier kinds.
Leaves, per part, in a folder of its own: facts-*.parquet, nodes-*.parquet, links-*.parquet, quarantine-*.parquet,
personal values pending in the vault, and counts. Every row read is a fact or quarantined; nothing vanishes.
"""
