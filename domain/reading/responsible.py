"""Who owes what a sentence asks for: its subject, or the office that a tag such as （省财政厅牵头） names."""

from __future__ import annotations

import re
from dataclasses import dataclass

from domain.reading.office_names import ends_like_office

#: What a sentence goes on with after its subject.
_STARTER = (
    r"要(?!求)|应(?!急|用)|须|需|必须|务|在(?!职|校)|对(?!外|口)|将(?!军)|把|写|撰写|按|根据|依|结合|认真|(?<!社会)组织(?!部|机构|生活)"
    r"|负责(?!同志|人)|请|每|从(?!业)|会商|汇总|牵头(?!单位|部门|处室)|于|制定|印发|填写|高度|及时|贯彻|落实|做好|开展|报送|报(?!社|告)|上报|可|会同"
    r"|统筹(?!局|办)|统一(?!战线)|分别|完成|建立|建成|抓紧|尽快|指定|明确|确定|一律|一旦|一经|原则上|书面|推荐|提出|审核|全面|全部|切实|同步|研究(?![院所会中])"
    r"|加快|加强|编制(?![委办])|填报|提交|梳理|派(?!出)|选派|严格|积极|具体|自(?!然|治|贸)|以(?=县|市|省)|\d|发现|遇|参照|对照|围绕|立即|继续|持续"
    r"|进行|推进(?![办小])|确保|力争|至少|均|都|已|启动|出台|公布|组建|成立|举办|召开|实现|达到|新建|选定|配齐|收到|接到|仍|未(?!成年)|倒排|商(?=[有相省市])|缴纳|提供|参加|发生|动员|统计(?!局)"
)
_COLLECTIVE = (
    "各地各部门|各地区各部门|各地各单位|各地各校|各地方|各地区|各地|各级|各单位|各部门|各校|(?:国家|省|市|州|县|区|乡|镇|村)级"
    "|贵[单省市局委厅办公校院]位?|你[单省市局委厅办公校院][位司]?"
)
_ENDINGS = (
    "委员会|委|局|办|厅|(?<![全内外局大])部|院|公司|政府|(?<!社)会|社会组织|(?<!公)司|处|署|中心|机构|单位|部门|机关|小组|指挥部|老师|同志|企业|校|城市"
    "|团体|集团|银行|医院|支队|大队|总队|中队|队|站|所|乡镇|街道|镇街|乡|镇|组|科室|室|科|股|社区|馆|(?<!平)台|分局|党组|工委|支部|专班|村|户|场|园|园区|厂|矿"
    "|法人|网点|[妇文残侨]联|社科联|工商联|[科作记]协|有关(?:省|市|县|区|州)|(?<!动)员|院系|处室|(?<![关体])系|领导|秘书|书记|主任|干部|负责人|申请人|申报人|人民团体|社|教师|代表|主体|防指|运营商|供应商|商户"
    "|各(?:[省市州县]、)?(?:各)?(?:省|市|县|区|州|盟|旗|乡镇|街道|校|区县|市县|县区|设区市|地市|市州|市（州）)(?:[（(][^（）()]{1,14}[）)])?"
)
_SUBJECT = re.compile(
    rf"(?P<office>(?:{_COLLECTIVE})(?={_STARTER})"
    rf"|(?:[一-鿿（）]{{2,20}}、){{0,24}}?[一-鿿（）(),，、“”]{{0,60}}?(?:{_ENDINGS})(?:[（(][^（）()]{{1,12}}[）)])?"
    rf"(?:会同[一-鿿（）()、]{{2,40}}?(?:{_ENDINGS}))?)(?={_STARTER})"
)
#: 请贵单位会签: so addressed, whatever follows.
_ADDRESSED = re.compile(r"(?P<office>贵单位|贵[省市局委厅办司校院]|你单位|你公司|你[省市局委厅办校院])")
_SUBJECT_AT = re.compile(
    r"(?:^|[，,：:；;。]|请|由|经(?=[^，]{2,20}汇总)|商请)(?:[一二三四五六七八九十]是)?(?:请|由)?(?:其他)?"
)
#: What may have run into the subject from before it: a heading, an object.
_BEFORE_SUBJECT = re.compile("请|(?<!自)由")
#: 市财政局：4月15日前下达资金
_BEFORE_COLON = re.compile(
    r"(?:^|(?<=[。；;]))(?P<office>[一-鿿、（）()]{2,40})(?<![任头办系员]单位)(?<!责任部门)[：:]"
)
#: 各单位整改情况请于5月底前报送: whose it is owes it
_EACH = r"各(?:有关|相关|责任|成员)?(?:单位|部门|地区|地|[省市州县区](?:[（(][^（）()]{1,14}[）)])?)"
_OWNER = re.compile(
    rf"(?:^|(?<=[。；;，,]))(?P<office>{_EACH}(?:、{_EACH}){{0,3}})"
    r"(?=[^，。；]{1,24}(?:情况|方案|总结|名单|材料|报告|计划|[^代发]表|台账|清单))"
)
_CONCERNED = re.compile("^所?(?:涉及|对应)的")
_NO_SUBJECT = re.compile(
    r"^(?:根据|按照|按|为|经(?!济|办|营)|对(?!口)|将|把|在(?!校|职)|于|从|自(?!然|治|贸)|以|与|和|及|并|如|遇|凡|同时|发现|关于|我|本(?!级|地|省|市|县)"
    r"|确保|通过|现(?!场)|已|未(?!成年)|由于|因|要|请|结合|认真|组织(?!部|人事)|有关要求|等|是|不|可(?!再)|上述|以上|该|其(?!他)|加强|做好|进一步|完成"
    r"|向|报(?!社)|送|分[别送]|这|具备|[（(])"
)
_LONGEST_OPENING = 8
_INSIDE = r"[^（）()；;。\n]{2,120}?"
#: 责任单位：省财政厅; the names of offices in their order, up to the next label.
_LABEL = re.compile(
    r"(?:责任|牵头|主办|承办|负责|实施|整改)(?:单位|部门|处室|科室|主体)(?:[（(][^（）()]{1,10}[）)])?[：:]\s*"
    r"(?P<office>[^；;。\n：:]{2,120}?)(?=[；;。\n]|[，,、\s]{0,3}(?:配合|参与|责任|协办|参加|完成|整改|办结|落实)?(?:单位|部门|时限|时间|期限)|[）)]?$|[）)][，；。])"
)
#: （省水利厅牵头，…） and （各有关部门按职责分工负责）
_IN_BRACKETS = re.compile(
    rf"[（(](?:由)?(?P<office>{_INSIDE})(?:等)?(?:按(?:照)?(?:各自)?职责(?:分工)?|分别|共同)?(?:牵头)?(?:负责|牵头|主办)(?=[，,、；;）)。落])"
)


