"""Reading, registering, forwarding and recalling circulars."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cli.answers import JsonOption, answer, chosen, installation_ready, instant, now, read_file, say, user, write_file
from domain.documents import SourceKind
from domain.errors import Refused
from domain.reading.formats.source import UnreadableDocument

circular = typer.Typer(no_args_is_help=True, help="更正、撤回、替代已登记的公文。")


def attach(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(read)
    app.command()(register)
    app.command()(forward)
    app.command()(recall)
    app.command()(status)


def read(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="文件...", help="公文文件（文本、Markdown、DOCX、PDF、HTML、OFD），可以多个。"),
    ],
    as_json: JsonOption = False,
    output: Annotated[Path | None, typer.Option(help="把每个文件的结果写成此目录下的 <文件名>.json。")] = None,
) -> None:
    """读出公文的文号、任务事项和报送要求，不登记；有的文件读不出时，其余照读，最后逐个说明原因。

    例：duban read 来文.md --json
    """
    _need_names_apart(files, output)
    read, troubles = list[dict[str, Any]](), list[str]()
    for path in _with_progress(files):
        try:
            draft = _read(path)
        except (Refused, UnreadableDocument) as error:
            if len(files) == 1:
                raise
            troubles.append(str(error))
            continue
        if output is not None:
            write_file(output / f"{path.stem}.json", json.dumps(draft, ensure_ascii=False, indent=2) + "\n")
        read.append(draft)
    if output is not None:
        say(f"已写入 {len(read)} 个文件：{output}")
    elif as_json:
        typer.echo(json.dumps(read[0] if len(files) == 1 else read, ensure_ascii=False, indent=2))
    else:
        for draft in read:
            _show(draft)
    if troubles:
        message = "\n".join((f"{len(troubles)} 个文件未能读出，其余 {len(read)} 个已读出：", *troubles))
        raise Refused(message)


def _read(path: Path) -> dict[str, Any]:
    from domain.reading.draft import draft_as_json, read_document

    return {"file": path.name, **draft_as_json(read_document(read_file(path), path.name))}


def _need_names_apart(files: list[Path], output: Path | None) -> None:
    if output is not None and len({path.stem for path in files}) < len(files):
        message = "有两个文件同名，写到一个目录会互相覆盖；请分两次读。"
        raise Refused(message)


def _with_progress(files: list[Path]) -> Iterable[Path]:
    """Show on a terminal how far it has come, beside whatever goes to the output."""
    from rich.progress import track

    errors = Console(stderr=True)
    return track(files, "读取", console=errors, transient=True, disable=len(files) == 1 or not errors.is_terminal)


def _show(draft: dict[str, Any], depth: int = 0) -> None:
    pad = "    " * depth
    say(f"{pad}{draft['document_number'] or '（无文号）'}  {draft['title'] or '（无标题）'}")
    say(f"{pad}  发文机关：{'、'.join(draft['issuing_authority']) or '未识别'}")
    say(f"{pad}  主送：{'；'.join(draft['addressees']) or '未识别'}")
    for each in draft["instructions"]:
        say(f"{pad}  任务 {each['number']} {each['heading']}")
    for number, each in enumerate(draft["requirements"], start=1):
        when = _when(each) + ("，遇节假日顺延" if each["holiday_rule"] else "")
        to = each["deliver_to"] or ("未写明" if each["duty"] == "report" else "办结")
        to += "（推定）" if "deliver_to" in each["assumed"] else ""
        say(f"{pad}  要求 {number}（{when} → {to}）：{each['text']}")
    for warning in draft["warnings"]:
        say(f"{pad}  提示：{warning}")
    for annex in draft["annexes"]:
        say(f"{pad}  附：")
        _show(annex, depth + 1)


def _when(requirement: dict[str, Any]) -> str:
    """Return the deadline of a requirement as people say it."""
    from domain.recurrence import describe

    counted = requirement["workdays"] or requirement["days"]
    days = f"{counted}个工作日" if requirement["workdays"] else f"{counted}日"
    if requirement["kind"] == "on_occurrence":
        return f"发生后{days}内" if counted else "发生时"
    if counted:
        return f"收到后{days}内"
    on = describe(requirement["rrule"]) if requirement["rrule"] else requirement["due_on"] or "未写明期限"
    return f"{on} {requirement['due_time']}" if requirement["due_time"] else on


def register(
    file: Annotated[Path, typer.Argument(metavar="文件", help="公文文件（种类同 duban read）。")],
    only: Annotated[str, typer.Option(help="文件含多份公文时，只登记这个文号。")] = "",
    sent_at: Annotated[str, typer.Option(help="上级发出本文的时间，如 2020-02-13 10:00；缺省为现在。")] = "",
    source_kind: Annotated[
        str, typer.Option(help="没有文号的来源在此说明类别：公文、批示件、会议纪要、建议提案。")
    ] = "公文",
    review: Annotated[bool, typer.Option("--review", help="先核对再登记；缺省为读不准的才先核对。")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="读不准也直接登记（用于脚本）。")] = False,
    as_json: JsonOption = False,
) -> None:
    """登记公文：保存原件，读出任务和要求；主送本单位的，登记即签收。读不准的先成为草稿，待核对后登记。

    例：duban register 来文.md --sent-at "2020-02-13 10:00"
    """
    from domain.reviewing import Looking
    from flows.circulars import Source
    from flows.draft_words import draft
    from flows.words import registration
    from tasks.drafting import show_draft
    from tasks.registering import register_circular

    if review and yes:
        message = "--review 是先核对，--yes 是不核对，二者取一。"
        raise Refused(message)

    kind = SourceKind[chosen(Source, source_kind, "来源类别").name]
    with installation_ready():
        done = register_circular.fn(
            read_file(file), file.name, actor=user(), now=now(), only=only or None, sent_at=instant(sent_at),
            source_kind=kind, looking=Looking.ALWAYS if review else Looking.NEVER if yes else Looking.WHERE_UNSURE,
        )  # fmt: skip
        waiting = show_draft.fn(done.waiting, now=now()) if done.waiting is not None else None
    if waiting is None:
        answer(done, as_json=as_json, words=registration(done), markdown=True)
    else:
        answer(waiting, as_json=as_json, words=f"{registration(done)}\n\n{draft(waiting)}", markdown=True)


def forward(
    document_number: Annotated[str, typer.Argument(metavar="文号", help="已登记公文的文号。")],
    sender: Annotated[str, typer.Option("--from", help="转发单位的代码；缺省为本运行单位。")] = "",
    to: Annotated[list[str] | None, typer.Option(help="收文单位（可重复）；缺省为文中的主送机关。")] = None,
    by_level: Annotated[bool, typer.Option("--by-level", help="逐级汇总报送；缺省为直接报送。")] = False,
    below_scope_reason: Annotated[str, typer.Option(help="收文单位低于印发范围时的理由。")] = "",
    internal: Annotated[
        list[str] | None,
        typer.Option(help="内部时限（可重复）：为上级公文第几项要求另设更早的日期，如 1=2020-02-18。"),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只显示将发给谁、何时到期，不实际转发。")] = False,
    as_json: JsonOption = False,
) -> None:
    """把公文转发给下级；通知 10 分钟后发出，其间可用 duban recall 撤回。

    例：duban forward "黑扶组办发〔2020〕3号" --dry-run
    """
    from domain.planning import ForwardingMode
    from flows.form import days_by_ordinal
    from flows.words import forwarding
    from tasks.forwarding import forward_circular

    with installation_ready():
        done = forward_circular.fn(
            document_number, actor=user(), now=now(), sender=sender or None, to=tuple(to or ()),
            mode=ForwardingMode.BY_LEVEL if by_level else ForwardingMode.DIRECT,
            below_scope_reason=below_scope_reason, internal=days_by_ordinal(internal or ()), dry_run=dry_run,
        )  # fmt: skip
    answer(done, as_json=as_json, words=forwarding(done), markdown=True)


def recall(
    document_number: Annotated[str, typer.Argument(metavar="文号", help="要撤回转发的公文文号。")],
    reason: Annotated[str, typer.Option(help="理由，必填；将告知已收到的单位。")] = "",
    sender: Annotated[str, typer.Option("--from", help="转发单位的代码；缺省为本运行单位。")] = "",
    as_json: JsonOption = False,
) -> None:
    """撤回一次转发：未发出的通知不再发出，已收到的单位各收到一次告知。

    例：duban recall "黑扶组办发〔2020〕3号" --reason "附件有误"
    """
    from tasks.forwarding import recall_forwarding

    with installation_ready():
        done = recall_forwarding.fn(document_number, reason, actor=user(), now=now(), sender=sender or None)
    words = f"已撤回“{done.number}”：撤下未发通知 {done.withdrawn_notices} 件，告知已收到的单位 {done.told} 个。"
    answer(done, as_json=as_json, words=words)


def status(
    document_number: Annotated[str, typer.Argument(metavar="文号", help="文号；缺省为全部公文。")] = "",
    office: Annotated[str, typer.Option(help="只看这个单位，并列出它的每一项。")] = "",
    overdue: Annotated[bool, typer.Option("--overdue", help="列出逾期事项。")] = False,
    by_office: Annotated[bool, typer.Option("--by-office", help="按单位汇总，逾期多的在前。")] = False,
    as_of: Annotated[str, typer.Option("--as-of", help="按这一时刻计算；缺省为现在。")] = "",
    as_json: JsonOption = False,
) -> None:
    """查看灯色汇总，或某单位的每一项事项。

    例：duban status "黑扶组办发〔2020〕3号" --office 哈尔滨市
    """
    from flows.words import board as board_words
    from flows.words import listing, office_lines
    from tasks.summarising import as_json as board_json
    from tasks.summarising import board, lines

    at = instant(as_of) or now()
    with installation_ready():
        if office or overdue:
            found = lines.fn(now=at, number=document_number or None, office=office or None, overdue=overdue)
            words = "\n".join(
                f"{each.id:>6}  {each.office}  {each.number} {each.kind} {each.period}  {each.due}  {each.words}"
                f"{listing(each)}"
                for each in found
            )
            answer(found, as_json=as_json, words=words or "没有符合条件的事项。")
        else:
            shown = board.fn(now=at, number=document_number or None)
            words = office_lines(shown) if by_office else board_words(shown)
            answer(board_json(shown), as_json=as_json, words=words, markdown=True)


@circular.command()
def correct(
    document_number: Annotated[str, typer.Argument(metavar="文号", help="已登记公文的文号。")],
    file: Annotated[Path, typer.Argument(metavar="文件", help="更正后的文件。")],
    reason: Annotated[str, typer.Option(help="理由，必填。")] = "",
    as_json: JsonOption = False,
) -> None:
    """用更正后的文件替换已登记公文的原文（留痕）；尚未转发的重新读出要求，已转发而要求有变的须先撤回。

    例：duban circular correct "黑扶组办发〔2020〕3号" 重扫.md --reason "原扫描缺页"
    """
    from tasks.correcting import correct_circular

    with installation_ready():
        done = correct_circular.fn(document_number, read_file(file), file.name, reason, actor=user(), now=now())
    answer({"message": done}, as_json=as_json, words=done)


@circular.command()
def withdraw(
    document_number: Annotated[str, typer.Argument(metavar="文号", help="已登记公文的文号。")],
    reason: Annotated[str, typer.Option(help="理由，必填；将告知已收到的单位。")] = "",
    as_json: JsonOption = False,
) -> None:
    """撤回整份公文：未办结的事项和待发的通知一并撤回，已收到的单位各收到一次告知。

    例：duban circular withdraw "黑扶组办发〔2020〕3号" --reason "工作部署调整"
    """
    from tasks.withdrawing import withdraw_circular

    with installation_ready():
        done = withdraw_circular.fn(document_number, reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)


@circular.command()
def supersede(
    document_number: Annotated[str, typer.Argument(metavar="原文号", help="不再执行的公文。")],
    new_number: Annotated[str, typer.Argument(metavar="新文号", help="替代它的公文，须已登记。")],
    reason: Annotated[str, typer.Option(help="理由，必填；将告知已收到的单位。")] = "",
    as_json: JsonOption = False,
) -> None:
    """以新公文替代旧公文：旧文的未办结事项终止，已收到的单位各收到一次告知；新文另行转发。

    例：duban circular supersede "黑扶组办发〔2020〕3号" "黑扶组办发〔2020〕9号" --reason "要求有调整"
    """
    from tasks.withdrawing import supersede_circular

    with installation_ready():
        done = supersede_circular.fn(document_number, new_number, reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)


@circular.command()
def restates(
    document_number: Annotated[str, typer.Argument(metavar="文号", help="重申要求的公文（下级转发的公文）。")],
    ordinal: Annotated[int, typer.Argument(metavar="第几项", help="该公文的第几项要求。", min=1)],
    upstream: Annotated[str, typer.Argument(metavar="上级文号", help="被重申的公文。")],
    upstream_ordinal: Annotated[int, typer.Argument(metavar="上级第几项", help="上级公文的第几项要求。", min=1)],
    reason: Annotated[str, typer.Option(help="理由，必填。")] = "",
    as_json: JsonOption = False,
) -> None:
    """标明一项要求重申上级公文的要求：同一单位两处都要报的合并为一项，按较早的时限，只报一次。

    例：duban circular restates "哈扶组办发〔2020〕5号" 1 "黑扶组办发〔2020〕3号" 2 --reason "同一份月报"
    """
    from tasks.restating import restate

    with installation_ready():
        done = restate.fn(document_number, ordinal, upstream, upstream_ordinal, reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)
