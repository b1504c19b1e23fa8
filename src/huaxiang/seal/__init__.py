"""Sealing: personal values that waited under an identifier become part of their person's sealed record.

Enters: the vault's pending values and `identifiers` (node → subject). Leaves: the vault, nothing in the warehouse.
"""
