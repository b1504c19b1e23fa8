"""Every text of the live pages, in both languages."""

from __future__ import annotations

from huaxiang.words import Words

LIVE = Words("Live", "实时")
FLOWING = Words("Event flow", "事件流")
ONE_EVENT = Words("One event", "单个事件")

# How it stands
APPLIER = Words("Event processing", "处理进程")
UP_TO = Words("profiles include events up to {number}", "画像已更新至事件 {number}")
HEARD = Words("last heartbeat at {at}", "最近一次报告：{at}")
RATE = Words("Events per second", "每秒事件数")
RATE_NOTE = Words("processed, average of the last minute", "近 1 分钟处理的平均值")
LAG = Words("Time from door to profile", "延迟（从入口到画像）")
NO_LAG = Words("no events in the last minute", "近 1 分钟没有事件")
DEPTH = Words("Waiting in the inbox", "收件箱待处理")
DEPTH_NOTE = Words("saved to disk, not in profiles yet", "已安全写入磁盘，尚未进入画像")
STUCK_TEXT = Words(
    "Event processing is stuck: {fault} Events are kept and wait.", "处理进程已卡住：{fault}。事件都已保存，正在等待。"
)
STOPPED_TEXT = Words(
    "Event processing is not running. Incoming events are kept and wait. Start it with:",
    "处理进程没有运行。收到的事件都会保存并等待处理。启动方法：",
)
NEVER_TEXT = Words(
    "No live events yet. The doors of this project accept events while this runs:",
    "还没有收到实时事件。运行以下命令后，本项目的入口就会接收事件：",
)

# What the server does in the background
TASKS = Words("Background tasks", "后台任务")
TASK_RUNNING, TASK_RESTARTING = Words("running", "运行中"), Words("failed; restarting", "出错，正在重启")
TASK_FAILED = Words(
    "failed {count} {count:time|times}, last at {at} ({fault})", "出错 {count} 次，最近一次 {at}（{fault}）"
)

# Charts
APPLIED = Words("processed", "已处理")
ARRIVED = Words("received", "已收到")
RATE_CHART = Words("Events per second, last 5 minutes", "近 5 分钟每秒事件数")
LAG_CHART = Words("Seconds from door to profile, last 5 minutes", "近 5 分钟的延迟（从入口到画像，秒）")
MEDIAN, WORST = Words("median", "中位数"), Words("99th percentile", "99 分位")

# An hour's counts
LAST_HOUR = Words("Last hour", "近 1 小时")
EVENTS = Words("Events", "事件")
BECAME_FACTS = Words("Facts", "事实")
UNTAKEN = Words("Not used by any source", "没有来源采用")
CHANGES = Words("Tag changes", "标签变化")
MOVES = Words("Segment moves", "人群进出")

# Events
LAST_EVENTS = Words("Latest events", "最近的事件")
HELD = Words("paused while you point at it", "指向时暂停滚动")
OF_DOOR = Words("Door: {name}", "入口：{name}")
OF_CUSTOMER = Words("Customer: {id}", "客户：{id}")
OF_OUTCOME = Words("Outcome: {name}", "结果：{name}")
NO_EVENTS = Words("No events yet.", "还没有事件。")
NO_SUCH_EVENTS = Words("No recent event matches.", "最近的事件中没有符合条件的。")
NUMBER = Words("No.", "编号")
WHEN = Words("When", "时间")
DOOR = Words("Door", "入口")
EVENT = Words("Event", "事件")
WHOSE = Words("Customer", "客户")
OUTCOME = Words("Outcome", "结果")
NOBODYS = Words("no customer yet", "暂无归属")

