"""What is shown of one customer is too little to make a personal value whole again, and tells no sensitive tag."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import islice, product
from pathlib import Path
from typing import Any

import pytest

from huaxiang.clean.normalise.base import masked
from huaxiang.clean.normalise.divisions import current_divisions
from huaxiang.clean.normalise.id_card import check_character
from huaxiang.definitions.nodes import Faults
from huaxiang.errors import NotAllowed
from huaxiang.govern.check import read_text, would_be
from huaxiang.model import Type
from huaxiang.read.current import CurrentBuild
from huaxiang.read.examples import examples
from huaxiang.read.export import export_people
from huaxiang.read.filters import Filter, TagIs
from huaxiang.read.masks import personal_values
from huaxiang.read.people import people
from huaxiang.read.profile import profile
from huaxiang.read.sensitive import WITHHELD, plain_fact, plain_tags, show_tag, withheld_columns, withheld_tags
from huaxiang.read.subject_ids import encode_subject
from huaxiang.read.timeline import timeline
from huaxiang.read.why import Why, why
from huaxiang.tag.definition import Tag

_DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")
_REGIONS = tuple(each.code for each in current_divisions())


def texts(found: Any) -> Iterator[str]:
    """Yield every text that an answer of the read layer holds, whatever it is made of."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, date):
        yield found.isoformat()
    elif isinstance(found, dict):
        yield from (text for each in found.items() for text in texts(each))
    elif isinstance(found, list | tuple | set | frozenset):
        yield from (text for each in found for text in texts(each))
    elif hasattr(found, "__dataclass_fields__"):
        yield from (text for name in found.__dataclass_fields__ for text in texts(getattr(found, name)))


def shown_of(current: CurrentBuild, subject: int) -> list[str]:
    """Return what can be seen of a customer at once: profile, timeline, facts, tags."""
    found: list[Any] = [profile(current, subject), timeline(current, subject, limit=500)]
    hidden = withheld_columns(current.project.tags)
    for table in current.project.model.facts:
        if table in current.tables:
            rows = current.engine.dicts(f'SELECT * FROM "{table}" WHERE subject = ?', [subject])
            found += [plain_fact(row, table, hidden) for row in rows]
    row = current.engine.dicts("SELECT * EXCLUDE (subject) FROM tags WHERE subject = ?", [subject])[0]
    found.append(plain_tags(row, withheld_tags(current.tags), ()))
    return list(texts(found))


def candidates(head: str, tail: str, births: Sequence[str]) -> Iterator[str]:
    """Yield the id cards that a mask and dates of birth leave possible."""
    codes = [code for code in _REGIONS if code.startswith(head[:6])]
    for code, birth, order in product([head[:6]] if len(head) >= 6 else codes, births, range(1000)):
        body = f"{code}{birth.replace('-', '')}{order:03d}"
        card = body + check_character(body)
        if card.startswith(head) and card.endswith(tail):
            yield card


def rebuilt(cards: dict[int, list[str]], current: CurrentBuild, mask: Callable[[str], str], *, told: bool) -> int:
    """Return how many cards are the only one left; `told`: the date of birth is known from elsewhere."""
    whole = 0
    for subject, known in cards.items():
        seen = set() if told else set(_DATE.findall("\n".join(shown_of(current, subject))))
        for card in known:
            head, _, tail = mask(card).replace("*", " ").partition(" ")
            births = {f"{card[6:10]}-{card[10:12]}-{card[12:14]}"} if told else seen
            whole += list(islice(candidates(head, tail.strip(), sorted(births)), 2)) == [card]
    return whole


@pytest.fixture
def known(current: CurrentBuild) -> dict[int, dict[str, list[str]]]:
    subjects = [row[0] for row in current.engine.rows("SELECT subject FROM subjects")]
    return personal_values(current, subjects)


def test_no_id_card_can_be_made_whole_from_what_is_shown(current: CurrentBuild, known: dict[int, Any]) -> None:
    cards = {who: values["id_card"] for who, values in known.items() if values.get("id_card")}
    assert len(cards) > 50
    assert rebuilt(cards, current, masked, told=False) == 0
    # Whoever knows the date of birth from elsewhere gets no further.
    assert rebuilt(cards, current, masked, told=True) == 0
    # The attack is one: against masks of six and four characters it takes nearly all of them.
    few = dict(islice(cards.items(), 30))
    taken = rebuilt(few, current, lambda card: f"{card[:6]}********{card[-4:]}", told=True)
    assert taken > 0.9 * sum(map(len, few.values()))


def test_nothing_shown_holds_a_personal_value_or_more_than_its_ends(
    current: CurrentBuild, known: dict[int, Any]
) -> None:
    for subject, values in islice(known.items(), 60):
        told = profile(current, subject)
        everything = "\n".join(shown_of(current, subject))
        for kind, real in values.items():
            assert not [value for value in real if len(value) > 3 and value in everything]
            for shown in next((each.masked for each in told.who.values if each.kind == kind), ()):
                assert re.fullmatch(r".?\*\*(?:\*{4}.)?", shown)


