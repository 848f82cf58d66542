"""The words for handing in: whether a sentence asks for it, to whom, and who owes it."""

from __future__ import annotations

import re

from domain.reading.office_names import OFFICE_END

#: What may stand between two stops; a name of an office never runs over them.
_CLAUSE = "[^，。；：;:,！!]"
_STRONG = (
    "报送|上报|报备|呈报|提报|填报|申报|报名|反馈|备案|提交|送交|报回|寄送|寄至|寄回|发送至|发送到|发至|发到|发回|传至|传真至"
    "|送至|报至|分送|递交|函告|函复|回复|抄送|抄报|汇报|报给|报到(?=[省市县区我])|报我|交至|交回|上传至|上传到"
)
_SUPERIOR = "我|省|市|县|国务院|上级|当地|所在|本级|主管|相应"
_TO_REPORT = (
    rf"(?:向{_CLAUSE}{{1,40}}?|及时|立即|随时|第一时间|尽快|马上|迅速|如实|书面|提前)(?:书面)?报告|报告(?={_SUPERIOR})"
)
_REPORT = re.compile(rf"{_STRONG}|{_TO_REPORT}")
#: 报 alone, before the name of an office; not in 通报, 填报, 报名, 报经 and their like.
_TO_OFFICE = re.compile(
    r"(?<![通预情日公汇申海电捷喜举呈上填书谎警登简月周年快续初终核])报(?![送备名告到道表刊销废酬请批给回至纸社经])"
    rf"(?P<office>{_CLAUSE}{{2,60}})"
)
#: 报送的材料, 报送制度: spoken of, not asked for.
_NOT_A_DUTY = re.compile(
    r"(?:报送|上报|提交|填报|反馈|申报|报告|备案|汇报)"
    r"(?:的|制度|工作|机制|数据的|程序|流程|渠道|要求|时间|方式|内容|范围|对象|条件|系统|平台|质量|信息的)"
    r"(?![^，。；]{0,8}(?:小结|总结|情况|进展|报告|方案|计划|台账|材料|名单|表))"
)
_DIRECT = re.compile(
    r"(?:报送|上报|报备|呈报|提报|申报|反馈|提交|送交|报回|分送|递交|函告|函复|回复|抄送|抄报|汇报|报给"
    rf"|报告(?={_SUPERIOR})|(?:寄送?|发送?|传真|传|送|交|报|上传)(?=至|到|给|省|市|县))(?:至|到|给|予|于)?"
    rf"(?P<office>{_CLAUSE}{{1,60}})"
)
_TOWARDS = re.compile(
    rf"向(?P<office>{_CLAUSE}{{2,50}}?)(?:书面)?(?:报送|上报|报告|提交|反馈|备案|报备|申报|汇报|提出|递交)"
)
_AT_END = re.compile(rf"(?:报送|提交|反馈|发送|上报){_CLAUSE}{{1,50}}?(?:至|到|给)(?P<office>{_CLAUSE}{{2,40}})")
_AFTER_OFFICE = re.compile(
    r"(?:备案|审批|审核|审查|审定|批准|核准|汇总|同意|并|统一|统筹|组织(?!部)|研究|登记|存档|收|邮箱|电子邮箱|联系"
    r"|指定|牵头|以便|予以|纳入|及时|[（(][^（）()]{6,}[）)]|[A-Za-z0-9@]).*$"
)
_MAILBOX = re.compile(r"^(?:电子)?(?:邮箱|邮件|信箱)")
_PRONOUN = re.compile(r"^(?:我[办局委厅部司处院会省市县区们校社]|我公司)")
_NO_OFFICE = re.compile("的|情况|材料|一|有关|相关|本")

