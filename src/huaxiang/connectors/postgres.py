"""PostgreSQL's times that Python has none for: infinity, years before Christ and after 9999."""

from __future__ import annotations

from typing import Any

_TYPES = ("date", "time", "timetz", "timestamp", "timestamptz", "interval")


def take_any_time(connection: Any) -> None:
    """Have a connection of psycopg give a time that Python cannot hold as its text, instead of failing the query."""
    adapters = getattr(connection, "adapters", None)
    if adapters is None:
        return
    for name in _TYPES:
        oid = adapters.types[name].oid
        adapters.register_loader(oid, _or_text(adapters.get_loader(oid, 0)))


def _or_text(strict: Any) -> type:
    class OrText:
        """A loader of psycopg: the value as it always was, its text where that fails."""

        format = strict.format

        def __init__(self, oid: int, context: Any = None) -> None:
            self._strict = strict(oid, context)

        def load(self, data: Any) -> Any:
            try:
                return self._strict.load(data)
            except Exception:  # noqa: BLE001 - the driver is optional, and so is the class of its faults
                return bytes(data).decode()

    return OrText
