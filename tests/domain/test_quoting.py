"""What the author wrote is kept, what mail programs quote and add is cut: client by client."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quoting import written

ORIGINAL = "下列文件已发至你单位，至今未见签收。请尽快签收。\n1. 关于做好疫情防控期间有关工作的通知"
PREFIXED = "\n".join(f"> {line}" for line in ORIGINAL.split("\n"))

CLIENTS = {
    "QQ Mail": """已签收。



------------------ 原始邮件 ------------------
发件人: "督办系统"<duban@example.org>;
发送时间: 2020年2月14日(星期五) 上午9:40
收件人: "平安县扶贫办"<pingan@example.org>;
主题: 请尽快签收

""",
    "QQ Mail with hard blanks": """已签收。
------------------\xa0原始邮件\xa0------------------
发件人:\xa0"督办系统"<duban@example.org>;
""",
    "QQ Mail, newer": """已签收。

------------------ Original ------------------
From: "督办系统"<duban@example.org>;
Date: Fri, Feb 14, 2020 09:40 AM
To: "平安县扶贫办"<pingan@example.org>;
Subject: 请尽快签收

""",
    "QQ Mail for telephones": """已签收。

来自QQ邮箱手机版

---Original---
From: "督办系统"<duban@example.org>
Date: Fri, Feb 14, 2020 09:40 AM
To: "平安县扶贫办"<pingan@example.org>;
Subject: 请尽快签收
""",
    "Foxmail": """已签收。



平安县扶贫办

发件人： 督办系统
发送时间： 2020-02-14 09:40
收件人： 平安县扶贫办
主题： 请尽快签收
""",
    "163": """已签收。






在 2020-02-14 09:40:12，"督办系统" <duban@example.org> 写道：

""",
    "126, with signs": """已签收。
在 2020-02-14 09:40:12，"督办系统" <duban@example.org> 写道：
>""",
    "NetEase Mail Master": """已签收。

---- 回复的原邮件 ----
| 发件人 | 督办系统<duban@example.org> |
| 发送日期 | 2020年2月14日 09:40 |
| 收件人 | 平安县扶贫办<pingan@example.org> |
| 主题 | 请尽快签收 |
""",
    "NetEase Mail Master, older": """已签收。
---- 回复的原邮件 ----
发件人 督办系统<duban@example.org>
""",
    "Outlook, Chinese": """已签收。

发件人: 督办系统 <duban@example.org>
发送时间: 2020年2月14日 9:40
收件人: 平安县扶贫办 <pingan@example.org>
主题: 请尽快签收

""",
    "Outlook, Chinese, with a rule and wide colons": """已签收。

________________________________
发件人：督办系统 <duban@example.org>
发送时间：2020年2月14日 9:40
收件人：平安县扶贫办
抄送：平安县政府办
主题：请尽快签收
""",
    "Outlook, Chinese, older": """已签收。

-----邮件原件-----
发件人: 督办系统 [mailto:duban@example.org]
发送时间: 2020年2月14日 9:40
收件人: 平安县扶贫办
主题: 请尽快签收
""",
    "Outlook, English": """已签收。

From: Duban <duban@example.org>
Sent: Friday, February 14, 2020 9:40 AM
To: Pingan <pingan@example.org>
Subject: 请尽快签收

""",
    "Outlook, English, older": """已签收。

-----Original Message-----
From: Duban [mailto:duban@example.org]
Sent: Friday, February 14, 2020 9:40 AM
""",
    "Outlook for telephones": """已签收。

获取 Outlook for iOS
________________________________
发件人: 督办系统 <duban@example.org>
发送时间: Friday, February 14, 2020 9:40:12 AM
收件人: 平安县扶贫办 <pingan@example.org>
主题: 请尽快签收
""",
    "Gmail, Chinese": """已签收。

督办系统 <duban@example.org> 于2020年2月14日周五 上午9:40写道：

> """,
    "Gmail, Chinese, wrapped": """已签收。

督办系统督办系统督办系统 <duban-duban-duban@example.org>
于2020年2月14日周五 上午9:40写道：

> """,
    "Gmail, English": """已签收。

On Fri, Feb 14, 2020 at 9:40 AM Duban <duban@example.org> wrote:

> """,
    "Gmail, English, wrapped": """已签收。

On Fri, Feb 14, 2020 at 9:40 AM Duban, the tracker of circulars
<duban@example.org> wrote:

> """,
    "Google Groups": """已签收。

在2020年2月14日星期五 UTC+8 09:40:12<duban> 写道：
""",
    "Apple Mail, Chinese": """已签收。

> 在 2020年2月14日，上午9:40，督办系统 <duban@example.org> 写道：
>
> """,
    "Apple Mail, Chinese, newer": """已签收。

> 2020年2月14日 上午9:40，督办系统 <duban@example.org> 写道：
>
> """,
    "iPhone": """已签收。

发自我的iPhone

在 2020年2月14日，上午9:40，督办系统 <duban@example.org> 写道：

""",
    "Coremail": """已签收。



-----原始邮件-----
发件人:督办系统 <duban@example.org>
发送时间:2020-02-14 09:40:12 (星期五)
收件人: "平安县扶贫办" <pingan@example.org>
抄送:
主题: 请尽快签收

""",
    "WeChat Work": """已签收。

------------------ 原始邮件 ------------------
发件人: "督办系统" <duban@example.org>;
发送时间: 2020年2月14日(星期五) 09:40
收件人: "平安县扶贫办" <pingan@example.org>;
主题: 请尽快签收

""",
    "WeChat Work for telephones": """已签收。

发自我的企业微信

----------回复的邮件信息----------
督办系统<duban@example.org> 在2020年2月14日 周五 09:40写道：

