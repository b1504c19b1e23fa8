"""`read:` of a definition: which reader is meant, and with what; a fault is told where it was written."""

from __future__ import annotations

from collections.abc import Mapping

from huaxiang.connectors.base import Reader, ReadSpec
from huaxiang.connectors.readers import BadRead, reader_for
from huaxiang.definitions.fields import Fields
from huaxiang.errors import Fault


def read_of(fields: Fields) -> tuple[Reader, ReadSpec] | None:
    """Return the reader that the required key `read` means, and its specification; None when there were faults."""
    node = fields.node_of("read", required=True)
    if node is None:
        return None
    value = node.plain()
    try:
        return reader_for(value if isinstance(value, str | Mapping) else str(value))
    except BadRead as error:
        for fault in error.faults:
            inner = node.mapping.get(fault.key or "")
            place = inner.place if inner else node.place
            found = Fault(place.file, place.line, fault.words, fault.hint)
            if found not in fields.faults.found:
                fields.faults.found.append(found)
        return None
