"""Postal addresses in China."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from huaxiang.clean.normalise.address_book import address_book
from huaxiang.clean.normalise.base import Plain
from huaxiang.clean.normalise.fillers import is_filler
from huaxiang.clean.normalise.text import fold, one_spaced

_BESIDE_HAN = re.compile(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])")
_DERIVED: Mapping[str, str] = {"province": "text", "city": "text", "district": "text"}
_LONGEST = 500
_PLAIN = Plain("[\u4e00-\u9fff][0-9A-Za-z#\u4e00-\u9fff-]{7,}", longest=500)


@dataclass(frozen=True)
class Address:
    """浙江省杭州市西湖区文三路90号. What the text says is kept; only its head is read."""

    kind: str = "address"

    @property
    def derived(self) -> Mapping[str, str]:
        """Province, city (of a municipality: itself) and district, in their official names."""
        return _DERIVED

    @property
    def plain(self) -> Plain | None:
        """Chinese characters, letters and digits without a space, longer than any filler."""
        return _PLAIN

    def normalise(self, text: str) -> str | None:
        """Return the address in NFKC without spaces around Chinese characters, None for fillers."""
        address = fold(text)
        if len(address.split(maxsplit=1)) > 1:
            address = _BESIDE_HAN.sub("", one_spaced(address))
        return None if is_filler(address) or not 2 <= len(address) <= _LONGEST else address

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        """Return (province, city, district), each None when the address does not say it."""
        chain = address_book().read(canonical)
        return chain.province, chain.city, chain.district
