"""Every text of the live pages, in both languages."""

from __future__ import annotations

from huaxiang.words import Words

LIVE = Words("Live", "实时")
FLOWING = Words("Flow", "事件流")
ONE_EVENT = Words("One event", "单个事件")

# How it stands
APPLIER = Words("Applier", "处理进程")
UP_TO = Words("in the profiles: up to event {number}", "画像已更新至事件 {number}")
HEARD = Words("last heard of at {at}", "最后一次心跳：{at}")
RATE = Words("Events a second", "每秒事件数")
RATE_NOTE = Words("applied in the last minute, on average", "近 1 分钟处理的平均值")
LAG = Words("Door to profile", "从入口到画像")
NO_LAG = Words("no event in the last minute", "近 1 分钟没有事件")
DEPTH = Words("Waiting in the inbox", "收件箱待处理")
DEPTH_NOTE = Words("safe on the disk, not in the profiles yet", "已安全落盘，尚未进入画像")
STUCK_TEXT = Words(
    "The applier is stuck: {fault} Events are kept and wait.", "处理进程已卡住：{fault}。事件都已保存，正在等待。"
)
STOPPED_TEXT = Words(
    "The applier is not running. Events that come in are kept and wait. It is started by:",
    "处理进程没有运行。收到的事件都会保存并等待处理。启动方法：",
)
NEVER_TEXT = Words(
    "Nothing has come in live yet. Events are taken in at the doors of this project while this runs:",
    "还没有收到实时事件。运行以下命令后，本项目的入口就会接收事件：",
)

# What the server does in the background
TASKS = Words("Background tasks", "后台任务")
TASK_RUNNING, TASK_RESTARTING = Words("running", "运行中"), Words("failed; being restarted", "出错，正在重启")
TASK_FAILED = Words(
    "failed {count:once|{count} times}, last at {at} ({fault})", "出错 {count} 次，最近一次 {at}（{fault}）"
)

# Charts
APPLIED = Words("applied", "已处理")
ARRIVED = Words("come in", "已收到")
RATE_CHART = Words("Events a second, last 5 minutes", "近 5 分钟每秒事件数")
LAG_CHART = Words("Seconds from door to profile, last 5 minutes", "近 5 分钟从入口到画像的秒数")
MEDIAN, WORST = Words("median", "中位数"), Words("99th percentile", "99 分位")

# An hour's counts
LAST_HOUR = Words("Last hour", "近 1 小时")
EVENTS = Words("Events", "事件")
BECAME_FACTS = Words("Facts", "事实")
UNTAKEN = Words("Taken by no source", "没有来源采用")
CHANGES = Words("Tag changes", "标签变化")
MOVES = Words("Segment moves", "人群进出")

# Events
LAST_EVENTS = Words("Last events", "最近的事件")
HELD = Words("held while you point at it", "指向时暂停滚动")
OF_DOOR = Words("Door: {name}", "入口：{name}")
OF_CUSTOMER = Words("Customer: {id}", "客户：{id}")
OF_OUTCOME = Words("Outcome: {name}", "结果：{name}")
NO_EVENTS = Words("No event yet.", "还没有事件。")
NO_SUCH_EVENTS = Words("No such event among the newest.", "最近的事件中没有符合条件的。")
NUMBER = Words("No.", "编号")
WHEN = Words("When", "时间")
DOOR = Words("Door", "入口")
EVENT = Words("Event", "事件")
WHOSE = Words("Whose", "客户")
OUTCOME = Words("Outcome", "结果")
NOBODYS = Words("nobody's yet", "暂无归属")