def test_no_date_of_birth_is_shown(current: CurrentBuild) -> None:
    rows = current.engine.rows("SELECT subject, birth_date FROM tags WHERE birth_date IS NOT NULL ORDER BY 1 LIMIT 12")
    assert rows and current.tags["birth_date"].sensitive
    for place, (subject, birth) in enumerate(rows):
        reasons = list(current.tags) if place == 0 else ["age", "birth_date"]
        seen = [*shown_of(current, subject), *(text for code in reasons for text in texts(why(current, code, subject)))]
        assert birth.isoformat() not in "\n".join(seen)
        told = profile(current, subject).tag("birth_date")
        assert told is not None
        assert (told.value, told.shown) == (None, WITHHELD)
        assert {each.value for each in _all(why(current, "age", subject)) if each.code == "birth_date"} == {WITHHELD}
    assert examples(current, "birth_date") == []


def _all(told: Why) -> Iterator[Why]:
    yield told
    for each in told.needs:
        yield from _all(each)


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet"])
def test_an_export_of_a_sensitive_tag_is_refused_and_says_so(current: CurrentBuild, tmp_path: Path, form: str) -> None:
    for tags, wanted in ((["city", "birth_date"], Filter()), (["city"], Filter((TagIs("birth_date", "1990-01-01"),)))):
        with pytest.raises(NotAllowed, match="Date of birth is sensitive"):
            export_people(current, wanted, tmp_path / f"out.{form}", tags=tags)
    assert list(tmp_path.iterdir()) == []


def test_nobody_is_found_by_a_sensitive_value(current: CurrentBuild) -> None:
    for value in ("1990-01-01", "1990-01-01..1990-01-02"):
        with pytest.raises(NotAllowed, match="customers are not listed by it"):
            people(current, Filter((TagIs("birth_date", value),)))
    # That nothing is known tells nothing.
    assert people(current, Filter((TagIs("birth_date", ""),))).total >= 0


def test_a_text_that_looks_personal_is_hidden_wherever_a_value_is_shown(current: CurrentBuild) -> None:
    tag: Tag = current.tags["city"]
    for value in ("call 13800138000", "li.lei@example.com", "11010519491231002X"):
        assert value not in show_tag(value, tag, Type.TEXT, current.project).zh
        assert plain_tags({"city": value, "all": [value, "x"]}, (), ()) == {
            "city": "‹hidden›",
            "all": ["‹hidden›", "x"],
        }
        assert plain_fact({"query": value, "order_id": value}, "events", ()) == {"query": "‹hidden›", "order_id": value}
    assert show_tag("北京市", tag, Type.TEXT, current.project).zh == "北京市"


def test_every_sensitive_tag_is_withheld(current: CurrentBuild) -> None:
    hidden = withheld_tags(current.tags)
    assert hidden == {code for code, tag in current.tags.items() if tag.sensitive}
    subject = current.engine.one("SELECT min(subject) FROM tags WHERE birth_date IS NOT NULL")
    assert encode_subject(subject)
    told = profile(current, subject)
    assert all(tag.shown == WITHHELD for side in told.sides for tag in side.tags if tag.sensitive)


@pytest.mark.parametrize(
    ("text", "sensitive"),
    [
        ("from: attributes\n  fact: birth_date", True),
        ("from: attributes\n  value: max(birth_date)", True),
        ("from: attributes\n  value: first(birth_date)", True),
        ("rule: birth_date", True),
        ("rule: if(birth_date <= as_of, birth_date, null)", True),
        ("sql: SELECT subject, max(birth_date) AS value FROM attributes GROUP BY subject", True),
        ("sql: SELECT subject, min(a.birth_date) AS value FROM attributes a GROUP BY subject", True),
        ("rule: if(birth_date <= as_of, years_since(birth_date), null)", False),
        ("rule: month(birth_date)", False),
        ("bands: {of: age, cuts: {young: '< 30', else: old}}", False),
        ("from: attributes\n  fact: city", False),
        ("from: orders\n  value: max(occurred_at)", False),
    ],
)
def test_a_tag_that_says_a_sensitive_one_again_is_as_sensitive(
    current: CurrentBuild, text: str, sensitive: bool
) -> None:
    faults = Faults()
    node = read_text(f"- tag: again\n  {text}\n", faults)
    assert node is not None
    made = would_be(current.project, node, faults)
    assert made is not None and not faults.found, [fault.say("en") for fault in faults.found]
    assert made.tags.tags["again"].sensitive is sensitive
    # A tag of that one is, too.
    node = read_text("- {tag: once_more, rule: again}\n", faults)
    assert node is not None
    once_more = would_be(made, node, faults)
    assert once_more is not None and once_more.tags.tags["once_more"].sensitive is sensitive
