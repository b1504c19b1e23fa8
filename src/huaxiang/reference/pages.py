"""The pages of the reference: each a function of a language, from the code's own tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from huaxiang.clean.convert import WORDS
from huaxiang.clean.normalise.base import masked
from huaxiang.clean.normalise.fillers import NINES, NOBODY, PLACEHOLDERS
from huaxiang.clean.normalise.registry import NORMALISERS
from huaxiang.clean.plan import RULES
from huaxiang.clean.spoilt import SPOILT_REASONS
from huaxiang.connectors.mailbox import COLUMNS as MAIL_COLUMNS
from huaxiang.connectors.readers import READERS
from huaxiang.definitions.nodes import Faults, Node
from huaxiang.genders import GENDERS
from huaxiang.library.include import names as library_names
from huaxiang.missing import CHINESE, MARKS, SYSTEMS
from huaxiang.model import BUILT_IN, COMMON, FACTS, Column
from huaxiang.project import model_of
from huaxiang.read.terms import FATES, IDENTIFIER_STATES, LINK_STATES, PERSONAL, REASONS
from huaxiang.reference.commands import Command, commands
from huaxiang.reference.examples import NORMALISER_EXAMPLES, OPTIONS
from huaxiang.reference.keys import SECTIONS, keys
from huaxiang.reference.markdown import code, codes, table
from huaxiang.reference.watching import watching
from huaxiang.scaffold import TEMPLATES
from huaxiang.segment.definition import parse_segments
from huaxiang.segment.segmentset import FUNCTIONS as PLACE_FUNCTIONS
from huaxiang.segment.segmentset import SegmentSet, formula
from huaxiang.sql.functions import AGGREGATES, SCALARS, Function
from huaxiang.sql.query_functions import AGGREGATES as QUERY_AGGREGATES
from huaxiang.sql.query_functions import WINDOWS
from huaxiang.tag.definition import parse_tags
from huaxiang.tag.kinds.registry import KINDS
from huaxiang.tag.tagset import TagSet
from huaxiang.words import Language, Words

Page = Callable[[Language], str]


def all_pages() -> dict[str, str]:
    """Return every page: "en/commands.md" → its text."""
    return {
        f"{language}/{name}.md": f"# {title.say(language)}\n\n{_MADE.say(language)}\n\n{page(language).rstrip()}\n"
        for language in _LANGUAGES
        for name, (title, page) in PAGES.items()
    }


_LANGUAGES: tuple[Language, ...] = ("en", "zh")
_MADE = Words(
    "<!-- Written by `python -m huaxiang.reference docs/reference` from the code; do not edit. -->",
    "<!-- 由 `python -m huaxiang.reference docs/reference` 从代码生成，请勿手改。 -->",
)
_NAME, _MEANS = Words("name", "名称"), Words("meaning", "含义")
_CODE, _TYPE = Words("code", "编码"), Words("type", "类型")


def _heads(language: Language, *words: Words) -> list[str]:
    return [each.say(language) for each in words]


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body.rstrip()}\n"


def index(language: Language) -> str:
    """The list of pages."""
    lines = [f"- [{title.say(language)}]({name}.md)" for name, (title, _) in PAGES.items() if name != "README"]
    return "\n".join(lines)


def definitions(language: Language) -> str:
    """Every key of every definition."""
    heads = _heads(language, Words("key", "键"), Words("what is written", "写什么"), Words("required", "必填"), _MEANS)
    yes = Words("yes", "是").say(language)
    parts = []
    for section in SECTIONS:
        rows = [
            (code(key.name), key.shape.say(language), yes if key.required else "", key.words.say(language))
            for key in keys(section)
        ]
        parts.append(_section(section.words.say(language), table(heads, rows)))
    kinds = [(code(kind.name), code(kind.key), kind.words.say(language)) for kind in KINDS]
    told = Words(
        "A tag has exactly one of these keys; it decides the kind.",
        "每个标签必须且只能有其中一个键，它决定标签的种类。",
    ).say(language)
    listed = table(_heads(language, Words("kind", "种类"), Words("key", "键"), _MEANS), kinds)
    kinds_title = Words("Kinds of tags", "标签的种类").say(language)
    return "\n".join([*parts, _section(kinds_title, f"{told}\n\n{listed}"), _placeholders(language)])


def _placeholders(language: Language) -> str:
    """What identifies nobody in any kind of identifier."""
    lists = (
        (Words("Nobody, counted as missing: ", "表示没有此人，计为缺失："), NOBODY),
        (Words("Placeholders, shown as invalid: ", "占位值，显示为无效："), PLACEHOLDERS),
    )
    also = Words(
        f"Placeholders too: zeros alone (`0`, `000-000`), {NINES} or more nines alone, and what a template was to fill "
        "in (`{{user_id}}`, `${userId}`, `__IMEI__`). Case does not matter.",
        f"以下也是占位值：只有零（`0`、`000-000`），只有 {NINES} 个或更多的 9，以及模板没有填上的内容"
        "（`{{user_id}}`、`${userId}`、`__IMEI__`）。不分大小写。",
    )
    told = [words.say(language) + codes(sorted(filter(None, listed))) for words, listed in lists]
    title = Words("Placeholders", "占位值").say(language)
    return _section(title, "\n\n".join([*told, also.say(language)]))


def facts(language: Language) -> str:
    """The fact tables and their columns."""
    heads = _heads(language, Words("column", "列"), _TYPE, Words("required", "必需"), _NAME)
    yes = Words("yes", "是").say(language)

    def rows(columns: Mapping[str, Column], required: tuple[str, ...]) -> Iterator[tuple[str, str, str, str]]:
        for name, column in columns.items():
            yield code(name), column.type.value, yes if name in required else "", column.words.say(language)

    title = Words("Columns of every fact table", "每张事实表都有的列").say(language)
    parts = [_section(title, table(heads, rows(COMMON, ())))]
    for name, facts_of in BUILT_IN.facts.items():
        note = Words("Required: ", "必需：").say(language) + (codes(facts_of.required) or "—")
        body = f"{note}\n\n{table(heads, rows(facts_of.columns, facts_of.required))}"
        parts.append(_section(f"{code(name)} {facts_of.words.say(language)}", body))
    return "\n".join(parts)


def functions(language: Language) -> str:
    """Every function of expressions."""
    groups = (
        (Words("In every expression", "所有表达式可用"), SCALARS),
        (Words("Aggregates: statistics over facts", "聚合：对事实的统计"), AGGREGATES),
        (
            Words(
                "Over everybody, and over segments: in rules, bands and segments",
                "面向全体客户与人群：用于规则、分段和人群",
            ),
            tuple(PLACE_FUNCTIONS.values()),
        ),
        (
            Words("In queries of sql tags", "用于 sql 标签的查询"),
            (*QUERY_AGGREGATES.values(), *WINDOWS.values()),
        ),
    )
    heads = _heads(language, Words("function", "函数"), Words("gives", "结果"), _MEANS)
    return "\n".join(
        _section(title.say(language), table(heads, (_function(each, language) for each in group)))
        for title, group in groups
    )


def _function(function: Function, language: Language) -> tuple[str, str, str]:
    first = Words("as its argument", "同参数").say(language)
    result = first if isinstance(function.result, int) else function.result.value
    return code(function.signature), result, function.words.say(language)


def command_line(language: Language) -> str:
    """Every command with its options."""
    return "\n".join(_command(each, language) for each in commands())


def _command(command: Command, language: Language) -> str:
    heads = _heads(language, Words("argument or option", "参数或选项"), Words("default", "默认"), _MEANS)
    required = Words("required", "必填").say(language)
    rows = [
        (", ".join(map(code, each.names)), required if each.required else code(each.default), each.words.say(language))
        for each in command.parameters
    ]
    title = f"huaxiang {command.name}".rstrip()
    said = command.words.say(language)
    if command.name == "init":
        said += "\n\n" + "\n".join(f"- {code(name)} {words.say(language)}" for name, words in TEMPLATES.items())
    example = f"\n```sh\n{command.example}\n```\n" if command.example else ""
    return _section(title, f"{said}\n\n{table(heads, rows)}{example}")


def readers(language: Language) -> str:
    """Every reader with its file endings and options."""
    parts = []
    heads = _heads(language, Words("option", "选项"), Words("required", "必填"), _MEANS)
    yes = Words("yes", "是").say(language)
    for reader in READERS:
        ends = codes(reader.suffixes) or Words("none: name it in `read`", "无：在 `read` 中写明").say(language)
        layout = {
            "columns": Words("a row has columns", "一行有若干列"),
            "document": Words(
                "a row is a JSON document; a.b names a value inside", "一行是一个 JSON 文档，a.b 指其中的值"
            ),
        }[reader.layout]
        said = Words(f"File endings: {ends}. Layout: {layout.en}.", f"文件后缀：{ends}。形态：{layout.zh}。").say(
            language
        )
        rows = [
            (code(name), yes if name in reader.required else "", OPTIONS[reader.kind, name].say(language))
            for name in sorted(reader.options)
        ]
        body = f"{said}\n\n{table(heads, rows) if rows else Words('No options.', '没有选项。').say(language)}\n"
        if reader.kind == "mailbox":
            body += "\n" + Words("Its columns: ", "它的列：").say(language) + codes(MAIL_COLUMNS) + "\n"
        parts.append(_section(code(reader.kind), body))
    return "\n".join(parts)


def normalisers(language: Language) -> str:
    """Every kind of identifier and personal value that has a canonical form, with an example worked by the code."""
    heads = _heads(
        language, _CODE, _NAME, Words("as written", "原文"), Words("canonical", "规范形式"), Words("masked", "脱敏"),
        Words("harmless values kept", "可保留的派生值"),
    )  # fmt: skip
    rows = []
    for each in NORMALISERS:
        written = NORMALISER_EXAMPLES[each.kind]
        canonical = each.normalise(written)
        if canonical is None:
            raise LookupError(f"the example of {each.kind} is not valid: {written}")
        name = PERSONAL.get(each.kind, Words(each.kind, each.kind)).say(language)
        derived = codes(f"{each.kind}.{column}" for column in each.derived)
        rows.append((code(each.kind), name, code(written), code(canonical), code(masked(canonical)), derived))
    told = Words(
        "Any other kind under `identifiers` is read as `code`. "
        "Any other kind under `personal` is free text: sealed as it is, never shown.",
        "`identifiers` 下的其他种类按 `code` 读取；`personal` 下的其他种类是自由文本：原样封存，从不显示。",
    )
    return f"{table(heads, rows)}\n{told.say(language)}\n"


def words(language: Language) -> str:
    """The words that are read as no value, as yes or no, as a gender."""
    said = Words(
        "In any case, in half or full width, with or without blanks around. An empty cell is no value too. "
        "In a bool column the words for no are read before those for no value.",
        "不分大小写、全角半角，首尾空白不计。空单元格同样没有值。在 bool 列里，先认表示“否”的词，再认表示没有值的词。",
    )
    blanks = (
        (Words("Marks", "符号"), MARKS),
        (Words("In Chinese", "中文"), CHINESE),
        (Words("As systems write them", "系统写法"), SYSTEMS),
    )
    read = (
        (code("true"), sorted(WORDS["yes"])),
        (code("false"), sorted(WORDS["no"])),
        *((code(value), sorted(each)) for value, each in GENDERS),
    )
    heads = _heads(language, Words("read as", "读作"), Words("words", "词"))
    none = table(heads, ((title.say(language), codes(each)) for title, each in blanks))
    titles = Words("No value", "没有值").say(language), Words("Yes, no, gender", "是否与性别").say(language)
    values = table(heads, ((value, codes(each)) for value, each in read))
    return "\n".join((_section(titles[0], f"{said.say(language)}\n\n{none}"), _section(titles[1], values)))


def rules(language: Language) -> str:
    """Why rows and values are stopped, and the states of identifiers."""
    heads = _heads(language, _CODE, _MEANS)
    patterns = {
        "missing:COLUMN": Words("a required column has no value; the row is left out", "必需的列没有值，整行不采用"),
        "invalid:COLUMN": Words(
            "the text is not a value of the column's type or kind; "
            "a required column leaves the row out, any other only the value",
            "文本不是该列类型或种类的合法值；必需列则整行不采用，其他列只是该值不采用",
        ),
        **{f"{reason}:COLUMN": words for reason, words in SPOILT_REASONS.items()},
        "currency:COLUMN": Words(
            "an amount has the mark of another currency than the project's, or the source's; "
            "a required column leaves the row out, any other only the value",
            "金额带有其他币种的标记（不是项目或来源的币种）；必需列则整行不采用，其他列只是该值不采用",
        ),
        "reject: CONDITION": Words(
            "a condition of `reject` holds; the row is left out", "命中 `reject` 的条件，整行不采用"
        ),
        "contract:WHAT:FIELD:EVENT": Words(
            "an event breaks its door's contract: a field is missing, of another type, or one that it does not name",
            "事件不符合入口的约定：缺少字段、类型不符，或有约定之外的字段",
        ),
    }

    def listed(words: Mapping[str, Words]) -> str:
        return table(heads, ((code(name), each.say(language)) for name, each in words.items()))

    groups = (
        (Words("Rules that stop rows and values", "拦下行或值的规则"), {**RULES, **patterns}),
        (Words("What was stopped", "拦下的是"), FATES),
        (Words("States of an identifier", "标识的状态"), IDENTIFIER_STATES),
        (Words("States of a link between identifiers", "标识之间关联的状态"), LINK_STATES),
        (Words("Reasons: set aside, merged, split", "原因：搁置、合并、拆分"), REASONS),
    )
    return "\n".join(_section(title.say(language), listed(words)) for title, words in groups)


def library(language: Language) -> str:
    """The ready tags, segments and fact tables."""
    parts = []
    for name in library_names("tags"):
        tagset = _tags(name)
        heads = _heads(language, _CODE, _NAME, Words("kind", "种类"), Words("what it says", "口径"))
        rows = [
            (code(tag), tagset.tags[tag].name.say(language), code(tagset.tags[tag].kind.name),
             tagset.words(tag).say(language))
            for tag in tagset.tags
        ]  # fmt: skip
        parts.append(
            _section(Words(f"Tags: `include: {name}`", f"标签：`include: {name}`").say(language), table(heads, rows))
        )
    for name in library_names("segments"):
        faults = Faults()
        # The ready segments of a name stand on the ready tags of the same name.
        found = SegmentSet.check(parse_segments([_include(name)], faults), _tags(name), faults)
        heads = _heads(language, _CODE, _NAME, Words("condition", "条件"))
        rows_of = [
            (code(each), found.segments[each].name.say(language), code(formula(each, found))) for each in found.segments
        ]
        parts.append(
            _section(
                Words(f"Segments: `include: {name}`", f"人群：`include: {name}`").say(language), table(heads, rows_of)
            )
        )
    for name in library_names("facts"):
        heads = _heads(language, _CODE, _NAME, Words("columns", "列"))
        everything = model_of([_include(name)], Faults()).facts
        own = [each for table_code, each in everything.items() if table_code not in FACTS]
        rows_of = [(code(each.name), each.words.say(language), codes(each.columns)) for each in own]
        title = Words(f"Fact tables: `include: {name}`", f"事实表：`include: {name}`").say(language)
        parts.append(_section(title, table(heads, rows_of)))
    return "\n".join(parts)


def _include(name: str) -> Node:
    return Node({"include": Node(name)})


def _tags(name: str) -> TagSet:
    faults = Faults()
    # The ready tags of a name stand on the ready fact tables of the same name.
    model = model_of([_include(name)] if name in library_names("facts") else [], faults)
    found = TagSet.check(parse_tags([_include(name)], faults), model, faults)
    if faults.found:
        raise LookupError(f"library {name}: {[fault.say('en') for fault in faults.found]}")
    return found


PAGES: Mapping[str, tuple[Words, Page]] = {
    "README": (Words("Reference", "参考手册"), index),
    "definitions": (Words("Definitions: every key", "定义文件的全部键"), definitions),
    "facts": (Words("Fact tables", "事实表"), facts),
    "functions": (Words("Functions of expressions", "表达式函数"), functions),
    "commands": (Words("Command line", "命令行"), command_line),
    "readers": (Words("Readers", "读取器"), readers),
    "normalisers": (Words("Kinds of identifiers and personal values", "标识与个人信息的种类"), normalisers),
    "words": (Words("Words in data", "数据里的词"), words),
    "rules": (Words("Quarantine rules and states", "隔离规则与状态"), rules),
    "library": (Words("Library: ready tags, segments and fact tables", "内置库：现成的标签、人群与事实表"), library),
    "watching": (Words("Watching tags", "标签监测"), watching),
}
"""Name of the page's file → its title and its text. A new page is one function and one line here."""
