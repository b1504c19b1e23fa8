"""Where data comes from: one file per kind of source behind the protocol in base.py.

Enters: a source's `read` (pattern, url, options) and the project folder.
Leaves: parts (units that are read and replaced as a whole), and their rows as text, with row numbers, in batches.
"""
