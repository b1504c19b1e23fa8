"""Who is at the command line: written into versions, events and comments."""

from __future__ import annotations

import getpass
import os
from typing import Annotated

import typer

from huaxiang.errors import ProjectError
from huaxiang.words import Words

USER = "HUAXIANG_USER"
By = Annotated[
    str | None, typer.Option("--by", help="Who does it; HUAXIANG_USER or the system's user by default. 操作人。")
]


def who(by: str | None) -> str:
    """Return who acts. Raises ProjectError when nobody is named and the system does not know either."""
    named = (by or os.environ.get(USER) or "").strip()
    if named:
        return named
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise ProjectError(Words("say who you are: --by NAME", "请用 --by 说明操作人")) from None
