"""What each key of a definition is for, in both languages; keys.py holds it against the parsers."""

from __future__ import annotations

from collections.abc import Mapping

from huaxiang.words import Words

_NAME = Words("What people see.", "界面上显示的名称。")
_CATEGORY = Words("A path such as 行为/购买 by which lists are grouped.", "分类路径，如“行为/购买”，列表按它分组。")
_MEANING = Words("What it means, in a sentence or two.", "用一两句话说明口径。")
_OWNER = Words("Who answers for it.", "负责人。")
_FROM = Words("The fact table.", "取自哪张事实表。")
_WHERE = Words(
    "Only facts for which this condition over their columns holds.", "只看满足条件的事实，条件写事实表的列。"
)
_PER = Words(
    "A column: facts of one value of it (`order_id`: the lines of one order) count as one in count, avg, mode and "
    "sequences.",
    "一列：该列取值相同的事实（如 `order_id`：同一订单的各行）在 count、avg、mode 与序列中合并计为一条。",
)
_WINDOW = Words(
    "Only facts this far back from as_of: 90 days, 12 weeks, 6 months, 1 year, 48 hours.",
    "只看基准时刻之前这段时间内的事实：90 days、12 weeks、6 months、1 year、48 hours。",
)

_TYPE = Words("text, integer, number, money, date, time or bool.", "text、integer、number、money、date、time 或 bool。")

