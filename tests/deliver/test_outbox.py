"""Reading the outbox from a place on, whatever becomes of the store."""

from __future__ import annotations

from pathlib import Path

from huaxiang.deliver.outbox import Cursor, Outbox
from huaxiang.serving.store import LiveStore
from tests.deliver.shop import change, make_shop, post


def numbers(outbox: Outbox, cursor: Cursor, most: int = 100) -> tuple[list[int], Cursor, int]:
    page = outbox.after(cursor, most)
    return [each.number for each in page.messages], page.cursor, page.missed


def test_messages_come_in_order_page_by_page(tmp_path: Path) -> None:
    root = make_shop(tmp_path / "shop")
    post(root, *(change(n, n) for n in range(5)))
    outbox = Outbox(root / ".huaxiang" / "live.db")
    first, cursor, _ = numbers(outbox, Cursor(), 3)
    second, cursor, _ = numbers(outbox, cursor, 3)
    assert (first, second) == ([1, 2, 3], [4, 5])
    assert numbers(outbox, cursor) == ([], cursor, 0)
    assert cursor == outbox.end()
    assert [each.number for each in outbox.since(3, 10)] == [4, 5]


def test_a_store_that_is_not_there_yet_has_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "live.db")
    assert numbers(outbox, Cursor()) == ([], Cursor(), 0)
    assert outbox.end() == Cursor()
    (tmp_path / "live.db").touch()
    assert numbers(outbox, Cursor()) == ([], Cursor(), 0)
    LiveStore(tmp_path / "live.db", writing=True).close()
    assert numbers(outbox, Cursor()) == ([], Cursor(), 0)


def test_rows_thrown_away_unread_are_counted(tmp_path: Path) -> None:
    root = make_shop(tmp_path / "shop")
    post(root, *(change(n, n) for n in range(10)))
    outbox = Outbox(root / ".huaxiang" / "live.db")
    _, cursor, _ = numbers(outbox, Cursor(), 3)
    with LiveStore(root / ".huaxiang" / "live.db", writing=True) as store:
        store.db.execute("DELETE FROM outbox WHERE id <= 3")
    assert numbers(outbox, cursor)[::2] == ([4, 5, 6, 7, 8, 9, 10], 0)
    with LiveStore(root / ".huaxiang" / "live.db", writing=True) as store:
        store.db.execute("DELETE FROM outbox WHERE id <= 6")
    assert numbers(outbox, cursor)[::2] == ([7, 8, 9, 10], 3)


def test_a_store_made_anew_is_read_from_its_beginning_with_ids_of_its_own(tmp_path: Path) -> None:
    root = make_shop(tmp_path / "shop")
    post(root, *(change(n, n) for n in range(5)))
    outbox = Outbox(root / ".huaxiang" / "live.db")
    before = outbox.after(Cursor(), 100)
    outbox.close()
    for file in (root / ".huaxiang").glob("live.db*"):
        file.unlink()
    LiveStore(root / ".huaxiang" / "live.db", writing=True).close()
    assert numbers(outbox, before.cursor)[0] == []
    post(root, *(change(n, n) for n in range(2)))
    after = outbox.after(before.cursor, 100)
    assert [each.number for each in after.messages] == [1, 2]
    assert not {each.id for each in before.messages} & {each.id for each in after.messages}
    assert numbers(outbox, after.cursor) == ([], after.cursor, 0)
    # Many more than the reader had seen: the number is there again, with another moment.
    post(root, *(change(n, n) for n in range(20)))
    assert numbers(outbox, before.cursor)[0] == list(range(1, 23))


def test_an_id_stays_the_same_when_a_message_is_read_again(tmp_path: Path) -> None:
    root = make_shop(tmp_path / "shop")
    post(root, change(1, 1), change(1, 1))
    one, two = (Outbox(root / ".huaxiang" / "live.db").after(Cursor(), 9).messages for _ in range(2))
    assert [each.id for each in one] == [each.id for each in two]
    assert one[0].id != one[1].id
