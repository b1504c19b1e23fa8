"""The parameters of requests, as they are checked and documented."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from huaxiang.api.profiles.shapes import LONGEST, SECTIONS

_ONE = "|".join(SECTIONS)
DEFAULT_SECTIONS = "traits,tags,segments"
Who = Annotated[
    str,
    Path(
        min_length=1,
        max_length=LONGEST,
        description="A public id, or an identifier as `kind:value` (`phone:13800138000`, `email:a@example.com`). The "
        "value is made canonical as it is when data is cleaned. Addresses end up in logs of proxies: the batch takes "
        "identifiers in its body.",
        examples=["C0HV2XK8M3Q7RZA", "phone:13800138000"],
    ),
]
Include = Annotated[
    str,
    Query(
        pattern=f"^({_ONE})(,({_ONE})){{0,3}}$",
        description="The sections wanted, separated by commas. `events` are the ten latest.",
        examples=["tags,segments"],
    ),
]
Personal = Annotated[
    bool, Query(description="Real personal values instead of masked ones. The token must allow it; it is audited.")
]
Purpose = Annotated[str, Query(max_length=200, description="Why, for the audit of personal values.")]
TagCodes = Annotated[
    str | None,
    Query(
        max_length=10_000, description="Only these tags, separated by commas; all by default.",
        examples=["value_tier,orders_90d"],
    ),
]  # fmt: skip
Limit = Annotated[int, Query(ge=1, le=500, description="Events on a page.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]
