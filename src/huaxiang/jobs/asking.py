"""What may be asked of a job, as its settings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from huaxiang.engine.duckdb import GIB
from huaxiang.pipeline.run import refuse_ahead, utc_now


def asked_settings(
    as_of: datetime | None, workers: int | None, memory: float | None, *, accept_loss: bool = False
) -> dict[str, Any]:
    """Return the settings of a job: what is None is left out; `as_of` is UTC if it names no zone, `memory` is GiB.

    Raises ProjectError when `as_of` lies too far ahead.
    """
    settings: dict[str, Any] = {}
    if as_of is not None:
        moment = as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of
        refuse_ahead(moment, utc_now())
        settings["as_of"] = moment.isoformat()
    if workers is not None:
        settings["workers"] = workers
    if memory is not None:
        settings["memory"] = int(memory * GIB)
    if accept_loss:
        settings["accept_loss"] = True
    return settings
