"""Commands that look: explain, profile, segment, quality, quarantine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.tree import Tree

from huaxiang.cli.building import HERE, STAGE_WORDS, Folder, open_project, show_build
from huaxiang.cli.screen import screen
from huaxiang.clean.plan import rule_words
from huaxiang.errors import NotFound
from huaxiang.pipeline import build
from huaxiang.read.current import CurrentBuild
from huaxiang.read.data import quality_rows, quarantine_rows, redrivable
from huaxiang.read.explain import explain_customer, explain_segment, explain_tag
from huaxiang.read.export import FORMATS, export_segment
from huaxiang.read.find import find_subjects
from huaxiang.read.profile import profile, timeline
from huaxiang.read.segments import count_where, segment_list
from huaxiang.read.subject_ids import encode
from huaxiang.words import Words, nearest

segment_app = typer.Typer(no_args_is_help=True, help="Segments of customers. 人群。")
quarantine_app = typer.Typer(no_args_is_help=True, help="Rows that rules stopped. 被规则拦下的数据行。")


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command("explain", epilog="Example: huaxiang explain lifecycle --customer C0…")(explain)
    app.command("profile", epilog="Example: huaxiang profile 13812345678")(profile_command)
    app.command("quality", epilog="Example: huaxiang quality --source crm")(quality)
    app.add_typer(segment_app, name="segment")
    app.add_typer(quarantine_app, name="quarantine")
