"""The cast of the tests: one small province, two circulars in the shape of the example, and the acts that start a play.

The province (江北省) operates; the State Council's office is outside. Names, numbers and sentences are made up.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from domain.planning import ForwardingMode
from domain.reviewing import Looking
from domain.trail import Actor, ActorKind
from tasks.forwarding import Forwarded, forward_circular
from tasks.registering import Registration, register_circular
from tasks.rostering import Imported, import_roster

OPERATOR = Actor(ActorKind.CLAIMED, "值班员甲")

STATE_COUNCIL = "000000"
PROVINCE = "230000"
#: 临江市 and its two counties; all three have an officer and a head, the city a duty desk too
LINJIANG, DONGAN, SHIQIAO = "230100", "230102", "230184"
#: 望川市 with an officer only; 青坪县 with the office's mailbox but no officer; 北岭县 without any address
WANGCHUAN, QINGPING, BEILING = "230200", "230202", "230208"
#: 省教育厅 (officer), 省农业农村厅 (head only)
EDUCATION, AGRICULTURE = "230000-01", "230000-02"
PREFECTURES = (LINJIANG, WANGCHUAN)
COUNTIES = (DONGAN, SHIQIAO, QINGPING, BEILING)
MEMBER_UNITS = (EDUCATION, AGRICULTURE)
#: whom the cover addresses, in the roster's order
ADDRESSED = tuple(sorted((*PREFECTURES, *COUNTIES, *MEMBER_UNITS)))

_COUNCIL = f"{STATE_COUNCIL},国务院扶贫开发领导小组,国务院扶贫办|国务院扶贫开发领导小组办公室,国务院,,"
_PROVINCE = (
    f"{PROVINCE},江北省扶贫开发领导小组办公室,江北省|江北省扶贫办|江北省扶贫开发领导小组|省扶贫办|省扶贫开发领导小组"
    f",省级,{STATE_COUNCIL},230000"
)


def _locality(code: str, name: str, tier: str, superior: str) -> str:
    aliases = f"{name}|{name}扶贫办|{name}扶贫开发领导小组"
    return f"{code},{name}扶贫开发领导小组办公室,{aliases},{tier},{superior},{code}"


_LINJIANG = _locality(LINJIANG, "临江市", "市级", PROVINCE)
_DONGAN = _locality(DONGAN, "东岸区", "县级", LINJIANG)
_SHIQIAO = _locality(SHIQIAO, "石桥县", "县级", LINJIANG)
_WANGCHUAN = _locality(WANGCHUAN, "望川市", "市级", PROVINCE)
_QINGPING = _locality(QINGPING, "青坪县", "县级", WANGCHUAN)
_BEILING = _locality(BEILING, "北岭县", "县级", WANGCHUAN)
_EDUCATION = f"{EDUCATION},江北省教育厅,省教育厅,成员单位,{PROVINCE},"
_AGRICULTURE = f"{AGRICULTURE},江北省农业农村厅,省农业农村厅,成员单位,{PROVINCE},"
HEADER = "单位代码,单位名称,别名,层级,上级单位代码,行政区划代码,经办人,角色,邮箱,电话"
ROSTER_LINES = (
    HEADER,
    f"{_COUNCIL},赵一,经办人,officer.000000@example.org,010-00000001",
    f"{_PROVINCE},钱一,经办人,officer.230000@example.org,0400-0000002",
    f"{_PROVINCE},孙一,负责人,head.230000@example.org,0400-0000003",
    f"{_PROVINCE},李一,值班,duty.230000@example.org,0400-0000004",
    f"{_LINJIANG},周一,经办人,officer.230100@example.org,0400-0000005",
    f"{_LINJIANG},吴一,负责人,head.230100@example.org,0400-0000006",
    f"{_LINJIANG},郑一,值班,duty.230100@example.org,0400-0000007",
    f"{_DONGAN},王一,经办人,officer.230102@example.org,0400-0000008",
    f"{_DONGAN},冯一,负责人,head.230102@example.org,0400-0000009",
    f"{_SHIQIAO},陈一,经办人,officer.230184@example.org,0400-0000010",
    f"{_SHIQIAO},褚一,负责人,head.230184@example.org,0400-0000011",
    f"{_WANGCHUAN},卫一,经办人,officer.230200@example.org,0400-0000012",
    f"{_QINGPING},,单位,office.230202@example.org,0400-0000013",
    f"{_BEILING},,,,",
    f"{_EDUCATION},沈一,经办人,officer.230000-01@example.org,0400-0000015",
    f"{_AGRICULTURE},韩一,负责人,head.230000-02@example.org,0400-0000016",
)
ROSTER_CSV = "\n".join(ROSTER_LINES) + "\n"

UPSTREAM = "国扶组发〔2020〕6号"
COVER = "江扶组办发〔2020〕8号"
PAIR_FILE = "江扶组办发2020-8.md"
#: The cover asks for three reports: 1 undated (及时), 2 monthly by the 5th from March, 3 at any time.
UNDATED, MONTHLY, AT_ANY_TIME = 1, 2, 3
PAIR = f"""# 江北省扶贫开发领导小组办公室文件

