"""The expressions people write: SQL scalar and aggregate expressions, parsed, typed, whitelisted, rendered.

Enters: the text of an expression and a scope (which names there are, of which type).
Leaves: a typed, engine-neutral tree; from it each engine's own SQL. No text of a definition is ever pasted into SQL.
"""
