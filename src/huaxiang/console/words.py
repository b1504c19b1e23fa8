"""Every text of the console, in both languages; texts of data and definitions come from the read layer."""

from __future__ import annotations

from huaxiang.words import Words

# Frame
CUSTOMERS = Words("Customers", "客户")
OVERVIEW = Words("Overview", "总览")
TAGS = Words("Tags", "标签")
SEGMENTS = Words("Segments", "人群")
DATA = Words("Data", "数据")
MENU = Words("Pages", "页面")
BUILD = Words("Build #{number}", "构建 #{number}")
AS_OF = Words("as of {moment}", "截至 {moment}")
OTHER_LANGUAGE = Words("中文", "English")
SWITCH_LANGUAGE = Words("Switch to Chinese", "切换到英文")
TO_CONTENT = Words("Skip to content", "跳到正文")

# Search
SEARCH = Words("Phone, e-mail, member no., customer id", "手机号、邮箱、会员号或客户编号")
SEARCH_SHORT = Words("Find a customer", "查找客户")
SEARCHING = Words("Looking…", "正在查找…")
FOUND_SEVERAL = Words("Several customers match:", "找到多位客户：")
FOUND_SHARED = Words(
    "This {kind} was seen with at least {people} {people:person|people} and is set aside: it identifies nobody.",
    "这个{kind}与至少 {people} 个人同时出现，已被搁置，不再用来识别任何人。",
)
FOUND_FLOATING = Words(
    "This {kind} is known, but belongs to no customer yet.", "这个{kind}出现过，但还不知道属于哪位客户。"
)

# What went wrong, what is empty
NO_BUILD = Words("No build yet", "还没有构建")
NO_BUILD_TEXT = Words(
    "This project has definitions, but its data has not been turned into profiles yet.",
    "项目已经定义好，但数据还没有变成客户画像。",
)
NO_BUILD_DO = Words("Run this in the project folder, then reload:", "请在项目文件夹中运行以下命令，然后刷新本页：")
RELOAD = Words("Reload", "刷新")
NOT_FOUND = Words("Not found", "没有找到")
NO_PAGE = Words("This page does not exist.", "没有这个页面。")
WENT_WRONG = Words("Something went wrong", "出错了")
WENT_WRONG_TEXT = Words(
    "The page could not be shown. Reload it; if that does not help, see the server's log.",
    "页面无法显示。请刷新重试；如果仍然不行，请查看服务器日志。",
)
TO_CUSTOMERS = Words("Back to customers", "返回客户列表")
NEW_BUILD = Words("A newer build is ready: reload to see it.", "已有新的构建，刷新后查看。")
NOTHING_KNOWN = Words("No values yet.", "还没有已知信息。")
NO_PEOPLE = Words("No customers match these conditions.", "没有符合条件的客户。")
NO_PEOPLE_DO = Words("Remove a condition to see more.", "去掉一个条件看看。")
NO_TAGS = Words("This project has no tags yet.", "这个项目还没有定义标签。")
NO_SEGMENTS = Words("This project has no segments yet.", "这个项目还没有定义人群。")
NOBODY_HERE = Words("This segment has no members in this build.", "这次构建中没有客户属于这个人群。")

# Customers
EVERYBODY = Words("All customers", "全部客户")
PEOPLE = Words("{count} {count:customer|customers}", "{count} 位客户")
CLEAR = Words("Clear all", "清除全部")
REMOVE = Words("Remove", "移除")
CUSTOMER = Words("Customer", "客户")
NAMELESS = Words("Name unknown", "姓名未知")
UNKNOWN = Words("Unknown", "未知")
SORTED = Words("Sorted by {what}, highest first", "按{what}从高到低")
PREVIOUS = Words("Previous", "上一页")
NEXT = Words("Next", "下一页")
PAGE_OF = Words("{first}–{last} of {total}", "第 {first}–{last} 位，共 {total} 位")
SHARE = Words("{share} of all", "占全体 {share}")
IN_SEGMENT = Words("Segment: {name}", "人群：{name}")

