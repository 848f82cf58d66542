"""The words by which an office acts in a mail, and those that keep them from being taken for an act."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from domain.answer_words import without_matter_number
from domain.reading.dates import DAY, MONTH, YEAR

#: characters of a text that are looked at
TEXT_LENGTH = 20_000

_OWN = r"(?:[我本](?:单位|办公室|们|[^，,。；;：:\s]{0,12}?[办局委县市区厅部处司院组乡镇]|)?|经研究)?"
_NOW = r"(?:现|特|兹|谨|拟|故|再次|已|需|确需|特此|因此|为此|另外|另|同时|并且|并|[，, ])*"
_WHEREFORE = rf"(?:(?:因|由于|鉴于|受|为|经|原|根据|按|目前|近期)[^。；;\n]{{1,120}}?[，,]\s*{_OWN}{_NOW})?"
_GRANT = r"(?:贵[^，。\s]{1,8})?(?:予以|给予|准予|同意)?"
_ASKING = rf"(?:申请|请求|恳请|恳求|希望能?|请|要求){_GRANT}"
#: what the word for more time is about; 延期开学, 延期复工 are no requests to us
_FOLLOWS = (
    r"(?=\s*(?:至|到|报送|上报|提交|办理|反馈|完成|报|申请|时限|期限|[\d一二三四五六七八九十两半]|几|数|若干"
    r"|$|[，,。；;：:！!\s）)】]))"
)
_LONGER = r"(?:延长|宽限|推迟|顺延|延后)(?:报送|上报|办理|反馈|完成|提交)?的?(?:时限|期限|时间)?"
_MORE_TIME = rf"(?:延期|{_LONGER}){_FOLLOWS}"
#: with a word of asking; without one only at the very beginning, and about no other's postponement
_EXTENSION = re.compile(
    rf"[【\[（(]?{_OWN}{_NOW}{_WHEREFORE}{_ASKING}(?:(?:将|对|就|把|关于)[^。；;\n]{{1,60}}?)?{_GRANT}{_MORE_TIME}"
    r"|关于[^。；;\n]{0,40}(?:延期|延长|宽限|推迟|顺延)(?!复工|开学|开工)[^。；;\n]{0,40}的(?:函|请示|申请|报告)"
    rf"|[【\[（(]?(?:现|特|拟)?{_MORE_TIME}(?![^。；;\n]*(?:企业|学校|复工|开学|开工))"
)
_NO_CONTEST = re.compile(r"(?:无|没有|没|不存在|不持|未提出|并无|无任何)(?:任何)?异议")
_CONTEST = re.compile(
    rf"[【\[（(]?{_OWN}{_NOW}(?:(?:对|就|关于|认为)[^。；;\n]{{1,80}}?)?{_OWN}{_NOW}(?:提出|持有|持|存在|存有|有)?异议"
)
_RETURNED = re.compile(
    rf"[【\[（(]?{_OWN}{_NOW}(?:申请|请求|请予|予以)?(?:退文|退回(?:来文|来件|公文|此件|该件|文件|该文|此文"
    rf"|贵\S{{0,8}}?文)"
    r"|将[^。；;\n]{1,40}?退回)"
    r"|[^。；;\n？?]{2,100}[，,](?:故|现|特|拟)?(?:申请|请求|请予|予以)?(?:退文|退回(?:来文|来件|公文|此件|该件"
    r"|文件))\s*$"
)
_URGENT = re.compile(
    r"\s*(?:[【\[（(]\s*(?:紧急|紧急信息|紧急报告|紧急情况|突发事件|紧急信息首报)\s*[】\]）)]|紧急\s*[：:]"
    r"|紧急(?:信息|报告"
    r"|情况报告)(?![处接收]))"
)
_REPORT = re.compile(
    rf"[【\[（(]?{_OWN}{_NOW}(?:"
    r"(?:报送|上报|呈报|呈送)(?!时限|时间|期限|要求|单位|口径|格式|的时)"
    r"|[将就]?[^。；;？?\n]{0,80}(?:报送|上报|呈报|报告|汇报|说明)如下"
    r"|[将就][^。；;？?\n]{2,80}(?:报送|上报|呈报|呈送)(?:给?(?:你|贵)[^。；;\n]{0,10}|[，,]|$)"
    r"|[^。；;？?，,\n]{0,20}零报告(?!制度)"
    r"|关于[^。；;？?\n]{2,80}的(?:情况)?(?:报告|汇报|情况说明)\s*$)"
)
_TAKEN = (
    rf"{_OWN}(?:来文|来件|文件|通知|邮件|公文|此件|该件|上述(?:文件|通知)|以上(?:文件|通知)"
    rf"|贵[^，。\s]{{1,8}}?(?:来文|来件|通知))?"
    r"(?:确认|均|都)?(?:已经|已)?(?P<word>签收|收到|收悉|接收|收讫|知悉|知晓|阅知|阅悉)(?P=word)?(?:了|完毕)?"
    r"(?:此件|该件|来文|来件|文件|通知|邮件|公文|[《〈].{1,100}[》〉]|贵[^，。\s]{1,10}|关于.{1,100}的(?:通知|公文"
    r"|函|文件))?"
)
_TAKEN_PHRASE = re.compile(_TAKEN)
_SIGNING = frozenset(("签收", "收到", "收悉", "接收", "收讫"))
_COURTESY = re.compile(
    r"(?:非常)?(?:谢谢|感谢|多谢).{0,12}|辛苦(?:了|啦)?|请(?:领导)?放心|特此(?:回复|告知|报告|确认|函复|回告)|此复"
    r"|敬复|好的?|嗯|OK|ok|此致|敬礼"
    r"|祝[^，。]{0,12}|(?:请)?(?:知悉|悉知)|您好|你好|领导好|各位领导"
    rf"|{_OWN}(?:将|会|一定|正在|正)(?:严格|认真|尽快|及时|按|抓紧|组织|立即|马上)?[^，。？?]{{0,40}}?"
    r"(?:落实|办理|报送|执行|上报|完成|贯彻|传达|处理|转发|部署|学习)[^，。？?]{0,12}"
    r"|(?:马上|立即|尽快|抓紧|认真|及时|按时|严格)(?:安排|组织|抓好|按要求)?(?:落实|办理|报送|执行|上报|传达)"
)
_OPENING = re.compile(r"好的?|嗯+|您好|你好|领导好|各位领导|谢谢|OK|ok")
_DOUBT = re.compile(
    r"[?？]|[吗呢](?:[。！!]|$)|请问|能否|可否|是否|如何|怎么|怎样|哪[个些里]|什么|咨询|疑问|但(?:是)?|不过|然而"
    r"|未[^央]|没|不|拒|反对|撤|无法"
    r"|打不开|看不|不清|不全|缺少?|重发|重新发|补发|有误|错误|误发|错发|尚|暂|待|退|废|异议|再|换|推迟|延期|延后|已调离|换成|改由|更换"
)
_TITLE = re.compile(r"[《〈][^》〉\n]{1,100}[》〉]")
_QUESTION = re.compile(r"[?？]|[吗呢](?:[。！!]|$)|请问|能否|可否|咨询")
_UNREADY = re.compile(
    r"打不开|无法打开|重发|重新发|补发|看不(?:到|了|清)|附件[^。]{0,6}(?:有误|损坏|不全)|稍后|尽快(?:报|上报|提交)"
    r"|正在(?:整理|统计|汇总|收集)"
    r"|(?:明天|明日|下周|过几天|近日)[^。]{0,10}(?:报|交|发)|联系人|已调离|改由|发错|请发(?:到|给|至)|不归|不属于"
    r"|与我[^。]{0,6}无关|待[^。，]{0,20}后|预计|我们认为|建议再|请研究|请予?(?:以)?(?:明确|解释|答复|理解)"
)
#: an answer without a file that says it was handed in by another way is no report
_ELSEWHERE = re.compile(r"已[^。，]{0,30}(?:报送|上报|提交|发送|发至|交至|寄)")
#: what a report consists of, as against an opinion
_SUBSTANCE = re.compile(
    r"截至|截止|现将|情况|统计|[总共合]计|已(?:全部|基本)?(?:完成|落实|开展|发放|排查|安排|建立|组织)"
    r"|\d\s*(?:人|户|个|名|万|元|件|次|%|家|所|处|村|吨|只|台|套|公里|亩)"
)
_GREETING = re.compile(
    r"(?:尊敬的|敬爱的|各位)?[^，,。；;！!？?：:\d]{0,25}(?:您好|你好|领导好|老师好|同志们?好|好)[！!，,。：:~ ]*"
    r"|[^，,。；;！!？?：:\d【】]{2,30}[：:]"
)
_HELLO = re.compile(r"(?:您好|你好|各?位?领导(?:好|您好)?|老师好?)[，,。！!：: ]+")
_ENDS = re.compile(r"[。；;！!\n]+")
_PHRASES = re.compile(r"[，,。；;：:！!、~～\s.（）()【】\[\]]+")
_WIDE = str.maketrans("０１２３４５６７８９／．－　\xa0", "0123456789/.-  ")

#: who writes: an office with a name, a name, or a label with a value; never a word that asks or tells
_SIGNATURE = re.compile(
    r"(?!.*(?:请|已|应|需|转发|转交|转给|改发|由|给|将|把|归|属))(?:"
    r"[^，,。；;！!？?：:]{0,30}(?:办公室|办|局|委员会|委|厅|部|处|科|股|中心|政府|公司|院|组|乡|镇|县|市|区)"
    r"(?:[\s　]*[一-鿿·]{2,4})?"
    rf"|[一-鿿·]{{2,4}}|[\d\s()+-]{{6,30}}|(?:{YEAR}\s?年)?\s?(?:{MONTH})\s?月\s?(?:{DAY})\s?日.{{0,10}})"
)
_LABELLED = re.compile(
    r"(?:签收|收件|经办|联系|报送|办理)人\s*[：:]?\s*[一-鿿·]{2,4}(?![一-鿿])"
    r"|(?:签收|收到|收件|接收)(?:时间|日期)\s*[：:]?\s*[\d年月日时点分秒：:/ -]{4,25}"
    r"|(?:签收|收件)单位\s*[：:]\s*[一-鿿（）()]{2,40}"
    r"|(?:联系|办公|值班)?(?:电话|手机|手机号|传真|Tel)\s*[：:]?\s*[\d()+-]{7,20}"
    r"|(?:地址|邮编|邮箱|E-?mail)\s*[：:]\s*\S{1,60}",
    re.IGNORECASE,
)


def author_lines(written: str) -> list[str]:
    """The lines of a text that say something: without empty ones and a greeting, digits in their narrow form."""
    lines = [line.strip() for line in written[:TEXT_LENGTH].translate(_WIDE).split("\n")]
    lines = [line for line in lines if line]
    while lines and _GREETING.fullmatch(lines[0][:80]) and not _is_telling(lines[0]):
        lines = lines[1:]
    if lines:
        lines[0] = _HELLO.sub("", lines[0], count=1) if _HELLO.match(lines[0]) else lines[0]
    return [line for line in lines if line]


def _is_telling(line: str) -> bool:
    return bool(acts_in(line)) or is_urgent(line) or begins_with_receipt(line)


def spoken_lines(written: str) -> list[str]:
    """The author's lines without the matter's number in the first two: it says which is meant, not what is done."""
    lines = author_lines(written)
    return [*filter(None, map(without_matter_number, lines[:2])), *lines[2:]]


def acts_in(sentence: str) -> tuple[str, ...]:
    """The acts a sentence begins with, by name: extension_request, contest, returned_paper, report."""
    head = sentence.strip("，, ")[:200]
    found = []
    if _EXTENSION.match(head):
        found.append("extension_request")
    if _CONTEST.match(head) and not _NO_CONTEST.search(head):
        found.append("contest")
    if _RETURNED.match(head):
        found.append("returned_paper")
    if not found and _REPORT.match(head):
        found.append("report")
    return tuple(found)


def sentences(lines: Sequence[str]) -> Iterator[str]:
    """The sentences of lines, in order."""
    for line in lines:
        yield from (each.strip() for each in _ENDS.split(line) if each.strip())


def taken_words(line: str) -> tuple[str, ...]:
    """The words of receipt a line consists of, courtesies and a name apart; none where it says anything else."""
    words: list[str] = []
    for phrase in _phrases(line):
        match = _TAKEN_PHRASE.fullmatch(phrase)
        if match:
            words.append(match["word"])
        elif not _COURTESY.fullmatch(phrase) and not (words and _SIGNATURE.fullmatch(phrase)):
            return ()
    return tuple(words)


def begins_with_receipt(line: str) -> bool:
    """Whether the first phrase of a line that is no greeting is a word of receipt, whatever follows."""
    first = next((phrase for phrase in _phrases(line) if not _OPENING.fullmatch(phrase)), "")
    return _TAKEN_PHRASE.fullmatch(first) is not None


def _phrases(line: str) -> list[str]:
    """What stands between marks, without labels and their values (`签收人：张三`)."""
    return [phrase for phrase in _PHRASES.split(_LABELLED.sub(" ", line[:300])) if phrase]


def is_signing(word: str) -> bool:
    """Whether a word says that a paper was received; else that one knows of it."""
    return word in _SIGNING


def is_courtesy_or_signature(line: str) -> bool:
    """Whether a line says nothing beyond who writes, and politeness."""
    return _SIGNATURE.fullmatch(line[:120]) is not None or all(
        _COURTESY.fullmatch(phrase) or _SIGNATURE.fullmatch(phrase) for phrase in _phrases(line)
    )


def has_doubt(text: str) -> bool:
    """Whether a short text asks, denies or restricts something."""
    return _DOUBT.search(_TITLE.sub("", text[:5_000])) is not None


def has_question(text: str) -> bool:
    """Whether a text asks something."""
    return _QUESTION.search(text[:5_000]) is not None


def is_unready(text: str) -> bool:
    """Whether a text says that a report is to come, or that something stands in its way."""
    return _UNREADY.search(text[:5_000]) is not None


def is_report_in_itself(text: str) -> bool:
    """Whether a text without a file has what a report consists of, and does not say that it came another way."""
    return _SUBSTANCE.search(text[:5_000]) is not None and _ELSEWHERE.search(text[:5_000]) is None


def is_urgent(line: str) -> bool:
    """Whether a subject or first line begins with the mark of an urgent report."""
    return _URGENT.match(line[:100]) is not None
