"""Which person is which of the last build's subjects, and what changed: ids kept, merges, splits."""

from __future__ import annotations

from datetime import UTC, datetime

from huaxiang.model import IDS_LATER, LATER
from huaxiang.steps import SqlStep, Step


def kept_steps(*, build: int, has_previous: bool) -> list[Step]:
    """Return the steps that find which person takes over which subject of the last build.

    A subject stays with the person that has most of its identifiers. A person with several takes the oldest.
    """
    claims = _CLAIMS.format(build=int(build)) if has_previous else _NO_CLAIMS
    reads = ("previous_identifiers", "previous_subjects") if has_previous else ()
    return [
        SqlStep("identify_claims", claims, "identify_claims", ("identify_people", *reads)),
        SqlStep("identify_held", _HELD, "identify_held", ("identify_claims",)),
        SqlStep("identify_kept", _KEPT, "identify_kept", ("identify_claims", "identify_held")),
        SqlStep(
            "identify_taken",
            _TAKEN if has_previous else _NONE_TAKEN,
            "identify_taken",
            ("identify_claims", *reads[1:]),
        ),
    ]


def ids_later_step(*, build: int, has_previous: bool) -> Step:
    """Return the step that keeps the ids of those who were known and come after this build's moment."""
    reads = ("previous_identifiers", "previous_subjects", "identifiers", LATER) if has_previous else ()
    return SqlStep(IDS_LATER, _IDS_LATER.format(build=int(build)) if has_previous else _NO_IDS_LATER, IDS_LATER, reads)


def merged_step() -> Step:
    """Return the step that finds the subjects that are now part of another."""
    return SqlStep("identify_merged", _MERGED, "identify_merged", ("identify_held", "identify_ids"))


def splits_step(*, build: int, at: datetime, has_previous: bool) -> Step:
    """Return the step that records which subjects fell apart, and the link that no longer holds."""
    sql = (_SPLITS if has_previous else NO_CHANGES).format(table="splits_new", build=int(build), at=moment(at))
    reads = ("identify_claims", "identify_held", "identify_ids", "identify_people", "links", "previous_identifiers")
    return SqlStep("splits_new", sql, "splits_new", reads if has_previous else ())


def moment(at: datetime) -> str:
    """Return a point in time as an SQL literal, in UTC; a time without a zone is UTC."""
    utc = at.astimezone(UTC) if at.tzinfo else at
    return f"TIMESTAMP '{utc.replace(tzinfo=None).isoformat(sep=' ')}'"


NO_CHANGES = """
CREATE OR REPLACE TABLE {table} (
  from_subject BIGINT, into_subject BIGINT, a BIGINT, b BIGINT, source VARCHAR, part INTEGER, source_row BIGINT,
  build INTEGER, "at" TIMESTAMP, reason VARCHAR
)
""".strip()

_CLAIMS = """
CREATE OR REPLACE TABLE identify_claims AS
WITH before AS (
  SELECT node, subject FROM previous_identifiers WHERE subject IS NOT NULL
), claims AS (
  SELECT people.person, before.subject, count(*) AS nodes, min(people.node) AS first
  FROM identify_people AS people JOIN before USING (node)
  WHERE people.certain AND people.person IS NOT NULL
  GROUP BY ALL
)
SELECT claims.*, coalesce(known.since, {build}) AS since
FROM claims LEFT JOIN previous_subjects AS known USING (subject)
""".strip()

_NO_CLAIMS = """
CREATE OR REPLACE TABLE identify_claims (
  person BIGINT, subject BIGINT, nodes BIGINT, first BIGINT, since INTEGER
)
""".strip()

_HELD = """
CREATE OR REPLACE TABLE identify_held AS
SELECT subject, arg_min(person, ROW(-nodes, first)) AS person
FROM identify_claims
GROUP BY subject
""".strip()

