"""The inbox: what came through the doors, as it came, sealed and in order; and the doors' definitions.

Enters: bodies of requests. Leaves: events with numbers, the same ones whenever and by whomever they are read.
"""
