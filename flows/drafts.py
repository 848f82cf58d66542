"""Drafts of circulars that wait before anything is registered: what waits, one in full, the decision on it."""

from datetime import datetime
from typing import Annotated

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State

from domain.errors import Refused
from flows import draft_words, words
from flows.form import AS_OF, OFFICER, Choice, Moment, answered, claimed, finished, instant, shown, stamped
from tasks import drafting

CORRECTIONS = shown(
    "更正",
    "每行一处：文号=…　标题=…　主送=甲市；乙县　成文日期=2020-02-14　来源类别=批示件　上级文号=…　"
    "要求2.期限=2020-02-20　要求2.规则=每月5日前　要求2.工作日=5　要求2.责任单位=…　要求2.报送对象=…　要求2.删除　"
    "要求+=…　任务一/（二）.牵头单位=…　附件1.文号=…。项目名称与草稿中所列相同；写空值即清空。",
    format="textarea",
)


class Verdict(Choice):
    """What is decided on a draft."""

    SHOW = "只查看"
    ACCEPT = "通过并登记"
    CORRECT = "更正，仍待核对"
    CORRECT_AND_ACCEPT = "更正并登记"
    REJECT = "退回，不登记"


def show_waiting(now: datetime) -> str:
    """Leave the drafts that wait as an artifact; return in one line how many there are."""
    found = drafting.list_drafts.fn(now=now)
    create_table_artifact(draft_words.draft_rows(found), key="drafts", description="**待核对的公文草稿**")
    return draft_words.drafts_line(found)


def shown_draft(number: int, as_of: Moment, before: str = "") -> State:
    """End a run with one draft as it stands."""
    found = drafting.show_draft.fn(number, now=instant(as_of))
    detail = draft_words.draft(found)
    return finished(
        draft_words.draft_line(found), "circular-draft", f"公文草稿 {number}", f"{before}\n\n{detail}".strip()
    )


@flow(name="待核对公文草稿", flow_run_name=stamped("待核对公文草稿"), timeout_seconds=120)
@answered
def show_drafts(as_of: Annotated[Moment, AS_OF] = "") -> State:
    """列出待核对的公文草稿：核对通过以前什么都没有登记。"""
    return finished(show_waiting(instant(as_of)), "drafts-line", "待核对公文草稿")


@flow(name="核对公文草稿", flow_run_name="核对草稿-{draft}-{verdict}", timeout_seconds=300)
@answered
def review_draft(
    draft: Annotated[int, shown("草稿编号", "见“待核对公文草稿”或登记公文的结果。")],
    officer: Annotated[str, OFFICER],
    verdict: Annotated[Verdict, shown("决定", "先查看；有误的逐行更正；退回须写明理由。")] = Verdict.SHOW,
    corrections: Annotated[str, CORRECTIONS] = "",
    reason: Annotated[str, shown("退回理由", "退回时必填。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """核对一份公文草稿：查看依据，更正任何一项，通过后才登记，或退回不登记。谁更正了什么都留痕。"""
    actor, now = claimed(officer), instant(as_of)
    lines = corrections.splitlines()
    corrects = verdict in (Verdict.CORRECT, Verdict.CORRECT_AND_ACCEPT)
    if corrects != any(line.strip() for line in lines):
        raise Refused(
            "请在“更正”中逐行填写更正。" if corrects else "填写了更正，请把决定选为“更正，仍待核对”或“更正并登记”。"
        )
    if verdict is Verdict.SHOW:
        return shown_draft(draft, as_of)
    if verdict is Verdict.REJECT:
        return finished(drafting.reject_draft.fn(draft, reason, actor=actor, now=now), "circular-draft", "草稿已退回")
    if not corrects:
        done = drafting.accept_draft.fn(draft, actor=actor, now=now)
        return finished(words.registration_line(done), "registered-circular", "登记结果", words.registration(done))
    accepts = verdict is Verdict.CORRECT_AND_ACCEPT
    changed, done_too = drafting.correct_draft.fn(draft, lines, actor=actor, now=now, accept=accepts)
    told = draft_words.changes(changed)
    if done_too is None:
        return shown_draft(draft, as_of, told)
    detail = f"{told}\n\n{words.registration(done_too)}"
    return finished(words.registration_line(done_too), "registered-circular", "登记结果", detail)
