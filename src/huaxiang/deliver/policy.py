"""When a message is tried again, and when no more."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

MINUTE, HOUR = 60.0, 3600.0


@dataclass(frozen=True)
class Policy:
    """How deliveries are tried; times in seconds.

    `delays` between attempts (one more attempt than delays, then it is a dead letter), each longer or shorter by a
    random share of up to `jitter`; `timeout` of an attempt; `in_flight` attempts at once over all subscribers; `poll`:
    how often the outbox is looked at; `look`: how often a subscriber's due deliveries are, when nothing else tells;
    `reload`: how often the definitions are; `grace`: how long stopping waits for attempts under way.
    """

    delays: tuple[float, ...] = (
        5.0, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR
    )  # fmt: skip
    jitter: float = 0.2
    timeout: float = 15.0
    in_flight: int = 64
    poll: float = 0.2
    look: float = 1.0
    reload: float = 2.0
    grace: float = 5.0

    def delay(self, attempts: int, pause: float | None, salt: str) -> float | None:
        """Return the seconds until the next attempt, None for no more; `attempts` made so far, `pause` as asked for.

        The random share is the same for the same `salt` and attempt: what failed in order is tried again in order.
        """
        if attempts > len(self.delays):
            return None
        share = Random(f"{salt} {attempts}").uniform(1 - self.jitter, 1 + self.jitter)  # noqa: S311 — no secret
        return max(self.delays[attempts - 1] * share, pause or 0.0)
