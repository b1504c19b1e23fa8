"""Which addresses are of the open internet, however they are written and whatever they carry inside."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_GLOBAL = ip_network("2000::/3")
_NAT64 = ip_network("64:ff9b::/96")
_KEPT = tuple(
    ip_network(each)
    for each in (
        # Relays and protocols, documentation: of no host anybody means.
        "192.0.0.0/24", "192.88.99.0/24", "2001::/23", "2001:db8::/32", "3fff::/20",
    )
)  # fmt: skip
_TEREDO = ip_network("2001::/32")
_ISATAP = (0x0000_5EFE, 0x0200_5EFE)
"""What stands before an IPv4 address in the lower half of an ISATAP address."""


def is_public(address: str) -> bool:
    """Tell whether an address is one of the open internet; one inside another (mapped, 6to4, NAT64 …) must be too."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv4Address):
        return _is_public(parsed)
    if parsed.scope_id is not None:
        # A zone tells interfaces of one machine apart.
        return False
    if parsed.ipv4_mapped is not None or parsed in _NAT64:
        return _is_public(IPv4Address(int(parsed) & 0xFFFF_FFFF))
    inner = list(_inside(parsed))
    return parsed in _GLOBAL and (parsed in _TEREDO or _is_public(parsed)) and all(_is_public(each) for each in inner)


def literal(host: str) -> str | None:
    """Return the address that a host is written as, in the old ways too (2130706433, 0x7f.1); None of a name."""
    bare = host.removeprefix("[").removesuffix("]").replace("%25", "%")
    try:
        return str(ip_address(bare))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(bare))
    except (OSError, UnicodeError):
        return None


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    kept = any(address.version == each.version and address in each for each in _KEPT)
    return address.is_global and not address.is_multicast and not address.is_reserved and not kept


def _inside(address: IPv6Address) -> Iterator[IPv4Address]:
    """Yield the IPv4 addresses that packets to an address end at, or pass."""
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if (int(address) >> 32) & 0xFFFF_FFFF in _ISATAP:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
