"""Notices in words: the list, and one with what it told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.calendar import local
from tasks.addresses import TroubledAddress
from tasks.notices import NoticeLine, NoticeShown
from tasks.trial_mail import Tried


def notice_lines(notices: Sequence[NoticeLine]) -> list[str]:
    """Return one line per notice."""
    return [
        f"{each.id}  {_at(each.created_at)}  {each.state_label}  {each.kind_label}"
        f"{'（重发）' if each.is_again else ''}  {each.office}{f' {each.name}' if each.name else ''}"
        f"{f'  {each.document}' if each.document else ''}"
        for each in notices
    ]


def trouble_lines(found: Sequence[TroubledAddress]) -> list[str]:
    """Return one line per address from which mail came back."""
    return [
        f"{each.address}  {'、'.join(each.offices) or '不在名册中'}  {_use(each)}"
        f"  最近 {_at(each.last_at)}：{each.reason}"
        for each in found
    ]


def _use(each: TroubledAddress) -> str:
    if each.passed_over_since is None:
        return f"暂时退信 {each.soft} 次，仍在使用"
    return f"{_at(each.passed_over_since)}起不再使用"


def notice(shown: NoticeShown) -> str:
    """Return one notice for a terminal: its recipient, its fate, each thing that it told."""
    line = shown.line
    ended = f"，{_at(line.ended_at)}结束" if line.ended_at else ""
    told = [
        f"通知 {line.id}：{line.kind_label}，发给{line.office}{line.name}（{shown.address}）",
        f"  {line.state_label}，{_at(line.created_at)}列入待发{ended}",
        f"  主题：{line.subject or '（发送时生成）'}",
        f"  邮件标识：{shown.message_id}，尝试 {shown.attempts} 次{'，曾结果不明' if shown.was_uncertain else ''}",
    ]
    told += [f"  服务器答复：{shown.reply}"] if shown.reply else []
    told += [f"  重发自通知 {_numbers(shown.again_of)}"] if shown.again_of else []
    told += [f"  已重发为通知 {_numbers(shown.told_again_by)}"] if shown.told_again_by else []
    for each in shown.items:
        about = " ".join(part for part in (each.office, each.document, each.what) if part)
        told.append(f"  - {each.kind_label}：{about}{f'，时限{each.due}' if each.due else ''}（{each.state_label}）")
        told.append(f"    {each.why}")
    return "\n".join(told)


def _numbers(numbers: Sequence[int]) -> str:
    return "、".join(map(str, numbers))


def _at(instant: datetime) -> str:
    return f"{local(instant):%Y-%m-%d %H:%M}"


def trial_lines(tried: Tried) -> list[str]:
    """Return what became of a test mail that was accepted, and from which envelope sender."""
    lines = [f"测试邮件已被服务器接收（信封发件人 {tried.sender}）：{tried.reply}"]
    if tried.only_login:
        lines.append(
            "服务器不接受退信地址 DUBAN_RETURN_PATH，已改以登录账号为信封发件人；投递时也会如此，退信将回到该账号。"
        )
    return lines