@dataclass(frozen=True, slots=True)
class Subject:
    """An office that a sentence has as its subject, and where it stands."""

    start: int
    name: str


def responsible(sentence: str) -> str | None:
    """Who owes it: the office that a tag names, else the first subject, else whose paper is asked for."""
    found = subjects(sentence) or _owners(sentence, 0, len(sentence))
    return charged(sentence) or next((subject.name for subject in found), None)


def charged(words: str) -> str | None:
    """The office that a tag at the end of an item charges with it: （牵头单位：省财政厅；…）."""
    tag = _LABEL.search(words) or _IN_BRACKETS.search(words)
    name = re.split(r"[，,]", tag["office"])[0].strip() if tag else ""
    return name if len(name) > 1 and ends_like_office(name) else None


def responsible_by(
    sentence: str, standing: list[Subject], start: int, end: int, *, since: int, until: int, owing: str | None = None
) -> str | None:
    """Which subject owes what is due by the term at [start, end); `since` and `until` part it from its neighbours.

    The office right after the term (5月底前，各市完成), else the one before it, else the one `owing` what the sentence
    said so far, else the first one after it.
    """
    if tag := charged(sentence[since:until]):
        return tag
    right_after = _named_after(sentence, end, "，,")
    before = [subject for subject in standing if since <= subject.start < start]
    behind = [subject for subject in standing if end <= subject.start < until]
    behind = [subject for subject in behind if subject.name not in sentence[: subject.start]]  # 报市局，市局汇总
    if since and not before and (second := _named_after(sentence, since, "、")):  # 县级于5月底前、市级于6月底前完成
        before = [second]
    before = before or _owners(sentence, since, start)
    if chosen := right_after or (before[-1 if since else 0] if before else None):
        return chosen.name
    return owing or (behind[0].name if behind else None)


def _named_after(sentence: str, at: int, stops: str) -> Subject | None:
    """The subject right after a term; without a stop only where it cannot be an object."""
    if sentence[at : at + 1] in tuple(stops):
        at += 1
    elif sentence[at : at + 1] not in tuple("各省市县区州盟乡镇村你贵国全"):
        return None
    return None if _NO_SUBJECT.match(sentence[at : at + _LONGEST_OPENING]) else _subject_at(sentence, at)


def subjects(sentence: str) -> list[Subject]:
    """The subjects of a sentence in their order."""
    standing = (_subject_at(sentence, place.end()) for place in _SUBJECT_AT.finditer(sentence))
    named = [Subject(m.start(), m["office"]) for m in _BEFORE_COLON.finditer(sentence) if ends_like_office(m["office"])]
    return [*named, *(subject for subject in standing if subject)]


def _owners(sentence: str, start: int, end: int) -> list[Subject]:
    return [Subject(match.start(), match["office"]) for match in _OWNER.finditer(sentence, start, end)]


def _subject_at(sentence: str, at: int) -> Subject | None:
    match = _SUBJECT.match(sentence, at) or _ADDRESSED.match(sentence, at)
    if match is None:
        return None
    name = _CONCERNED.sub("", _BEFORE_SUBJECT.split(match["office"])[-1].strip("，,"))
    parts = re.split("[，,]", name)
    whole = len(parts) == 1 or (parts[0].startswith("各") and all(map(ends_like_office, parts)))
    return Subject(match.start(), name) if whole and not _NO_SUBJECT.match(name) else None
