"""Every text of the tag market, of a tag's page, and of who does things, in both languages."""

from __future__ import annotations

from huaxiang.words import Words

# Who does it
YOUR_NAME = Words("Your name", "您的称呼")
NO_NAME = Words("No name given", "未填写称呼")
NAME_NOTE = Words(
    "It is recorded with your changes. The server remembers it for this browser until the server stops.",
    "会记在您所做的更改旁边。服务器在停止之前只为这个浏览器记住它。",
)
KEEP_NAME = Words("Keep", "保存")

# Market
CATEGORIES = Words("Categories", "按分类查看")
ALL_OF = Words("Show all {count}", "查看全部 {count} 个")
HEALTH = Words("Health", "健康度")
GOOD = Words("Good (80–100)", "良好（80–100）")
FAIR = Words("Fair (60–79)", "一般（60–79）")
POOR = Words("Poor (below 60)", "较差（60 以下）")
NOT_MEASURED = Words("Not measured", "未测量")
STATE = Words("State", "状态")
KIND = Words("Kind", "类型")
SIDE = Words("Dimension", "维度")
NO_OWNER = Words("No owner", "未指定")
FAVOURITES = Words("Favourites", "收藏")
MY_FAVOURITES = Words("My favourites", "我的收藏")
FIND_TAG = Words("Name, code, pinyin or meaning", "名称、编码、拼音或口径")
FIND_TAG_SHORT = Words("Find a tag", "查找标签")
NO_TAG_FOUND = Words("No matching tags.", "没有符合条件的标签。")
NO_TAG_FOUND_DO = Words(
    "Remove a condition or try another word. Pinyin works too: hyd, huiyuan.",
    "去掉一个条件，或换个词试试，也可以用拼音：hyd、huiyuan。",
)
NEW_TAG = Words("New tag", "新建标签")
SUGGESTIONS = Words("Suggestions", "标签建议")
APPROVALS = Words("Approvals", "审批")
ALERTS = Words("Alerts", "告警")
STAR = Words("Add to favourites", "加入收藏")
UNSTAR = Words("Remove from favourites", "取消收藏")
WAITING = Words("another version: {state}", "另有{state}")
NOT_IN_BUILD = Words("not in this build", "未在本次构建中")
MANY_ALERTS = Words("{count} open {count:alert|alerts}", "{count} 条未确认告警")
FILES_WRONG = Words(
    "The definition files have {count} {count:error|errors}, so this page shows the definitions of the build. "
    "Run huaxiang check.",
    "定义文件有 {count} 处错误，这里显示构建时的定义。请运行 huaxiang check。",
)
NOT_MEASURED_YET = Words(
    "This build has not been measured, so no tag has a health score. Run huaxiang health --measure.",
    "本次构建还没有测量，因此没有健康度。请运行 huaxiang health --measure。",
)

# A tag's page
PARTS = Words("Parts of this page", "本页各部分")
LINEAGE = Words("Lineage", "血缘")
VERSIONS = Words("Versions", "版本")
USE = Words("Use", "使用")
EXAMPLES = Words("Examples", "示例")
COMMENTS = Words("Comments", "评论")
EDIT = Words("Edit", "编辑")
EDIT_TAG = Words("Edit this tag", "编辑该标签")
SUGGEST = Words("Suggest", "标签建议")
NOT_BUILT = Words("Not in this build", "本次构建还没有这个标签")
NOT_BUILT_TEXT = Words(
    "It is defined, but has no values yet. Once it is online, a build computes them:",
    "已有定义，但还没有计算取值。上线后再构建一次即可：",
)
NO_MEANING = Words("No meaning has been written yet.", "还没有人写下它的口径。")
YAML = Words("As written (YAML)", "定义原文（YAML）")
REGISTER = Words("About this tag", "登记信息")
PERIOD = Words("Refreshed", "更新周期")
DATA_SOURCE = Words("Source of the data", "数据来源")
SENSITIVITY = Words("Sensitivity", "敏感级别")
LEGAL_BASIS = Words("Legal basis", "处理依据")
VALIDITY = Words("Validity", "有效期")
VALID_ALWAYS = Words("no end date", "长期有效")
VALID_SINCE = Words("from {first}", "{first} 起")
VALID_UNTIL = Words("until {last}", "至 {last}")
NOT_SAID = Words("not set", "未填写")