# Profile
WHO = Words("Personal details", "身份信息")
MASKED_NOTE = Words("Masked. The values are sealed in the vault.", "已脱敏显示，原值封存在保险库中。")
SEALED_TEXTS = Words("{count} sealed", "{count} 条，已封存")
LOCKED = Words("Personal details cannot be shown", "无法显示个人信息")
NO_VALUES = Words("No personal details are known.", "没有任何个人信息。")
IN_SEGMENTS = Words("Segments", "所属人群")
NO_IN_SEGMENTS = Words("In no segment in this build.", "这次构建中不属于任何人群。")
SINCE = Words("since {day}", "{day} 起")
FIRST_SEEN = Words("First seen", "首次出现")
LAST_SEEN = Words("Last seen", "最近出现")
FACTS = Words("Facts", "事实数")
WHY = Words("Why?", "为什么？")
WHY_OF = Words("Why {name} has this value", "为什么“{name}”是这个值")
STILL_UNKNOWN = Words("Unknown: {names}", "未知：{names}")
TIMELINE = Words("Timeline", "时间线")
ALL_CHANNELS = Words("All channels", "全部渠道")
LOAD_MORE = Words("Show earlier", "查看更早的记录")
ALWAYS = Words("No date", "未注明时间")
NO_FACTS = Words("This customer has no facts.", "没有这位客户的事实。")
ROW = Words("row {row}", "第 {row} 行")
MORE_PLACES = Words("and {count} more {count:row|rows}", "另有 {count} 行")
IDENTITY = Words("Why this is one person", "为什么是同一个人")
IDENTITY_TEXT = Words(
    "{identifiers} {identifiers:identifier|identifiers}, seen together in {rows} {rows:row|rows}.",
    "{identifiers} 个标识，在 {rows} 行数据中一起出现。",
)
IDENTITY_ALONE = Words("There is only one identifier, so nothing had to be joined.", "只有一个标识，不需要打通。")
SEEN_TOGETHER = Words("{a} with {b}", "{a} 与 {b}")
IN_ROWS = Words("{rows} {rows:row|rows}", "{rows} 行")
FILES = Words("{count} {count:file|files}", "{count} 个文件")
SET_ASIDE_NEAR = Words("Seen together, but not used to join", "一起出现过，但未用于打通")
WITH_PEOPLE = Words("seen with at least {people} {people:person|people}", "与至少 {people} 个人一起出现")
MERGES = Words("Merges", "合并记录")
MERGED = Words("{from_id} was merged into {into_id}", "{from_id} 并入 {into_id}")
SHOW_ALL = Words("Show all {count}", "查看全部 {count} 条")

# Why
MEANS = Words("What it means", "口径")
FORMULA = Words("Formula", "公式")
DEFINED_IN = Words("Defined in {place}", "定义于 {place}")
THRESHOLDS = Words("Thresholds, computed from all customers as of {moment}", "阈值（全体客户，截至 {moment}）")
RESTS_ON_FACTS = Words("Based on {count} {count:fact|facts}: {table}", "依据 {count} 条事实：{table}")
RESTS_ON_NO_FACTS = Words(
    "No facts: this is the value for customers without any.", "没有相关事实，取值为没有事实时的结果。"
)
LATEST_SHOWN = Words("the latest {count} {count:is|are} shown", "显示最近 {count} 条")
RESTS_ON_TAGS = Words("Based on other tags", "依据其他标签")
WHERE_FROM = Words("Source row", "出处")
CLOSE = Words("Close", "关闭")
LOADING = Words("Loading…", "加载中…")
SEE_TAG = Words("Open this tag", "查看该标签")