MEANINGS: Mapping[str, Mapping[str, Words]] = {
    "project": {
        "project": Words("The project's code.", "项目编码。"),
        "id": Words(
            "Names the master key's file; `init` makes one. Without it: the code.",
            "主密钥文件以它命名，`init` 会生成；不写则用项目编码。",
        ),
        "name": _NAME,
        "locale": Words(
            "zh-CN (default) or en: the language of console and command line.",
            "zh-CN（默认）或 en：控制台和命令行的语言。",
        ),
        "time_zone": Words(
            "Whose calendar days and hours count; Asia/Shanghai by default.",
            "按哪个时区划分日期和小时，默认 Asia/Shanghai。",
        ),
        "currency": Words(
            "The currency (ISO 4217) of amounts and in which money is shown; CNY by default. Amounts with the mark of "
            "another are quarantined.",
            "金额的币种（ISO 4217 代码），也用于显示，默认 CNY。带其他币种标记的金额会被隔离。",
        ),
        "region": Words(
            "The region (ISO 3166) whose phone numbers are written without a country's code; CN by default.",
            "没有写国家或地区代码的电话号码属于哪个地区（ISO 3166 代码），默认 CN。",
        ),
        "data_roots": Words(
            "Folders outside the project that builds may read from: absolute paths. Without it, none.",
            "构建可以读取的项目外文件夹，写绝对路径；不写则一个也不能读。",
        ),
        "missing": Words(
            "The words for no value, where a source says nothing else: a list replaces the built-in one.",
            "表示没有值的词，来源另有规定的除外；写成列表则取代内置列表。",
        ),
        "gender": Words(
            "Value of a gender column → words read as it; new values and more words, beside the built-in ones.",
            "性别列的取值 → 读作它的词；可以新增取值，也可以给内置取值加词。",
        ),
        "governance": Words("How definitions of tags go online.", "标签定义怎样上线。"),
        "largest_loss": Words(
            "By how many in a hundred customers, or the rows of a source, may fall in a build before it stops and "
            "asks; 50 without it.",
            "一次构建中，客户数或某个来源的行数最多可下降百分之几；超过则停止并询问，默认 50。",
        ),
        "schedule": Words("What the server does by itself, and when.", "服务自动执行哪些任务、何时执行。"),
    },
    "project.schedule": {
        "refresh": Words(
            "Bring profiles to now: `every N minutes`, `every N hours`, `HH:MM` daily, or off. "
            "Every 30 minutes where the project has doors, else off.",
            "把画像刷新到当前时刻：`every N minutes`、`every N hours`、每天 `HH:MM`，或 off。"
            "有入口的项目默认每 30 分钟，否则不刷新。",
        ),
        "rebuild": Words(
            "Build in full: written like `refresh`; off by default.", "完整构建，写法同 `refresh`，默认 off。"
        ),
        "health": Words(
            "Measure tags again: written like `refresh`; off by default.", "重新测量标签，写法同 `refresh`，默认 off。"
        ),
    },
    "project.governance": {
        "approval": Words(
            "none (default): a definition is online as soon as it is there; required: only once somebody approved it.",
            "none（默认）：写下即上线；required：批准后才上线。",
        ),
        "four_eyes": Words(
            "Whoever wrote a version cannot approve it; true by default.", "作者不能批准自己的版本，默认 true。"
        ),
    },
    "source": {
        "source": Words("The source's code.", "来源编码。"),
        "name": _NAME,
        "channel": Words(
            "The channel of its facts; the source's code by default. `columns` may map it per row.",
            "事实所属渠道，默认等于来源编码；也可以在 `columns` 里逐行映射。",
        ),
        "read": Words(
            "What is read: a file pattern, or {reader: …, options}.", "读什么：文件模式，或 {读取器: …, 选项}。"
        ),
        "lookups": Words("Reference tables whose columns may be used as NAME.column.", "对照表，其列以“名称.列”引用。"),
        "into": Words("The fact table its rows become.", "写入哪张事实表。"),
        "identifiers": Words("Kind of identifier → column: these join people.", "标识种类 → 列：用来打通客户。"),
        "personal": Words(
            "Kind of personal value → column: sealed in the vault, joins nobody.",
            "个人信息种类 → 列：封存进保险库，不用于打通。",
        ),
        "columns": Words(
            "Column of the fact table → expression over the source's columns.", "事实表的列 → 由来源列组成的表达式。"
        ),
        "key": Words(
            "Columns that make a row the same row when it comes twice; without them: file and row number.",
            "哪些列相同就视为同一行；不写则以文件和行号区分。",
        ),
        "required": Words("Further columns without which a row is quarantined.", "缺少即隔离整行的其他列。"),
        "missing": Words(
            "The words for no value in its columns: a list replaces the project's.",
            "它的列里表示没有值的词；写成列表则取代项目的列表。",
        ),
        "reject": Words("Conditions; a row for which one holds is quarantined.", "拒收条件，命中任一条的行被隔离。"),
        "currency": Words(
            "The currency its amounts are written in, where it is not the project's: their expression converts them. "
            "A column `currency` of the fact table is filled with it.",
            "来源里金额所用的币种（与项目不同时写），由表达式换算；事实表若有 `currency` 列，会填上它。",
        ),
        "region": Words(
            "The region whose phone numbers it writes without a country's code, where it is not the project's.",
            "来源里没有写国家或地区代码的电话号码属于哪个地区（与项目不同时写）。",
        ),
    },
    "source.column": {
        "value": Words("The expression.", "表达式。"),
        "format": Words(
            "How dates or times are written, e.g. %Y/%m/%d %H:%M; several may be given.",
            "日期时间的写法，如 %Y/%m/%d %H:%M，可给出多个。",
        ),
        "missing": Words(
            "The words for no value in what the expression reads: a list replaces the source's.",
            "表达式读取的列里表示没有值的词；写成列表则取代来源的列表。",
        ),
    },
    "missing": {
        "add": Words("Words that are no value, too.", "另外也表示没有值的词。"),
        "keep": Words("Words that are values after all.", "仍然作为取值保留的词。"),
    },
    "source.lookup": {
        "read": Words("As for a source; not JSON.", "同来源的 read，但不能是 JSON。"),
        "key": Words("The lookup's column that is compared.", "对照表中用来匹配的列。"),
        "on": Words(
            "The source's column it is compared with; the same name by default.", "来源中与之匹配的列，默认同名。"
        ),
    },
    "identity": {
        "identifiers": Words("The kinds of identifiers, the strongest first.", "标识种类，越靠前越可靠。"),
        "never": Words(
            "Values that never join, besides the placeholders: regular expressions over the whole value, in any case.",
            "永不用于打通的值（占位值之外）：对整个值匹配的正则，不分大小写。",
        ),
        "allow": Words(
            "Values that identify although they are on the list of placeholders: regular expressions over the whole "
            "value, in any case.",
            "虽在占位值名单上、但确实是标识的值：对整个值匹配的正则，不分大小写。",
        ),
    },
    "identity.identifier": {
        "trust": Words(
            "certain (joins people) or weak (follows one person).",
            "certain（确定，可打通）或 weak（弱，只跟随一个人）。",
        ),
        "per_person": Words("At most so many of this kind a person may have.", "一个人最多拥有几个。"),
        "shared_by": Words(
            "Seen with more people than this, an identifier is set aside; 3 by default. "
            "People are counted by every certain kind.",
            "与超过这么多人同时出现即搁置，默认 3；人数按每一种确定标识来数。",
        ),
        "name": _NAME,
    },
    "fact": {
        "fact": Words(
            "The table's code; that of a built-in table adds columns to it.", "事实表编码；与内置表同名则是给它加列。"
        ),
        "name": _NAME,
        "columns": Words("Column → type, or {type, name}.", "列 → 类型，或 {type, name}。"),
        "required": Words(
            "Columns without which a row is no fact, beside occurred_at.",
            "除 occurred_at 外，缺少就不成其为事实的列。",
        ),
        "occurred_at": Words(
            "required (default), or optional: then facts without a time are kept; no window counts them.",
            "required（默认）或 optional：后者保留没有时间的事实，任何时间窗口都不计入它们。",
        ),
    },
    "fact.column": {
        "name": _NAME,
        "type": Words(
            "text, integer, number, money, date, time or bool.", "text、integer、number、money、date、time 或 bool。"
        ),
    },
    "tag": {
        "tag": Words("The tag's code: the name by which expressions use it.", "标签编码，表达式里用它引用。"),
        "name": _NAME,
        "category": _CATEGORY,
        "meaning": _MEANING,
        "owner": _OWNER,
        "dimension": Words(
            "The side of the profile it stands on: demographic, behaviour, psychological, social, lifecycle; "
            "without it the category decides.",
            "归入画像的哪个维度：demographic、behaviour、psychological、social、lifecycle；不写则按分类判断。",
        ),
        "unit": Words("The unit shown behind a number.", "数值后显示的单位。"),
        "format": Words("money or percent.", "money 或 percent。"),
        "source": Words("Where its values come from, in words.", "用文字说明数据来自哪里。"),
        "period": Words(
            "How often it is meant to be brought up to date: realtime, hourly, daily, weekly, monthly, quarterly, "
            "yearly, once.",
            "更新周期：realtime 实时、hourly 每小时、daily 每日、weekly 每周、monthly 每月、quarterly 每季度、"
            "yearly 每年、once 一次性。",
        ),
        "sensitivity": Words(
            "How far its values may travel: public, internal (default), sensitive, secret.",
            "敏感级别：public 公开、internal 内部（默认）、sensitive 敏感、secret 机密。",
        ),
        "sensitive": Words("Short for sensitivity: sensitive.", "true 等同于 sensitivity: sensitive。"),
        "legal_basis": Words(
            "Why the values may be worked with: consent, contract, legal_obligation, legitimate_interest, "
            "public_interest, vital_interest.",
            "处理依据：consent 个人同意、contract 订立或履行合同、legal_obligation 法定职责或义务、"
            "legitimate_interest 正当利益、public_interest 公共利益、vital_interest 保护生命健康和财产安全。",
        ),
        "valid_from": Words(
            "The first day on which it holds, YYYY-MM-DD; before it nobody has a value.",
            "生效日期 YYYY-MM-DD，此前没有取值。",
        ),
        "valid_to": Words(
            "The last day on which it holds, YYYY-MM-DD; after it nobody has a value.",
            "失效日期 YYYY-MM-DD（含当日），此后没有取值。",
        ),
        "subject": Words("Whom it describes: person.", "描述的对象：person（个人）。"),
        "values": Words(
            "The values in order, each a text or {value, name, colour}.",
            "取值及顺序，每项为文本或 {value, name, colour}。",
        ),
    },
    "tag.value": {
        "value": Words("The value.", "取值。"),
        "colour": Words("Its colour in charts.", "图表中的颜色。"),
        "name": _NAME,
    },
    "tag.statistic": {
        "from": _FROM,
        "value": Words("An aggregate expression over its columns.", "对其列的聚合表达式。"),
        "where": _WHERE,
        "window": _WINDOW,
        "per": _PER,
        "default": Words("The value when there is none.", "没有结果时的取值。"),
    },
    "tag.fact": {
        "from": _FROM,
        "fact": Words(
            "The column (or expression) whose latest known value is taken.", "取其最近已知值的列（或表达式）。"
        ),
        "sources": Words(
            "Sources in order of trust: the first that knows a value wins.", "来源优先级：靠前且有值者胜出。"
        ),
        "where": _WHERE,
        "window": _WINDOW,
    },
    "tag.preference": {
        "from": _FROM,
        "where": _WHERE,
        "window": _WINDOW,
        "prefer": Words("What is preferred, and how it is weighed.", "偏好什么，怎样加权。"),
    },
    "tag.preference.prefer": {
        "item": Words("The column whose values are ranked.", "按哪一列的值排名。"),
        "weight": Words("A number per fact; 1 without it.", "每条事实的权重，不写为 1。"),
        "by": Words("The column that tells the action; goes with `actions`.", "区分行为的列，与 `actions` 同时使用。"),
        "half_life": Words("After this long a fact counts half.", "每过这么久权重减半。"),
        "top": Words("How many are kept, 1 to 100; 3 by default.", "保留前几名，1–100，默认 3。"),
        "actions": Words("Action → weight; others count nothing.", "行为 → 权重，其余行为不计。"),
        "min_weight": Words("Items with less in all are left out.", "总权重低于此值的不要。"),
        "distinctive": Words("What few customers like counts more.", "越少人喜欢的越突出。"),
    },
    "tag.rule": {
        "rule": Words(
            "One expression over other tags; or value → condition in order, with else.",
            "一个基于其他标签的表达式；或按顺序写“取值: 条件”，末尾可用 else。",
        )
    },
    "tag.bands": {"bands": Words("The number and how it is cut.", "对哪个数值、怎样分段。")},
    "tag.bands.bands": {
        "of": Words("A number: an expression over other tags.", "数值：基于其他标签的表达式。"),
        "cuts": Words(
            'Label → comparison such as "< 100", in order, with else.',
            '“段名: 比较”，如 "< 100"，按顺序判断，末尾可用 else。',
        ),
        "quantiles": Words(
            "Instead of cuts: so many groups of equal size, scored 1 …", "不用 cuts 时：等分为几组，得分 1 起。"
        ),
        "reverse": Words("The smallest number scores highest.", "数值越小得分越高。"),
        "labels": Words("A label for each score.", "每个得分的名称。"),
    },
    "tag.imported": {
        "imported": Words("What is read, whose each value is, and when it holds.", "读什么、取值属于谁、何时有效。")
    },
    "tag.imported.imported": {
        "read": Words("As for a source; not JSON.", "同来源的 read，但不能是 JSON。"),
        "by": Words(
            "One kind of identifier and its column; subject: a column of customer ids.",
            "一种标识及其所在的列；subject 表示该列是客户编号。",
        ),
        "value": Words("The column of the value.", "取值所在的列。"),
        "valid_from": Words(
            "The column of the moment it holds from; always without it.", "生效时间所在的列，不写则始终有效。"
        ),
        "valid_to": Words(
            "The column of the moment it holds until; a day without a clock counts whole.",
            "失效时间所在的列；只写日期时当天整天有效。",
        ),
        "format": Words("How dates and times are written, as for a source.", "日期时间的写法，同来源。"),
        "type": Words(f"{_TYPE.en} Text without it.", f"{_TYPE.zh}默认 text。"),
    },
    "tag.manual": {"manual": Words("What a person may set.", "人工可以设置什么。")},
    "tag.manual.manual": {
        "type": Words(
            "text (default), integer, number, money, date or bool.",
            "text（默认）、integer、number、money、date 或 bool。",
        ),
        "values": Words("The values allowed; any without it.", "允许的取值，不写则不限。"),
        "expires": Words(
            "How long a value holds: 180 days (default), 3 months.", "有效多久：180 days（默认）、3 months。"
        ),
    },
    "tag.sql": {
        "sql": Words("One SELECT that gives subject and value.", "一条给出 subject 和 value 的 SELECT。"),
        "type": Words(f"{_TYPE.en} Without it: what the query gives.", f"{_TYPE.zh}不写则由查询决定。"),
    },
    "tag.model": {"model": Words("Which model, and what of its prediction.", "哪个模型，取预测的哪一项。")},
    "tag.model.model": {
        "name": Words("The model's code.", "模型编码。"),
        "give": Words("value (default), confidence or version.", "value（默认）、confidence 或 version。"),
        "type": Words("Of the value; number (default).", "预测值的类型，默认 number。"),
    },
    "tag.sequence": {
        "from": _FROM,
        "where": _WHERE,
        "window": _WINDOW,
        "per": _PER,
        "sequence": Words("nth and value; or steps, within and give.", "nth 与 value；或 steps、within 与 give。"),
    },
    "tag.sequence.sequence": {
        "nth": Words(
            "first, last, or which one in time: 2 the second, -2 the second from the latest.",
            "first、last，或按时间第几个：2 为第二个，-2 为倒数第二个。",
        ),
        "value": Words("The column (or expression) whose known values are counted.", "数哪一列（或表达式）的已知值。"),
        "steps": Words(
            "2 to 20 steps in order, each a condition over the facts, or {when, name}.",
            "按顺序的 2 到 20 步，每步为对事实的条件，或 {when, name}。",
        ),
        "within": Words(
            "How long after the first step the last may be, in hours, days or weeks, exact (a day has 24 hours).",
            "末步最晚在首步之后多久：小时、天或周，按精确长度（一天 24 小时）。",
        ),
        "give": Words(
            "done (default): whether; time: when first; count: how many facts complete it; "
            "step: how far, the number or name of the deepest step.",
            "done（默认）：是否完成；time：首次完成的时间；count：有多少条事实完成了它；step：到达的最深一步的序号或名称。",
        ),
    },
    "tag.sequence.step": {
        "when": Words("The condition over the facts.", "对事实的条件。"),
        "name": Words(
            "Its name; what `give: step` gives (the Chinese one of two). All steps have one or none.",
            "步骤名称，也是 `give: step` 的取值（两种语言时取中文）；要么都写，要么都不写。",
        ),
    },
    "tag.trend": {
        "from": _FROM,
        "where": _WHERE,
        "per": _PER,
        "default": Words("A number: the value of a window that has none.", "数字：没有取值的窗口按它计。"),
        "trend": Words(
            "What is followed, over which windows, and what of it is shown.", "看什么、看哪些窗口、给出什么。"
        ),
    },
    "tag.trend.trend": {
        "value": Words("An aggregate expression that is a number.", "结果为数字的聚合表达式。"),
        "every": Words("How long a window is: 30 days, 1 month.", "窗口长度：30 days、1 month。"),
        "over": Words(
            "How many windows, 2 to 60, the last ending at as_of; 6 by default.",
            "几个窗口，2 到 60，最后一个止于基准时刻；默认 6。",
        ),
        "as": Words(
            "slope (default): per window, by least squares; change and ratio: last window against the one before; "
            "direction: 上升, 平稳 or 下降 (rising, flat, falling).",
            "slope（默认）：最小二乘斜率，每窗口；change、ratio：最后一个窗口与前一个之差、之比；direction：上升、平稳或下降。",
        ),
        "flat": Words(
            "For direction: a slope of at most this share of the mean is flat; 10% by default.",
            "用于 direction：斜率不超过均值的这个比例算平稳，默认 10%。",
        ),
    },
    "tag.peers": {"peers": Words("The number and the group it is compared in.", "比较什么数值、与谁比较。")},
    "tag.peers.peers": {
        "of": Words("A number: an expression over other tags.", "数值：基于其他标签的表达式。"),
        "within": Words(
            "The group: a tag (or expression) that peers have the same value of; without it everybody.",
            "分组：同组客户取值相同的标签（或表达式）；不写则与全体比较。",
        ),
        "as": Words(
            "percentile (default): how many of 100 have no more; ratio or difference to the group's median or mean.",
            "percentile（默认）：每 100 人中有多少人不超过此值；ratio、difference：与组内中位数或均值之比、之差。",
        ),
        "to": Words(
            "median (default) or mean, for ratio and difference.", "median（默认）或 mean，用于 ratio 与 difference。"
        ),
        "least": Words(
            "A group with fewer known numbers is compared with everybody; 30 by default.",
            "已知人数少于此数的组与全体比较，默认 30。",
        ),
    },
    "tag.psychological": {"psychological": Words("The trait, the method, the evidence.", "特征、方法与依据。")},
    "tag.psychological.psychological": {
        "trait": Words("What the answers are about: text or {zh, en}.", "答案说的是什么特征：文本或 {zh, en}。"),
        "least": Words(
            "Without so many pieces of evidence there is no value; 1 by default.", "依据少于此数则没有取值，默认 1。"
        ),
        "method": Words("survey (as stated) or behaviour (inferred).", "survey（问卷自述）或 behaviour（行为推断）。"),
        "evidence": Words("The pieces of evidence.", "各条依据。"),
    },
    "tag.psychological.evidence": {
        "when": Words(
            "A condition over the facts of `from`; without `from` over other tags.",
            "对 `from` 中事实的条件；不写 `from` 则是对其他标签的条件。",
        ),
        "says": Words("The answer it speaks for.", "它支持的答案。"),
        "from": Words(
            "The fact table: each fact that meets `when` is a piece.", "事实表：每条满足 `when` 的事实算一条依据。"
        ),
        "window": _WINDOW,
        "weight": Words("What a piece weighs; 1 by default.", "每条依据的权重，默认 1。"),
        "most": Words("At most so many facts count.", "最多计入多少条事实。"),
    },
    "segment": {
        "segment": Words("The segment's code.", "人群编码。"),
        "name": _NAME,
        "category": _CATEGORY,
        "meaning": _MEANING,
        "owner": _OWNER,
        "where": Words(
            "A condition over tags, own statistics and in_segment('…').",
            "基于标签、自带统计和 in_segment('…') 的条件。",
        ),
        "with": Words(
            "Statistics of this segment alone: name → as a tag over facts.",
            "只在本人群使用的统计：名称 → 写法同基于事实的标签。",
        ),
        "list": Words("A file of identifiers.", "标识名单文件。"),
        "identifier": Words("The kind of identifier in the list.", "名单中是哪种标识。"),
        "union": Words("In one of these segments.", "属于其中任一人群。"),
        "intersect": Words("In all of these segments.", "同时属于这些人群。"),
        "except": Words("In none of these segments.", "不属于这些人群。"),
    },
    "subscriber": {
        "subscriber": Words("The subscriber's code.", "订阅方编码。"),
        "name": _NAME,
        "url": Words("Where its webhooks go: https://host/path.", "推送地址：https://主机/路径。"),
        "secret": Words(
            "env:NAME: the variable that holds its secret (whsec_…); two while one replaces the other.",
            "env:变量名，该环境变量保存密钥（whsec_…）；更换密钥期间可写两个。",
        ),
        "topics": Words("What it hears of; all topics without it.", "接收哪些主题，不写为全部。"),
        "tags": Words("Of tag.changed only these tags.", "tag.changed 只接收这些标签。"),
        "segments": Words("Of segment.entered and segment.left only these.", "进入、离开人群只接收这些人群。"),
        "concurrency": Words(
            "Messages under way at once, 1 to 64; 1 by default: all in order. More: in order for each customer.",
            "同时发送的消息数，1 到 64；默认 1，全部按序；大于 1 时只保证每位客户按序。",
        ),
        "allow_private": Words(
            "true lets it lead into a private network, and by http.", "true 表示允许指向内网，并允许 http。"
        ),
    },
    "watch.alert": {
        "alert": Words("The alert's code.", "告警编码。"),
        "name": _NAME,
        "tag": Words(
            'A tag, a list of tags, or "*" for all; all without it.', "标签、标签列表，或“*”表示全部；不写为全部。"
        ),
        "when": Words(
            "A condition over what is measured, or: coverage falls by 20%, value X vanishes, a value vanishes.",
            "对监测指标的条件，也可写：覆盖率下降 20%、取值 X 消失、有取值消失。",
        ),
        "severity": Words("info, warning (default) or critical.", "info、warning（默认）或 critical。"),
    },
    "watch.outcome": {
        "outcome": Words("The outcome's code, for `health --outcome`.", "结果编码，供 `health --outcome` 使用。"),
        "name": _NAME,
        "from": _FROM,
        "where": _WHERE,
        "value": Words(
            "A condition over aggregates of those facts; any fact counts without it.",
            "对这些事实聚合后的条件；不写则有任何一条事实即算。",
        ),
        "horizon": Words("How long after the moment; 30 days by default.", "观察多久，默认 30 天。"),
    },
    "include": {
        "include": Words("The library's name.", "内置库的名称。"),
        "only": Words("Only these codes.", "只要这些编码。"),
        "except": Words("All but these codes.", "除去这些编码。"),
    },
}
