"""Whoever listens: the outbox of the live store → signed webhooks, server-sent events, Python callbacks.

Enters: what a micro-batch left for others to hear. Leaves: the same to each listener, in order, at least once.
"""

from huaxiang.deliver.callback import LiveEvent, subscribe

__all__ = ["LiveEvent", "subscribe"]
