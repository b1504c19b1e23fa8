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
# What was written of each part's folder: its name, and of each file size, time and hash (manifest.py).
PART_FILES = sa.Table(
    "part_files", META,
    sa.Column("part", sa.Integer, primary_key=True),
    sa.Column("folder", sa.String, nullable=False),
    sa.Column("files", sa.JSON, nullable=False),
)  # fmt: skip
MARKS = sa.Table(
    "marks", META,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("at", sa.String, nullable=False),
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
MANUAL = sa.Table(
    "manual_values", META,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("tag", sa.String, nullable=False),
    sa.Column("subject", sa.BigInteger, nullable=False),
    sa.Column("value", sa.String, nullable=False),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("who", sa.String, nullable=False),
    sa.Column("set_at", sa.String, nullable=False),
    sa.Column("expires_at", sa.String, nullable=False),
    sa.Column("withdrawn_at", sa.String),
    sa.Column("withdrawn_by", sa.String),
    sa.Index("manual_values_of", "tag", "subject"),
    # The newest of two values set at one moment is the one with the greater number.
    sqlite_autoincrement=True,
)  # fmt: skip
TAG_VERSIONS = sa.Table(
    "tag_versions", META,
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("lived", sa.Boolean, nullable=False),
    sa.Column("origin", sa.String, nullable=False),
    sa.Column("author", sa.String, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
)  # fmt: skip
TAG_EVENTS = sa.Table(
    "tag_events", META,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("code", sa.String, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("before", sa.String, nullable=False),
    sa.Column("after", sa.String, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
)  # fmt: skip
TAG_COMMENTS = sa.Table(
    "tag_comments", META,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("code", sa.String, nullable=False, index=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)  # fmt: skip
TAG_FAVOURITES = sa.Table(
    "tag_favourites", META,
    sa.Column("user", sa.String, primary_key=True),
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("at", sa.String, nullable=False),
)  # fmt: skip
TAG_AGREED = sa.Table(
    "tag_agreed", META,
    sa.Column("code", sa.String, primary_key=True),
    sa.Column("hash", sa.String, nullable=False),
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
EXPORTS = sa.Table(
    "exports", META,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("segment", sa.String),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("filters", sa.JSON, nullable=False),
    sa.Column("kinds", sa.JSON, nullable=False),
    sa.Column("form", sa.String, nullable=False),
    sa.Column("file", sa.String, nullable=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("build", sa.Integer, nullable=False),
)  # fmt: skip
API_TOKENS = sa.Table(
    "api_tokens", META,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("hash", sa.String, nullable=False),
    sa.Column("may", sa.JSON, nullable=False),
    sa.Column("rate", sa.Integer),
    sa.Column("created", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("expires", sa.String),
    sa.Column("revoked", sa.String),
    sa.Column("revoked_by", sa.String),
)  # fmt: skip
PERSONAL_READS = sa.Table(
    "personal_reads", META,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("at", sa.String, nullable=False),
    sa.Column("via", sa.String, nullable=False),
    sa.Column("by", sa.String, nullable=False),
    sa.Column("purpose", sa.String, nullable=False),
    sa.Column("subject", sa.BigInteger, nullable=False, index=True),
    sa.Column("kinds", sa.JSON, nullable=False),
    sqlite_autoincrement=True,
)  # fmt: skip
JOBS = sa.Table(
    "jobs", META,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("lane", sa.String, nullable=False),
    sa.Column("state", sa.String, nullable=False, index=True),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("asked_by", sa.String, nullable=False),
    sa.Column("asked_at", sa.String, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("begun", sa.String),
    sa.Column("finished", sa.String),
    sa.Column("pid", sa.Integer),
    sa.Column("stop_asked", sa.String),
    sa.Column("stage", sa.String, nullable=False),
    sa.Column("stage_en", sa.String, nullable=False),
    sa.Column("stage_zh", sa.String, nullable=False),
    sa.Column("fraction", sa.Float, nullable=False),
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("detail", sa.String, nullable=False),
    sa.Column("result", sa.JSON),
    sa.Column("fault", sa.JSON),
    sqlite_autoincrement=True,
)  # fmt: skip
