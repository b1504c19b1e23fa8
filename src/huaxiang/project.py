"""A project folder: all its definitions, read and checked together.

Enters: huaxiang.yaml, identity.yaml, doors/, sources/, facts/, tags/, segments/, subscribers/.
Leaves: one frozen Project, or all faults.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from huaxiang import stores
from huaxiang.clean.currencies import CURRENCIES
from huaxiang.clean.normalise.phone import HOME, REGIONS
from huaxiang.clean.plan import CLEAN_VERSION, CleanPlan, Kinds, compile_source
from huaxiang.connectors import places
from huaxiang.connectors.base import ReadSpec, Unread
from huaxiang.connectors.charset import CHINESE
from huaxiang.definitions.fields import CODE, Fields, Text
from huaxiang.definitions.nodes import Faults, Node, Place, read_yaml
from huaxiang.definitions.schedule import LIVE, NEVER, Schedule, parse_schedule
from huaxiang.errors import DefinitionError, ProjectError, ReadError
from huaxiang.genders import Genders, parse_genders
from huaxiang.identify.definition import IdentityDefinition, parse_identity
from huaxiang.inbox.door import Door, doors_of
from huaxiang.inbox.log import INBOX_FILE
from huaxiang.library.include import included
from huaxiang.missing import BLANK_WORDS, parse_missing
from huaxiang.model import BUILT_IN, COLUMN_TYPES, Column, FactTable, Model, Type
from huaxiang.segment.definition import parse_segments
from huaxiang.segment.segmentset import SegmentSet
from huaxiang.sources import RESERVED, UNREAD, Bindings, Source, bound_source, parse_source, reader_of
from huaxiang.subscribers import Subscriber, parse_subscribers, subscriber_nodes
from huaxiang.tag.definition import Tag, parse_tags
from huaxiang.tag.kinds import fact
from huaxiang.tag.overlay import NOTHING, OPEN, Governance, Overlay, read_overlay
from huaxiang.tag.tagset import TagSet
from huaxiang.tag.validity import expired, local_day, without
from huaxiang.words import Language, Words, language_of

FILE = places.FILE
STORE, REGISTRY, VAULT, TASKS = stores.STORE, stores.REGISTRY, stores.VAULT, stores.TASKS
DEFAULT_CURRENCY = "CNY"
_CURRENCY = re.compile(r"[A-Z]{3}")
SERVER_LOCK = stores.SERVER_LOCK
"""Held by whoever serves the project."""


@dataclass(frozen=True)
class Project:
    """One project: where it is, who it is, and everything it defines."""

    root: Path
    code: str
    id: str
    words: Words
    locale: str
    zone: str
    currency: str
    model: Model
    doors: tuple[Door, ...]
    sources: tuple[Source, ...]
    identity: IdentityDefinition
    tags: TagSet
    segments: SegmentSet
    governance: Governance = OPEN
    subscribers: tuple[Subscriber, ...] = ()
    schedule: Schedule = NEVER
    blanks: frozenset[str] = BLANK_WORDS
    """The words for no value wherever a source or column says nothing else."""
    largest_loss: int = 50
    """By how many in a hundred customers, or the rows of a source, may fall in a build before somebody is asked."""

    @property
    def language(self) -> Language:
        """The language its people read."""
        return language_of(self.locale)

    @property
    def store(self) -> Path:
        """The folder huaxiang keeps everything of its own in."""
        return self.root / STORE

    def at(self, as_of: datetime) -> Project:
        """Return the project as it holds at a moment (UTC): tags outside their validity have no value then."""
        gone = expired(self.tags, local_day(as_of, self.zone))
        if not gone:
            return self
        tags = without(self.tags, gone)
        return replace(self, tags=tags, segments=replace(self.segments, tagset=tags))

    @property
    def kinds(self) -> Kinds:
        """What cleaning needs to know of identity.yaml."""
        identity = self.identity
        return Kinds(tuple(kind.kind for kind in identity.kinds), identity.never, identity.allow)

    @property
    def inbox(self) -> Path:
        """The file of what came in at its doors; there once the first event came."""
        return self.store / INBOX_FILE

    def source(self, code: str) -> Source:
        """Return one source."""
        return next(source for source in self.sources if source.code == code)

    def clean_hash(self, source: Source) -> str:
        """Return the hash on which a cleaned part depends: what would change its rows changes it."""
        types = {name: type_.value for name, type_ in source.into.types.items()}
        lent = [lookup.fingerprint(self.root) for lookup in source.lookups]
        blanks, written = sorted(source.blanks), [source.currency, source.region]
        genders = [(value, sorted(words)) for value, words in source.genders]
        return source.hash(
            CLEAN_VERSION, self.zone, vars(self.kinds), types, lent, blanks, genders, source.read.expects, written
        )


NO_SOURCE = Words(
    "this project has no source yet: put a file into data/, say in sources/NAME.yaml what its columns mean, "
    "then: huaxiang check",
    "这个项目还没有来源：请把文件放进 data/，在 sources/名称.yaml 中写明各列的含义，然后运行 huaxiang check",
)


def find_root(start: Path) -> Path:
    """Return the project folder `start` is in. Raises ProjectError when it is in none, or is not there."""
    if not start.exists():
        raise ProjectError(Words(f"there is no folder {start}", f"没有 {start} 这个目录"))
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / FILE).is_file():
            return folder
    raise ProjectError(
        Words(
            f"there is no {FILE} here or above; make a project with: huaxiang init NAME",
            f"这里及上级目录都没有 {FILE}；可以用 huaxiang init 名称 新建项目",
        )
    )


def load_project(root: Path, *, overlaid: bool = True) -> Project:
    """Read and check every definition of a project, those of the registry laid over the files' (if `overlaid`).

    Raises DefinitionError with all faults together.
    """
    faults = Faults()
    project = read_project(root, faults, overlaid=overlaid)
    if faults.found or project is None:
        raise DefinitionError(faults.found)
    return project


def compile_sources(
    project: Project, as_of: datetime, faults: Faults, *, unread: Faults | None = None
) -> dict[str, CleanPlan]:
    """Return the cleaning plan of each source, checked against the columns its files really have.

    Files that are there and cannot be read go to `unread`, if it is given: the columns are those of another file then.
    """
    unread = faults if unread is None else unread
    plans = {}
    for source in project.sources:
        known = source.layout != "document" and source.read is not UNREAD
        headers = _headers(project.root, source.read, source.place, (faults, unread)) if known else None
        lent = {}
        for lookup in source.lookups:
            own = Faults()
            columns = _headers(project.root, lookup.read, source.place, (own, own))
            faults.take(own)
            if not own.found:
                lent[lookup.name] = tuple(sorted(columns or ()))
        known_names = None if headers is None else frozenset(headers)
        plan = compile_source(source, project.kinds, project.zone, as_of, faults, known_names, lent)
        if plan is not None:
            plans[source.code] = plan
            _no_doubles(plan.names, headers or (), source.place, faults)
    return plans


@dataclass(frozen=True)
class Note:
    """What people should know of how a source is read, although nothing is wrong with its definition."""

    source: str
    words: Words


def reading_notes(project: Project) -> list[Note]:
    """Return the notes of all sources; one that cannot be read has none, and that it cannot is told elsewhere."""
    found = []
    for source in project.sources:
        for read in (source.read, *(lookup.read for lookup in source.lookups)):
            try:
                reader = reader_of(read)
                if reader.suffixes and not reader.parts(read, project.root, None):
                    en, zh = f"no file is there for {read.target}", f"没有与 {read.target} 相符的文件"
                    found.append(Note(source.code, Words(en, zh)))
                found += [Note(source.code, words) for words in reader.notes(read, project.root)]
            except ReadError:
                continue
    return found


def _no_doubles(names: Iterable[str], headers: Sequence[str], place: Place, faults: Faults) -> None:
    """Note every name that a source uses and that several of its columns have."""
    for name in names:
        if headers.count(name) > 1:
            en = f"{headers.count(name)} columns are called {name!r}: give each a name of its own"
            faults.add(place, en, f"有 {headers.count(name)} 列都叫“{name}”：请给每一列不同的名称")


def _headers(root: Path, read: ReadSpec, place: Place, told: tuple[Faults, Faults]) -> tuple[str, ...] | None:
    """Return the columns of the first part that can be read; of what stands in the way, `told` is (all, one part)."""
    reader = reader_of(read)
    try:
        parts = reader.parts(read, root, None)
    except Unread as error:
        parts = list(error.parts)
        for _, words in error.broken:
            told[1].add(place, words.en, words.zh)
    except ReadError as error:
        told[0].add(place, error.words.en, error.words.zh)
        return None
    empty = []
    for part in parts:
        try:
            columns = reader.columns(read, root, part)
        except ReadError as error:
            told[1].add(place, error.words.en, error.words.zh)
            continue
        if columns is None or columns:
            return tuple(columns) if columns is not None else None
        empty.append(part.name)
    for name in empty:
        told[0].add(place, f"{name} is empty: it has no header", f"{name} 是空的：没有表头")
    return None


def read_project(root: Path, faults: Faults, *, overlaid: bool = True) -> Project | None:
    """Return a project as far as its definitions can be read, every fault noted; None when it has no definition.

    With faults it is there to have the rest of it judged, and for nothing else.
    """
    main = read_yaml(root / FILE, FILE, faults)
    if main is None:
        return None
    fields = Fields(main, Words("the project", "项目"), faults)
    code = fields.code("project")
    id_ = fields.text("id")
    words = fields.words("name", code)
    locale = fields.choice("locale", ("zh-CN", "en"), "zh-CN")
    zone = _zone(fields)
    currency = _currency(fields.text("currency"), DEFAULT_CURRENCY, faults)
    region = _region(fields.text("region"), HOME, faults)
    places.parse_data_roots(fields)
    governance = _governance(fields)
    blanks, genders = parse_missing(fields, "missing").over(BLANK_WORDS), parse_genders(fields, "gender")
    doors = tuple(doors_of(root, faults))
    schedule = parse_schedule(fields.node_of("schedule"), LIVE if doors else NEVER, faults)
    largest_loss = _percent(fields)
    fields.finish()
    model = model_of(_nodes(root, "facts", faults), faults)
    inbox = Bindings({door.code: door for door in doors}, root / STORE / INBOX_FILE, id_.text if id_ else code)
    sources = tuple(
        bound_source(
            _placed(_expecting(source, locale, zone), (blanks, genders, currency, region), faults), node, inbox, faults
        )
        for node in _nodes(root, "sources", faults)
        if (source := parse_source(node, model, faults)) is not None
    )
    _no_twins("source", [(source.code, source.place) for source in sources], faults)
    identity = replace(parse_identity(_identity_node(root, faults), faults), region=region)
    over = read_overlay(root / STORE / REGISTRY, governance) if overlaid else NOTHING
    written = _tags(definition_nodes(root, "tags", faults), over, faults)
    tags = TagSet.check(written, model, faults)
    check_trusted(written, sources, faults)
    segments = SegmentSet.check(parse_segments(list(_nodes(root, "segments", faults)), faults), tags, faults)
    named_segments = [*segments.segments, *segments.broken]
    subscribers = parse_subscribers(subscriber_nodes(root, faults), tags.known, named_segments, faults)
    return Project(
        root, code, id_.text if id_ else code, words, locale, zone, currency,
        model, doors, sources, identity, tags, segments, governance, subscribers, schedule, blanks, largest_loss,
    )  # fmt: skip


_CHINESE_ZONES = frozenset({"Asia/Shanghai", "Asia/Chongqing", "Asia/Harbin", "Asia/Urumqi", "PRC"})


def _expecting(source: Source, locale: str, zone: str) -> Source:
    """Return a source whose texts are expected in Chinese, where people write it, if their bytes tell too little."""
    expects = CHINESE if language_of(locale) == "zh" or zone in _CHINESE_ZONES else ""
    lookups = tuple(replace(each, read=replace(each.read, expects=expects)) for each in source.lookups)
    read = source.read if source.read is UNREAD else replace(source.read, expects=expects)
    return replace(source, read=read, lookups=lookups)


def definition_nodes(root: Path, folder: str, faults: Faults) -> list[Node]:
    """Return every definition written in a folder of the project (tags, segments …), in the order of the files."""
    return list(_nodes(root, folder, faults))


def _tags(nodes: list[Node], over: Overlay, faults: Faults) -> list[Tag]:
    if over is NOTHING:
        return parse_tags(nodes, faults)
    found = parse_tags(over.apply(nodes), faults)
    # The library's own are known only once includes are resolved.
    return [tag for tag in found if tag.code not in over.hidden]


def check_trusted(tags: Iterable[Tag], sources: Iterable[Source], faults: Faults) -> None:
    """Note every source that a tag trusts first but that there is none of."""
    known = [source.code for source in sources]
    for tag in tags:
        for text in tag.body.sources if isinstance(tag.body, fact.Body) else ():
            if text.text not in known:
                en, zh = f"there is no source {text.text!r}", f"没有来源“{text.text}”"
                faults.add(text.place, en, zh, word=text.text, known=known)


def _percent(fields: Fields) -> int:
    found = fields.integer("largest_loss", 50)
    if not 0 <= found <= 100:
        node = fields.node_of("largest_loss")
        assert node is not None
        fields.faults.add(node.place, "largest_loss is a percentage, 0 to 100", "largest_loss 是百分比，取值 0 到 100")
        return 50
    return found


def _governance(fields: Fields) -> Governance:
    node = fields.node_of("governance")
    if node is None:
        return OPEN
    inner = Fields(node, Words("governance", "governance"), fields.faults)
    approval = inner.choice("approval", ("none", "required"), "none")
    four_eyes = inner.flag("four_eyes", True)
    inner.finish()
    return Governance(approval == "required", four_eyes)


def _zone(fields: Fields) -> str:
    text = fields.text("time_zone")
    if text is None:
        return "Asia/Shanghai"
    try:
        ZoneInfo(text.text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        known = sorted(available_timezones())
        en, zh = f"there is no time zone {text.text!r}", f"没有“{text.text}”这个时区"
        fields.faults.add(text.place, en, zh, word=text.text, known=known)
        return "Asia/Shanghai"
    return text.text


def _placed(source: Source, around: tuple[frozenset[str], Genders, str, str], faults: Faults) -> Source:
    """Return a source with what it declares itself and, where it declares nothing, what the project does."""
    blanks, genders, currency, region = around
    return replace(
        source, blanks=source.missing.over(blanks), genders=genders,
        currency=_currency(source.declared_currency, currency, faults),
        region=_region(source.declared_region, region, faults),
    )  # fmt: skip


def _currency(text: Text | None, around: str, faults: Faults) -> str:
    if text is None:
        return around
    if not _CURRENCY.fullmatch(text.text):
        en = f"{text.text!r} is no currency: it has three capital letters, like CNY"
        faults.add(
            text.place, en, f"“{text.text}”不是币种代码：应为三个大写字母，如 CNY", word=text.text, known=CURRENCIES
        )
        return around
    return text.text


def _region(text: Text | None, around: str, faults: Faults) -> str:
    if text is None:
        return around
    if text.text not in REGIONS:
        en, zh = f"there is no region {text.text!r}", f"没有“{text.text}”这个地区"
        faults.add(text.place, en, zh, word=text.text, known=sorted(REGIONS))
        return around
    return text.text


def _identity_node(root: Path, faults: Faults) -> Node:
    node = read_yaml(root / "identity.yaml", "identity.yaml", faults)
    return node if node is not None else Node({}, Place("identity.yaml", 1))


def _nodes(root: Path, folder: str, faults: Faults) -> Iterator[Node]:
    """Yield every definition of a folder: each file holds one, or a list of them."""
    for path in sorted([*(root / folder).rglob("*.yaml"), *(root / folder).rglob("*.yml")]):
        node = read_yaml(path, path.relative_to(root).as_posix(), faults)
        if node is not None:
            yield from node.items


def _no_twins(what: str, codes: list[tuple[str, Place]], faults: Faults) -> None:
    seen: dict[str, Place] = {}
    for code, place in codes:
        first = seen.setdefault(code, place)
        if first is not place:
            where = f"{first.file}:{first.line}"
            faults.add(place, f"{what} {code!r} is defined at {where} too", f"“{code}”在 {where} 已经定义过")


def model_of(nodes: Iterable[Node], faults: Faults) -> Model:
    """Return the built-in fact tables with those that definitions add, the library's that they include too."""
    facts = dict(BUILT_IN.facts)
    for node in included("facts", nodes, "fact", faults):
        fields = Fields(node, Words("a fact table", "事实表"), faults)
        code = fields.code("fact")
        words = fields.words("name", code)
        columns = _own_columns(fields)
        required = tuple(text.text for text in fields.texts("required"))
        known = facts.get(code)
        time = _time_required(fields, known)
        fields.finish()
        if known is not None:
            facts[code] = FactTable(code, known.words, {**known.columns, **columns}, known.required)
        elif code:
            facts[code] = FactTable(code, words, columns, (*time, *required))
    return Model(facts)