_KEPT = """
CREATE OR REPLACE TABLE identify_kept AS
SELECT person, arg_min(subject, ROW(since, -nodes, subject)) AS subject, min(since) AS since
FROM identify_claims JOIN identify_held USING (person, subject)
GROUP BY person
""".strip()

_TAKEN = """
CREATE OR REPLACE TABLE identify_taken AS
SELECT subject FROM previous_subjects
UNION
SELECT subject FROM identify_claims
""".strip()

_NONE_TAKEN = "CREATE OR REPLACE TABLE identify_taken AS SELECT subject FROM identify_claims"

_IDS_LATER = f"""
CREATE OR REPLACE TABLE {IDS_LATER} AS
SELECT before.node, before.subject, coalesce(known.since, {{build}})::INTEGER AS since
FROM previous_identifiers AS before
SEMI JOIN (SELECT unnest(nodes) AS node FROM {LATER}) AS later USING (node)
ANTI JOIN identifiers USING (node)
LEFT JOIN previous_subjects AS known USING (subject)
WHERE before.subject IS NOT NULL
ORDER BY node
""".strip()

_NO_IDS_LATER = f"CREATE OR REPLACE TABLE {IDS_LATER} (node BIGINT, subject BIGINT, since INTEGER)"

_MERGED = """
CREATE OR REPLACE TABLE identify_merged AS
SELECT held.subject AS from_subject, ids.subject AS into_subject
FROM identify_held AS held JOIN identify_ids AS ids USING (person)
WHERE held.subject <> ids.subject
""".strip()

# Why a piece no longer belongs: a link between piece and rest was refused, or one to an identifier that is now set
# aside; else the link is gone with its rows, and the smallest nodes of both are all there is to show.
_SPLITS = """
CREATE OR REPLACE TABLE {table} AS
WITH pieces AS (
  SELECT claims.subject AS from_subject, ids.subject AS into_subject,
    claims.person AS piece, held.person AS rest, claims.first AS in_piece, kept.first AS in_rest
  FROM identify_claims AS claims
  JOIN identify_held AS held ON held.subject = claims.subject AND held.person <> claims.person
  JOIN identify_claims AS kept ON kept.subject = held.subject AND kept.person = held.person
  JOIN identify_ids AS ids ON ids.person = claims.person
), broken AS (
  SELECT links.*, x.person AS person_a, y.person AS person_b, was_a.subject AS before_a, was_b.subject AS before_b
  FROM links
  JOIN identify_people AS x ON x.node = links.a AND NOT x.twin
  JOIN identify_people AS y ON y.node = links.b AND NOT y.twin
  JOIN previous_identifiers AS was_a ON was_a.node = links.a
  JOIN previous_identifiers AS was_b ON was_b.node = links.b
  WHERE links.state IN ('refused', 'set_aside') AND was_a.subject = was_b.subject
    AND was_a.subject IN (SELECT from_subject FROM pieces)
), reasons AS (
  SELECT pieces.from_subject, pieces.piece, broken.state, broken.a, broken.b, broken.source, broken.part,
    broken.source_row
  FROM pieces JOIN broken ON broken.before_a = pieces.from_subject
    AND (broken.person_a = pieces.piece OR broken.person_b = pieces.piece)
    AND (broken.state = 'set_aside' OR pieces.rest IN (broken.person_a, broken.person_b))
  QUALIFY row_number() OVER (
    PARTITION BY pieces.from_subject, pieces.piece
    ORDER BY broken.state, broken.rows DESC, broken.a, broken.b, broken.source, broken.part
  ) = 1
)
SELECT pieces.from_subject, pieces.into_subject,
  coalesce(reasons.a, pieces.in_piece) AS a, coalesce(reasons.b, pieces.in_rest) AS b,
  reasons.source, reasons.part, reasons.source_row,
  {build}::INTEGER AS build, {at} AS "at", coalesce(reasons.state, 'gone') AS reason
FROM pieces LEFT JOIN reasons ON reasons.from_subject = pieces.from_subject AND reasons.piece = pieces.piece
ORDER BY from_subject, into_subject
""".strip()