# Doors and sources
DOORS = Words("Doors", "入口")
NO_DOORS = Words("This project has no door.", "本项目还没有定义入口。")
NO_DOORS_DO = Words("A file in doors/ defines one.", "在 doors/ 目录下新建一个文件即可定义。")
NOT_DEFINED = Words("no longer defined", "已不再定义")
LAST_EVENT = Words("last event {at}", "最近事件 {at}")
NO_LAST_EVENT = Words("no event yet", "尚无事件")
IN_HOUR = Words("in the last hour", "近 1 小时")
COUNTING = Words("still counting", "仍在统计")
LIVE_SOURCES = Words("Sources behind the doors", "入口后的来源")
AMONG = Words("among the {count} newest {count:event|events}", "最近 {count} 个事件中")
NO_SOURCES = Words("No source reads a door.", "没有来源读取入口。")
FACTS_OF = Words("facts: {count}", "{count} 条事实")
DOUBLED = Words("{count} {count:duplicate|duplicates}", "{count} 条重复")
STOPPED = Words("{count} quarantined", "{count} 条隔离")
STOPPED_EVENTS = Words(
    "Different events quarantined: {count}. One of which too little is known counts at every source of its door.",
    "共隔离 {count} 个不同的事件。内容不足以判断去向的事件，会计入该入口的每个来源。",
)
STOPPED_LIVE = Words("Live: not yet in a build", "实时：尚未进入构建")
EVENT_COUNT = Words("{count} {count:event|events}", "{count} 个事件")
STOPPED_LIVE_NOTE = Words(
    "Events that a rule stopped since the build. The next build or refresh takes them up again.",
    "构建之后被规则拦下的事件，由下一次构建或刷新重新处理。",
)

# One event
FIND_EVENT = Words("Number of an event", "事件编号")
SHOW_EVENT = Words("Show its way", "查看全过程")
FIND_NOTE = Words(
    "Every event has a number. Give one, or choose one of the last.",
    "每个事件都有编号。输入编号，或从最近的事件中选择。",
)
EVENT_NO = Words("Event {number}", "事件 {number}")
BACK_TO_LIVE = Words("Live", "实时")
PREVIOUS_EVENT = Words("Event before", "上一个事件")
NEXT_EVENT = Words("Event after", "下一个事件")
RECEIVED = Words("Received", "已接收")
CHECKED = Words("Checked", "已检查")
JOINED = Words("Joined", "已识别")
TAGS_CHANGED = Words("Tags changed", "标签变化")
SEGMENTS_MOVED = Words("Segments", "人群")
TOLD = Words("Webhooks sent", "已发送的 Webhook")
AT_DOOR = Words("At door {door}, {at}, on the disk before it was answered.", "入口 {door}，{at}，应答之前已落盘。")
SENT_AS = Words("sent as {form}", "以 {form} 方式发送")
CONTRACT_BROKEN = Words(
    "{why}. It is kept in quarantine and can be taken up again.", "{why}。已放入隔离区，修正后可以重新处理。"
)
NOBODY_TOOK = Words("No source of this project takes such events.", "本项目没有来源采用这类事件。")
CAME_FACT = Words("became a fact: {table}", "成为事实：{table}")
CAME_DUPLICATE = Words("was there already and adds nothing", "已经存在，不再重复计入")
CAME_STOPPED = Words("stopped: {why}", "被拦下：{why}")
TO_WHOM = Words("It is customer {id}.", "属于客户 {id}。")
TO_NOBODY = Words(
    "Nobody: it carries no identifier that may join people, its identifiers are set aside or belong to different "
    "customers, or its time has not come.",
    "没有归属：事件中没有可用于识别客户的标识，或标识已被搁置、分属不同客户，或事件的时间尚未到来。",
)
STOPPED_BEFORE = Words(
    "It was stopped before anybody was looked for: see the check above.",
    "事件在识别客户之前已被拦下，原因见上面的检查。",
)
UNTAKEN_BEFORE = Words("No source takes it, so nobody was looked for.", "没有来源采用这个事件，因此没有识别客户。")
BY_TIME = Words(
    "These changed because time had passed since they were last computed, not by this event:",
    "以下变化不是这个事件引起的，而是距上次计算时间推移的结果：",
)
WINDOWS_MOVE = Words(
    "Values are computed as of this moment: where a window moved on as well, both show in one change.",
    "取值按此刻计算：如果窗口同时向前移动，两者的影响会合并体现在一次变化中。",
)
NEW_CUSTOMER = Words(
    "Nobody had its identifiers in build #{build}: a new customer.", "构建 #{build} 中没有人使用这些标识：新客户。"
)
KNOWN_CUSTOMER = Words("Its identifiers were this customer's already.", "这些标识原本就属于该客户。")
BECAUSE = Words("because {a} and {b} were seen together: {where}", "因为{a}与{b}一起出现：{where}")
BECAUSE_TOGETHER = Words("because {a} and {b} were seen together in this event", "因为{a}与{b}在这个事件中一起出现")
MERGED_SINCE = Words("That customer became part of {id} since.", "该客户后来并入 {id}。")
NO_CHANGES = Words("No tag has another value.", "没有标签发生变化。")
NO_MOVES = Words("No segment was entered or left.", "没有进入或离开任何人群。")
NONE_TOLD = Words("No subscriber wanted to hear of it.", "没有订阅方需要收到通知。")
NOTHING_TO_DO = Words("Nothing: it belongs to no customer.", "无：事件没有归属客户。")
ANSWERED = Words("HTTP {status}", "状态码 {status}")
TRIES = Words("{count} {count:try|tries}", "{count} 次尝试")
SAME_BATCH = Words(
    "{same} {same:event|events} of this customer {same:was|were} in the same micro-batch: together they did this.",
    "同一微批次中有该客户的 {same} 个事件，以下是它们共同的结果。",
)
IN_BATCH = Words("Micro-batch {id}, {events} {events:event|events}", "微批次 {id}，共 {events} 个事件")
TIMES = Words("Where the time went", "时间花在哪里")
WAITED = Words("Waited in the inbox", "在收件箱等待")
ALTOGETHER = Words("From door to profile", "从入口到画像")
STILL_WAITING = Words(
    "It is safe in the inbox and not in the profiles yet. This page shows it as soon as it is.",
    "事件已安全保存在收件箱中，尚未进入画像。处理完成后本页会自动显示。",
)
TOO_OLD = Words(
    "It is in the profiles. The way of the newest events only is kept, and this one is older.",
    "事件已经进入画像。系统只保留最近事件的处理过程，这个事件已超出范围。",
)
CUSTOMER_EVENTS = Words("This customer's last events", "该客户最近的事件")
ALL_OF_CUSTOMER = Words("All that are kept", "查看全部")

