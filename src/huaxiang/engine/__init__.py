"""Engines run SQL; nothing else in the tree imports them. Enters: steps. Leaves: tables and Arrow answers."""
