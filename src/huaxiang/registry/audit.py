"""The audit of personal values: whose were shown to whom, when, by which way, to what purpose. Never the values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from huaxiang.errors import DamagedError, DiskError, NotAllowed
from huaxiang.registry.store import Registry
from huaxiang.registry.tables import PERSONAL_READS
from huaxiang.words import Words


@dataclass(frozen=True)
class PersonalRead:
    """One person's values shown once: `via` which way ("api"), `by` whom, `kinds` of values. `at` is UTC."""

    id: int
    at: datetime
    via: str
    by: str
    purpose: str
    subject: int
    kinds: tuple[str, ...]


def record_personal_reads(
    registry: Registry, shown: Mapping[int, Iterable[str]], *, via: str, by: str, purpose: str = ""
) -> None:
    """Note, in one transaction, that the values of some kinds of each of `shown` are about to be seen.

    Raises NotAllowed when it cannot be written: then nothing may be shown.
    """
    at = datetime.now(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")
    rows = [
        {"at": at, "via": via, "by": by, "purpose": purpose, "subject": subject, "kinds": sorted(kinds)}
        for subject, kinds in shown.items()
    ]
    if not rows:
        return
    try:
        with registry.engine.begin() as connection:
            connection.execute(PERSONAL_READS.insert(), rows)
    except (sa.exc.DBAPIError, DamagedError, DiskError):
        raise NotAllowed(
            Words(
                "personal values are not shown: the audit cannot be written",
                "审计记录无法写入，不能显示个人信息",
            )
        ) from None


def personal_reads(registry: Registry, *, subject: int | None = None, limit: int = 1_000) -> list[PersonalRead]:
    """Return who saw personal values, the newest first; of one subject or of all."""
    query = sa.select(PERSONAL_READS).order_by(PERSONAL_READS.c.id.desc()).limit(limit)
    if subject is not None:
        query = query.where(PERSONAL_READS.c.subject == subject)
    with registry.engine.connect() as connection:
        return [
            PersonalRead(
                row["id"], datetime.fromisoformat(row["at"]), row["via"], row["by"], row["purpose"], row["subject"],
                tuple(row["kinds"]),
            )
            for row in connection.execute(query).mappings()
        ]  # fmt: skip