# Doors and sources
DOORS = Words("Doors", "入口")
NO_DOORS = Words("This project has no doors yet.", "本项目还没有定义入口。")
NO_DOORS_DO = Words("Add a file in doors/ to define one.", "在 doors/ 目录下新建一个文件即可定义。")
NOT_DEFINED = Words("no longer defined", "已不再定义")
LAST_EVENT = Words("last event {at}", "最近事件 {at}")
NO_LAST_EVENT = Words("no events yet", "尚无事件")
IN_HOUR = Words("in the last hour", "近 1 小时")
COUNTING = Words("still counting", "仍在统计")
LIVE_SOURCES = Words("Sources that read the doors", "读取入口的来源")
AMONG = Words("among the latest {count} {count:event|events}", "最近 {count} 个事件中")
NO_SOURCES = Words("No source reads any door.", "没有来源读取入口。")
FACTS_OF = Words("facts: {count}", "{count} 条事实")
DOUBLED = Words("{count} {count:duplicate|duplicates}", "{count} 条重复")
STOPPED = Words("{count} quarantined", "{count} 条隔离")
STOPPED_EVENTS = Words(
    "Different events quarantined: {count}. "
    "An event that cannot be assigned to a source counts at every source of its door.",
    "共隔离 {count} 个不同的事件。内容不足以判断去向的事件，会计入该入口的每个来源。",
)
STOPPED_LIVE = Words("Live: not in a build yet", "实时：尚未进入构建")
EVENT_COUNT = Words("{count} {count:event|events}", "{count} 个事件")
STOPPED_LIVE_NOTE = Words(
    "Events stopped by a rule since the build. The next build or refresh processes them again.",
    "构建之后被规则拦下的事件，由下一次构建或刷新重新处理。",
)

# One event
FIND_EVENT = Words("Event number", "事件编号")
SHOW_EVENT = Words("Show its steps", "查看全过程")
FIND_NOTE = Words(
    "Every event has a number. Enter one, or choose one of the latest.",
    "每个事件都有编号。输入编号，或从最近的事件中选择。",
)
EVENT_NO = Words("Event {number}", "事件 {number}")
BACK_TO_LIVE = Words("Live", "实时")
PREVIOUS_EVENT = Words("Previous event", "上一个事件")
NEXT_EVENT = Words("Next event", "下一个事件")
RECEIVED = Words("Received", "已接收")
CHECKED = Words("Checked", "已检查")
JOINED = Words("Joined", "已识别")
TAGS_CHANGED = Words("Tags changed", "标签变化")
SEGMENTS_MOVED = Words("Segments", "人群")
TOLD = Words("Webhooks sent", "已发送的 Webhook")
AT_DOOR = Words(
    "At door {door}, {at}; saved to disk before it was answered.", "入口 {door}，{at}，应答之前已写入磁盘。"
)
SENT_AS = Words("sent as {form}", "以 {form} 方式发送")
CONTRACT_BROKEN = Words(
    "{why}. It is kept in quarantine and can be processed again.", "{why}。已放入隔离区，修正后可以重新处理。"
)
NOBODY_TOOK = Words("No source of this project uses this kind of event.", "本项目没有来源采用这类事件。")
CAME_FACT = Words("became a fact: {table}", "成为事实：{table}")
CAME_DUPLICATE = Words("already known, not counted again", "已经存在，不再重复计入")
CAME_STOPPED = Words("stopped: {why}", "被拦下：{why}")
TO_WHOM = Words("Belongs to customer {id}.", "属于客户 {id}。")
TO_NOBODY = Words(
    "No customer: it has no identifier that can be used to join, its identifiers are set aside or belong to different "
    "customers, or its time is in the future.",
    "没有归属：事件中没有可用于识别客户的标识，或标识已被搁置、分属不同客户，或事件的时间尚未到来。",
)
STOPPED_BEFORE = Words(
    "It was stopped before the customer was identified: see the check above.",
    "事件在识别客户之前已被拦下，原因见上面的检查。",
)
UNTAKEN_BEFORE = Words("No source uses it, so no customer was identified.", "没有来源采用这个事件，因此没有识别客户。")
BY_TIME = Words(
    "These changed because time has passed since they were last computed, not because of this event:",
    "以下变化不是这个事件引起的，而是距上次计算时间推移的结果：",
)
WINDOWS_MOVE = Words(
    "Values are computed as of this moment: if a window also moved on, the change shows both effects.",
    "取值按此刻计算：如果窗口同时向前移动，两者的影响会合并体现在一次变化中。",
)
NEW_CUSTOMER = Words(
    "No customer had these identifiers in build #{build}: this is a new customer.",
    "构建 #{build} 中没有人使用这些标识：新客户。",
)
KNOWN_CUSTOMER = Words("These identifiers already belonged to this customer.", "这些标识原本就属于该客户。")
BECAUSE = Words("because {a} and {b} were seen together: {where}", "因为{a}与{b}一起出现：{where}")
BECAUSE_TOGETHER = Words("because {a} and {b} were seen together in this event", "因为{a}与{b}在这个事件中一起出现")
MERGED_SINCE = Words("That customer has since been merged into {id}.", "该客户后来并入 {id}。")
NO_CHANGES = Words("No tag changed.", "没有标签发生变化。")
NO_MOVES = Words("The customer entered or left no segment.", "没有进入或离开任何人群。")
NONE_TOLD = Words("No subscriber needed to be notified.", "没有订阅方需要收到通知。")
NOTHING_TO_DO = Words("Nothing: the event belongs to no customer.", "无：事件没有归属客户。")
ANSWERED = Words("HTTP {status}", "状态码 {status}")
TRIES = Words("{count} {count:attempt|attempts}", "{count} 次尝试")
SAME_BATCH = Words(
    "{same} {same:event|events} of this customer {same:was|were} in the same micro-batch; "
    "this is their combined result.",
    "同一微批次中有该客户的 {same} 个事件，以下是它们共同的结果。",
)
IN_BATCH = Words("Micro-batch {id}, {events} {events:event|events}", "微批次 {id}，共 {events} 个事件")
TIMES = Words("Time taken", "各环节用时")
WAITED = Words("Waiting in the inbox", "在收件箱等待")
ALTOGETHER = Words("From door to profile", "从入口到画像")
STILL_WAITING = Words(
    "It is saved in the inbox but not in the profiles yet. This page updates as soon as it is.",
    "事件已安全保存在收件箱中，尚未进入画像。处理完成后本页会自动显示。",
)
TOO_OLD = Words(
    "It is in the profiles. Steps are kept only for the latest events, and this one is older.",
    "事件已经进入画像。系统只保留最近事件的处理过程，这个事件已超出范围。",
)
CUSTOMER_EVENTS = Words("This customer's latest events", "该客户最近的事件")
ALL_OF_CUSTOMER = Words("Show all", "查看全部")

