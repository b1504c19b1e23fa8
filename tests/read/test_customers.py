"""One customer: found by what one knows, shown masked, explained down to file and row."""

from __future__ import annotations

import pytest

from huaxiang.errors import MasterKeyError, NotFound
from huaxiang.privacy.keys import FILE_VARIABLE, KEY_VARIABLE
from huaxiang.read.current import CurrentBuild
from huaxiang.read.data import identity_data, quality, quarantine, rules, sources
from huaxiang.read.find import BY_NAME, NOBODY, find_subjects
from huaxiang.read.people import people, persons
from huaxiang.read.profile import DIMENSIONS, profile
from huaxiang.read.subject_ids import encode_subject
from huaxiang.read.timeline import timeline
from huaxiang.read.why import Why, why
from huaxiang.words import Words


@pytest.fixture
def subject(current: CurrentBuild) -> int:
    return people(current, limit=1).rows[0].subject


def test_found_by_every_identifier(current: CurrentBuild, subject: int) -> None:
    values = current.secrets.values([subject])[subject]
    found_by = 0
    for kind in current.project.identity.by_kind:
        for value in values.get(kind, []):
            match = find_subjects(current, value).matches[0]
            if match.state == "joined":
                assert match.subject == subject
                found_by += 1
    assert found_by >= 2
    assert find_subjects(current, encode_subject(subject).lower()).matches[0].subject == subject


def test_found_by_kind_and_value(current: CurrentBuild, subject: int) -> None:
    values = current.secrets.values([subject])[subject]
    kinds = [kind for kind in current.project.identity.by_kind if values.get(kind)]
    found = [find_subjects(current, f"{kind}:{values[kind][0]}") for kind in kinds]
    assert any(match.subject == subject for each in found for match in each.matches)
    assert all(match.kind == kind for kind, each in zip(kinds, found, strict=True) for match in each.matches)
    assert find_subjects(current, "shoe_size:13912345678").matches == ()


def test_nobody_has_it(current: CurrentBuild) -> None:
    assert find_subjects(current, "13912345678").note == NOBODY
    assert find_subjects(current, "王小明").note == BY_NAME
    # Whoever says which kind it is does not look for a name.
    for found in (find_subjects(current, "member_id:王小明"), find_subjects(current, "王小明", kind="member_id")):
        assert found.note == Words("No customer has this member_id.", "没有客户使用这个 member_id。")
    assert find_subjects(current, "anonymous").matches == ()
    with pytest.raises(NotFound):
        find_subjects(current, "1", kind="shoe_size")


def test_a_shared_identifier_is_said_to_be_shared(current: CurrentBuild) -> None:
    # What is set aside is in no vault record under its person, so its value is known from nowhere but the raw files.
    nodes = current.engine.rows("SELECT count(*) FROM set_aside")[0][0]
    assert identity_data(current).set_aside_total == nodes


def test_a_profile_is_masked(current: CurrentBuild, subject: int) -> None:
    shown = profile(current, subject)
    real = [value for values in current.secrets.values([subject])[subject].values() for value in values]
    said = repr(shown)
    assert not [value for value in real if len(value) > 3 and value in said]
    assert all(not value.revealed for value in shown.who.values)
    revealed = {text for value in profile(current, subject, reveal=True).who.values for text in value.revealed}
    assert revealed == set(real)


def test_a_profile_has_five_sides(current: CurrentBuild, subject: int) -> None:
    shown = profile(current, subject)
    assert [side.dimension for side in shown.sides] == list(DIMENSIONS)
    known = sum(len(side.tags) + len(side.unknown) for side in shown.sides)
    assert known == len(current.tags)
    assert shown.identity.identifiers == current.engine.one(
        "SELECT identifiers FROM subjects WHERE subject = ?", [subject]
    )
    assert all(each.file.startswith("data/") and each.row > 0 for each in shown.identity.evidence)


def test_without_the_key(current: CurrentBuild, subject: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE)
    monkeypatch.setenv(FILE_VARIABLE, "/nowhere/key")
    current.secrets.close()
    shown = profile(current, subject)
    assert shown.who.locked is not None
    assert shown.who.values == ()
    assert people(current, limit=1).rows[0].name == ""
    with pytest.raises(MasterKeyError):
        find_subjects(current, "13912345678")


