"""A sample retailer with known truth: people, what they did, and what a product ought to find out about them.

Enters: a number of customers, a seed, a last day. Leaves: raw files below data/ as a shop would have them, mess
included, and the truth below truth/ (people, identifiers, orders, lifecycle, promotions, faults), which only tests
and measurements read.
"""

from huaxiang.simulate.retailer import Summary, simulate

__all__ = ["Summary", "simulate"]
