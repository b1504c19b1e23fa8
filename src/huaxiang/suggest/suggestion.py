"""What is suggested: a definition, why, and somebody it would be true of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from huaxiang.words import Words

Kind = Literal["statistic", "bands", "preference"]
FILE = "tags/suggested.yaml"
"""Where accepted suggestions are written."""


@dataclass(frozen=True)
class Bin:
    """Some of a tag's values: what they are, how many customers have one, and the share with the outcome."""

    words: Words
    customers: int
    rate: float


@dataclass(frozen=True)
class Evidence:
    """Why a tag is worth having.

    `gain` is the information in bits that its value gives about the outcome, `share` the part of all there is to know
    about it (0 to 1), `lift` how many times the rate of the worst bin the best one has; None where no outcome is
    involved, and None for a lift over a rate of 0. `coverage` is the share of customers with a value, `support` how
    many have one that is not 0.
    """

    gain: float | None
    share: float | None
    lift: float | None
    bins: tuple[Bin, ...]
    coverage: float
    support: int
    words: Words


@dataclass(frozen=True)
class Example:
    """One customer (the public id) and the value the tag had or would have had."""

    id: str
    value: Words


@dataclass(frozen=True)
class Suggestion:
    """One new tag: `definition` is YAML that has been parsed and checked, `meaning` its sentence."""

    code: str
    kind: Kind
    name: Words
    meaning: Words
    definition: str
    evidence: Evidence
    example: Example | None


@dataclass(frozen=True)
class Suggestions:
    """Everything suggested for an outcome within `horizon` after `since`, the best first of each kind.

    `customers` were looked at, of `eligible` who were known at `since`; `base_rate` of them had the outcome; `tried`
    definitions were.
    """

    outcome: str
    outcome_words: Words
    horizon: Words
    since: datetime
    as_of: datetime
    build: int
    customers: int
    eligible: int
    base_rate: float
    tried: int
    found: tuple[Suggestion, ...]
