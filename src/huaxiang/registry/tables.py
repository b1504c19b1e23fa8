"""The tables of the registry. A concern with its own tables adds them here, and a file of its own beside store.py."""

from __future__ import annotations

import sqlalchemy as sa

META = sa.MetaData()
PARTS = sa.Table(
    "parts", META,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("ord", sa.String, nullable=False),
    sa.Column("signature", sa.String, nullable=False),
    sa.Column("fingerprint", sa.String, nullable=False),
    sa.Column("definition", sa.String, nullable=False),
    sa.Column("folder", sa.String, nullable=False),
    sa.Column("state", sa.String),
    sa.Column("same_as", sa.String),
    sa.Column("read_at", sa.String, nullable=False),
    sa.Column("counts", sa.JSON, nullable=False),
    sa.UniqueConstraint("source", "name"),
    # A number is never given twice: the vault and older warehouses know a part by its number.
    sqlite_autoincrement=True,
)  # fmt: skip
BUILDS = sa.Table(
    "builds", META,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("as_of", sa.String, nullable=False),
    sa.Column("begun", sa.String, nullable=False),
    sa.Column("finished", sa.String),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("file", sa.String, nullable=False),
    sa.Column("summary", sa.JSON, nullable=False),
    sa.Column("definitions", sa.JSON, nullable=False),
)  # fmt: skip
QUALITY = sa.Table(
    "quality", META,
    sa.Column("build", sa.Integer, primary_key=True),
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("column", sa.String, primary_key=True),
    sa.Column("counts", sa.JSON, nullable=False),
)  # fmt: skip
TAG_HEALTH = sa.Table(
    "tag_health", META,
    sa.Column("build", sa.Integer, primary_key=True),
    sa.Column("tag", sa.String, primary_key=True),
    sa.Column("definition", sa.String, nullable=False),
    sa.Column("known", sa.Integer, nullable=False),
    sa.Column("measured", sa.JSON, nullable=False),
    sa.Column("lift", sa.JSON),
)  # fmt: skip
TAG_USES = sa.Table(
    "tag_uses", META,
    sa.Column("tag", sa.String, primary_key=True),
    sa.Column("kind", sa.String, primary_key=True),
    sa.Column("day", sa.String, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)  # fmt: skip
BASELINES = sa.Table(
    "baselines", META,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("build", sa.Integer),
    sa.Column("pinned", sa.String, nullable=False),
)  # fmt: skip
ALERTS = sa.Table(
    "alerts", META,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("build", sa.Integer, nullable=False),
    sa.Column("alert", sa.String, nullable=False),
    sa.Column("tag", sa.String, nullable=False),
    sa.Column("severity", sa.String, nullable=False),
    sa.Column("en", sa.String, nullable=False),
    sa.Column("zh", sa.String, nullable=False),
    sa.Column("condition", sa.String, nullable=False),
    sa.Column("measured", sa.JSON, nullable=False),
    sa.Column("raised", sa.String, nullable=False),
    sa.Column("acknowledged", sa.String),
    sa.Column("by", sa.String),
    sa.Column("note", sa.String),
    sa.UniqueConstraint("build", "alert", "tag"),
    sqlite_autoincrement=True,
)  # fmt: skip
