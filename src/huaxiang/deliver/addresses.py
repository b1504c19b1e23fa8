"""Where a webhook may go: names are resolved here, and only an address that was looked at is connected to."""

from __future__ import annotations

import asyncio
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_NAT64 = ip_network("64:ff9b::/96")


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


def is_public(address: str) -> bool:
    """Tell whether an address is one of the open internet; one inside another (mapped, 6to4, NAT64) counts too."""
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inner = _inner(parsed) if isinstance(parsed, IPv6Address) else None
    if inner is not None:
        return is_public(str(inner))
    return parsed.is_global and not parsed.is_multicast


def _inner(address: IPv6Address) -> IPv4Address | None:
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
