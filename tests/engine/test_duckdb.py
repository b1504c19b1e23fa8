"""DuckDB behind one door: failures named and without values of rows."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huaxiang.engine.duckdb import Engine, quoted, quoted_text
from huaxiang.errors import ProjectError, StepError


@pytest.fixture
def engine() -> Engine:
    return Engine(threads=1)


def test_answers_in_every_shape(engine: Engine) -> None:
    sql = "SELECT i AS n, 'x' || i AS t FROM range(3) r(i) ORDER BY n"
    assert engine.rows(sql) == [(0, "x0"), (1, "x1"), (2, "x2")]
    assert engine.dicts(sql)[0] == {"n": 0, "t": "x0"}
    assert engine.one(sql) == 0
    assert engine.one("SELECT 1 WHERE false") is None
    assert engine.arrow(sql).column_names == ["n", "t"]
    assert [batch.num_rows for batch in engine.batches("SELECT * FROM range(5000)", 2048)] == [2048, 2048, 904]
    assert engine.numpy(sql)["n"].tolist() == [0, 1, 2]
    assert engine.one("SELECT ? + 1", [41]) == 42


def test_arrow_tables_are_shown_for_a_while(engine: Engine) -> None:
    table = pa.table({"v": [1, 2]})
    with engine.shown(_t=table):
        assert engine.one("SELECT sum(v) FROM _t") == 3
    with pytest.raises(StepError):
        engine.rows("SELECT * FROM _t")
    assert engine.arrow_of("SELECT max(v) AS v FROM _t", _t=table)["v"].to_pylist() == [2]


def test_tables_and_columns(engine: Engine) -> None:
    engine.run('CREATE TABLE a (x INTEGER, "y z" VARCHAR)')
    assert engine.tables() == {"a"}
    assert engine.columns("a") == {"x": "INTEGER", "y z": "VARCHAR"}


def test_a_file_may_be_attached_for_reading(tmp_path: Path) -> None:
    with Engine(tmp_path / "it's.duckdb", threads=1) as first:
        first.run("CREATE TABLE a AS SELECT 7 AS v")
    with Engine(threads=1) as second:
        second.attach(tmp_path / "it's.duckdb", "before")
        assert second.one("SELECT v FROM before.a") == 7
        assert second.tables() == set()
        with pytest.raises(StepError):
            second.run("CREATE TABLE before.b AS SELECT 1")


def test_a_spill_folder_may_have_any_name(tmp_path: Path) -> None:
    with Engine(threads=1, spill=tmp_path / "o'clock") as opened:
        assert opened.one("SELECT current_setting('temp_directory')").endswith("o'clock")


def test_a_second_connection_sees_the_same(tmp_path: Path) -> None:
    with Engine(tmp_path / "w.duckdb", threads=1) as first:
        first.run("CREATE TABLE a AS SELECT 1 AS v")
        second = first.cursor()
        assert second.one("SELECT v FROM a") == 1
        second.close()
        assert first.one("SELECT v FROM a") == 1


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match=r"w\.duckdb"):
        Engine(tmp_path / "none" / "w.duckdb")


SECRET = "13800138000"
LEAKS = [
    f"SELECT CAST(v || 'x' AS INTEGER) FROM (SELECT '{SECRET}' AS v)",
    f"SELECT CAST(v AS DATE) FROM (SELECT '{SECRET}' AS v)",
    f"SELECT CAST(v AS TIMESTAMP) FROM (SELECT 'at {SECRET}' AS v)",
    f"SELECT CAST(v AS TINYINT) FROM (SELECT {SECRET} AS v)",
    f"SELECT v * 9000000000 FROM (SELECT CAST({SECRET} AS BIGINT) AS v)",
    f"SELECT CAST(v AS DECIMAL(4, 2)) FROM (SELECT {SECRET}.5 AS v)",
    f"SELECT error(v) FROM (SELECT '{SECRET}' AS v)",
    f"SELECT CAST(v AS JSON) FROM (SELECT '{{{SECRET}' AS v)",
    f"SELECT strptime(v, '%Y') FROM (SELECT 'x{SECRET}' AS v)",
]


@pytest.mark.parametrize("sql", LEAKS)
def test_no_message_holds_a_value_of_a_row(engine: Engine, sql: str) -> None:
    engine.run(f"CREATE TABLE t AS {sql.partition(' FROM ')[2].strip('()')}")
    with pytest.raises(StepError) as caught:
        engine.rows(f"{sql.partition(' FROM ')[0]} FROM t", step="reading")
    assert "138" not in str(caught.value)
    assert SECRET not in caught.value.say("zh")
    assert caught.value.__cause__ is None


def test_tables_that_several_cores_put_together_are_the_same(engine: Engine) -> None:
    sql = "SELECT i + ? AS n, i % 7 AS m FROM range(300_000) r(i) ORDER BY n"
    with Engine(threads=2) as several:
        assert several.arrow(sql, [5]).equals(engine.arrow(sql, [5]))
        assert several.arrow(sql.replace("?", "5")).equals(engine.arrow(sql, [5]))
        with several.cursor() as twin, twin.shown(shown=pa.table({"v": [f"{SECRET}x"]})):
            with pytest.raises(StepError) as caught:
                twin.arrow("SELECT CAST(v AS BIGINT) FROM shown")
            assert "138" not in str(caught.value)
            assert twin.arrow("SELECT length(v) AS n FROM shown").to_pylist() == [{"n": 12}]


def test_a_fault_of_the_sql_itself_is_told(engine: Engine) -> None:
    with pytest.raises(StepError, match="nobody"):
        engine.run("SELECT * FROM nobody")


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1))
def test_quoting_keeps_any_text(text: str) -> None:
    with Engine(threads=1) as opened:
        assert opened.dicts(f"SELECT {quoted_text(text)} AS {quoted(text)}") == [{text: text}]


class Stopped:
    """A connection whose statement is stopped by Ctrl-C, as the engine tells of it."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def execute(self, *_: object) -> None:
        raise self.error

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(
    "error",
    [
        duckdb.InterruptException("INTERRUPT Error: Interrupted!"), RuntimeError("Query interrupted"),
        duckdb.InvalidInputException("KeyboardInterrupt: <EMPTY MESSAGE>"),
    ],
)  # fmt: skip
def test_who_presses_ctrl_c_is_understood(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    with Engine() as engine:
        monkeypatch.setattr(engine, "_connection", Stopped(error))
        with pytest.raises(KeyboardInterrupt):
            engine.run("SELECT 1")


def exchanged(path: Path, *, leave: bool) -> float:
    """Exchange two thirds of a table, one after the other; return the share of gaps it is left with."""
    with Engine(path, threads=1) as engine:
        engine.run("CREATE TABLE t AS SELECT i AS k, hash(i) AS v FROM range(500000) r(i)")
        engine.run("CHECKPOINT")
        if leave:
            engine.leave_gaps()
        for third in range(2):
            engine.run(f"CREATE OR REPLACE TEMP TABLE few AS SELECT * FROM t WHERE k % 3 = {third}")
            engine.run(f"DELETE FROM t WHERE k % 3 = {third}")
            engine.run("INSERT INTO t SELECT * FROM few")
            engine.run("CHECKPOINT")
        return engine.gaps()


def test_gaps_are_left_where_asked_for_and_closed_by_who_comes_without_asking(tmp_path: Path) -> None:
    path = tmp_path / "left.duckdb"
    assert exchanged(path, leave=True) == pytest.approx(2 / 3, abs=0.01)
    assert exchanged(tmp_path / "closed.duckdb", leave=False) < 0.5
    with Engine(path, threads=1) as engine:
        engine.run("DELETE FROM t WHERE k = 0")
        engine.run("CHECKPOINT")
        assert engine.gaps() < 0.1
        assert engine.rows("SELECT count(*), sum(k) FROM t") == [(499999, sum(range(500000)))]
    with Engine() as engine:
        assert engine.gaps() == 0
