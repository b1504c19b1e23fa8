"""Every text of the editor, approvals, files and registry, alerts, suggestions and manual tags, in both languages."""

from __future__ import annotations

from huaxiang.words import Words

# Navigation
GOVERNANCE = Words("Governance", "治理")
APPROVALS = Words("Approvals", "审批")
ALERTS = Words("Alerts", "告警")
SUGGESTIONS = Words("Suggestions", "标签建议")
SYNC = Words("Files and registry", "文件与登记库")
NEW_TAG = Words("New tag", "新建标签")
EDIT_TAG = Words("Edit {name}", "编辑“{name}”")
WORKING = Words("Working…", "正在处理…")
FAILED = Words("That did not work. See the server's log for details.", "操作没有成功，详情见服务器日志。")
FROM_NEXT_BUILD = Words("It takes effect with the next build or refresh.", "自下次构建或刷新起生效。")
UNNAMED = Words(
    'You have not given your name, so changes are recorded as "console". Enter it next to the language switch.',
    "您还没有填写称呼，更改会记在“console”名下。请在语言切换旁填写。",
)

# Editor
EDITOR_NOTE = Words("Write one definition in YAML. It is checked as you type.", "用 YAML 书写一个定义，边写边检查。")
START_WITH = Words("Start with", "选择类型")
SOUND = Words("No errors.", "没有错误。")
FAULTS = Words("{count} {count:error|errors}", "{count} 处错误")
LINE = Words("Line {line}", "第 {line} 行")
DID_YOU_MEAN = Words("Did you mean {word}?", "是不是想写 {word}？")
WORDS_THAT_FIT = Words("Available words", "可用的词")
FIND_WORD = Words("Find a word", "查找词")
WORDS_NOTE = Words("Click a word to insert it at the cursor.", "点击即可写到光标处。")
KEYS = Words("Keys", "键")
TABLES = Words("Facts", "事实表")
COLUMNS_OF = Words("Columns of {name}", "{name}的列")
FUNCTIONS = Words("Functions", "函数")
OTHER_TAGS = Words("Tags", "标签")
NO_WORD = Words("No matching words.", "没有合适的词。")
PREVIEW = Words("Preview", "预览")
PREVIEW_NOW = Words("Try it now", "立即试算")
PREVIEW_WAITS = Words("Runs as soon as there are no errors.", "没有错误后自动试算。")
PREVIEW_ASKED = Words(
    "Its values come from a file, a query or a model, so it does not run by itself: try it when you are ready.",
    "取值来自别处（文件、查询或模型），准备好后再试算。",
)
WITH_VALUE = Words("{count:customer|customers} with a value", "位客户有取值")
ABOUT = Words("about {count}", "约 {count}")
PREVIEW_WHOLE = Words(
    "Computed for all customers of build #{build}: {customers}.", "已查看构建 #{build} 的全部 {customers} 位客户。"
)
PREVIEW_SAMPLE = Words(
    "Estimated from a sample of {sample} of the {customers} {customers:customer|customers} of build #{build}, "
    "with an error of about ±{margin} (95% confidence). Quantiles and groups are those of the sample.",
    "根据构建 #{build} 的 {customers} 位客户中的 {sample} 位抽样推算，误差约 ±{margin}（95% 置信）。"
    "分位与分组按样本计算。",
)
IN_SAMPLE = Words("Bars show counts in the sample.", "条形为样本内人数。")
TOOK = Words("{seconds} s", "{seconds} 秒")
NOBODY_HAS = Words("Nobody would have a value.", "没有客户会有取值。")
IMPACT = Words("How many customers would change?", "会影响多少客户？")
IMPACT_NOTE = Words("Computed for all customers, which takes a while.", "对全部客户计算，需要一些时间。")
IMPACT_NONE = Words(
    "The result is the same as in build #{build}: no customer would change.",
    "计算结果与构建 #{build} 相同，没有客户变化。",
)
IMPACT_CHANGED = Words(
    "{count} of {of} {of:customer|customers} would have a different value.",
    "{of} 位客户中有 {count} 位的取值会变化。",
)
IMPACT_NEW = Words(
    "{count} of {of} {of:customer|customers} would have a value for this new tag.",
    "{of} 位客户中有 {count} 位会有这个新标签的取值。",
)
IMPACT_OTHERS = Words("What depends on it would change too", "依赖它的也会变化")
IMPACT_OTHER = Words("{name}: {count} {count:customer|customers}", "{name}：{count} 位客户")
NOTE = Words("What changed and why", "改了什么，为什么")
SAVE = Words("Save as draft", "保存草稿")
SUBMIT = Words("Submit for review", "提交审核")
PUBLISH = Words("Put online", "直接上线")
SAVED = Words("Version {version} is saved as a draft.", "第 {version} 版已保存为草稿。")
SUBMITTED = Words("Version {version} is waiting for approval.", "第 {version} 版已提交，等待审批。")
ONLINE_NOW = Words(
    "Version {version} is online. It will have values after the next build or refresh.",
    "第 {version} 版已上线，自下次构建或刷新起有取值。",
)
REJECTED_NOW = Words("Version {version} is a draft again.", "第 {version} 版已退回为草稿。")
TO_APPROVALS = Words("To approvals", "查看审批")
IS_DRAFT = Words("This is the draft of version {version} by {author}.", "这是 {author} 的第 {version} 版草稿。")
IS_WAITING = Words(
    "Version {version} by {author} is waiting for approval; what you save becomes a new version.",
    "{author} 的第 {version} 版正在等待审批，您保存的将成为新版本。",
)

