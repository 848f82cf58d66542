"""How names of offices end, stand together and stand apart in the text of a circular."""

from __future__ import annotations

import re

#: The last characters of what can receive, send or sign a paper.
_ENDINGS = (
    "委员会|委|局|办|厅|部|院|公司|政府|会|司|处|科|署|总社|社|中心|机构|单位|部门|机关|领导小组|小组|专班|指挥部|防指|指挥所"
    "|公室|支队|总队|大队|队|集团|银行|行|学校|大学|学院|校|法院|检察院|国务院|党委|党组|党工委|工委|团委|支部|总支|党总支"
    "|协会|联合会|研究所|研究院|所|站|场|馆|(?<!平)台|兵团|军区|企业|乡镇|街道|镇街|乡|镇|街|老师|同志|同学|同事|员工|家长|室|厂|传媒|报社|园区|管委会|组|股|窗口|(?<![关体])系|负责人|领导|秘书|[妇文残侨]联|社科联|工商联|[科作记]协"
)
OFFICE_END = re.compile(rf"(?:{_ENDINGS})(?:[（(][^（）()]{{1,14}}[）)])?$")
#: The signs that end the name of one that signs: shorter, since a signature is looked for in running text.
_SIGNING = re.compile(
    r"(?:委员会|委|局|办|厅|部|院|公司|政府|会|司|处|署|中心|领导小组|小组|指挥部|公室|工委|党组|大学|学院|总队|集团|银行|总社|府)$"
)
_SEPARATORS = re.compile(r"[，,；;\n]")
_BRACKETS = {"（": "）", "(": ")", "〔": "〕", "《": "》"}
#: What a name begins with when it stands whole, so that it does not lean on the name before it.
_WHOLE = re.compile(
    r"各|省|市(?!场)|县|区(?!域)|州|盟|国务院|国家|中央|中共|中国|全国|国网|驻|有关|本|我|自治区|兵团|新疆生产建设兵团|[一-鿿]{2,7}(?:省|市|自治区|州|县)"
)
_LEANING = re.compile(r"(?:单位|部门|企业|机构)(?!$)|(?:单位|部门|企业)$")
_SHARED_BEGINNING = re.compile(
    r"(?:国家[一-鿿]{2,8})?各[一-鿿]{0,4}?(?:省|市|州|盟|县|区|旗|地|乡镇|乡|街道|计划单列市|县市|市县)"
)
_PLACE = re.compile(r"(?:中共|共青团|国网)?(?P<place>[一-鿿]{2,8}?(?:省|自治区|自治州|自治县|市|州|盟|县|区|旗))")
#: What the name of its office in a place goes on from: 国家税务总局甲市税务局
_NATIONAL = re.compile("国家[一-鿿]{2,6}总局|国家统计局|国家能源局")
_SEALED = re.compile(r"[（(](?:[^（）()]{2,40}代章|代章?)[）)]$")


def ends_like_office(name: str) -> bool:
    """Whether a name ends as names of offices do, a bracket such as （教委） aside."""
    return bool(OFFICE_END.search(name.rstrip()))


def signs_like_office(name: str) -> bool:
    """Whether a name ends as names under a signature do."""
    return bool(_SIGNING.search(name.rstrip()))


def without_blanks(text: str) -> str:
    """A name or title without line breaks and letter-spacing."""
    return re.sub(r"\s+", "", text)


def split_offices(text: str) -> tuple[str, ...]:
    """The groups of an addressee line: a comma parts them, and so does 、 between offices that each stand whole."""
    groups: list[str] = []
    for part in parted(text, "，,；;\n"):
        groups += _whole_offices(without_blanks(part).strip("。．.：: "))
    return tuple(group for group in groups if group)


def split_signatures(text: str) -> tuple[str, ...]:
    """The joint issuers of a signature or red head whose names may stand in one run."""
    names: list[str] = []
    for part in re.split(r"[\s、，]+", _SEALED.sub("", text.strip())):
        names += _glued(_SEALED.sub("", part))
    return tuple(name for name in names if name)


def parted(text: str, separators: str) -> list[str]:
    """The parts between the separators that stand outside brackets."""
    parts, start, closing = [], 0, ""
    for index, sign in enumerate(text):
        if closing:
            closing = "" if sign in closing else closing
        elif sign in _BRACKETS:
            closing = "）)〕》"
        elif sign in separators:
            parts.append(text[start:index])
            start = index + 1
    return [*parts, text[start:]]


def _whole_offices(group: str) -> list[str]:
    """省委编办、省财政厅 are two; 各省、自治区、直辖市人民政府 and 各市发展改革委、统计局 are one."""
    offices: list[str] = []
    for name in parted(group, "、"):
        if offices and not _stands_apart(offices[-1], name):
            offices[-1] = f"{offices[-1]}、{name}"
        else:
            offices.append(name)
    return offices


def _stands_apart(before: str, name: str) -> bool:
    if len(name) == 1 or not ends_like_office(before) or not ends_like_office(name) or _LEANING.match(name):
        return False
    return bool(_WHOLE.match(name)) or not _SHARED_BEGINNING.match(before)


def _glued(run: str) -> list[str]:
    """A run such as 甲市财政局甲市民政局: a new name begins where the place, or 中共, 国家…, comes again."""
    place = _PLACE.match(run)
    beginnings = ["中共", "国家", "国网", "中国", "共青团", *([re.escape(place["place"])] if place else [])]
    begins = re.compile("|".join(beginnings))
    names, start = [], 0
    for match in begins.finditer(run):
        before = run[start : match.start()]
        if len(before) >= 4 and signs_like_office(before) and not _NATIONAL.fullmatch(before):
            names.append(run[start : match.start()])
            start = match.start()
    return [*names, run[start:]]
