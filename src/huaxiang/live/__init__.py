"""Live: events out of the inbox, in micro-batches, into identity, facts, tags and segments of those they touch.

Enters: events of the inbox, and the base. Leaves: the live store, each event applied exactly once. The rules are those
of a build: the same cleaning, the same identity steps, the same compiled plan, over fewer rows.
"""
