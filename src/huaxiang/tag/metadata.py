"""What is written beside a tag's computation: where it comes from, how protected it is, how long it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum

from huaxiang.definitions.fields import Fields
from huaxiang.definitions.nodes import Faults
from huaxiang.words import Words


class Sensitivity(IntEnum):
    """How far a tag's values may travel; a higher level may travel less."""

    PUBLIC = 1
    INTERNAL = 2
    SENSITIVE = 3
    SECRET = 4

    @property
    def code(self) -> str:
        """The word a definition uses."""
        return self.name.lower()


class Period(StrEnum):
    """How often a tag is meant to be brought up to date."""

    REALTIME = "realtime"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    ONCE = "once"


class LegalBasis(StrEnum):
    """Why the values may be worked with: the grounds that PIPL (art. 13) and GDPR (art. 6) know."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    LEGITIMATE_INTEREST = "legitimate_interest"
    PUBLIC_INTEREST = "public_interest"
    VITAL_INTEREST = "vital_interest"


SUBJECTS = ("person",)
"""The kinds of subject a tag may describe."""

SENSITIVITY_WORDS: Mapping[Sensitivity, Words] = {
    Sensitivity.PUBLIC: Words("public", "公开"),
    Sensitivity.INTERNAL: Words("internal", "内部"),
    Sensitivity.SENSITIVE: Words("sensitive", "敏感"),
    Sensitivity.SECRET: Words("secret", "机密"),
}
PERIOD_WORDS: Mapping[Period, Words] = {
    Period.REALTIME: Words("in real time", "实时"),
    Period.HOURLY: Words("hourly", "每小时"),
    Period.DAILY: Words("daily", "每日"),
    Period.WEEKLY: Words("weekly", "每周"),
    Period.MONTHLY: Words("monthly", "每月"),
    Period.QUARTERLY: Words("quarterly", "每季度"),
    Period.YEARLY: Words("yearly", "每年"),
    Period.ONCE: Words("once", "一次性"),
}
LEGAL_WORDS: Mapping[LegalBasis, Words] = {
    LegalBasis.CONSENT: Words("consent", "个人同意"),
    LegalBasis.CONTRACT: Words("needed for a contract", "订立或履行合同所必需"),
    LegalBasis.LEGAL_OBLIGATION: Words("legal obligation", "履行法定职责或法定义务"),
    LegalBasis.LEGITIMATE_INTEREST: Words("legitimate interest", "正当利益"),
    LegalBasis.PUBLIC_INTEREST: Words("public interest", "公共利益"),
    LegalBasis.VITAL_INTEREST: Words("vital interest", "保护生命健康和财产安全"),
}
NO_WORDS = Words("", "")


@dataclass(frozen=True)
class Metadata:
    """A tag's source in words, refresh period, sensitivity, legal basis, days of validity and kind of subject."""

    source: Words = NO_WORDS
    period: Period | None = None
    sensitivity: Sensitivity = Sensitivity.INTERNAL
    legal_basis: LegalBasis | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    subject: str = "person"

    def valid_on(self, day: date) -> bool:
        """Return whether the tag holds on a day; both ends belong to it."""
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or day <= self.valid_to)


PLAIN = Metadata()
"""What a tag is when nothing of this is written."""


def parse_metadata(fields: Fields, faults: Faults) -> Metadata:
    """Read source, period, sensitivity (and the older sensitive: true), legal_basis, valid_from, valid_to, subject."""
    source = fields.words("source", "")
    period = fields.choice("period", [each.value for each in Period], "")
    basis = fields.choice("legal_basis", [each.value for each in LegalBasis], "")
    subject = fields.choice("subject", SUBJECTS, SUBJECTS[0])
    first, last = _day(fields, "valid_from", faults), _day(fields, "valid_to", faults)
    if first and last and last < first:
        place = fields.node.mapping["valid_to"].place
        faults.add(place, "valid_to lies before valid_from", "valid_to 早于 valid_from")
    return Metadata(
        source,
        Period(period) if period else None,
        _sensitivity(fields, faults),
        LegalBasis(basis) if basis else None,
        first,
        last,
        subject,
    )


def _sensitivity(fields: Fields, faults: Faults) -> Sensitivity:
    marked = fields.flag("sensitive")
    level = fields.choice("sensitivity", [each.code for each in Sensitivity], "")
    found = Sensitivity[level.upper()] if level else Sensitivity.SENSITIVE if marked else Sensitivity.INTERNAL
    if marked and found < Sensitivity.SENSITIVE:
        faults.add(
            fields.node.mapping["sensitivity"].place,
            f"sensitivity is {level}, but sensitive is true: leave one of them out",
            f"sensitivity 为 {level}，但又写了 sensitive: true，请去掉其中一个",
        )
    return found


def _day(fields: Fields, key: str, faults: Faults) -> date | None:
    text = fields.text(key)
    if text is None:
        return None
    try:
        found = date.fromisoformat(text.text)
    except ValueError:
        faults.add(text.place, f"{key} must be a day like 2026-06-30", f"{key} 应是 2026-06-30 这样的日期")
        return None
    return found