# A profile
LIVE_COMPARED = Words(
    "values that compare with all customers (quantiles, means, repurchase gaps) use the thresholds as of {at}",
    "与全体客户比较的取值（分位数、均值、复购间隔）沿用截至 {at} 的阈值",
)
LIVE_AT = Words("as of {at}, {age} ago, micro-batch {batch}", "截至 {at}（{age}前），微批次 {batch}")
NO_SEGMENTS_NOW = Words("In no segment now.", "目前不属于任何人群。")
WHY_NEW = Words(
    "This value comes from events since the build. After the next build you can see the facts it is based on.",
    "这个取值来自构建之后的实时事件，下次构建后可查看它依据的事实。",
)
LIVE_SINCE = Words("Values newer than build #{build} come from events.", "比构建 #{build} 更新的取值来自实时事件。")
SINCE_BUILD = Words("Since the build", "构建之后")
NEW_LIVE = Words(
    "New customer, known from live events only; the next build will show more.",
    "新客户，目前仅来自实时事件；下次构建后会有更多信息。",
)
WHY_OF_BUILD = Words(
    "Events changed this value after build #{build}; the explanation below is of the value in that build.",
    "构建 #{build} 之后，实时事件更新了这个取值；以下解释的是该次构建的取值。",
)
PART_NOW = Words("This customer was merged into {id}.", "该客户已并入 {id}。")
SECONDS = Words("{count} s", "{count} 秒")
MILLISECONDS = Words("{count} ms", "{count} 毫秒")
MINUTES = Words("{count} min", "{count} 分钟")
HOURS = Words("{count} h", "{count} 小时")
DAYS = Words("{count} d", "{count} 天")
NO_NUMBER = Words("Event numbers contain digits only.", "事件编号只包含数字。")
SEE_EVENTS = Words("Show events", "查看事件")
FROM_EVENTS = Words("Changed by events since the build. Why?", "构建之后由实时事件更新。为什么？")
