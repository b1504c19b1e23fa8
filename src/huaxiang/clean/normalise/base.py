"""What every normaliser of a personal value or an identifier is, and what all of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

NOTHING_DERIVED: Mapping[str, str] = {}
"""For the kinds from which nothing harmless follows."""


@dataclass(frozen=True)
class Plain:
    """A shape by which a text shows that it is canonical already, as patterns that Arrow and Python both read.

    Where `pattern` matches the whole text, `unless` does not, and there are `shortest` to `longest` bytes, `normalise`
    returns the text as it is. Not every canonical text need have the shape; what has it may not be a filler.
    """

    pattern: str
    unless: str = ""
    shortest: int = 1
    longest: int = 64


class Normaliser(Protocol):
    """One kind of value: to its one canonical form, to what may be kept of it, and to what may be shown of it.

    Every normaliser is idempotent: `normalise(normalise(x)) == normalise(x)`.
    """

    @property
    def kind(self) -> str:
        """The word used for it in sources and in identity.yaml ("phone", "id_card", …)."""

    @property
    def derived(self) -> Mapping[str, str]:
        """Columns that may leave the vault: name -> "text" or "date"."""

    @property
    def plain(self) -> Plain | None:
        """How most canonical texts look, None when no shape can tell."""

    def normalise(self, text: str) -> str | None:
        """Return the canonical form, or None when `text` is not a valid value of this kind."""

    def derive(self, canonical: str) -> tuple[str | None, ...]:
        """Return the values of `derived`, in its order; dates as ISO text."""


_LONG = 8
"""Characters from which a value is too long to be guessed from both of its ends."""


def masked(canonical: str) -> str:
    """Return what may be shown of a value, of whatever kind, to people who may not see it: 1******0, 王**.

    The first character, of long values the last one too, and never how long it is: what stands beside a value (a
    region, a date of birth, a check digit) must not be enough to make it whole again.
    """
    head, tail = canonical[:1] if len(canonical) > 1 else "", canonical[-1:] if len(canonical) >= _LONG else ""
    return f"{head}******{tail}" if tail else f"{head}**"
