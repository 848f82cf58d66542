"""The words for handing in: whether a sentence asks for it, and to whom."""

from __future__ import annotations

import re

from domain.reading.office_names import OFFICE_END

#: What may stand between two stops; a name of an office never runs over them.
_CLAUSE = "[^，。；：;:,！!]"
_STRONG = (
    "报送|上报|报备|呈报|提报|填报|申报|报名|反馈|备案|提交|送交|报回|寄送|寄至|寄到|寄回|发送至|发送到|发至|发到|发回|传至|传真至"
    "|送至|报至|报来|发邮件[至到给]|分送|函送|呈送|递交|函告|函复|函报|回复|抄送|抄报|汇报|报给|报到(?=[省市县区我]|(?![时地手处人])[^，。；、]{2,24}(?:[部委厅局办]|办公室|领导小组))|报我|交至|交回"
    "|上传至|上传到"
)
_SUPERIOR = "我|省|市|县|国务院|上级|当地|所在|属地|本级|主管|相应"
_AT_ONCE = "及时|立即|随时|第一时间|尽快|马上|迅速|如实|书面|提前"
_TO_REPORT = rf"(?:向{_CLAUSE}{{1,40}}?|{_AT_ONCE})(?:书面|请示|电话|口头)?(?:报告|反映)|报告(?={_SUPERIOR})"
_REPORT = re.compile(f"{_STRONG}|{_TO_REPORT}")
#: Verbs that hand in only where the name of an office follows: 报省厅; not 通报, 年报, 报经, 护送, 送医 and their like.
_TO_OFFICE = re.compile(
    r"(?:(?<![通预情日公汇申海电捷喜举呈上填谎警登简月周年快续初终核])报(?![送备名告到道表刊销废酬批给回至纸社经])请?"
    r"|(?<![报运护输欢赠派配传保推抄移遣转递寄发分呈断])送(?![医往检货变电气餐])[达回至到]?"
    rf"|(?<![上提递转移成社外结缴相])交(?![通流易换叉汇办接界底货费税款纳由替互错警])[至到给]?|上交[至到给]?|告知|返回|退回|报名[至到]|(?<=情况)通报|(?<=结果)通报|推荐[至到给]|汇总[至到]|选送[至到]?)(?P<office>{_CLAUSE}{{2,60}})"
)
#: 报送的材料, 报送制度: spoken of, not asked for.
_NOT_A_DUTY = re.compile(
    r"(?:报送|上报|提交|填报|反馈|申报|报告|备案|汇报)"
    r"(?:的|制度|工作|机制|数据的|程序|流程|渠道|要求|时间|方式|内容|范围|对象|条件|系统|平台|质量|信息的)"
    r"(?![^，。；]{0,8}(?:小结|总结|情况|进展|报告|方案|计划|台账|材料|名单|表|[日周旬月季年]报))"
)
_DIRECT = re.compile(
    r"(?:报送|上报|报备|呈报|提报|申报|反馈|提交|送交|报回|分送|函送|呈送|递交|函告|函复|函报|回复|抄送|抄报|汇报|报给"
    rf"|报告(?={_SUPERIOR})|(?:寄送?|发送?|传真|传|送|交|报|上传|发邮件)(?=至|到|给|省|市|县))(?:至|到|给|予|于)?"
    rf"(?P<office>{_CLAUSE}{{1,60}})"
)
_TOWARDS = re.compile(
    rf"向(?P<office>{_CLAUSE}{{2,50}}?)(?:书面)?(?:报送|上报|报告|提交|反馈|反映|备案|报备|申报|汇报|通报|提出|递交)"
)
_AT_ONCE_TO = re.compile(rf"(?:{_AT_ONCE})(?:书面)?报告(?P<office>{_CLAUSE}{{2,50}})")
_AT_END = re.compile(
    rf"(?:报送|提交|反馈|发送|上报|推荐|选送|邮寄|寄送){_CLAUSE}{{1,50}}?(?:至|到|给)(?P<office>{_CLAUSE}{{2,40}})"
)
_AFTER_OFFICE = re.compile(
    r"(?:备案|备查|存查|归档|处理|办理|批复|审议|审阅|审批(?!局|中心)|审核|审查|审定|批准|核准|汇总|同意|并|统一(?!战线)|统筹(?!局|办)|组织(?![部委处])|研究(?![院所会中])|登记(?!管理|机关)"
    r"|存档|收(?!费|储)|邮箱|电子邮箱|联系(?![会办])|指定|牵头(?!单位)|以便|予以|纳入|及时|[（(][^（）()]{6,}[）)]|[A-Za-z0-9@]).*$"
)
#: A bracket that the end of the clause cut open: 省林业局（联系人
_UNCLOSED = re.compile(r"[（(][^（）()]*$")
_MAILBOX = re.compile(r"^(?:电子)?(?:邮箱|邮件|信箱)")
_PRONOUN = re.compile(r"^(?:我[办局委厅部司处院会省市县区们校社]|我公司)")
_NO_OFFICE = re.compile("的|情况|材料|一(?!级)|有关|相关|本(?!级|地|单位|部门)")


def asks_to_report(words: str) -> bool:
    """Whether the words ask that something be handed in, named or not to whom."""
    return bool(_REPORT.search(_NOT_A_DUTY.sub("", words))) or any(
        _office(match["office"]) for match in _TO_OFFICE.finditer(words)
    )


def deliver_to(words: str) -> str | None:
    """The office that what is handed in goes to, in the text's words; a bare mailbox is none."""
    candidates = [
        match for pattern in (_TOWARDS, _AT_ONCE_TO, _AT_END, _TO_OFFICE) for match in pattern.finditer(words)
    ]
    candidates += list(_DIRECT.finditer(words))
    for match in candidates:
        if name := _office(match["office"]):
            return name
    return None


def _office(words: str) -> str | None:
    """The name of an office that the words begin with, what follows it left out."""
    words = words.strip()
    if _MAILBOX.match(words):
        return None
    pronoun = _PRONOUN.match(words)
    name = _UNCLOSED.sub("", _AFTER_OFFICE.sub("", words)).strip()
    if _REPORT.search(name):  # the words ran into another verb: 将总结报送至省厅
        name = name[max(name.rfind("至"), name.rfind("到")) + 1 :]
    if len(name) > 1 and OFFICE_END.search(name) and not _NO_OFFICE.match(name):
        return name
    return pronoun[0] if pronoun else None
