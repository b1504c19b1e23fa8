"""The Python client of a huaxiang server: sends events to a door, reads profiles.

Enters: what a program knows of its users. Leaves: profiles as frozen dataclasses, refusals as HuaxiangError.
"""

from huaxiang.client.answers import Event, Profile
from huaxiang.client.client import Client

__all__ = ["Client", "Event", "Profile"]
