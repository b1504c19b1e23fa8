"""What is read of a customer, as answers have it: served profile, personal values masked or not, names of tags."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import UNSET

from huaxiang.api.profiles.places import cursor_at
from huaxiang.api.profiles.refusals import Refused, not_there
from huaxiang.api.profiles.shapes import Event, EventsAnswer, Name, Profile, Segment, SegmentsAnswer, Tag, TagsAnswer
from huaxiang.errors import HuaxiangError, MasterKeyError, NotFound
from huaxiang.model import Type
from huaxiang.privacy.vault import Values
from huaxiang.read.masks import masked_in
from huaxiang.read.secrets import Secrets
from huaxiang.read.sensitive import plain_fact, plain_tags, withheld_columns, withheld_tags
from huaxiang.read.subject_ids import decode_subject, encode_subject
from huaxiang.registry import Build, Registry
from huaxiang.serving.current import ServedProfile, Serving
from huaxiang.tag.tagset import TagSet
from huaxiang.watch.measure import stale_tags
from huaxiang.words import Language, Words

RECENT = 10
_EVENT_HEAD = ("table", "id", "occurred_at", "source", "channel", "day")
_LOCKED = Words("the server has not the master key", "服务器没有主密钥")


@dataclass(frozen=True)
class Person:
    """The personal values of one customer: real ones if `real`, else masked; `locked` says why there are none."""

    values: Mapping[str, list[str]]
    real: bool
    locked: Words | None = None
    sensitive: tuple[str, ...] = ()
    """Codes of the sensitive tags shown with real values."""


@dataclass(frozen=True)
class _Guarded:
    """What of a project's tags has to be known for every answer."""

    tagset: TagSet
    times: frozenset[str]
    tags: frozenset[str]
    columns: frozenset[tuple[str, str]]

    @staticmethod
    def of(tagset: TagSet) -> _Guarded:
        times = frozenset(code for code, type_ in tagset.types.items() if type_ is Type.TIME)
        return _Guarded(tagset, times, withheld_tags(tagset.tags), withheld_columns(tagset))


