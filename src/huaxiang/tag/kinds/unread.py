"""What stands for a body that could not be read.

The tag is there all the same: others may name it, and nobody may take its name again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from huaxiang.definitions.fields import Fields, Text
from huaxiang.definitions.nodes import Faults
from huaxiang.tag.kinds.base import Checking, Kind
from huaxiang.words import Words


@dataclass(frozen=True)
class Body:
    """What can be judged whatever the kind was meant to be: the facts and the condition."""

    table: Text | None = None
    where: Text | None = None

    def mentions(self) -> Iterator[Text]:
        """Name no tags."""
        return iter(())

    def check(self, checking: Checking) -> None:
        """Check the facts and the condition together."""
        if self.table is not None:
            checking.select(self.table, self.where, None)


def parse(fields: Fields, faults: Faults) -> Body:
    """Read from and where, the keys that all kinds over facts share."""
    return Body(fields.text("from"), fields.text("where"))


KIND = Kind("unread", "", Words("not understood", "无法识别"), parse)
