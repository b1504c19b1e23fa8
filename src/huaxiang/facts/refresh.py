"""Refresh: the fact tables of a copied warehouse brought to the parts and the identity there are now.

Only facts with an id of a part that was read anew or is gone, of a duplicate of such a one, or with an identifier that
changed hands are taken out and put in again, by the same queries as in a full build. Put in behind the others: a table
is in the order of its subjects as a whole only after a full build (IN_ORDER says how far it is after a refresh).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from huaxiang.engine.duckdb import Engine, quoted, quoted_text
from huaxiang.facts.compile import (
    CODED,
    Cleaned,
    facts_query,
    files_of,
    find_doubled,
    holds_query,
    node_columns,
    read_files,
    source_column,
)
from huaxiang.model import CHANGED, COMMON, HOLDS, IN_ORDER, REPEATED, FactTable, Model, Type

_MOVED = "refresh_moved"
_NOT_OF_THE_FACT = ("recorded_at", "part", "source_row", "item")
"""Columns of a fact that say where it was read: a file read again changes nobody by that."""
_WHERE_READ = ("fact_id", "part", "source_row", "item", "occurred_at")


@dataclass(frozen=True)
class ChangedParts:
    """The numbers of the parts whose facts are no longer right, and of those to take facts from."""

    removed: frozenset[int]
    added: frozenset[int]

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)


def changed_parts(engine: Engine, parts: Sequence[Cleaned]) -> ChangedParts:
    """Compare the parts a warehouse was made of with those there are now."""
    before = set(engine.rows("SELECT part, folder FROM parts"))
    now = {(each.part.id, each.folder.name) for each in parts}
    return ChangedParts(frozenset(part for part, _ in before - now), frozenset(part for part, _ in now - before))


def whose_changed(engine: Engine) -> None:
    """Make CHANGED and the list of identifiers that changed hands; `previous` holds the warehouse before."""
    known = "SELECT node, subject, rank FROM {}identifiers WHERE subject IS NOT NULL"
    both = f"({known.format('previous.')}) o FULL JOIN ({known.format('')}) n USING (node)"
    # One of another rank is the same person's still, but a row it is in may be another's.
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE {_MOVED} AS SELECT node, o.subject AS before, n.subject AS now FROM {both} "
        "WHERE o.subject IS DISTINCT FROM n.subject OR o.rank IS DISTINCT FROM n.rank"
    )
    people = "SELECT subject FROM previous.subjects", "SELECT subject FROM subjects"
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE {CHANGED} AS SELECT DISTINCT subject, 'identity' AS why FROM ("
        f"SELECT unnest([before, now]) AS subject FROM {_MOVED} WHERE before IS DISTINCT FROM now "
        f"UNION ALL ({people[0]} EXCEPT {people[1]}) UNION ALL ({people[1]} EXCEPT {people[0]})"
        ") WHERE subject IS NOT NULL"
    )


def nobody_changed(engine: Engine, but: str | None = None) -> None:
    """Make CHANGED with nobody in it but the subjects of a table, and an empty list of identifiers that moved.

    The facts of those are all in parts that came.
    """
    engine.run(f"CREATE OR REPLACE TEMP TABLE {_MOVED} (node BIGINT, before BIGINT, now BIGINT)")
    engine.run(f"CREATE OR REPLACE TEMP TABLE {CHANGED} (subject BIGINT, why VARCHAR)")
    if but:
        engine.run(f"INSERT INTO {CHANGED} SELECT DISTINCT subject, 'identity' FROM {but}")


def refresh_doubled(
    engine: Engine, parts: Sequence[Cleaned], changed: ChangedParts, model: Model, keyed: Collection[str]
) -> None:  # fmt: skip
    """Bring `duplicates` and REPEATED to the parts there are now; `keyed` as in refresh_facts, which comes after it."""
    for table in model.facts.values():
        mine = [part for part in parts if part.table == table.name]
        _Table(engine, table, mine, changed).refresh_doubled(keyed)


class Did(Enum):
    """What was done to a fact table: nothing, facts put behind the others, or any other thing."""

    NOTHING = auto()
    ADDED = auto()
    CHANGED = auto()


def refresh_facts(
    engine: Engine, parts: Sequence[Cleaned], changed: ChangedParts, model: Model, keyed: Collection[str]
) -> dict[str, Did]:
    """Bring fact tables, HOLDS and `quarantine` to the parts there are now; note in CHANGED who moved. Return what was
    done to each table.

    `keyed` are the sources whose facts have ids that say what they are: the same fact may come in two parts. An id of
    another source says where the fact was read.
    """
    moved = bool(engine.one(f"SELECT count(*) FROM {_MOVED}"))
    done = {}
    for table in model.facts.values():
        mine = [part for part in parts if part.table == table.name]
        done[table.name] = _Table(engine, table, mine, changed).refresh(moved=moved, keyed=keyed)
    touched = _numbers(changed.removed | changed.added)
    engine.run(f"DELETE FROM quarantine WHERE part IN ({touched})")
    files = files_of([part for part in parts if part.part.id in changed.added], "quarantine")
    if files:
        engine.run(f"INSERT INTO quarantine BY NAME SELECT * FROM {read_files(files)}")
    return done


def note_order(engine: Engine, table: str, gone: int) -> None:
    """Note in IN_ORDER, before any fact is put in, how many of a table stand in order once `gone` are taken out."""
    engine.run(f"CREATE TABLE IF NOT EXISTS {IN_ORDER} (fact VARCHAR, facts BIGINT)")
    known = engine.one(f"SELECT facts FROM {IN_ORDER} WHERE fact = ?", [table])
    stored = engine.one(f"SELECT count(*) FROM {quoted(table)}") if known is None else known
    engine.run(f"DELETE FROM {IN_ORDER} WHERE fact = ?", [table])
    # Rows move up, at the most, by as many as are gone: what stands before this place was never put in later.
    engine.run(f"INSERT INTO {IN_ORDER} VALUES (?, ?)", [table, max(0, stored - gone)])


def put_behind(engine: Engine, table: str, query: str) -> None:
    """Put the facts of a query behind those of a table; among themselves they stand by subject and time."""
    with engine.in_stored_order():
        engine.run(
            f"INSERT INTO {quoted(table)} BY NAME {query}\nORDER BY subject NULLS LAST, occurred_at",
            step=f"{table}: by subject",
        )


class _Table:
    def __init__(self, engine: Engine, table: FactTable, parts: Sequence[Cleaned], changed: ChangedParts) -> None:
        self.engine, self.table, self.changed = engine, table, changed
        self.name = quoted(table.name)
        self.all = files_of(parts, "facts")
        self.added = files_of([part for part in parts if part.part.id in changed.added], "facts")
        self.sources = {part.part.source for part in parts if part.part.id in changed.added}
        self.others = files_of([part for part in parts if part.part.id not in changed.added], "facts")

    def refresh_doubled(self, keyed: Collection[str]) -> None:
        engine = self.engine
        self._ids(moved=False)
        if engine.one("SELECT count(*) FROM refresh_ids"):
            known = self._known(anywhere=self._anywhere(keyed))
            for table in ("duplicates", REPEATED):
                engine.run(
                    f"DELETE FROM {table} WHERE fact = {quoted_text(self.table.name)} "
                    "AND fact_id IN (SELECT fact_id FROM refresh_ids)"
                )
            if self.added or (known and self.others):
                rows = self._rows(known=known, whole=False)
                engine.run(f"CREATE OR REPLACE TEMP TABLE refresh_in AS {rows}")
                engine.run("CREATE OR REPLACE TEMP VIEW facts_in AS SELECT * FROM refresh_in")
                find_doubled(engine, self.table.name)
                self._put_away()
            engine.run("DROP TABLE refresh_known")
        engine.run("DROP TABLE refresh_ids")

    def _anywhere(self, keyed: Collection[str]) -> bool:
        return bool(self.changed.removed) or bool(self.sources.intersection(keyed))

    def _rows(self, *, known: bool, whole: bool) -> str:
        """Return the SELECT of all added facts and, if `known`, of the others that are in refresh_known.

        `whole`, or only what says which row of which part says what of whom.
        """
        rows = []
        for files, those in (
            (self.added, ""),
            (self.others if known else [], " SEMI JOIN refresh_known USING (fact_id)"),
        ):
            if files:
                columns = "*" if whole else ", ".join([*_WHERE_READ, *node_columns(self._columns(files))])
                rows.append(f"SELECT {columns} FROM {read_files(files)}{those}")
        return " UNION ALL BY NAME ".join(rows)

    def refresh(self, *, moved: bool, keyed: Collection[str]) -> Did:
        engine = self.engine
        self._ids(moved=moved)
        if not engine.one("SELECT count(*) FROM refresh_ids"):
            engine.run("DROP TABLE refresh_ids")
            return Did.NOTHING
        if self._known(anywhere=moved or self._anywhere(keyed)):
            self._exchange()
            done = Did.CHANGED
        else:
            done = self._add()
        for name in ("refresh_ids", "refresh_known"):
            engine.run(f"DROP TABLE {name}")
        return done

    def _add(self) -> Did:
        """Put in the facts of added parts, none of which was there."""
        note_order(self.engine, self.table.name, 0)
        before = self.engine.columns(self.table.name)
        self._read(f"SELECT * FROM {read_files(self.added)}")
        put_behind(self.engine, self.table.name, facts_query(self.engine, self.table, ()))
        self._put_away()
        put_in = f"FROM {self.name} WHERE part IN ({_numbers(self.changed.added)})"
        self._note(f"SELECT subject {put_in}")
        self._hold(put_in)
        # A column that has more values than before has other numbers for them.
        return Did.ADDED if self.engine.columns(self.table.name) == before else Did.CHANGED

    def _exchange(self) -> None:
        """Take out what is in refresh_known, and put the same facts in as the parts there are now say."""
        engine, mine = self.engine, "WHERE fact_id IN (SELECT fact_id FROM refresh_known)"
        engine.run(f"CREATE OR REPLACE TEMP TABLE refresh_old AS SELECT * FROM {self.name} {mine}")
        engine.run(f"CREATE OR REPLACE TEMP TABLE refresh_new AS FROM {self.name} LIMIT 0")
        note_order(engine, self.table.name, int(engine.one("SELECT count(*) FROM refresh_old")))
        engine.run(f"DELETE FROM {self.name} {mine}")
        if self.all:
            # At least one, for the columns.
            self._read(self._rows(known=True, whole=True))
            # Those columns may have become wider.
            engine.run(f"CREATE OR REPLACE TEMP TABLE refresh_new AS FROM {self.name} LIMIT 0")
            query = facts_query(engine, self.table, ())
            engine.run(f"INSERT INTO refresh_new BY NAME {query}", step=f"{self.table.name}: put in")
            put_behind(engine, self.table.name, "FROM refresh_new")
            self._put_away()
        columns = f"* EXCLUDE ({', '.join(_NOT_OF_THE_FACT)})"
        old, new = f"SELECT {columns} FROM refresh_old", f"SELECT {columns} FROM refresh_new"
        self._note(f"SELECT subject FROM ((({old}) EXCEPT ({new})) UNION ALL (({new}) EXCEPT ({old})))")
        self._hold("FROM refresh_old", "-")
        self._hold("FROM refresh_new")
        for name in ("refresh_old", "refresh_new"):
            engine.run(f"DROP TABLE {name}")

    def _note(self, subjects: str) -> None:
        self.engine.run(
            f"INSERT INTO {CHANGED} SELECT DISTINCT subject, 'facts' FROM ({subjects}) WHERE subject IS NOT NULL"
        )

    def _hold(self, facts: str, sign: str = "") -> None:
        self.engine.run(f"INSERT INTO {HOLDS} BY NAME {holds_query(self.table, facts, sign)}")

    def _known(self, *, anywhere: bool) -> bool:
        """Make refresh_known, of the ids in the table or among its duplicates; return whether there are any.

        An id that is new is in no part but the added ones: each cleaned fact is in the table or a duplicate. Unless it
        may be `anywhere`, a fact of an added part has an id that says where it was read, and is new.
        """
        added = _numbers(self.changed.added)
        ids = [f"SELECT fact_id FROM {self.name} SEMI JOIN refresh_ids USING (fact_id)"] if anywhere else []
        ids.append(
            f"SELECT fact_id FROM duplicates WHERE fact = {quoted_text(self.table.name)} "
            "AND fact_id IN (SELECT fact_id FROM refresh_ids) "
            # Duplicates of facts that are all new say nothing of the table.
            f"AND NOT (part IN ({added}) AND kept_part IN ({added}))"
        )
        self.engine.run(f"CREATE OR REPLACE TEMP TABLE refresh_known AS {' UNION '.join(ids)}")
        return bool(self.engine.one("SELECT count(*) FROM refresh_known"))

    def _ids(self, *, moved: bool) -> None:
        touched = _numbers(self.changed.removed | self.changed.added)
        parts = [
            f"SELECT fact_id FROM duplicates WHERE fact = {quoted_text(self.table.name)} "
            f"AND (part IN ({touched}) OR kept_part IN ({touched}))"
        ]
        if self.changed.removed:
            parts.append(f"SELECT fact_id FROM {self.name} WHERE part IN ({_numbers(self.changed.removed)})")
        if self.added:
            parts.append(f"SELECT fact_id FROM {read_files(self.added)}")
        if moved and self.all:
            nodes = [name for name in self._columns(self.all) if name.startswith("node")]
            owned = " OR ".join(f"{node} IN (SELECT node FROM {_MOVED})" for node in nodes)
            parts += [f"SELECT fact_id FROM {read_files(self.all)} WHERE {owned}"] if nodes else []
        self.engine.run(f"CREATE OR REPLACE TEMP TABLE refresh_ids AS {' UNION '.join(parts)}")

    def _columns(self, files: Sequence[str]) -> list[str]:
        self.engine.run(f"CREATE OR REPLACE TEMP VIEW facts_in AS SELECT * FROM {read_files(files)}")
        return list(self.engine.columns("facts_in"))

    def _read(self, rows: str) -> None:
        """Show cleaned facts as facts_in, and let the table hold their values."""
        self.engine.run(f"CREATE OR REPLACE TEMP TABLE refresh_in AS {rows}")
        self.engine.run("CREATE OR REPLACE TEMP VIEW facts_in AS SELECT * FROM refresh_in")
        self._widen()

    def _put_away(self) -> None:
        self.engine.run("DROP VIEW facts_in")
        self.engine.run("DROP TABLE refresh_in")

    def _widen(self) -> None:
        """Let the ENUM columns hold the values that were not there before; a column of too many becomes text."""
        texts = {name for name, column in (dict(COMMON) | dict(self.table.columns)).items() if column.type is Type.TEXT}
        for name, type_ in self.engine.columns(self.table.name).items():
            if name not in texts or not type_.startswith("ENUM"):
                continue
            known = f"SELECT unnest(enum_range(CAST(NULL AS {type_})))"
            seen = f"SELECT CAST({source_column(name)} AS VARCHAR) FROM facts_in f JOIN parts p ON p.part = f.part"
            more = f"SELECT v FROM ({seen}) t(v) WHERE v IS NOT NULL"
            if not self.engine.one(f"SELECT count(*) FROM ({more} EXCEPT {known})"):
                continue
            values = [value for (value,) in self.engine.rows(f"SELECT v FROM ({more} UNION {known}) t(v) ORDER BY v")]
            wide = f"ENUM({', '.join(map(quoted_text, values))})" if len(values) <= CODED else "VARCHAR"
            self.engine.run(
                f"ALTER TABLE {self.name} ALTER {quoted(name)} TYPE {wide} "
                f"USING CAST(CAST({quoted(name)} AS VARCHAR) AS {wide})",
                step=f"{self.table.name}: values of {name}",
            )


def _numbers(parts: Collection[int]) -> str:
    return ", ".join(map(str, sorted(parts))) or "NULL"