#: What a sentence goes on with after its subject.
_STARTER = (
    r"要(?!求)|应|须|需|必须|务必|于|在|对|将|把|写|撰写|按|根据|依|结合|认真|组织(?!部|机构)|负责(?!同志|人)|请|每|从|会商|汇总|牵头"
    r"|制定|印发|填写|高度|及时|贯彻|落实|做好|开展|报送|报|上报|可|会同|统筹|分别|完成|建立|抓紧|尽快|指定|明确|确定|一律"
    r"|原则上|书面|推荐|提出|审核|全面|切实|同步|研究|加快|加强|编制|填报|提交|梳理|派|选派|严格|积极|具体|自|以(?=县|市|省)|\d"
)
_COLLECTIVE = (
    "各地各部门|各地区各部门|各地方|各地区|各地|各级|各单位|各部门"
    "|贵[单省市局委厅办公校院]位?|你[单省市局委厅办公校院][位司]?"
)
_ENDINGS = (
    "委员会|委|局|办|厅|部|院|公司|政府|会|司|处|署|中心|机构|单位|部门|机关|小组|指挥部|老师|同志|企业|学校|高校|院校|城市"
    "|团体|集团|银行|医院|支队|总队|站|所|乡镇|街道|镇街|乡|镇|组|科室|室|科|股|社区|馆|台"
    "|各(?:[省市州县]、)?(?:各)?(?:省|市|县|区|州|盟|旗|乡镇|街道|校|区县|市县|县区|设区市|地市|市州)(?:[（(][^（）()]{1,14}[）)])?"
)
_SUBJECT = re.compile(
    rf"(?P<office>(?:{_COLLECTIVE})(?={_STARTER})"
    rf"|[一-鿿（）(),，、“”]{{0,60}}?(?:{_ENDINGS})(?:[（(][^（）()]{{1,12}}[）)])?)(?={_STARTER})"
)
#: 请贵单位会签: so addressed, whatever follows.
_ADDRESSED = re.compile(r"(?P<office>贵单位|贵[省市局委厅办司校院]|你单位|你公司|你[省市局委厅办校院])")
_SUBJECT_AT = re.compile(r"(?:^|[，：:；;。]|请|由|经(?=[^，]{2,20}汇总)|商请)(?:请|由)?(?:其他)?")
#: What may have run into the subject from before it: a heading, an object.
_BEFORE_SUBJECT = re.compile("请|(?<!自)由")
_NO_SUBJECT = re.compile(
    r"^(?:根据|按照|按|为|经|对|将|把|在|于|从|自|以|与|和|及|并|如|遇|凡|同时|发现|关于|我|本|确保|通过|现|已|未|由于|因|要|请"
    r"|结合|认真|组织|有关要求|等|是|不|可|上述|以上|该|其|加强|做好|进一步|完成|向|报|这|具备)"
)


def asks_to_report(words: str) -> bool:
    """Whether the words ask that something be handed in, named or not to whom."""
    return bool(_REPORT.search(_NOT_A_DUTY.sub("", words))) or any(
        _office(match["office"]) for match in _TO_OFFICE.finditer(words)
    )


def deliver_to(words: str) -> str | None:
    """The office that what is handed in goes to, in the text's words; a bare mailbox is none."""
    candidates = [match for pattern in (_TOWARDS, _AT_END, _TO_OFFICE) for match in pattern.finditer(words)]
    candidates += list(_DIRECT.finditer(words))
    for match in candidates:
        if name := _office(match["office"]):
            return name
    return None


def responsible(sentence: str) -> str | None:
    """Who owes it: the first office that stands as a subject in the sentence."""
    for place in _SUBJECT_AT.finditer(sentence):
        subject = _SUBJECT.match(sentence, place.end()) or _ADDRESSED.match(sentence, place.end())
        if subject is None:
            continue
        name = _BEFORE_SUBJECT.split(subject["office"])[-1].strip("，,")
        if "，" not in name and "," not in name and not _NO_SUBJECT.match(name):
            return name
    return None


def _office(words: str) -> str | None:
    """The name of an office that the words begin with, what follows it left out."""
    words = words.strip()
    if _MAILBOX.match(words):
        return None
    if pronoun := _PRONOUN.match(words):
        return pronoun[0]
    name = _AFTER_OFFICE.sub("", words).strip()
    if _REPORT.search(name):  # the words ran into another verb: 将总结报送至省厅
        name = name[max(name.rfind("至"), name.rfind("到")) + 1 :]
    return name if len(name) > 1 and OFFICE_END.search(name) and not _NO_OFFICE.match(name) else None