def test_nobody(current: CurrentBuild) -> None:
    with pytest.raises(NotFound):
        profile(current, 1)
    assert persons(current, [1]) == []


def test_the_timeline_has_every_fact_once(current: CurrentBuild, subject: int) -> None:
    entries, before = [], None
    while True:
        page = timeline(current, subject, before=before, limit=4)
        entries += page.entries
        before = page.before
        if before is None:
            break
    facts = sum(max(len(entry.lines), 1) for entry in entries)
    assert facts == page.total == profile(current, subject).seen.facts
    times = [entry.at for entry in entries if entry.at]
    assert times == sorted(times, reverse=True)
    for channel, _, count in page.channels:
        alone = timeline(current, subject, limit=1000, channel=channel).entries
        assert sum(max(len(entry.lines), 1) for entry in alone) == count
    with pytest.raises(NotFound):
        timeline(current, subject, before="yesterday")


def test_what_somebody_seems_to_be_like_says_how_sure_it_is(current: CurrentBuild) -> None:
    sql = "SELECT subject, price_attitude_confidence FROM tags WHERE price_attitude IS NOT NULL ORDER BY 1 LIMIT 1"
    ((somebody, sure),) = current.engine.rows(sql)
    told = why(current, "price_attitude", somebody)
    assert told.kind == "psychological"
    assert told.confidence is not None
    assert told.confidence.zh == f"{sure:.0%}"
    assert "依据问卷自述" in told.sentence.zh
    assert told.facts is not None
    assert told.facts.total > 0


def test_the_ready_tags_of_every_kind_say_something_of_the_sample(current: CurrentBuild) -> None:
    said = {
        code: int(current.engine.one(f"SELECT count(DISTINCT {code}) FROM tags"))
        for code in ("shopping_step", "spend_trend", "spend_percentile_city", "price_attitude")
    }
    assert said["shopping_step"] == said["spend_trend"] == 3
    assert said["spend_percentile_city"] > 20
    assert said["price_attitude"] == 2


def test_why_ends_in_facts(current: CurrentBuild, subject: int) -> None:
    def leaves(told: Why) -> list[Why]:
        return [leaf for need in told.needs for leaf in leaves(need)] if told.needs else [told]

    told = why(current, "value_tier", subject)
    assert told.value is not None
    assert told.thresholds
    for leaf in leaves(told):
        assert leaf.facts is not None
        assert leaf.facts.total >= len(leaf.facts.rows)
        assert all(row.file.startswith("data/") and row.row > 0 for row in leaf.facts.rows)
    assert any(leaf.facts and leaf.facts.rows for leaf in leaves(told))
    with pytest.raises(NotFound):
        why(current, "nothing")


def test_data_adds_up(current: CurrentBuild) -> None:
    for each in sources(current):
        assert each.rows == each.facts + each.duplicates + each.quarantined
        assert sum(file.rows for file in each.files) == each.rows
        assert 0 <= each.owned_share <= 1
    totals = {each.code: each for each in sources(current)}
    for column in quality(current):
        source = totals[column.source]
        assert 0 <= column.good <= column.rows == source.rows
        assert column.good_before == pytest.approx(column.good / column.rows)
        assert column.rows == column.known + column.empty + column.doubled + column.stopped
        assert column.stopped == source.quarantined
        assert column.known + column.empty == source.facts + source.duplicates - column.doubled
        assert column.good_after == column.known / (column.known + column.empty)
        assert [build for build, _ in column.history] == [1, 2]


def test_quarantine_is_sealed_until_revealed(current: CurrentBuild) -> None:
    found = rules(current)
    assert found
    for rule in found:
        rows = quarantine(current, rule.source, rule.rule, limit=1000)
        assert len(rows) == rule.rows
        assert all(row.text is None and row.file for row in rows)
        assert rule.words.en and rule.words.zh
    assert quarantine(current, found[0].source, found[0].rule, limit=1, reveal=True)[0].text
    with pytest.raises(NotFound):
        quarantine(current, "pos", "no such rule")