{COVER}

## 关于转发《国务院扶贫开发领导小组 <关于春季帮扶工作的通知>》的通知

各市（地）、县（市、区）扶贫开发领导小组，省扶贫开发领导小组成员单位：

国务院扶贫开发领导小组《关于春季帮扶工作的通知》（{UPSTREAM}）已经收悉，现转发给你们，请结合实际抓好落实。同时提出三点意见，请一并执行。

**一要把责任放在心上。**各地各部门主要负责同志要亲自过问，把任务分到人、把时间定到天，不留空白。

**二要把困难摸在前头。**各地各部门要逐村走访，弄清缺种子、缺人手、缺销路的户，列出清单，逐条解决。

**三要把消息报得及时。**春季帮扶的进度、已经采取的办法和需要上级支持的事项，由各地各部门写成综合分析报告，及时上报省扶贫办。自3月份起，每月5日前报送一次最新进展。新出的文件、新推的做法和其他要紧的情况，不受时间限制，随时报告。

联系人：李示例 电话：0400-0000000

邮箱：shili@example.org

附件：国务院扶贫开发领导小组《关于春季帮扶工作的通知》（{UPSTREAM}）



# 国务院扶贫开发领导小组文件

{UPSTREAM}

---

## 国务院扶贫开发领导小组关于春季帮扶工作的通知

各省、自治区、直辖市和新疆生产建设兵团扶贫开发领导小组，国务院扶贫开发领导小组成员单位：

为做好春季帮扶，经研究，现就有关工作作出如下安排。

### 一、抓紧春耕备耕

要把种子、化肥送到田头，不误农时。

**（一）保证供应。**运输农资的车辆要优先通行。

**（二）搞好服务。**农技人员要进村入户。

### 二、抓紧务工就业

要摸清外出意愿，组织输送，帮助就近就业。

### 三、抓紧作风建设

要少开会、少填表，让干部腾出手来办实事。

请各地把贯彻落实情况和下一步的打算整理成书面材料，于2月20日前报国务院扶贫办。

---

抄送：国家医保局，各省、自治区、直辖市和新疆生产建设兵团扶贫办（局）、协作办。

---

国务院扶贫办

2020年2月13日印发
"""


def beijing(text: str) -> datetime:
    """Return the instant of a local time such as `2020-02-14 09:30`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def officer(code: str) -> Actor:
    """Return the officer of an office as the actor of an act."""
    return Actor(ActorKind.OFFICER, f"{code}经办人")


def notice_text(number: str, *sentences: str, urgency: str = "", scope: str = "", addressees: str = "") -> str:
    """Return a small circular of the province's office: each sentence is a paragraph of its own."""
    head = f"{urgency}\n\n" if urgency else ""
    to = addressees or "各市（地）、县（市、区）扶贫开发领导小组，省扶贫开发领导小组成员单位"
    paragraphs = "\n\n".join(sentences)
    foot = f"\n\n（此件{scope}）" if scope else ""
    return f"""{head}# 江北省扶贫开发领导小组办公室文件

{number}

## 江北省扶贫开发领导小组办公室关于做好有关工作的通知

{to}：

为做好有关工作，现将要求通知如下。

{paragraphs}

江北省扶贫开发领导小组办公室

2020年2月14日{foot}
"""


def import_cast(now: datetime) -> Imported:
    """Import the cast's roster."""
    return import_roster.fn(ROSTER_CSV.encode(), "roster.csv", actor=OPERATOR, now=now)


def register_pair(now: datetime) -> Registration:
    """Register the upstream (our receipt of it) and the cover; the roster must be there."""
    return register_circular.fn(PAIR.encode(), PAIR_FILE, actor=OPERATOR, now=now)


def register_text(text: str, now: datetime, filename: str = "notice.md") -> Registration:
    """Register a text of its own as a script does: whatever the reader doubts, nobody is asked."""
    return register_circular.fn(text.encode(), filename, actor=OPERATOR, now=now, looking=Looking.NEVER)


def forward_cover(now: datetime, number: str = COVER, *, mode: ForwardingMode = ForwardingMode.DIRECT) -> Forwarded:
    """Forward a circular of the province to whom it addresses."""
    return forward_circular.fn(number, actor=OPERATOR, now=now, mode=mode)


def set_out(now: datetime) -> Forwarded:
    """Import, register the pair and forward the cover, all at one instant."""
    import_cast(now)
    register_pair(now)
    return forward_cover(now)
