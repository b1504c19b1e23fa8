"""Finding a customer by what one knows of them: the public id, or an identifier, looked up blind."""

from __future__ import annotations

import re
from dataclasses import dataclass

from huaxiang.clean.normalise.registry import normaliser
from huaxiang.errors import NotFound
from huaxiang.read.current import CurrentBuild
from huaxiang.read.subject_ids import decode_subject, encode_subject
from huaxiang.read.terms import kind_words
from huaxiang.words import Words

_NAME = re.compile(r"[\u3400-\u9fff·]{2,8}|[A-Za-z]+(?: [A-Za-z]+)+")
BY_NAME = Words(
    "Names are sealed and cannot be searched: look for a phone number, e-mail, member number or customer id.",
    "姓名已封存，不能用来查找：请改用手机号、邮箱、会员号或客户编号。",
)
CUSTOMER_ID = Words("Customer id", "客户编号")
NOBODY = Words("No customer has this identifier.", "没有客户使用这个标识。")


@dataclass(frozen=True)
class Match:
    """What was found: by which kind of identifier, and whose it is.

    `state`: "id" (the public id itself), "joined", "set_aside" (shared by `people` people, so nobody's) or
    "floating" (known, but nobody's yet). `subject` and `id` are None for the last two.
    """

    kind: str
    words: Words
    state: str
    subject: int | None
    id: str | None
    people: int = 0


@dataclass(frozen=True)
class Found:
    """Every match, each customer once; `note` says what to do when there is none."""

    matches: tuple[Match, ...]
    note: Words | None


def find_subjects(current: CurrentBuild, text: str, kind: str | None = None) -> Found:
    """Find customers by public id, or by an identifier of any kind (or of `kind` alone, or as kind:value).

    The text itself is kept nowhere. Raises MasterKeyError when identifiers cannot be looked up for want of the key.
    """
    if kind is None:
        kind, text = kind_and_value(current, text)
    text = text.strip()
    by_id = _by_id(current, text) if kind is None else None
    if by_id:
        return Found((by_id,), None)
    kinds = [each.kind for each in current.project.identity.kinds if kind in (None, each.kind)]
    if kind is not None and not kinds:
        raise NotFound(Words(f"this project has no identifier {kind!r}", f"这个项目没有“{kind}”这种标识"))
    matches = _once([match for each in kinds for match in _by_kind(current, text, each)])
    if matches:
        return Found(tuple(matches), None)
    if kind is not None:
        return Found((), nobody_has(kind))
    return Found((), BY_NAME if _NAME.fullmatch(text) else NOBODY)


def nobody_has(kind: str) -> Words:
    """Return the words for an identifier of a kind that is nobody's; the identifier itself is not repeated."""
    return Words(f"No customer has this {kind}.", f"没有客户使用这个 {kind}。")


def kind_and_value(current: CurrentBuild, text: str) -> tuple[str | None, str]:
    """Return the kind and the value of “kind:value”; None and the text when it begins with no kind of the project."""
    kind, colon, value = text.strip().partition(":")
    known = colon and kind in {each.kind for each in current.project.identity.kinds}
    return (kind, value.strip()) if known else (None, text)


def _by_id(current: CurrentBuild, text: str) -> Match | None:
    try:
        subject = decode_subject(text)
    except NotFound:
        return None
    there = current.engine.one("SELECT 1 FROM subjects WHERE subject = ?", [subject])
    if not there:
        subject = _absorbed_by(current, subject) or 0
    if not subject:
        return None
    return Match("id", CUSTOMER_ID, "id", subject, encode_subject(subject))


def _absorbed_by(current: CurrentBuild, subject: int) -> int | None:
    # An id from before a merge still leads to the customer it became part of.
    if "merges" not in current.tables:
        return None
    sql = """
WITH RECURSIVE chain(subject) AS (
  SELECT into_subject FROM merges WHERE from_subject = ?
  UNION
  SELECT merges.into_subject FROM merges JOIN chain ON merges.from_subject = chain.subject
)
SELECT subject FROM chain SEMI JOIN subjects USING (subject) LIMIT 1"""
    found = current.engine.one(sql, [subject])
    return int(found) if found is not None else None


def _by_kind(current: CurrentBuild, text: str, kind: str) -> list[Match]:
    canonical = normaliser(kind, current.project.identity.region).normalise(text)
    if canonical is None or not current.project.identity.joinable(canonical):
        return []
    hi, lo = current.secrets.blind().one(kind, canonical)
    rows = current.engine.rows(
        "SELECT i.subject, i.state, coalesce(s.people, 0) FROM identifiers i "
        "LEFT JOIN set_aside s ON s.node = i.node AND s.kind = i.kind WHERE i.node = ? AND i.lo = ? AND i.kind = ?",
        [hi, lo, kind],
    )
    words = kind_words(current.project, kind)
    return [
        Match(kind, words, state, subject, None if subject is None else encode_subject(subject), people)
        for subject, state, people in rows
    ]


def _once(matches: list[Match]) -> list[Match]:
    seen: set[int] = set()
    found = []
    for match in matches:
        if match.subject is None or match.subject not in seen:
            found.append(match)
        if match.subject is not None:
            seen.add(match.subject)
    # Somebody's identifier says more than one of another kind that happens to read the same and is nobody's.
    return [each for each in found if each.subject is not None] or found