# A profile
LIVE_COMPARED = Words(
    "values that compare with all customers (quantiles, means, repurchase gaps) use the thresholds as of {at}",
    "与全体客户比较的取值（分位数、均值、复购间隔）沿用截至 {at} 的阈值",
)
LIVE_AT = Words("as of {at}, {age} ago, micro-batch {batch}", "截至 {at}（{age}前），微批次 {batch}")
NO_SEGMENTS_NOW = Words("In no segment now.", "目前不属于任何人群。")
WHY_NEW = Words(
    "This value comes from events since the build. The next build explains it, with the facts it rests on.",
    "这个取值来自构建之后的实时事件，下次构建后可查看它依据的事实。",
)
LIVE_SINCE = Words("Values newer than build #{build} come from events.", "比构建 #{build} 更新的取值来自实时事件。")
SINCE_BUILD = Words("Since the build", "构建之后")
NEW_LIVE = Words(
    "A new customer, known from events only; the next build shows more.",
    "新客户，目前仅来自实时事件；下次构建后会有更多信息。",
)
WHY_OF_BUILD = Words(
    "Events changed this value after build #{build}; what follows explains the value of that build.",
    "构建 #{build} 之后，实时事件更新了这个取值；以下解释的是该次构建的取值。",
)
PART_NOW = Words("This customer became part of {id}.", "该客户已并入 {id}。")
SECONDS = Words("{count} s", "{count} 秒")
MILLISECONDS = Words("{count} ms", "{count} 毫秒")
MINUTES = Words("{count} min", "{count} 分钟")
HOURS = Words("{count} h", "{count} 小时")
DAYS = Words("{count} d", "{count} 天")
NO_NUMBER = Words("An event has a number: digits only.", "事件编号只包含数字。")
SEE_EVENTS = Words("Its events", "查看事件")
FROM_EVENTS = Words("Changed by events since the build. Why?", "构建之后由实时事件更新。为什么？")