# Overview
CHANNELS = Words("Channels customers were seen in", "各渠道的客户")
CHANNELS_NOTE = Words("customers with at least one fact", "在该渠道至少有一条事实的客户数")
VALUE_PYRAMID = Words("Value pyramid", "价值金字塔")
REGION = Words("Region", "地域分布")
QUALITY = Words("Data quality", "数据质量")
FRESHNESS = Words("Freshness", "数据时效")
LATEST_FACT = Words("Latest fact", "最新事实")
BUILT_AT = Words("Build finished", "构建完成")
LOOKS_AT = Words("Data as of", "数据截至")
ROWS_READ = Words("Rows read", "读取行数")
USED = Words("Not quarantined", "未被隔离")
DUPLICATES = Words("Duplicates", "重复")
QUARANTINED = Words("Quarantined", "隔离")
OWNED = Words("Facts linked to a customer", "已归属客户的事实")
KNOWN_OF = Words("known of {known} of {all}", "{all} 人中 {known} 人已知")
OTHERS = Words("{count} in other values", "其余取值 {count} 人")
CLICK_PEOPLE = Words("Click a bar to see its customers.", "点击图形可查看对应的客户。")
SEE_DATA = Words("Open data pages", "查看数据")

# Tags
DEFINITION = Words("Definition", "定义")
DISTRIBUTION = Words("Distribution", "分布")
COVERAGE = Words("Coverage", "覆盖率")
OWNER = Words("Owner", "负责人")
CATEGORY = Words("Category", "分类")
NEEDED_BY = Words("Used by", "被引用")
SENSITIVE = Words("Sensitive", "敏感")
CHANGED = Words("Changed in this build", "本次构建的变化")
CHANGED_COUNT = Words(
    "{count} {count:customer has|customers have} a different value than in the previous build.",
    "{count} 位客户的取值与上次构建不同。",
)
CHANGED_NONE = Words("All customers have the same value as in the previous build.", "没有客户的取值与上次构建不同。")
NOT_COMPARED = Words(
    "This is the first build with the current definition, so there is nothing to compare with yet.",
    "当前定义首次参与构建，尚无可比较的上次结果。",
)
UNCATEGORISED = Words("Uncategorised", "未分类")
TAG_COUNT = Words("{count} {count:tag|tags}", "{count} 个标签")
BACK_TO_TAGS = Words("All tags", "全部标签")
STATISTIC = Words("statistic over facts", "统计")
RULE = Words("rule over tags", "规则")
BANDS = Words("bands of a number", "分段")
FACT = Words("stated fact", "事实取值")
PREFERENCE = Words("preference", "偏好")
IMPORTED = Words("imported value", "导入")
MANUAL = Words("set by hand", "人工设置")
QUERY = Words("query over facts", "查询")
PREDICTED = Words("prediction of a model", "预测")
ORIGIN = Words("Origin of the value", "取值的由来")
SEQUENCE = Words("sequence of facts", "序列")
TREND = Words("trend over windows", "趋势")
PEERS = Words("peer comparison", "同组比较")
PSYCHOLOGICAL = Words("psychological tag", "心理推断")
CONFIDENCE = Words("Confidence {share}", "置信度 {share}")

# Segments
MEMBERS = Words("Members", "成员")
ENTERED = Words("Entered", "新进入")
LEFT = Words("Left", "已离开")
SINCE_LAST_BUILD = Words("since the previous build", "与上次构建相比")
NO_BUILD_BEFORE = Words("first build with this definition", "当前定义首次构建")
MAKE_UP = Words("How members differ from all customers", "与全体客户的差异")
TGI_NOTE = Words(
    "TGI = 100 × share in the segment ÷ share among all customers. "
    "100 means no difference; above 100 means more common in the segment.",
    "TGI = 100 × 人群内占比 ÷ 全体占比。100 表示与全体一致；越高，越是这个人群的特点。",
)
WITHIN = Words("Share in the segment", "人群内")
SHARE_HEAD = Words("Share", "占比")
AMONG_ALL = Words("Share of all customers", "全体")
SHARE_OF_ALL = Words("Share of all customers", "占全体客户")
TGI = Words("TGI", "TGI")
CONDITION = Words("Condition", "条件")
DOWNLOAD = Words("Download", "下载")
DOWNLOAD_TAGS = Words("Tags to include", "包含的标签")
DOWNLOAD_KINDS = Words("Masked values to include", "包含的脱敏信息")
DOWNLOAD_FORM = Words("Format", "格式")
DOWNLOAD_VALUES = Words("Values", "取值")
DOWNLOAD_WORDS = Words("as shown here", "与页面显示一致")
DOWNLOAD_CODES = Words("codes and raw values", "编码与原始值")
DOWNLOAD_NOTE = Words(
    "Customer ids and tags only; personal details are masked.", "只包含客户编号和标签；个人信息均为脱敏值。"
)
ALL_MEMBERS = Words("See all members", "查看全部成员")