def _time_required(fields: Fields, known: FactTable | None) -> tuple[str, ...]:
    """Return ("occurred_at",), or nothing where a table of the project's own says that its facts need no time."""
    written = fields.text("occurred_at")
    word = fields.choice("occurred_at", ("required", "optional"), "required")
    if written is not None and known is not None:
        en = f"occurred_at of {known.name} is as it is; only a new table says whether its facts need a time"
        zh = f"{known.name} 的 occurred_at 不能改；只有新建的事实表可以规定是否需要时间"
        fields.faults.add(written.place, en, zh)
    return () if word == "optional" else ("occurred_at",)


def _own_columns(fields: Fields) -> Mapping[str, Column]:
    columns = {}
    for name, node in fields.mapping("columns", required=True).items():
        if name in RESERVED or not CODE.fullmatch(name):
            en, zh = f"a column cannot be called {name!r}", f"列不能叫“{name}”"
            listed = sorted(RESERVED)
            if name in RESERVED:
                en, zh = f"{en}; taken are {', '.join(listed)}", f"{zh}；保留的列名有 {'、'.join(listed)}"
            else:
                en += ": lower-case letters, digits and underscores, a letter first"
                zh += "：应为小写字母、数字和下划线，并以字母开头"
            fields.faults.add(node.place, en, zh)
            continue
        if isinstance(node.value, Mapping):
            inner = Fields(node, Words("a column", "列"), fields.faults)
            words, type_ = inner.words("name", name), inner.choice("type", COLUMN_TYPES, "text")
            inner.finish()
        else:
            words, type_ = Words(name, name), str(node.value)
            if type_ not in COLUMN_TYPES:
                en, zh = f"there is no type {type_!r}", f"没有“{type_}”这种类型"
                fields.faults.add(node.place, en, zh, word=type_, known=COLUMN_TYPES)
                type_ = "text"
        columns[name] = Column(name, Type(type_), words)
    return columns