# Approvals
NOTHING_WAITS = Words("Nothing is waiting for approval.", "没有等待审批的内容。")
NOTHING_WAITS_DO = Words("Versions submitted in the editor appear here.", "在编辑器中提交的定义会出现在这里。")
DRAFTS = Words("Drafts", "草稿")
NO_DRAFTS = Words("There are no drafts.", "没有草稿。")
ASKS = Words("{author} submitted version {version} at {at}", "{author} 于 {at} 提交第 {version} 版")
BY_AT = Words("version {version} · {author} · {at}", "第 {version} 版 · {author} · {at}")
NEW_HERE = Words("new", "新增")
FIELD = Words("Field", "字段")
BEFORE = Words("Current", "现在")
AFTER = Words("Proposed", "改为")
NO_DIFFERENCE = Words("It is the same as the version online.", "与线上内容相同。")
COMMENTS = Words("Discussion", "讨论")
COMMENT = Words("Comment", "意见")
SAY = Words("Comment only", "只发表意见")
APPROVE = Words("Approve", "批准")
REJECT = Words("Reject", "驳回")
EDIT = Words("Edit", "编辑")
APPROVAL_OFF = Words(
    "This project requires no approval (see governance in huaxiang.yaml): authors may put their own versions online.",
    "本项目未要求审批（见 huaxiang.yaml 的 governance）：编写者也可以直接上线。",
)
FOUR_EYES = Words("Authors cannot approve their own versions.", "编写者不能批准自己的版本。")

# Files and registry
SYNC_NOTE = Words(
    "Apply copies changes in the files to the registry; export writes changes in the registry back to the files. "
    "Where both changed, choose a side first.",
    "“应用”把文件中的更改写入登记库，“导出”把登记库中的更改写回文件。两边都改过的，请先选择一边。",
)
ALL_THE_SAME = Words("Files and registry match.", "文件与登记库一致。")
FILE_SIDE = Words("In the files", "文件中")
REGISTRY_SIDE = Words("In the registry", "登记库中")
NOT_THERE = Words("Not defined here.", "这里没有。")
TAKE_FILES = Words("Use the files", "采用文件")
TAKE_REGISTRY = Words("Use the registry", "采用登记库")
APPLY = Words("Apply files", "应用文件")
EXPORT = Words("Export to files", "导出到文件")
SYNCED = Words(
    "{count} {count:tag|tags} synchronised; {conflicts} {conflicts:conflict|conflicts} left.",
    "已同步 {count} 个标签，剩余 {conflicts} 个冲突。",
)
SHOW_AGAIN = Words("Compare again", "重新比较")
WRITTEN = Words("Written: {files}", "已写入：{files}")