# Its health
NO_HEALTH = Words("Not measured yet", "还没有测量")
NO_HEALTH_TEXT = Words(
    "This build has not been measured, so there is no score, no trend and no alert. Run this in the project folder:",
    "本次构建还没有测量，因此没有健康度、趋势和告警。请在项目文件夹中运行：",
)
SCORE_NOTE = Words(
    "The points of the parts below, as a percentage of the most that the measured parts can reach.",
    "下列各项得分之和，除以已测量各项的权重之和。",
)
LEFT_OUT = Words("not counted", "不计")
TO_DO = Words("Suggested improvements", "改进建议")
NOTHING_TO_DO = Words("Nothing to improve.", "没有需要改进的地方。")
NO_ALERTS = Words("No alert has ever been raised.", "从未触发任何告警规则。")
ALL_ALERTS = Words("All alerts", "全部告警")
INFO = Words("Note", "提示")
WARNING = Words("Warning", "警告")
CRITICAL = Words("Critical", "严重")
OPEN = Words("Open", "未确认")
ACKNOWLEDGED = Words("Acknowledged by {by} on {day}", "{by} 于 {day} 确认")
TREND = Words("Trend over builds", "历次构建的趋势")
TREND_NOTE = Words("PSI: how far the values have drifted from the baseline", "PSI：取值分布相对基线的漂移")
PSI_LIMIT = Words("PSI {limit}", "PSI {limit} 警戒线")
BUILD = Words("Build", "构建")
FLIPPED = Words("Values changed", "取值变化")
SCORE_THEN = Words("Health when measured", "测量时的健康度")
ONE_BUILD = Words("The trend appears from the second measured build.", "有两次以上测量后才会显示趋势。")
OTHER_DEFINITION = Words("different definition then", "当时口径不同")

# Its lineage
LINEAGE_NOTE = Words("Click a box to open it.", "点击方框可打开对应页面。")
LINEAGE_ALL = Words("With identity and filters", "包含身份与筛选")
LINEAGE_LESS = Words("Only sources of its value", "只看取值来源")
UPSTREAM = Words("Made from", "来自")
DOWNSTREAM = Words("Used in", "用于")
NO_UPSTREAM = Words("It depends on nothing in this project.", "不依据项目中的任何内容。")
NO_DOWNSTREAM = Words("Nothing uses it yet.", "还没有任何内容用到它。")

# Its versions
NO_VERSIONS = Words("No versions yet", "还没有版本")
NO_VERSIONS_TEXT = Words(
    "The definition in {file} is in effect. Versions start with the first draft.",
    "当前以 {file} 中的定义为准。保存第一份草稿后开始记录版本。",
)
VERSIONS_NOTE = Words("newest first", "最新的在前")
VERSION = Words("Version {version}", "第 {version} 版")
OF_VERSION = Words("on version {version}", "关于第 {version} 版")
COUNTS_NOW = Words("in effect", "当前生效")
FROM_FILES = Words("from the files", "来自文件")
FROM_LIBRARY = Words("from the library", "来自内置库")
FROM_CONSOLE = Words("written in the console", "在控制台编写")
FROM_CLI = Words("written at the command line", "在命令行编写")
FROM_ROLLBACK = Words("rolled back", "回滚产生")
BACK = Words("Roll back", "回滚")
BACK_NOTE = Words(
    "Creates a new draft with the text of version {version}. "
    "The current version stays in effect until the draft goes online.",
    "以第 {version} 版的内容新建一份草稿。草稿上线前，当前版本继续生效。",
)
BACK_WHY = Words("Why (optional)", "原因（可不填）")
BACK_DO = Words("Create draft", "生成草稿")
DIFFERENCES = Words("Differences", "差异对比")
COMPARE = Words("Compare", "对比")
BEFORE = Words("Before", "对比前")
AFTER = Words("After", "对比后")
NOW = Words("Version in effect", "当前生效的定义")
NO_DIFFERENCES = Words("The two versions are the same.", "两个版本内容相同。")
NOT_THERE = Words("none", "无")
HAPPENED = Words("History", "变更记录")
MADE = Words("created version {version} ({state})", "新建第 {version} 版（{state}）")
REWROTE = Words("changed the text of version {version}", "修改了第 {version} 版的内容")
MOVED = Words("version {version}: {before} → {after}", "第 {version} 版：{before} → {after}")
DOES_NOT_FIT = Words("This definition no longer works in this project:", "该定义已不适用于当前项目：")

# Its use
USED_CONSOLE = Words("Viewed in the console", "控制台查看")
USED_EXPORT = Words("Exported", "导出")
USED_API = Words("Read through the API", "接口读取")
IN_30_DAYS = Words("{count:time|times} in 30 days", "次 / 30 天")
NAMED_BY = Words("Used by", "被引用")
NAMED_NOTE = Words("{count:segment or tag|segments and tags}", "个人群和标签")
NO_SEGMENT_USES = Words("No segment uses it.", "没有人群引用它。")
NO_TAG_USES = Words("No tag depends on it.", "没有标签依据它。")
EXPORTS = Words("Exports", "导出记录")
NO_EXPORTS = Words("No exported file contains it.", "还没有导出过包含它的文件。")
WHEN = Words("When", "时间")
BY = Words("By", "操作人")

# Examples, comments
EXAMPLES_NOTE = Words("customers with different values, shown by id only", "取值各不相同的客户，仅显示编号")
NO_COMMENTS = Words("No comments yet", "还没有评论")
NO_COMMENTS_TEXT = Words("Ask what it means, or note anything worth knowing.", "可以提问口径，或记下注意事项。")
SAY_SOMETHING = Words("Write a comment", "写下评论")
SAY_IT = Words("Comment", "发表")
AS_NAME = Words("as {name}", "署名：{name}")
NO_NAME_HINT = Words("No name given. Enter one in the menu.", "未填写称呼，可在菜单中填写。")
