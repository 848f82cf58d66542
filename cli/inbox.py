"""What came in by mail on the command line: what waits, one in full, what is done about it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar

import typer

from cli.answers import JsonOption, answer, day_end, installation_ready, instant, now, user, write_bytes
from domain.errors import Refused

if TYPE_CHECKING:
    from domain.flaws import Flaw
    from domain.inbound import InboundKind
    from domain.urgent import Severity


class _Choice(Protocol):
    @property
    def value(self) -> str: ...

    @property
    def label(self) -> str: ...


N = TypeVar("N", bound=_Choice)
app = typer.Typer(no_args_is_help=True, help="来信：待人工处理的清单、详情、处理、代为办理。")
Number = Annotated[int, typer.Argument(metavar="来信编号", help="见 duban inbox list。")]


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="列出全部来信，新的在前；缺省为待人工处理的。")] = False,
    limit: Annotated[int, typer.Option(help="最多列出几件。", min=1, max=10_000)] = 100,
    as_json: JsonOption = False,
) -> None:
    """列出待人工处理的来信，紧急信息在前：编号、时间、种类、单位、主题、为什么没有自动办理。

    例：duban inbox list
    """
    from flows.inbox_words import inbox_lines
    from tasks.inbox import list_inbox

    with installation_ready():
        found = list_inbox.fn(limit=limit, everything=everything)
    answer(found, as_json=as_json, words=inbox_lines(found))


@app.command()
def show(number: Number, as_json: JsonOption = False) -> None:
    """查看一件来信：发件人和电话、正文、附件、去向；附件只列名称，不打开。

    例：duban inbox show 12
    """
    from flows.inbox_words import inbox_mail
    from tasks.inbox import show_mail

    with installation_ready():
        found = show_mail.fn(number)
    answer(found, as_json=as_json, words=inbox_mail(found))


@app.command()
def save(
    number: Number,
    to: Annotated[Path, typer.Option("--to", help="存入哪个文件夹。")] = Path(),
    as_json: JsonOption = False,
) -> None:
    """把一件来信的原件和收下的附件存入文件夹；已有同名文件的不覆盖。打开前请先查毒。

    例：duban inbox save 12 --to 来信附件
    """
    from tasks.inbox import files_of_mail

    with installation_ready():
        files = files_of_mail.fn(number)
    paths = [to / name for name, _ in files]
    if taken := [path.name for path in paths if path.exists()]:
        message = f"“{to}”中已有“{taken[0]}”，请换一个文件夹。"
        raise Refused(message)
    for path, (_, content) in zip(paths, files, strict=True):
        write_bytes(path, content)
    answer([str(path) for path in paths], as_json=as_json, words="\n".join(f"已存 {path}" for path in paths))


@app.command()
def settle(
    number: Number,
    reason: Annotated[str, typer.Option(help="怎样处理的、为什么不办，必填，记入留痕。")] = "",
    as_json: JsonOption = False,
) -> None:
    """一件来信不需要办理，或已另行处理：说明理由，从待处理清单上去掉。

    例：duban inbox settle 12 --reason "只是询问，已电话答复"
    """
    from tasks.inbox import settle_mail

    with installation_ready():
        done = settle_mail.fn(number, reason, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)


@app.command()
def take(
    number: Number,
    kind: Annotated[str, typer.Option("--as", help="办什么：receipt 签收、report 报送、acknowledgement 知悉、"
                                      "extension_request 延期申请、contest 异议、returned_paper 退回来文、"
                                      "urgent_report 紧急信息；中英文均可。")] = "",
    office: Annotated[str, typer.Option(help="代哪个单位办理，必填：单位代码、全称或别名。")] = "",
    document: Annotated[str, typer.Option(help="文号。")] = "",
    obligation: Annotated[int, typer.Option(help="事项编号；缺省为该文下最先到期的一项。", min=0)] = 0,
    ordinal: Annotated[int, typer.Option(help="报送：第几项要求。", min=0)] = 0,
    period: Annotated[str, typer.Option(help="报送：期次，如 2020-04。")] = "",
    text: Annotated[str, typer.Option(help="报送内容；缺省为来信正文。")] = "",
    until: Annotated[str, typer.Option(help="延期：希望延至，如 2020-04-10。")] = "",
    progress: Annotated[str, typer.Option(help="延期：目前进展。")] = "",
    reason: Annotated[str, typer.Option(help="延期、异议、退文的理由；其他为备注。")] = "",
    flaw: Annotated[str, typer.Option(help="退文原因：发错单位、无法辨读、文件有误。")] = "",
    title: Annotated[str, typer.Option(help="紧急信息：标题；缺省为来信主题。")] = "",
    severity: Annotated[str, typer.Option(help="紧急信息：级别（特别重大、重大、较大、一般）。")] = "",
    occurred: Annotated[str, typer.Option(help="紧急信息：发生时间，如 2020-03-14 22:30。")] = "",
    learned: Annotated[str, typer.Option(help="紧急信息：获知时间；缺省为发生时间。")] = "",
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """按一件来信代某单位办理；正文和附件取自来信，经办人是您，留痕写明依据哪件来信。

    例：duban inbox take 12 --as receipt --office 哈尔滨市 --document "黑扶组办发〔2020〕3号"
    """
    from tasks.inbox import Filing, take_for_office

    if not office.strip():
        message = "请用 --office 写明代哪个单位办理。"
        raise Refused(message)
    filing = Filing(
        kind=_kind(kind), office=office, document=document, obligation_id=obligation or None,
        ordinal=ordinal or None, period=period or None, text=text, wanted=day_end(until) if until.strip() else None,
        progress=progress, reason=reason, flaw=_flaw(flaw), title=title, severity=_severity(severity),
        occurred_at=instant(occurred), learned_at=instant(learned),
    )  # fmt: skip
    with installation_ready():
        done = take_for_office.fn(number, filing, actor=user(), now=now())
    answer(done, as_json=as_json, words=done.message)


def _kind(text: str) -> InboundKind:
    from domain.inbound import InboundKind

    return _named([each for each in InboundKind if each.is_act], text, "办理种类（--as）")


def _flaw(text: str) -> Flaw | None:
    from domain.flaws import Flaw

    return _named(list(Flaw), text, "退文原因") if text.strip() else None


def _severity(text: str) -> Severity | None:
    from domain.urgent import Severity

    return _named(list(Severity), text, "级别") if text.strip() else None


def _named(choices: Sequence[N], text: str, what: str) -> N:
    """Return the choice of this value or Chinese name. Raises Refused."""
    for each in choices:
        if text.strip() in (each.value, each.label):
            return each
    words = "、".join(f"{each.value}（{each.label}）" for each in choices)
    message = f"{what}“{text}”不正确，应为{words}之一。"
    raise Refused(message)
