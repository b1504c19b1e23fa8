"""Suggestions find what was planted, leave out what is drawn by lot, and are sound definitions."""

from __future__ import annotations

from pathlib import Path

import pytest

from huaxiang.errors import DefinitionError, NotFound
from huaxiang.pipeline import Settings, build
from huaxiang.project import Project, load_project
from huaxiang.read.subject_ids import decode_subject
from huaxiang.suggest import Suggestion, Suggestions, accept, default_outcome, suggest
from tests.suggest.suggest_shop import AS_OF, CUSTOMERS, PLANTED, SINCE, opened, planted_shop, with_key


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return planted_shop(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="module")
def found(project: Project) -> Suggestions:
    with opened(project) as current:
        return suggest(current)


def of_kind(found: Suggestions, kind: str) -> list[Suggestion]:
    return [each for each in found.found if each.kind == kind]


def test_it_says_what_was_looked_at(found: Suggestions) -> None:
    assert (found.customers, found.eligible) == (CUSTOMERS, CUSTOMERS)
    assert 0.30 < found.base_rate < 0.45
    assert found.outcome == "count(order_id) > 0 from orders"
    assert "30" in found.outcome_words.zh and found.since < SINCE


def test_what_decides_the_outcome_comes_first(found: Suggestions) -> None:
    first = found.found[0]
    assert (first.kind, PLANTED in first.definition) == ("statistic", True)
    assert first.evidence.gain is not None and first.evidence.gain > 0.4
    assert first.evidence.lift is not None and first.evidence.lift > 5
    assert first.name.zh != first.name.en and PLANTED in first.meaning.zh


def test_noise_is_not_proposed(found: Suggestions) -> None:
    # Views in all, their days, their durations … know of the planted page too, but nothing beyond it.
    assert len(of_kind(found, "statistic")) == 1
    assert not of_kind(found, "bands"), "spent and orders_total decide nothing"
    assert found.tried > 100


@pytest.mark.parametrize("seed", [2, 3])
def test_whatever_the_lot(tmp_path: Path, seed: int) -> None:
    with opened(planted_shop(tmp_path, seed)) as current:
        found = suggest(current)
    assert [PLANTED in each.definition for each in of_kind(found, "statistic")] == [True]
    assert not of_kind(found, "bands")


def test_the_same_build_gives_the_same_answer(project: Project, found: Suggestions) -> None:
    with opened(project) as current:
        assert suggest(current) == found


def test_the_order_of_rows_does_not_matter(tmp_path: Path, found: Suggestions) -> None:
    with opened(planted_shop(tmp_path, shuffled=True)) as current:
        again = suggest(current)
    assert [(each.definition, each.evidence) for each in again.found] == [
        (each.definition, each.evidence) for each in found.found
    ]


def test_a_sample_finds_it_too(project: Project) -> None:
    with opened(project) as current:
        few = suggest(current, sample=300)
        assert (few.customers, few.eligible) == (300, CUSTOMERS)
        assert suggest(current, sample=300) == few
    assert PLANTED in few.found[0].definition


def test_an_item_people_keep_to_is_a_preference_and_one_drawn_by_lot_is_not(found: Suggestions) -> None:
    (liked,) = of_kind(found, "preference")
    assert "item: store" in liked.definition
    assert liked.evidence.lift is not None and liked.evidence.lift > 3
    assert liked.example is not None and liked.example.value.en.startswith("s")


def test_what_the_project_knows_is_cut_where_it_decides_and_not_suggested_again(tmp_path: Path) -> None:
    project = planted_shop(tmp_path)
    keen = f"- {{tag: keen, from: events, where: \"page = '{PLANTED}'\", value: days_since(max(occurred_at))}}\n"
    (tmp_path / "tags/more.yaml").write_text(keen, encoding="utf-8")
    project = load_project(tmp_path)
    with with_key():
        build(project, as_of=AS_OF, settings=Settings(workers=1))
    with opened(project) as current:
        found = suggest(current)
    assert not [each for each in found.found if PLANTED in each.definition and "days_since" in each.definition]


