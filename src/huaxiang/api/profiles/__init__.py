"""Profiles over HTTP: who may read, what is read by id or identifier, how it is answered and documented.

Enters: a project's base and live store (serving/), its vault and tokens. Leaves: routes, and the desk they share.
"""
