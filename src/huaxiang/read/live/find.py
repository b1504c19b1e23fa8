"""Finding a customer as of the last event: those whom no build knows yet, too."""

from __future__ import annotations

from huaxiang.errors import NotFound, ProjectError
from huaxiang.read.current import CurrentBuild
from huaxiang.read.find import CUSTOMER_ID, Found, Match, find_subjects, kind_and_value
from huaxiang.read.live.profile import served_now
from huaxiang.read.subject_ids import decode_subject, encode_subject
from huaxiang.read.terms import kind_words
from huaxiang.serving.current import Serving


def find_now(current: CurrentBuild, serving: Serving, text: str) -> Found:
    """Find customers as `find_subjects` does; where the build finds nobody, among those whom events brought since."""
    found = find_subjects(current, text)
    if any(match.subject is not None for match in found.matches):
        return found
    met = _met(current, serving, text.strip())
    return Found((met,), None) if met else found


def _met(current: CurrentBuild, serving: Serving, text: str) -> Match | None:
    kind, text = kind_and_value(current, text)
    try:
        served = served_now(serving, decode_subject(text))
    except NotFound:
        served = None
    if served is not None:
        return Match("id", CUSTOMER_ID, "id", served.subject, encode_subject(served.subject))
    for each in current.project.identity.kinds:
        if kind not in (None, each.kind):
            continue
        try:
            subject = serving.subject_of(each.kind, text)
        except ProjectError:
            # Nothing is served yet.
            return None
        if subject is not None:
            words = kind_words(current.project, each.kind)
            return Match(each.kind, words, "joined", subject, encode_subject(subject))
    return None
