"""Mail on the command line."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.answers import AsOfOption, JsonOption, answer, installation_ready, instant, now, read_file, say, user
from domain.errors import Refused
from flows.files import reason

app = typer.Typer(no_args_is_help=True, help="邮件：检查、测试、投递、演练模式。")


@app.command()
def test(address: Annotated[str, typer.Argument(metavar="地址", help="收件地址。")]) -> None:
    """发一封测试邮件，检查邮件服务器的设置，与投递时同样发出；不受演练模式影响。

    例：duban mail test zhangsan@example.org
    """
    from flows.notice_words import trial_lines
    from tasks.trial_mail import send_test

    if not re.fullmatch(r"[^\s@<>,;]+@[^\s@<>,;]+", address):
        message = f"“{address}”不是邮件地址，应形如 name@example.org。"
        raise Refused(message)
    say("\n".join(trial_lines(send_test.fn(address, now=now()))))


@app.command()
def check(as_json: JsonOption = False) -> None:
    """检查邮件设置：登录发信、收信服务器，打开收信文件夹；不发也不取邮件，有不对之处时退出码为 1。

    例：duban mail check
    """
    from tasks.checking_mail import check_mail

    findings = check_mail.fn()
    is_right = all(finding.ok for finding in findings)
    words = "\n".join(f"{'正常' if finding.ok else '不对'}  {finding.text}" for finding in findings)
    answer({"ok": is_right, "findings": findings}, as_json=as_json, words=words)
    if not is_right:
        raise typer.Exit(1)


@app.command()
def preview(
    kind: Annotated[str, typer.Argument(metavar="[种类]", help="通知种类，如 due_soon；缺省须加 --all。")] = "",
    every: Annotated[bool, typer.Option("--all", help="每种各一封。")] = False,
    output: Annotated[Path | None, typer.Option("--output", metavar="文件夹", help="存放处。")] = None,
    as_json: JsonOption = False,
) -> None:
    """看看各种通知的样子：用虚构的单位和人员各写一封（.eml 和 .html），不发送，不用数据库。

    例：duban mail preview due_soon 或 duban mail preview --all --output var/preview
    """
    from config.settings import settings
    from notifications.messages import NoticeKind
    from tasks.previewing import preview as act

    known = "、".join(f"{each.value}（{each.label}）" for each in NoticeKind)
    if bool(kind) is every:
        message = f"请写明一个通知种类，或用 --all 写出全部。种类有：{known}。"
        raise Refused(message)
    if kind and kind not in list(NoticeKind):
        message = f"没有“{kind}”这种通知。种类有：{known}。"
        raise Refused(message)
    folder = output if output is not None else settings().data_dir / "preview"
    try:
        written = act(NoticeKind if every else [NoticeKind(kind)], folder)
    except OSError as error:
        message = f"不能写入“{folder}”：{reason(error)}。"
        raise Refused(message) from error
    answer(written, as_json=as_json, words="\n".join(f"{each.label}：{each.html}" for each in written))


@app.command()
def deliver(as_of: AsOfOption = "") -> None:
    """投递待发通知；邮件服务器不可达或当作垃圾邮件拒收时退出码为 1，其余通知留待下次。

    例：duban mail deliver
    """
    from flows.words import delivery_line
    from tasks.delivering import deliver as act

    with installation_ready():
        done = act.fn(now=instant(as_of))
    say(delivery_line(done))
    if done.trouble or done.is_blocked:
        raise typer.Exit(1)


@app.command()
def collect(
    watch: Annotated[
        bool, typer.Option("--watch", help="一直等候：来信一到就收取，断线后自行重连，直到 Ctrl-C。")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """收取收信邮箱中的来信：能确认的自动办理，其余留待人工处理；邮箱读不了时退出码为 1。

    例：duban mail collect
    """
    from flows.inbox_words import collection_line
    from tasks.collecting import collect_mail
    from tasks.waiting_for_mail import watch_mail

    with installation_ready():
        for done in watch_mail(now) if watch else [collect_mail.fn(now=now(), at_once=True)]:
            answer(done, as_json=as_json, words=collection_line(done))
            sys.stdout.flush()  # whoever reads the lines of a watch from a pipe reads them now
    if done.trouble or not done.is_set_up:
        raise typer.Exit(1)


@app.command()
def take(
    file: Annotated[Path, typer.Argument(metavar="文件", help="邮件文件（.eml）。")],
    as_json: JsonOption = False,
) -> None:
    """收下一封以文件交来的邮件，与收信邮箱中的来信同样对待；同一封再次收下不起作用。

    例：duban mail take 来信.eml
    """
    from flows.inbox_words import taken_line
    from tasks.collecting import take_mail

    with installation_ready():
        done = take_mail.fn(read_file(file), now=now())
    answer(done, as_json=as_json, words=taken_line(done))


@app.command()
def live() -> None:
    """结束演练模式：此后的通知真正发给收件人。

    例：duban mail live
    """
    from tasks.checking_mail import doubtful_settings

    _choose("live", "\n".join(("已结束演练模式，此后的通知将真正发出。", *doubtful_settings())))


@app.command()
def capture() -> None:
    """进入演练模式：通知只存入文件夹（或全部寄往 DUBAN_CAPTURE_TO），不发给收件人。

    例：duban mail capture
    """
    _choose("capture", "已进入演练模式，通知不会发给收件人。")


@app.command()
def trouble(
    clear: Annotated[str, typer.Option(help="恢复使用此邮箱；缺省为列出有退信的邮箱。")] = "",
    reason: Annotated[str, typer.Option(help="恢复使用的理由，必填，记入留痕。")] = "",
    as_json: JsonOption = False,
) -> None:
    """列出有退信的邮箱，以及哪些已不再使用、改送他人；核实无误的可以恢复使用。

    例：duban mail trouble --clear zhangsan@example.org --reason "来电称邮箱已清理"
    """
    from flows.notice_words import trouble_lines
    from tasks.addresses import clear_address, list_trouble

    with installation_ready():
        if clear:
            done = clear_address.fn(clear, reason, actor=user(), now=now())
            answer({"message": done}, as_json=as_json, words=done)
            return
        found = list_trouble.fn()
    answer(found, as_json=as_json, words="\n".join(trouble_lines(found)) or "没有退信的邮箱。")


def _choose(mode: str, words: str) -> None:
    from tasks.delivering import set_mail_mode

    with installation_ready():
        set_mail_mode.fn(mode, actor=user(), now=now())
    answer(None, as_json=False, words=words)
