"""The people of a batch: whose its facts are, what else is theirs, and what they were before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from huaxiang.engine.duckdb import Engine
from huaxiang.live.cleaning import Cleaned
from huaxiang.live.joining import Joined
from huaxiang.live.known import Known, Numbers
from huaxiang.serving.store import LiveStore
from huaxiang.whose import Rank, owners

_IDENTIFIERS = pa.schema([("node", pa.int64()), ("subject", pa.int64())])


class People:
    """The people that a batch touches.

    `touched` are their subjects, ascending; `origins` the base's subjects whose facts are each one's own. `engine`
    says whose a fact is whose identifiers are not all one person's.
    """

    def __init__(self, store: LiveStore, known: Known, joined: Joined, cleaned: Cleaned, engine: Engine) -> None:
        self.store, self.known, self.joined, self.cleaned = store, known, joined, cleaned
        self.nodes, self.whose = _owners(joined, cleaned)
        self.of_facts = [self._owners(each.nodes, engine) for each in cleaned.facts]
        gone = {merge.gone for merge in joined.merges}
        into = {merge.into for merge in joined.merges}
        new = {each.subject for each in joined.owned if each.subject} - gone
        mine = set(np.unique(np.concatenate([np.empty(0, np.int64), *self.of_facts])).tolist()) - {0}
        self.touched = sorted(mine | into | new)
        self.gone = gone
        self.rows = self._profiles([*self.touched, *gone])
        fresh = [subject for subject in (*self.touched, *gone) if subject not in self.rows]
        self.based = known.base.known_since(fresh)
        self.origins = {subject: self._origins(subject) for subject in self.touched}
        self.before: dict[int, tuple[str | None, list[str]]] = {}

    def since(self, subject: int) -> int:
        """Return the build that a subject is known from."""
        row = self.rows.get(subject)
        return int(row["since"]) if row else self.based.get(subject, self.known.next_build)

    def write(self) -> None:
        """Note who is who now."""
        db, merges = self.store.db, self.joined.merges
        db.executemany(
            "INSERT INTO nodes (node, lo, kind, subject, state, rows, born, rank) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (node) DO UPDATE SET subject = excluded.subject, state = excluded.state, rank = excluded.rank",
            [
                (each.node, each.lo, each.kind, each.subject, each.state, each.rows, each.subject, each.rank)
                for each in self.joined.owned
            ],
        )
        links = self.joined.links
        db.executemany(
            "INSERT INTO links VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET rows = rows + excluded.rows",
            zip(*(links.column(name).to_pylist() for name in links.column_names), strict=True),
        )
        pairs = [(merge.into, merge.gone) for merge in merges]
        db.executemany("INSERT OR REPLACE INTO merged (into_subject, from_subject) VALUES (?, ?)", pairs)
        # Nobody is looked up through two merges: whoever was merged before goes on to the same survivor.
        db.executemany("UPDATE merged SET into_subject = ? WHERE into_subject = ?", pairs)
        db.executemany("DELETE FROM profiles WHERE subject = ?", [(gone,) for gone in self.gone])

    def base_facts(self, table: str, schema: pa.Schema) -> Any:
        """Return the columns of `schema` of the base's facts of the touched people, whose they are now."""
        base = self.known.base
        if table not in base.tables:
            return schema.empty_table()
        owner = {origin: subject for subject, origins in self.origins.items() for origin in origins}
        facts = base.facts_of(table, list(owner), schema.names).cast(schema)
        if all(origin == subject for origin, subject in owner.items()):
            return facts
        subjects = pa.array([owner[each] for each in facts["subject"].to_pylist()], pa.int64())
        return facts.set_column(facts.schema.get_field_index("subject"), "subject", subjects)

    def known_tags(self, codes: Sequence[str]) -> Any:
        """Return the base's values of `codes`: a merged person's are its own, or else those of who joined it."""
        if not codes:
            return pa.table({"subject": pa.array([], pa.int64())})
        return self._base_tags(codes)

    def texts(self) -> dict[int, tuple[str | None, list[str]]]:
        """Return what the touched people were: tags as JSON text (None: nobody knew them), and segments."""
        live = {
            subject: (self.rows[subject]["tags"], msgspec.json.decode(self.rows[subject]["segments"]))
            for subject in self.touched
            if subject in self.rows
        }
        others = [subject for subject in self.touched if subject not in live]
        tags = self.known.base.tag_texts(others) if others else {}
        segments = self.known.base.segments_of(others) if others else {}
        return live | {subject: (tags.get(subject), segments[subject]) for subject in others}

    def identifiers(self, lists: bool) -> Any:
        """Return (node, subject) of the touched people's identifiers, where static lists ask for them."""
        if not lists:
            return _IDENTIFIERS.empty_table()
        everybody = np.fromiter(
            {each for group in self.origins.values() for each in group} | set(self.touched), np.int64
        )
        nodes = np.union1d(self.known.base.nodes_of(everybody), np.array(self.store.nodes_of(self.touched), np.int64))
        whose, _ = self.known.whose(nodes)
        return pa.table([pa.array(nodes), pa.array(whose, pa.int64())], schema=_IDENTIFIERS)

    def payloads(self, personal: Any) -> tuple[Numbers, list[str]] | None:
        """Return the batch's personal values by person, as the vault takes them; None when there are none.

        The value of an identifier that was somebody's before is in the vault already.
        """
        found: dict[int, dict[str, list[str]]] = {}
        kind_of = dict(zip(self.cleaned.nodes["node"].to_pylist(), self.cleaned.nodes["kind"].to_pylist(), strict=True))
        kept = [
            not self.joined.before.get(node) or kind_of.get(node) != kind
            for node, kind in zip(personal["node"].to_pylist(), personal["kind"].to_pylist(), strict=True)
        ]
        personal = personal.filter(pa.array(kept, pa.bool_()))
        subjects = self._subjects(personal["node"].to_numpy().astype(np.int64).reshape(-1, 1))[:, 0]
        kinds, values = personal["kind"].to_pylist(), personal["value"].to_pylist()
        for subject, kind, value in zip(subjects.tolist(), kinds, values, strict=True):
            if subject and value not in found.setdefault(subject, {}).setdefault(kind, []):
                found[subject][kind].append(value)
        if not found:
            return None
        return np.fromiter(found, np.int64), [msgspec.json.encode(each).decode() for each in found.values()]

    def _base_tags(self, codes: Sequence[str]) -> Any:
        base = self.known.base
        chosen = {}
        for subject, origins in self.origins.items():
            there = [origin for origin in origins if origin == subject] or list(origins)
            if there:
                chosen[there[0]] = subject
        rows = base.tag_rows(list(chosen), codes)
        subjects = pa.array([chosen[each] for each in rows["subject"].to_pylist()], pa.int64())
        return rows.set_column(0, "subject", subjects)

    def _profiles(self, subjects: Sequence[int]) -> dict[int, dict[str, Any]]:
        listed = msgspec.json.encode(list(subjects)).decode()
        sql = "SELECT * FROM profiles WHERE subject IN (SELECT value FROM json_each(?))"
        return {row["subject"]: row for row in self.store.dicts(sql, (listed,))}

    def _origins(self, subject: int) -> tuple[int, ...]:
        mine = [subject, *(merge.gone for merge in self.joined.merges if merge.into == subject)]
        found: dict[int, None] = {}
        for each in mine:
            if each in self.rows:
                found |= dict.fromkeys(msgspec.json.decode(self.rows[each]["origins"]))
            elif each in self.based:
                found[each] = None
        return tuple(found)

    def _owners(self, nodes: Numbers, engine: Engine) -> Numbers:
        """Return whose each fact is by its identifiers' numbers, 0 where it is nobody's."""
        subjects = self._subjects(nodes)
        found: Numbers = np.max(subjects, axis=1, initial=0)
        others = ((subjects != 0) & (subjects != found[:, None])).any(axis=1)
        if others.any():
            found[others] = owners(engine, subjects[others], self._ranks(nodes[others]))
        return found

    def _ranks(self, nodes: Numbers) -> Numbers:
        now = {each.node: each.rank for each in self.joined.owned}
        asked = np.unique(nodes)
        ranks = self.known.ranks(asked) | now
        by_node = np.array([ranks.get(node, Rank.WEAK) for node in asked.tolist()], np.int64)
        return np.asarray(by_node[np.searchsorted(asked, nodes)])

    def _subjects(self, nodes: Any) -> Any:
        """Return whose each number is, 0 where it is nobody's; the same shape."""
        if not len(self.nodes):
            return np.zeros(nodes.shape, np.int64)
        places = np.minimum(np.searchsorted(self.nodes, nodes), len(self.nodes) - 1)
        return np.where(self.nodes[places] == nodes, self.whose[places], 0)


def _owners(joined: Joined, cleaned: Cleaned) -> tuple[Numbers, Numbers]:
    """Return the batch's identifiers, ascending, and whose each is now (0: nobody's)."""
    nodes = np.unique(cleaned.nodes["node"].to_numpy()).astype(np.int64)
    now = {each.node: each.subject for each in joined.owned}
    whose = [now.get(node, joined.before.get(node)) or 0 for node in nodes.tolist()]
    return nodes, np.array(whose, np.int64)