# Manual tags
MANUAL_TAGS = Words("Set by hand", "人工标签")
SET_BY_HAND = Words("Set a tag", "打标签")
BULK = Words("Tag all members", "批量打标签")
BULK_NOTE = Words("For every member as of build #{build}: {count}.", "对构建 #{build} 中的全部 {count} 位成员生效。")
NO_MANUAL = Words("No tags are set by hand.", "没有人工设置的标签。")
NO_MANUAL_TAGS = Words("This project has no tag that can be set by hand yet.", "本项目还没有定义人工标签。")
MAKE_MANUAL = Words("Define one", "去定义")
TAG = Words("Tag", "标签")
VALUE = Words("Value", "取值")
WHY_SET = Words("Reason (no phone numbers or the like)", "理由（请勿填写手机号等个人信息）")
EXPIRES = Words("Valid for, e.g. 30 days", "有效期，如 30 days")
USUALLY = Words("{span} if left empty", "不填则为 {span}")
SET = Words("Set", "设置")
WITHDRAW = Words("Withdraw", "撤销")
SET_DONE = Words(
    "Set for {count} {count:customer|customers} until {until}. It takes effect with the next build or refresh.",
    "已为 {count} 位客户设置，有效至 {until}，自下次构建或刷新起生效。",
)
WITHDRAWN = Words(
    "{count} {count:value|values} withdrawn. It takes effect with the next build or refresh.",
    "已撤销 {count} 个取值，自下次构建或刷新起生效。",
)
SET_BY = Words("{who} on {day}, until {until}: {reason}", "{who} 于 {day} 设置，有效至 {until}：{reason}")

# Alerts
SEEN_ALERTS = Words("Acknowledged", "已确认")
NO_ALERTS = Words("No open alerts.", "没有未确认的告警。")
NO_ALERTS_DO = Words("The rules in watch.yaml are checked after every build.", "每次构建后按 watch.yaml 的规则检查。")
MEASURED = Words("Measured", "测得")
RULE_IS = Words("Alert when: ", "告警条件：")
RAISED = Words("build #{build} · {at}", "构建 #{build} · {at}")
SEEN_BY = Words("acknowledged by {who} on {at}", "{who} 于 {at} 确认")
WHAT_DONE = Words("What was done, or why no action is needed", "处理说明，或无需处理的原因")
ACKNOWLEDGE = Words("Acknowledge", "确认告警")
INFO = Words("info", "提示")
WARNING = Words("warning", "警告")
CRITICAL = Words("critical", "严重")

# Suggestions
SUGGEST_NOTE = Words(
    "New tags that best predict an outcome, found in the data of build #{build}. "
    "Nothing is changed until you accept one.",
    "从构建 #{build} 的数据中找出最能说明某个目标的新标签。采纳之前不会有任何改动。",
)
OUTCOME = Words("Outcome", "目标")
HORIZON = Words("Within", "观察期")
SUGGEST_NOW = Words("Find suggestions", "开始分析")
SUGGEST_TAKES = Words("Searching the facts; this takes up to a minute.", "正在分析事实，最多需要一分钟。")
SUGGEST_OF = Words(
    "{outcome}: {rate} of {customers} {customers:customer|customers}. "
    "{tried} {tried:definition was|definitions were} tried.",
    "目标：{outcome}。{customers} 位客户中有 {rate} 达成，共试算 {tried} 个定义。",
)
SUGGEST_IDLE = Words("Let the data propose tags", "让数据推荐标签")
SUGGEST_WILL = Words("For “{outcome}”, “{button}” will:", "围绕目标“{outcome}”，点击“{button}”将：")
SUGGEST_TRIES = Words(
    "try statistics, bands and preferences over the facts from before that time, "
    "of up to {sample} {sample:customer|customers};",
    "用最多 {sample} 位客户在观察期之前的事实，试算各种统计、分段和偏好；",
)
SUGGEST_KEEPS = Words(
    "keep those that best predict the outcome and that no tag of the project covers already;",
    "留下最能说明该目标、且现有标签尚未体现的定义；",
)
SUGGEST_SHOWS = Words(
    "show each with its definition, evidence and an example. You decide which become drafts.",
    "逐个展示定义、依据和示例，由您决定哪些采纳为草稿。",
)
LAST_FOUND = Words("Last run on build #{build}.", "构建 #{build} 上次的分析结果。")
NO_SUGGESTIONS = Words("No tag predicts this outcome well enough.", "没有足以说明该目标的标签。")
EVIDENCE = Words("Evidence", "依据")
EXAMPLE = Words("Example: ", "示例：")
RATE = Words("with the outcome", "达成目标")
ACCEPT = Words("Accept as draft", "采纳为草稿")
ACCEPTED = Words("Draft of version {version} created.", "已生成第 {version} 版草稿。")
BANDS_OF = Words("bands", "分段")
STATISTIC_OF = Words("statistic", "统计")
PREFERENCE_OF = Words("preference", "偏好")