# Data
SOURCES = Words("Sources", "来源")
QUARANTINE = Words("Quarantine", "隔离区")
IDENTITY_DATA = Words("Identity", "身份识别")
LAST_READ = Words("Last read", "最近读取")
LATEST = Words("Latest fact", "最新事实")
COPY_OF = Words("copy of {name}", "与 {name} 相同")
ROWS = Words("Rows", "行数")
FACTS_COLUMN = Words("Facts", "事实")
FILE = Words("File", "文件")
COLUMN = Words("Column", "列")
GOOD_BEFORE = Words("Usable before cleaning", "清洗前有效")
GOOD_AFTER = Words("Usable after cleaning", "清洗后有效")
IN_FACTS = Words("In facts", "进入事实")
EMPTY_IN_FACTS = Words("Empty in facts", "事实中为空")
QUALITY_NOTE = Words(
    "Before cleaning: share of the rows as read. After cleaning: share of the resulting facts; {doubled} "
    "{doubled:row is a duplicate|rows are duplicates} and {stopped} {stopped:is|are} quarantined.",
    "清洗前按原始行计，清洗后按进入的事实计；另有 {doubled} 行重复、{stopped} 行隔离。",
)
MISSING = Words("Missing", "缺失")
INVALID = Words("Invalid", "无效")
HISTORY = Words("Trend over builds", "历次构建")
RULE_COLUMN = Words("Reason", "原因")
FATE = Words("Action taken", "处理方式")
SOURCE = Words("Source", "来源")
NO_QUARANTINE = Words("Nothing was quarantined in this build.", "本次构建没有隔离任何数据。")
QUARANTINE_NOTE = Words(
    "Rows and values that a rule stopped. Their contents are sealed; this page shows only where they are.",
    "被规则拦下的行和值。内容已封存，这里只显示它们所在的位置。",
)
WHERE_THEY_STAND = Words("Where the rows are", "所在位置")
ROW_COLUMN = Words("Row", "行")
IDENTIFIERS = Words("Identifiers", "标识")
TRUST = Words("Trust", "可信程度")
CERTAIN = Words("Certain: used to join", "确定标识：可用来打通")
WEAK = Words("Weak: only follows one person", "弱标识：只跟随一位客户")
JOINED = Words("Belong to a customer", "已归属")
ASIDE = Words("Set aside", "已搁置")
FLOATING = Words("No customer yet", "暂无归属")
SET_ASIDE_LIST = Words("Set aside", "被搁置的标识")
SET_ASIDE_COUNT = Words("{count} {count:identifier|identifiers}", "{count} 个标识")
SET_ASIDE_NOTE = Words(
    "Identifiers that too many people share, or that fit several people equally well, are not used to join anybody.",
    "被过多人共用，或同样符合几个人的标识，不用于打通。",
)
NO_SET_ASIDE = Words("No identifier is set aside.", "没有被搁置的标识。")
REASON = Words("Reason", "原因")
PEOPLE_COLUMN = Words("People", "人数")
MERGED_TIMES = Words("Merges", "合并次数")
SPLIT_TIMES = Words("Splits", "拆分次数")
