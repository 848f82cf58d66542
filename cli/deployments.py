"""Every deployment: what an operator can start, what runs by itself and when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.events import DeploymentEventTrigger
from prefect.schedules import Cron, Interval

from config.settings import settings
from flows import (
    calls,
    circulars,
    deadlines,
    drafts,
    holds,
    inbox,
    mail,
    oversight,
    papers,
    petitions,
    policies,
    progress,
    review,
    roster,
    urgent,
    workdays,
)
from tasks.announcing import UrgentEvent

_ZONE = "Asia/Shanghai"
#: A run that finds another of its kind at work is cancelled at once, without a process of its own.
_ONE_AT_A_TIME = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)


def deployments() -> list[RunnerDeployment]:
    """Return all deployments, for `serve`."""
    return [*_scheduled(), *_by_hand()]


def _made(flow: Any, name: str, **options: Any) -> RunnerDeployment:
    return cast("RunnerDeployment", flow.to_deployment(name, **options))


def _scheduled() -> list[RunnerDeployment]:
    every: list[tuple[Any, str, Any, str, list[str]]] = [
        (
            deadlines.sweep_deadlines, "每刻钟巡检", Interval(timedelta(minutes=15), timezone=_ZONE),
            "每 15 分钟检查一次全部时限：**催办**临期和逾期的单位，逐级告知上级。", ["巡检"],
        ),
        (
            deadlines.sweep_urgent, "每分钟紧急巡检", Interval(timedelta(minutes=1), timezone=_ZONE),
            "每分钟检查**特急**事项和**紧急信息**。", ["巡检", "紧急"],
        ),
        (
            oversight.check_installation, "每刻钟值守检查", Interval(timedelta(minutes=15), timezone=_ZONE),
            "每 15 分钟检查有没有悄悄停下来的事；有问题时告知值守邮箱，同一原因一天一次。", ["总览"],
        ),
        (
            oversight.mail_audit_head, "每日留痕摘要", Cron("0 17 * * *", timezone=_ZONE),
            "每天 17 时把留痕链首寄给值守邮箱，请另行妥存。", ["留痕"],
        ),
        (
            oversight.show_board, "每日灯色总览", Cron("0 9 * * *", timezone=_ZONE),
            "每天 9 时汇总灯色和逾期事项；也可随时手动运行。", ["总览"],
        ),
    ]  # fmt: skip
    made = [
        _made(flow, name, schedules=[schedule], concurrency_limit=_ONE_AT_A_TIME, tags=tags, description=text)
        for flow, name, schedule, text, tags in every
    ]
    return [*made, _delivery(), _urgent_delivery(), _collection()]


def _delivery() -> RunnerDeployment:
    return _made(
        mail.deliver_notices,
        "每分钟投递",
        schedules=[Interval(timedelta(minutes=1), timezone=_ZONE)],
        concurrency_limit=_ONE_AT_A_TIME,
        tags=["邮件"],
        description="每分钟投递待发通知。同一收件人的提醒合并为一封。",
    )


def _collection() -> RunnerDeployment:
    """The mailbox is read every minute where one is set up; elsewhere the form says that there is none."""
    every_minute = [Interval(timedelta(minutes=1), timezone=_ZONE)]
    return _made(
        inbox.collect_mail,
        "收取来信",
        schedules=every_minute if settings().imap_host else [],
        concurrency_limit=_ONE_AT_A_TIME,
        tags=["邮件"],
        description="设了收信邮箱的，每分钟收取一次：能确认的自动办理，其余留待人工处理。",
    )


def _urgent_delivery() -> RunnerDeployment:
    """What moves an urgent report is delivered at once, whatever the minute's delivery is at.

    It has a slot of its own, and one more: an event that comes as a run is about to end starts another.
    """
    return _made(
        mail.deliver_urgent,
        "紧急即时投递",
        concurrency_limit=ConcurrencyLimitConfig(limit=2, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW),
        triggers=[
            DeploymentEventTrigger(
                name="紧急信息即时投递",
                expect={event.value for event in UrgentEvent},
                match={"prefect.resource.id": "duban.urgent-case.*"},
            )
        ],
        tags=["邮件", "紧急"],
        description="紧急信息上报、回应、续转、续报、调级或逐级上报时立即投递；每分钟的投递是它的后备。",
    )


def _by_hand() -> list[RunnerDeployment]:
    every: list[tuple[Any, str, str, list[str]]] = [
        (circulars.register_circular, "登记公文", "登记一份公文：保存原件，读出任务事项和报送要求。", ["公文"]),
        (drafts.show_drafts, "待核对公文草稿", "等待核对的公文草稿：通过以前什么都没有登记。", ["公文"]),
        (drafts.review_draft, "核对公文草稿", "查看依据，更正任何一项，通过后才登记，或退回不登记。", ["公文"]),
        (circulars.request_forwarding, "下级转发", "登记某单位决定转发一份公文，随后自动转发。", ["公文"]),
        (circulars.withdraw_circular, "撤回公文", "撤回整份公文及其全部未办结事项。", ["公文"]),
        (circulars.supersede_circular, "替代公文", "以新公文替代旧公文。", ["公文"]),
        (circulars.recall_forwarding, "撤回转发", "撤回一次转发；已收到的单位各收到一次告知。", ["公文"]),
        (circulars.mark_restated, "标明重申", "标明一项要求重申上级公文的要求，合并为一项。", ["公文"]),
        (review.record_receipt, "代为签收", "代某单位登记签收。", ["办理"]),
        (review.record_report, "代为报送", "代某单位登记报送的材料，转入审核。", ["办理"]),
        (review.review_report, "审核报送", "通过或退回一项报送。", ["办理"]),
        (progress.record_progress, "登记进展", "登记某单位对一项任务的落实进展。", ["办理"]),
        (progress.record_look_back, "登记回头看", "登记对已销号任务的回头看。", ["办理"]),
        (progress.reopen_instruction, "重新办理", "把已销号的任务重新办理，可另定期限。", ["办理"]),
        (progress.show_look_backs, "待回头看", "到了回头看的日子、尚未登记结果的任务。", ["总览"]),
        (review.waive_obligation, "免办", "免除一个单位的一项事项。", ["办理"]),
        (review.extend_deadline, "延期", "在到期之前延长时限。", ["办理"]),
        (petitions.ask_for_extension, "申请延期", "代某单位在到期前申请延期。", ["办理"]),
        (petitions.decide_on_extension, "决定延期", "批准或不予批准一件延期申请。", ["办理"]),
        (petitions.contest_obligation, "提出异议", "代某单位提出异议，裁决前不催办。", ["办理"]),
        (petitions.decide_on_contest, "裁决异议", "异议成立则免办，不成立则照常办理。", ["办理"]),
        (petitions.return_paper, "退回来文", "代某单位退回一份公文，裁决前不催办。", ["办理"]),
        (petitions.decide_on_paper, "裁决退文", "退文成立则收回此文。", ["办理"]),
        (petitions.show_petitions, "待决申请", "等待决定的延期申请、异议和退文。", ["总览"]),
        (holds.suspend_clock, "暂停计时", "其间不催办；可到期自动恢复。", ["办理"]),
        (holds.resume_clock, "恢复计时", "剩余时间不变，告知该单位。", ["办理"]),
        (holds.acknowledge_reminder, "知悉", "一段时间内不再重复催办该单位。", ["办理"]),
        (urgent.raise_urgent_report, "紧急信息上报", "任何时间立即通知上级。", ["紧急"]),
        (urgent.follow_up_urgent_report, "紧急信息续报", "续报或终报。", ["紧急"]),
        (urgent.respond_to_urgent_report, "回应紧急信息", "登记某一级的回应，可同时续转。", ["紧急"]),
        (urgent.regrade_urgent_report, "调整紧急信息级别", "时限自现在起按新的级别计算，各级随即收到通知。", ["紧急"]),
        (urgent.show_urgent_report, "紧急信息全程", "每一环节用了多久、是否逾期，各次报告和续报时限。", ["紧急"]),
        (calls.record_call, "登记电话", "接通的视为已告知，从电话清单上去掉。", ["紧急"]),
        (calls.remind_office, "手动催办", "催办一项未办结的事项；间隔不足或次数已满的只作记录。", ["办理"]),
        (inbox.show_inbox, "待处理来信", "没有自动办理、待人工处理的来信，紧急信息在前。", ["邮件"]),
        (inbox.handle_mail, "处理来信", "按来信代该单位办理，或说明理由不办理。", ["邮件"]),
        (mail.resend_notice, "重发通知", "应要求把一件通知另发一封，只含仍然有效的事项。", ["邮件"]),
        (mail.clear_address, "恢复使用邮箱", "一个因退信而停用的邮箱经核实无误，自下一封通知起恢复使用。", ["邮件"]),
        (papers.draft_paper, "起草文稿", "就一项逾期事项起草督办通知单、挂牌督办或通报，等待签发。", ["督办"]),
        (papers.compile_report, "汇总报告", "把已通过的报送汇成一份向上的报告，点明缺报单位，等待签发。", ["督办"]),
        (papers.list_papers, "待签发文稿", "等待签发的文稿；其间的变化会注明。", ["督办"]),
        (papers.sign_paper, "签发文稿", "编定文号，并通知有关单位；汇总稿可随即报送。", ["督办"]),
        (papers.discard_paper, "作废文稿", "作废一份待签发的文稿，不占用文号。", ["督办"]),
        (roster.record_substitute, "登记代办", "发给离岗人的通知在此期间改送代办人。", ["名册"]),
        (roster.revoke_substitute, "撤销代办", "提前结束一项代办。", ["名册"]),
        (policies.amend_policies, "策略调整", "把现行策略文件用于在办事项：先预览，再执行。", ["时限"]),
        (workdays.amend_calendar, "日历调整", "按现行工作日历重算在办事项的时限：先预览，再执行。", ["时限"]),
        (oversight.show_chain, "转发链", "谁在何时转给了谁，谁没有签收、没有续转。", ["留痕"]),
        (oversight.verify_trail, "核验留痕", "逐条核验哈希链，指出第一条被改动的记录。", ["留痕"]),
        (oversight.write_register, "导出台账", "把全部事项写成 Excel 台账。", ["总览"]),
    ]
    made = [_made(flow, name, tags=tags, description=text) for flow, name, text, tags in every]
    return [*made, _forwarding()]


def _forwarding() -> RunnerDeployment:
    """Forwarding is started by hand, or by the event of an office's own forwarding."""
    return _made(
        circulars.forward_circular,
        "转发公文",
        triggers=[
            DeploymentEventTrigger(
                name="下级转发即办",
                expect={circulars.FORWARD_REQUESTED},
                match={"prefect.resource.id": "duban.forward-request.*"},
                parameters={
                    "document_number": "{{ event.payload.document_number }}",
                    "sender": "{{ event.payload.sender }}",
                    "officer": "{{ event.payload.officer }}",
                },
            )
        ],
        tags=["公文"],
        description="把公文转发给下级；可先预览。通知在 10 分钟后发出，其间可以撤回。",
    )
