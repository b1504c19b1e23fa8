"""A customer as the build has them and as events left them: what a console and a command line show of one."""

from __future__ import annotations

from dataclasses import dataclass

from huaxiang.read.current import CurrentBuild
from huaxiang.read.find import find_subjects
from huaxiang.read.live.profile import LiveProfile, live_profile, new_customer, newer, served_now
from huaxiang.read.profile import Profile, profile
from huaxiang.read.subject_ids import decode_subject, encode_subject, not_a_customer
from huaxiang.serving.current import Serving


@dataclass(frozen=True)
class Customer:
    """`found` is the build's profile (who, and nothing else, when `known` is False: no build knows them yet).

    `live` is what events made of it since, None when nothing; `into` the public id of whom the customer became part
    of since the build, "" nobody.
    """

    found: Profile
    known: bool
    live: LiveProfile | None
    into: str

    @property
    def now(self) -> Profile:
        """The newest there is."""
        return self.live.profile if self.live else self.found


def customer_now(current: CurrentBuild, serving: Serving, person: str) -> Customer:
    """Return the customer with a public id. Raises NotFound when there is none."""
    match = next((each for each in find_subjects(current, person).matches if each.state == "id"), None)
    known = match.subject if match else None
    served = served_now(serving, decode_subject(person) if known is None else known)
    live = served if newer(current, served) else None
    if known is None:
        if live is None:
            raise not_a_customer()
        found = new_customer(current, live)
        return Customer(found, False, live_profile(current, live, found), "")
    found = profile(current, known)
    into = encode_subject(live.subject) if live and live.subject != known else ""
    return Customer(found, True, live_profile(current, live, found) if live and not into else None, into)