class Reader:
    """Reads one project. Everything but `names` and `build` is fast enough for the server's loop."""

    def __init__(self, serving: Serving, secrets: Secrets, registry: Registry) -> None:
        self.serving, self._secrets, self._registry = serving, secrets, registry
        self._builds: dict[int, Build] = {}
        self._guarded = _Guarded.of(serving.project.tags)

    def subject(self, who: str) -> int:
        """Return the subject of an id or of an identifier "kind:value", merged or not.

        Raises NotFound when it is no id, nobody's identifier, or of a kind the project has not.
        """
        kind, colon, value = who.partition(":")
        if not colon:
            return decode_subject(who)
        found = self.serving.subject_of(kind, value)
        if found is None:
            raise not_there()
        return found

    def served(self, who: str) -> ServedProfile:
        """Return one customer. Raises NotFound when there is none, ProjectError when nothing is served yet."""
        with self.serving.at_once():
            found = self.serving.profile(self.subject(who))
        if found is None:
            raise not_there()
        return found

    def served_many(self, whom: Sequence[str]) -> list[ServedProfile | HuaxiangError]:
        """Return each of several customers, or what is wrong with how they were named, in order."""
        subjects: list[int | HuaxiangError] = []
        for who in whom:
            try:
                subjects.append(self.subject(who))
            except (NotFound, Refused) as error:
                subjects.append(error)
        found = self.serving.profiles([each for each in subjects if isinstance(each, int)])
        return [each if isinstance(each, HuaxiangError) else found.get(each) or not_there() for each in subjects]

    def person(self, served: ServedProfile, *, real: bool) -> Person:
        """Return a customer's personal values. With `real` the caller has asked who may see them, and audits it."""
        try:
            parts = self._secrets.values(self.serving.owners(served.subject))
        except MasterKeyError:
            return Person({}, real, _LOCKED, self._sensitive(served) if real else ())
        together: Values = {}
        for values in parts.values():
            for kind, known in values.items():
                together[kind] = list(dict.fromkeys([*together.get(kind, ()), *known]))
        together = {kind: together[kind] for kind in sorted(together, key=self._order)}
        if real:
            return Person(together, True, sensitive=self._sensitive(served))
        project = self.serving.project
        hidden = {kind: list(masked_in(project, kind, values).values) for kind, values in together.items()}
        return Person(hidden, False)

    def _order(self, kind: str) -> tuple[int, str]:
        # The name first, identifiers in the project's order of trust, then the rest.
        return (-1, kind) if kind == "name" else (self.serving.project.identity.priority(kind), kind)

    def profile(
        self, served: ServedProfile, sections: Collection[str], person: Person | None, language: Language
    ) -> Profile:
        """Return a customer with the sections asked for; `person` when traits are among them."""
        locked = person.locked.say(language) if person and person.locked else None
        return Profile(
            **head(served), since_build=served.since,
            masked=UNSET if person is None else not person.real,
            locked=UNSET if person is None else locked,
            traits=UNSET if person is None else dict(person.values),
            withheld=self._withheld(served, person) if "tags" in sections else UNSET,
            tags=self.values(served, real=person is not None and person.real) if "tags" in sections else UNSET,
            segments=served.segments if "segments" in sections else UNSET,
            events=self.recent(served) if "events" in sections else UNSET,
        )  # fmt: skip

    def values(self, served: ServedProfile, *, real: bool = False) -> dict[str, Any]:
        """Return tag → value, of sensitive tags only with `real` (once that is audited); a time says that it is UTC."""
        guarded = self._guards()
        return plain_tags(served.tags, () if real else guarded.tags, guarded.times)

    def _withheld(self, served: ServedProfile, person: Person | None) -> list[str]:
        return [] if person is not None and person.real else list(self._sensitive(served))

    def guarded(self) -> frozenset[str]:
        """Return the codes of the tags whose values are not shown."""
        return self._guards().tags

    def _sensitive(self, served: ServedProfile) -> tuple[str, ...]:
        return tuple(code for code in served.tags if code in self._guards().tags)

    def _guards(self) -> _Guarded:
        tagset = self.serving.project.tags
        if self._guarded.tagset is not tagset:
            self._guarded = _Guarded.of(tagset)
        return self._guarded

    def tags(self, served: ServedProfile, wanted: Collection[str] | None) -> TagsAnswer:
        """Return a customer's tags and what each is; of `wanted` only, if given."""
        build = self.build(served.build)
        stale = stale_tags(build) if build else set[str]()
        found = {
            code: self._tag(code, value, code in stale)
            for code, value in self.values(served).items()
            if wanted is None or code in wanted
        }
        hidden = [code for code in self._sensitive(served) if wanted is None or code in wanted]
        return TagsAnswer(**head(served), tags=found, withheld=hidden)

    def segments(self, served: ServedProfile) -> SegmentsAnswer:
        """Return the segments a customer is in, with their names."""
        known = self.serving.project.segments.segments
        return SegmentsAnswer(
            **head(served),
            segments=[Segment(code, _name(known[code].name if code in known else Words(code, code)))
                      for code in served.segments],
        )  # fmt: skip

    def events(self, served: ServedProfile, limit: int, before: tuple[str, int] | None) -> EventsAnswer:
        """Return a page of a customer's facts."""
        found = self.serving.events(served.subject, limit + 1, before)
        shown = [self._event(each) for each in found[:limit]]
        last = found[limit - 1] if len(found) > limit else None
        following = cursor_at(last["occurred_at"], last["id"]) if last else None
        return EventsAnswer(_id(served), _asked(served), shown, following)

    def recent(self, served: ServedProfile) -> list[Event]:
        """Return a customer's latest facts."""
        return [self._event(each) for each in self.serving.events(served.subject, RECENT)]

    def build(self, number: int) -> Build | None:
        """Return what the registry knows of a build; None of one that is not finished."""
        if number not in self._builds:
            self._builds = {build.id: build for build in self._registry.builds()}
        return self._builds.get(number)

    def _tag(self, code: str, value: Any, stale: bool) -> Tag:
        tags = self.serving.project.tags
        tag = tags.tags.get(code)
        if tag is None:
            return Tag(value, Name(code, code), "", "text", None, False, stale)
        unit = _name(tag.unit) if tag.unit.zh else None
        return Tag(value, _name(tag.name), tag.category, tags.types[code].value, unit, tag.sensitive, stale)

    def _event(self, row: Mapping[str, Any]) -> Event:
        facts = self.serving.project.model.facts.get(row["table"])
        times = {name for name, column in facts.columns.items() if column.type is Type.TIME} if facts else set()
        shown = plain_fact(row, row["table"], self._guards().columns)
        fields = {
            name: f"{value}Z" if name in times else value for name, value in shown.items() if name not in _EVENT_HEAD
        }
        at = f"{row['occurred_at']}Z"
        return Event(row["table"], str(row["id"]), at, row.get("source", ""), row.get("channel"), fields)


def head(served: ServedProfile) -> dict[str, Any]:
    """Return what every answer about a profile begins with."""
    return {
        "id": _id(served), "asked": _asked(served), "build": served.build, "as_of": utc(served.as_of),
        "compared_as_of": utc(served.compared_as_of), "live": served.batch,
    }  # fmt: skip


def utc(at: datetime) -> str:
    """Return a moment (UTC, without a zone) as answers write it."""
    return f"{at.isoformat()}Z"


def _id(served: ServedProfile) -> str:
    return encode_subject(served.subject)


def _asked(served: ServedProfile) -> str | None:
    return None if served.asked == served.subject else encode_subject(served.asked)


def _name(words: Words) -> Name:
    return Name(words.en, words.zh)
