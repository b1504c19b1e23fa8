"""Collecting: which parts of which sources are new, changed, the same or gone since they were last read.

Enters: sources, the project folder, the registry. Leaves: a list of parts to clean and of parts to forget.
"""
