"""One message to one subscriber, at once, to see whether it arrives."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

from huaxiang.deliver.policy import Policy
from huaxiang.deliver.sending import Answer, Envelope, Sender
from huaxiang.deliver.signing import secrets_of
from huaxiang.subscribers import Subscriber

TEST_TOPIC = "test"


def try_once(subscriber: Subscriber, timeout: float = Policy.timeout) -> Answer:
    """Send a signed message of type "test" without retries; return what was answered, within `timeout` seconds."""
    try:
        keys = secrets_of(subscriber.secrets)
    except ValueError:
        return Answer(None, "secret", 0.0)
    envelope = Envelope(f"msg_{uuid4().hex}", TEST_TOPIC, time.time_ns() // 1_000, "{}")
    return asyncio.run(_send(subscriber, keys, envelope, timeout))


async def _send(subscriber: Subscriber, keys: tuple[bytes, ...], envelope: Envelope, timeout: float) -> Answer:
    async with Sender(subscriber, keys, timeout) as sender:
        return await sender.send(envelope)
