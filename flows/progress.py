"""How far instructions are: recording, closing, looking back, taking up again."""

from typing import Annotated

from prefect import flow
from prefect.artifacts import create_table_artifact
from prefect.client.schemas.objects import State

from domain.calendar import end_of_day
from domain.progress import ProgressState
from flows import words
from flows.form import AS_OF, OFFICER, Choice, Day, Moment, answered, claimed, day, finished, instant, shown
from tasks import progressing

CIRCULAR = shown("发文字号", "提出任务的公文。")
OFFICE = shown("落实单位", "单位代码、全称或别名。")
INSTRUCTION = shown("任务编号", "如 三，或 二/（一）。")


class Progress(Choice):
    """How far an office is with an instruction, as the form shows it."""

    UNDER_WAY = "办理中"
    DONE = "已落实"
    CLOSED = "已销号"


@flow(name="登记进展", flow_run_name="进展-{document_number}-{office}", timeout_seconds=120)
@answered
def record_progress(
    document_number: Annotated[str, shown("发文字号", "提出任务的公文。")],
    office: Annotated[str, shown("落实单位", "单位代码、全称或别名。")],
    instruction: Annotated[str, shown("任务编号", "如 三，或 二/（一）。")],
    state: Annotated[Progress, shown("进展", "销号后须重新办理才能再改。")],
    officer: Annotated[str, OFFICER],
    note: Annotated[str, shown("说明", "落实情况，一句话。")] = "",
    look_back_on: Annotated[Day, shown("回头看", "销号时可定日子，如 2020-06-01；留空为不定。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """登记某单位对一项任务的落实进展；报送材料也会把进展推进到“办理中”。"""
    line = progressing.record_progress.fn(
        document_number, office, instruction, ProgressState(state.name.lower()), note, actor=claimed(officer),
        now=instant(as_of), look_back_on=day(look_back_on),
    )  # fmt: skip
    shown_progress = progressing.progress_of_circular.fn(document_number, office=office)
    return finished(line, "progress", "任务进展", words.progress(shown_progress))


@flow(name="登记回头看", flow_run_name="回头看-{document_number}-{office}", timeout_seconds=120)
@answered
def record_look_back(
    document_number: Annotated[str, CIRCULAR],
    office: Annotated[str, OFFICE],
    instruction: Annotated[str, INSTRUCTION],
    finding: Annotated[str, shown("查看结果", "必填。", format="textarea")],
    officer: Annotated[str, OFFICER],
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """登记对一项已销号任务的回头看；任务仍为已销号，问题反弹的另行“重新办理”。"""
    line = progressing.look_back.fn(
        document_number, office, instruction, finding, actor=claimed(officer), now=instant(as_of)
    )
    return finished(line, "progress-line", "回头看")


@flow(name="重新办理", flow_run_name="重新办理-{document_number}-{office}", timeout_seconds=120)
@answered
def reopen_instruction(
    document_number: Annotated[str, CIRCULAR],
    office: Annotated[str, OFFICE],
    instruction: Annotated[str, INSTRUCTION],
    reason: Annotated[str, shown("理由", "必填；将告知该单位。")],
    officer: Annotated[str, OFFICER],
    due_on: Annotated[Day, shown("重新落实的期限", "如 2020-06-30（当日 24 时止）；留空为不另定。")] = "",
    as_of: Annotated[Moment, AS_OF] = "",
) -> State:
    """把一项已销号的任务重新办理；另定期限的，该单位再承担一次落实事项。"""
    new = day(due_on)
    line = progressing.reopen.fn(
        document_number, office, instruction, reason, actor=claimed(officer), now=instant(as_of),
        due_at=end_of_day(new) if new else None,
    )  # fmt: skip
    return finished(line, "progress-line", "重新办理")


@flow(name="待回头看", flow_run_name="待回头看", timeout_seconds=120)
@answered
def show_look_backs(as_of: Annotated[Moment, AS_OF] = "") -> State:
    """列出到了回头看的日子、尚未登记结果的已销号任务。"""
    found = progressing.look_backs_due.fn(now=instant(as_of))
    create_table_artifact(table=words.look_back_rows(found), key="look-backs", description="**待回头看**")
    line = f"待回头看的任务 {len(found)} 项" if found else "没有待回头看的任务"
    return finished(line, "look-backs-line", "待回头看")