""",
    "DingTalk and Aliyun": """已签收。


------------------------------------------------------------------
发件人：督办系统 <duban@example.org>
发送时间：2020年2月14日(星期五) 09:40
收件人：平安县扶贫办 <pingan@example.org>
主　题：请尽快签收

""",
    "139": """已签收。

------------------\xa0原始邮件\xa0------------------
发 件 人: 督办系统 <duban@example.org>
""",
    "Sina": """已签收。
----- 原始邮件 -----
发件人：督办系统 <duban@example.org>
收件人：<pingan@example.org>
主题：请尽快签收
日期：2020年02月14日 09点40分

""",
    "Thunderbird, Chinese": """已签收。

在 2020/2/14 9:40, 督办系统 写道:
> """,
    "Thunderbird, Chinese, older": """已签收。

于 2020年02月14日 09:40, 督办系统 写道:
> """,
    "Thunderbird, English": """已签收。

On 2/14/20 9:40 AM, Duban wrote:
> """,
    "traditional characters": """已签收。

督辦 <duban@example.org> 於 2020年2月14日 週五 上午9:40寫道：

> """,
    "forwarded by 163": """已签收。

-------- 转发邮件信息 --------
发件人："督办系统" <duban@example.org>
""",
    "forwarded by Gmail": """已签收。

---------- Forwarded message ---------
发件人： 督办系统 <duban@example.org>
""",
    "a signature": """已签收。
--\x20
平安县扶贫办 张三
0451-12345678

""",
    "signs only": """已签收。

> """,
    "wide signs": """已签收。
＞""",
}  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS)
def test_it_keeps_the_answer_above_and_cuts_what_the_client_quotes(client: str) -> None:
    head = CLIENTS[client]
    is_prefixed = head.rstrip().endswith((">", "＞"))
    original = PREFIXED[2:] if is_prefixed else ORIGINAL
    kept = written(head + original)
    assert "下列文件" not in kept
    assert "关于做好" not in kept
    assert kept.startswith("已签收。")
    assert kept in ("已签收。", "已签收。\n\n\n\n平安县扶贫办")


def test_it_keeps_an_answer_below_or_between_what_signs_mark() -> None:
    below = f"在 2020/2/14 9:40, 督办系统 写道:\n{PREFIXED}\n\n已签收。\n平安县扶贫办"
    assert written(below) == "已签收。\n平安县扶贫办"
    between = "> 请签收。\n已签收。\n> 请于27日前报送。\n将按时报送。"
    assert written(between) == "已签收。\n将按时报送。"
    headed = f"-----Original Message-----\n{PREFIXED}\n已签收。"
    assert written(headed) == "已签收。"


ADDED = [
    "发自我的iPhone",
    "发自我的 iPad",
    "发自我的华为手机",
    "发自我的小米手机",
    "发自我的 Redmi K30",
    "发送自 iPhone",
    "发自手机网易邮箱大师",
    "来自QQ邮箱手机版",
    "来自 QQ邮箱 手机版",
    "从 Windows 版邮件发送",
    "从我的 iPhone 发送",
    "Sent from my iPhone",
    "Sent from Mail for Windows",
    "发自新浪邮箱客户端",
    "发自网易邮箱大师",
    "来自 iPhone 客户端",
    "发自企业微信",
    "获取 Outlook for Android",
    "Get Outlook for iOS",
    "来自网易手机号码邮箱",
]


@pytest.mark.parametrize("line", ADDED)
def test_it_cuts_the_line_a_program_adds(line: str) -> None:
    assert written(f"已签收。\n\n{line}") == "已签收。"


UNTOUCHED = [
    "已签收。\n\n",
    "  前面有空格，\n\n\n后面有空行\n",
    "来自阿里巴巴公益的捐赠物资已全部分发",
    "来自华为技术有限公司的设备已到位",
    "发自内心地感谢",
    "他在2020年2月14日的信里写道：村里缺口罩。",
    "他在信中写道：\n村里缺口罩。",
    "在2020年2月14日上报的材料中我们已经写到：\n一、口罩；二、酒精。",
    "发件人：不详",
    "时间：2月27日上午9:00\n地点：县政府三楼\n主题：调度会",
    "收件人：张三\n主题：无",
    "—— 平安县扶贫办",
    "————————\n一、基本情况",
    ">60岁 12人\n",
    "   >= 90% 为优秀",
    "|镇|人数|\n|平安镇|12|",
    "原始邮件已找到",
    "本邮件及附件含有保密信息，仅限收件人使用。",
    "-- 平安县 --",
    "a > b",
]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_it_returns_text_without_a_mark_of_quoting_unchanged(text: str) -> None:
    assert written(text) == text


@given(st.text(alphabet=st.characters(exclude_characters=">＞-—:：", exclude_categories=["Cs"]), max_size=200))
def test_it_never_touches_text_that_has_none_of_the_signs(text: str) -> None:
    if not any(word in text for word in ("发自", "来自", "Sent", "从", "写道", "发送自")):
        assert written(text) == text


@given(
    st.text(alphabet="签收报送\n，。 123一二>-:：发件人主题时间在写道2020-02-14 09:40", max_size=120),
    st.sampled_from(sorted(CLIENTS)),
)
def test_it_never_cuts_the_first_lines_above_a_quote(above: str, client: str) -> None:
    first = above.partition("\n")[0]
    if first.strip() and written(first) == first:
        assert first.strip() in written(f"{first}\n{CLIENTS[client]}{ORIGINAL}")


@given(st.text(max_size=300))
def test_it_never_adds_to_a_text(text: str) -> None:
    once = written(text)
    assert len(once) <= len(text)
    assert all(line.strip() in text for line in once.split("\n"))