def test_a_number_that_decides_is_cut_where_it_decides(tmp_path: Path) -> None:
    project = planted_shop(tmp_path)
    # A number of 0 to 17; those with 9 or more are the keen.
    number = "- {tag: number, from: numbers, fact: number}\n"
    lines = ["card,number", *(f"c{card},{card % 9 + (9 if card % 3 == 0 else 0)}" for card in range(CUSTOMERS))]
    more = {
        "facts/numbers.yaml": "- fact: attributes\n  columns: {number: integer}\n",
        "sources/numbers.yaml": "- {source: numbers, read: data/numbers.csv, into: attributes, identifiers: "
        "{member_id: card}, columns: {number: number}}\n",
        "data/numbers.csv": "\n".join(lines) + "\n",
        "tags/number.yaml": number.replace("from: numbers", "from: attributes"),
    }
    for name, text in more.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    project = load_project(tmp_path)
    with with_key():
        build(project, as_of=AS_OF, settings=Settings(workers=1))
    with opened(project) as current:
        (bands,) = of_kind(suggest(current), "bands")
    assert 'bands: {of: number, cuts: {"<9": "< 9", else: "≥9"}}' in bands.definition
    assert [each.customers for each in bands.evidence.bins] == [400, 200]
    assert bands.example is not None and bands.example.value.en == "≥9"


def test_an_example_is_a_customer_by_public_id_with_their_value(project: Project, found: Suggestions) -> None:
    first = found.found[0]
    assert first.example is not None
    subject = decode_subject(first.example.id)
    with opened(project) as current:
        sql = "SELECT count(*) FROM events WHERE subject = ? AND page = ?"
        assert current.engine.one(sql, [subject, PLANTED]) == 1


def test_accepted_ones_are_definitions_like_any_other(tmp_path: Path) -> None:
    project = planted_shop(tmp_path)
    (tmp_path / "tags/suggested.yaml").write_text("# kept\n- {tag: mine, rule: spent}", encoding="utf-8")
    with opened(project) as current:
        found = suggest(current)
    codes = [found.found[0].code, of_kind(found, "preference")[0].code]
    path = accept(project, found, codes)
    assert path.read_text(encoding="utf-8").startswith("# kept\n- {tag: mine, rule: spent}\n")
    with with_key():
        build(load_project(tmp_path), as_of=AS_OF, settings=Settings(workers=1))
    with opened(load_project(tmp_path)) as current:
        assert {"mine", *codes} <= current.tags.keys()
        again = suggest(current)
    assert not {each.definition for each in again.found} & {found.found[0].definition}
    with pytest.raises(DefinitionError):
        accept(load_project(tmp_path), found, codes)
    assert len(load_project(tmp_path).tags.tags) == 6, "a fault leaves the file as it was"


def test_a_tag_over_a_column_newer_than_the_build_is_no_hindrance(tmp_path: Path) -> None:
    project = planted_shop(tmp_path)
    (tmp_path / "facts").mkdir()
    (tmp_path / "facts/more.yaml").write_text("- {fact: orders, columns: {gift: integer}}\n", encoding="utf-8")
    text = "- {tag: gifts, from: orders, value: sum(gift)}\n- {tag: giver, rule: gifts > 0}\n"
    (tmp_path / "tags/gifts.yaml").write_text(text, encoding="utf-8")
    with opened(load_project(project.root)) as current:
        assert PLANTED in suggest(current).found[0].definition


def test_what_was_not_suggested_cannot_be_accepted(project: Project, found: Suggestions) -> None:
    with pytest.raises(NotFound, match="did you mean"):
        accept(project, found, [found.found[0].code + "x"])
    assert not (project.root / "tags/suggested.yaml").exists()


@pytest.mark.parametrize(
    ("outcome", "horizon", "says"),
    [
        ("count(order_id) > 0", "30 days", "is not an outcome"),
        ("count(order_id) from orders", "30 days", "must be a condition"),
        ("count(orderid) > 0 from orders", "30 days", "order_id"),
        ("count() > 0 from orderz", "30 days", "orders"),
        ("count() > 0 from orders", "30 dayz", "is not a span"),
        ("count() > 0 from orders where stor = 's1'", "30 days", "store"),
    ],
)
def test_a_wrong_outcome_says_where_and_what(project: Project, outcome: str, horizon: str, says: str) -> None:
    with opened(project) as current, pytest.raises(DefinitionError, match=says):
        suggest(current, outcome=outcome, horizon=horizon)


def test_an_outcome_that_never_comes_suggests_nothing(project: Project) -> None:
    with opened(project) as current:
        found = suggest(current, outcome="sum(amount) > 1000000 from orders")
    assert (found.base_rate, found.found) == (0.0, ())


def test_without_orders_the_outcome_is_any_fact(tmp_path: Path) -> None:
    project = planted_shop(tmp_path)
    (tmp_path / "data/orders.csv").write_text("no,at,card,amount,category,store,payment,coupon\n", encoding="utf-8")
    with with_key():
        build(project, as_of=AS_OF, settings=Settings(workers=1, accept_loss=True))
    with opened(project) as current:
        assert default_outcome(current) == "count() > 0 from events"
        assert suggest(current).customers == CUSTOMERS
