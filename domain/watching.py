"""Silence is an alarm: every check of a running installation as data, and the rules that need no database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from domain.calendar import WorkCalendar, local_day
from domain.documents import Urgency
from domain.ladders import FiringKey
from domain.policies import Anchor, Ladder

#: How long a wake-up may lie in the past: a rung fires at most 2 minutes late where minutes count, else 15; and a
#: margin for the run that is under way.
LATE_URGENT, LATE = timedelta(minutes=3), timedelta(minutes=20)
#: How long a message may wait to be assembled, and then to be sent; what is not urgent waits in working time.
UNASSEMBLED_URGENT, UNASSEMBLED = timedelta(minutes=5), timedelta(minutes=15)
UNSENT_URGENT, UNSENT = timedelta(minutes=10), timedelta(hours=1)
#: How long what needs no answer any more is looked at.
LOOK_BACK = timedelta(days=7)
#: How long an installation may practise while circulars are in force, before somebody is asked whether it means to.
PRACTICE = timedelta(days=7)
#: The month from which next year's calendar has to be there.
_CALENDAR_MONTH = 11
#: Free bytes under which the disk of the data folder is low.
_FREE_BYTES = 500_000_000


class Exit(IntEnum):
    """What `duban check` ends with."""

    WELL = 0
    WRONG = 1
    CANNOT_TELL = 2


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is looked at, in words for operators."""

    name: str
    title: str
    #: what it looks at, and from when on that is wrong
    looks_at: str
    threshold: str
    what_to_do: str
    #: worth a look, and no error
    is_hint: bool = False
    #: its alarm passes at any hour
    at_any_hour: bool = False
    #: puts itself right shortly after a start: the first check after a standstill tells nobody yet
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What a check has found: how many, and a few of them in words."""

    count: int
    examples: tuple[str, ...] = ()
    #: some of it passes at any hour, and so does the alarm about it
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Cadence:
    """Work that has to come by regularly, and when its absence is silence."""

    #: its name in the log of runs
    run: str
    deployment: str
    every: timedelta
    silent_after: timedelta


CADENCES = (
    Cadence("sweep_urgent", "每分钟紧急巡检", timedelta(minutes=1), timedelta(minutes=5)),
    Cadence("sweep_deadlines", "每刻钟巡检", timedelta(minutes=15), timedelta(minutes=40)),
    Cadence("deliver_notices", "每分钟投递", timedelta(minutes=1), timedelta(minutes=5)),
)
#: Reading the mailbox, where one is set up; the silence that a mailbox which cannot be read makes counts too.
COLLECTING = Cadence("collect_mail", "收取来信", timedelta(minutes=1), timedelta(minutes=15))
#: How long a mail may wait for an operator: an urgent report, and in working time any other.
UNSETTLED_URGENT, UNSETTLED = timedelta(minutes=15), timedelta(hours=8)
#: How long a draft may wait for a person: 【特急】 at any hour, the others in working time; half of what receipt has.
UNREVIEWED = {
    Urgency.EXTRA_URGENT: timedelta(minutes=15), Urgency.URGENT: timedelta(hours=1),
    Urgency.ROUTINE: timedelta(hours=4),
}  # fmt: skip
CHECK_RUN = "check_installation"
#: How often the check itself runs.
CHECK_EVERY = timedelta(minutes=15)
#: What runs by a schedule; the rest waits for a person.
SCHEDULED = (*(each.deployment for each in CADENCES), "每刻钟值守检查", "每日留痕摘要", "每日灯色总览")

_START = "请运行 make up（或 duban up），并让它在开机时自动启动。"
_LOGS = "请看运行页面和数据目录下 prefect/serve.log；必要时重新启动 make up。"
_SWEEP = f"请运行 duban sweep。{_LOGS}"
CHECKS = (
    Check(
        "database", "数据库", "数据库能否连上，版本是否与程序一致", "连不上，或需要升级",
        "请检查 DUBAN_DATABASE_URL 和数据库服务；版本过旧的运行 duban migrate。",
    ),
    Check("never_ran", "日常服务从未启动", "运行记录中的巡检和投递", "一次也没有", _START),
    Check(
        "silent_sweep_urgent", "紧急巡检停了", "最近一次每分钟紧急巡检", "超过 5 分钟没有完成", f"{_START}{_LOGS}",
        at_any_hour=True, settles=True,
    ),
    Check(
        "silent_sweep_deadlines", "巡检停了", "最近一次每刻钟巡检", "超过 40 分钟没有完成", f"{_START}{_LOGS}",
        settles=True,
    ),
    Check(
        "silent_deliver_notices", "投递停了", "最近一次每分钟投递；正在投递的不算", "超过 5 分钟没有完成",
        f"{_START}{_LOGS}", at_any_hour=True, settles=True,
    ),
    Check(
        "silent_collect_mail", "收信停了", "设了收信邮箱的安装：最近一次把收信邮箱读完", "超过 15 分钟没有读完",
        f"请运行 duban mail collect 看原因，用 duban mail check 检查邮箱；其间请人工查看邮箱。{_LOGS}",
        at_any_hour=True, settles=True,
    ),
    Check(
        "late_urgent_wakes", "特急事项过时未巡检", "特急事项和紧急信息中该看而没有看的", "过时 3 分钟",
        f"请立即运行 duban sweep --urgent，并电话联系有关单位。{_LOGS}", at_any_hour=True, settles=True,
    ),
    Check(
        "late_wakes", "事项过时未巡检", "其他事项中该看而没有看的", "过时 20 分钟", _SWEEP,
        settles=True,
    ),
    Check(
        "lost_wakes", "没有人再看的事项", "待办、有时限、未暂停、梯级未走完，却没有下次巡检时刻的事项", "有一件即算",
        "这是程序的差错：请保存数据库备份（duban backup）并报告；其间请人工催办所列事项。",
    ),
    Check(
        "late_periods", "期次没有生成", "循环要求中该生成而没有生成的下一期", "过时 20 分钟", _SWEEP, settles=True,
    ),
    Check(
        "open_requests", "转发没有办理", "下级已决定转发、系统还没有办理的", "超过 20 分钟", _SWEEP,
        settles=True,
    ),
    Check(
        "unassembled", "通知没有成为邮件", "到了发出时刻、还没有列入任何邮件的通知",
        "特急和紧急 5 分钟；其他 15 分钟工作时间", f"请运行 duban mail deliver。{_LOGS}", settles=True,
    ),
    Check(
        "unsent", "邮件发不出去", "列入待发、认领或正在发送而没有结果的邮件", "特急和紧急 10 分钟；其他 1 小时工作时间",
        "请用 duban mail test 检查邮件服务器，再运行 duban mail deliver；特急事项请先电话联系。", settles=True,
    ),
    Check(
        "untold_failures", "失败的邮件没有人知道", "近 7 天被拒收或结果不明、又没有告知任何人的邮件", "有一封即算",
        "请电话联系所列单位，并核对名册中的邮箱地址。",
    ),
    Check(
        "failed_alarms", "告警邮件发不出去", "近 7 天被拒收或结果不明的告警和无法送达通知", "有一封即算",
        "值守人员收不到告警：请核对 DUBAN_OPERATORS_ADDRESS 和邮件服务器，以本页面和 duban check 为准。",
    ),
    Check(
        "nobody_told", "没有收件人的通知", "近 7 天没有任何地址可发的通知", "有一件即算",
        "请在名册中为所列单位补上邮箱（duban roster import），其间请电话联系。",
    ),
    Check(
        "unreachable", "无处可送的通知", "本单位、各级上级和值守人员都没有地址可送、还在等地址的通知", "有一件即算",
        "请在名册中为所列单位补上邮箱（duban roster import），或指定代办（duban roster substitute），"
        "补上后下次巡检即送出；其间请电话联系。",
    ),
    Check(
        "failed_addresses", "单位的邮箱都退信", "登记的邮箱全部退信、不再发送，通知改告知上级的单位", "有一个单位即算",
        "请电话联系所列单位，核实后导入改正的名册（duban roster import）；"
        "邮箱无误的用 duban mail trouble --clear 恢复。",
    ),
    Check(
        "unsettled_mail", "来信没有人处理", "待人工处理的来信", "紧急信息 15 分钟；其他 8 小时工作时间",
        "请用 duban inbox list 查看，逐件办理或说明不办；紧急信息请先打电话。",
    ),
    Check(
        "unreviewed_drafts", "公文草稿没有人核对", "待核对的公文草稿", "特急 15 分钟；加急 1 小时、平件 4 小时工作时间",
        "请用 duban draft list 查看，逐份通过、更正或退回：核对以前什么都没有登记，文中的时限照样在走。",
    ),
    Check(
        "audit_tail", "留痕尾部", "上次检查以来新增的留痕是否相连，末尾是否还在", "有一处不符即算",
        "请停用，复制数据库，运行 duban audit verify，与最近的备份和另存的链首比对；不要“修复”留痕。",
        at_any_hour=True,
    ),
    Check(
        "calendar_missing", "缺少工作日历", "今年的工作日历；11 月 1 日起也看明年的", "问不到其中一天",
        "请更新 chinesecalendar 程序包后预览并应用新的日历；此前跨到该年的时限都标注为暂定。",
    ),
    Check(
        "disk_low", "磁盘空间不足", "数据目录所在磁盘的剩余空间", "少于 500 MB",
        "请清理磁盘或扩容；写满后任何操作都不能保存。", at_any_hour=True,
    ),
    Check(
        "practising", "还在演练模式", "已有转发的公文而邮件不发给收件人", "满 7 天",
        "若已正式使用，请运行 duban mail live；若确在演练，不必理会。", is_hint=True,
    ),
    Check(
        "server_down", "Prefect 服务没有应答", "运行过 make up 的安装：其 Prefect 服务是否应答", "没有应答",
        f"{_START}{_LOGS}",
        at_any_hour=True, settles=True,
    ),
    Check(
        "deployments_missing", "部署缺失", "Prefect 中应有的部署", "缺一个即算", "请重新启动 make up，它会全部登记。",
        settles=True,
    ),
    Check(
        "deployments_paused", "部署被暂停", "定时运行的部署及其定时", "暂停一个即算",
        "请在 Prefect 的部署页面打开所列部署的定时。",
    ),
    Check(
        "heartbeat", "心跳没有送出", "检查无误后访问 DUBAN_HEARTBEAT_URL", "访问失败",
        "请检查网络和该地址；外部监看者会以为本系统停了。", is_hint=True,
    ),
)  # fmt: skip
BY_NAME = {each.name: each for each in CHECKS}


def calendar_missing(now: datetime, calendar: WorkCalendar) -> tuple[int, ...]:
    """Return the years whose work days should be known at `now` (aware) and are not (docs/rules.md, Deadlines 9).

    This year's always; next year's from 1 November, when the State Council has published it or is about to.
    """
    today = local_day(now)
    years = (today.year, today.year + 1) if today.month >= _CALENDAR_MONTH else (today.year,)
    return tuple(year for year in years if not calendar.is_published(year))


def keys_of(ladder: Ladder, *, has_occurred: bool) -> tuple[FiringKey, ...]:
    """Return every rung, repeat and audience that is recorded once a ladder with a deadline is exhausted, in its order.

    An obligation of which one is missing must have a wake-up. `has_occurred`: it is about an event; without one the
    rungs that count from it never come.
    """
    return tuple(
        (rung.name, repeat, audience)
        for rung in ladder.rungs
        for repeat in range(rung.times)
        if has_occurred or rung.anchor is not Anchor.OCCURRED
        for audience in rung.audiences
    )


def is_disk_low(free: int) -> bool:
    """Tell whether so many free bytes are too few to go on."""
    return free < _FREE_BYTES
