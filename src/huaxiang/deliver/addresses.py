"""Where a webhook may go: names are resolved here, and only an address that was looked at is connected to."""

from __future__ import annotations

import asyncio
import socket

from huaxiang.networks import is_public


class Refused(Exception):
    """The address lies in a private, link-local or otherwise not public network."""


async def resolved(host: str, port: int, *, allow_private: bool) -> list[str]:
    """Return the addresses of a host (IPv4 or IPv6, as text), the best first.

    Raises OSError when it has none, Refused when any of its addresses is not public, unless `allow_private`.
    """
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if not addresses:
        raise OSError("no address")
    if not allow_private and not all(is_public(address) for address in addresses):
        raise Refused
    return addresses
