"""What an operator finds in the UI: every flow loads, every deployment is labelled, scheduled and bounded."""

from __future__ import annotations

import inspect
import re
from datetime import timedelta
from pathlib import Path

import pytest
from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.flows import load_flow_from_entrypoint

from cli.deployments import deployments
from domain import watching
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

ROOT = Path(__file__).resolve().parents[2]
MODULES = (
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
CHINESE = re.compile(r"[\u4e00-\u9fff]")
#: Flows that change what people are held to by an operator's own act.
ACTS = {
    "register_circular", "forward_circular", "request_forwarding", "recall_forwarding", "record_receipt",
    "record_report", "record_progress", "record_look_back", "reopen_instruction", "review_report",
    "waive_obligation", "extend_deadline", "raise_urgent_report",
    "follow_up_urgent_report", "suspend_clock", "resume_clock", "acknowledge_reminder", "ask_for_extension",
    "decide_on_extension", "contest_obligation", "decide_on_contest", "return_paper", "decide_on_paper",
    "withdraw_circular", "supersede_circular", "respond_to_urgent_report", "record_substitute", "revoke_substitute",
    "draft_paper", "compile_report", "sign_paper", "discard_paper",
    "amend_calendar", "amend_policies", "mark_restated",
    "regrade_urgent_report", "record_call", "remind_office", "resend_notice",
    "handle_mail", "clear_address", "review_draft",
}  # fmt: skip
SCHEDULED = {"每刻钟值守检查", "每刻钟巡检", "每分钟紧急巡检", "每分钟投递", "每日留痕摘要", "每日灯色总览"}


def flows_of(module: object) -> dict[str, Flow[..., object]]:
    return {name: value for name, value in vars(module).items() if isinstance(value, Flow)}


ENTRY_POINTS = [f"{module.__name__.replace('.', '/')}.py:{name}" for module in MODULES for name in flows_of(module)]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> dict[str, RunnerDeployment]:
    """All deployments by name, as `serve` gets them."""
    monkeypatch.chdir(ROOT)
    return {str(each.name): each for each in deployments()}


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_it_loads_every_entry_point_without_a_placeholder(entry_point: str) -> None:
    loaded: Flow[..., object] = load_flow_from_entrypoint(f"{ROOT}/{entry_point}", use_placeholder_flow=False)
    assert loaded.fn.__name__ == entry_point.partition(":")[2]


def test_it_deploys_every_flow_once(made: dict[str, RunnerDeployment]) -> None:
    assert sorted(str(each.entrypoint) for each in made.values()) == sorted(ENTRY_POINTS)


def test_it_gives_every_flow_a_time_limit_and_a_chinese_name() -> None:
    for module in MODULES:
        for each in flows_of(module).values():
            assert each.timeout_seconds, each.name
            assert CHINESE.search(each.name)
            assert CHINESE.search(inspect.getdoc(each.fn) or "")


def test_it_names_describes_and_tags_every_deployment_in_chinese(made: dict[str, RunnerDeployment]) -> None:
    for name, each in made.items():
        assert CHINESE.search(name)
        assert CHINESE.search(each.description or "")
        assert each.tags
        assert all(CHINESE.search(tag) for tag in each.tags)


def test_it_titles_and_explains_every_parameter_in_chinese(made: dict[str, RunnerDeployment]) -> None:
    for name, each in made.items():
        schema = each._parameter_openapi_schema
        assert schema is not None
        for parameter, shown in schema.properties.items():
            assert CHINESE.search(shown.get("title", "")), (name, parameter)
            assert CHINESE.search(shown.get("description", "")), (name, parameter)


def test_it_asks_for_the_officer_wherever_an_operator_acts(made: dict[str, RunnerDeployment]) -> None:
    for each in made.values():
        function, schema = str(each.entrypoint).partition(":")[2], each._parameter_openapi_schema
        assert schema is not None
        if function in ACTS:
            assert schema.properties["officer"]["title"] == "经办人"
            assert "officer" in schema.required
        else:
            assert "officer" not in schema.properties


def test_it_offers_choices_in_chinese(made: dict[str, RunnerDeployment]) -> None:
    offered = set()
    for each in made.values():
        schema = each._parameter_openapi_schema
        assert schema is not None
        for choice in schema.definitions.values():
            assert re.fullmatch(r"[A-Za-z]+", choice["title"])
            offered.update(choice["enum"])
    sources, grades = {"公文", "批示件", "会议纪要", "建议提案"}, {"特别重大", "重大", "较大", "一般"}
    rulings = {"批准", "不予批准", "成立", "不成立", "发错单位", "无法辨读", "文件有误"}
    papers = {"督办通知单", "挂牌督办通知", "通报"}
    acts = {"直接报送", "逐级汇总报送", "通过", "退回", "办理中", "已落实", "已销号"}
    mails = {"签收", "报送", "知悉", "延期申请", "异议", "退回来文", "紧急信息"}
    drafted = {"只查看", "通过并登记", "更正，仍待核对", "更正并登记", "退回，不登记"}
    none = {"不办理", "（不是退文）", "（不是紧急信息）"}
    assert offered == sources | grades | papers | rulings | acts | mails | drafted | none


def test_it_asks_for_instants_as_text_because_the_forms_own_field_means_utc(made: dict[str, RunnerDeployment]) -> None:
    for name, each in made.items():
        schema = each._parameter_openapi_schema
        assert schema is not None
        for parameter, shown in schema.properties.items():
            assert shown.get("format") not in ("date", "date-time"), (name, parameter)
            assert "anyOf" not in shown, (name, parameter)  # the form would show a switch in English
            if parameter in ("as_of", "sent_at", "occurred_at", "learned_at"):
                assert shown["type"] == "string", (name, parameter)
                assert "北京时间" in shown["description"]


def test_it_offers_a_large_field_for_long_texts(made: dict[str, RunnerDeployment]) -> None:
    for name, parameter in (
        ("登记公文", "text"),
        ("代为报送", "text"),
        ("紧急信息上报", "text"),
        ("核对公文草稿", "corrections"),
    ):
        schema = made[name]._parameter_openapi_schema
        assert schema is not None
        assert schema.properties[parameter]["format"] == "textarea"


def test_it_schedules_in_beijing_time_one_run_at_a_time(made: dict[str, RunnerDeployment]) -> None:
    scheduled = {name: each for name, each in made.items() if each.schedules}
    assert set(scheduled) == SCHEDULED == set(watching.SCHEDULED)
    for each in scheduled.values():
        (entry,) = each.schedules or []
        assert getattr(entry.schedule, "timezone", None) == "Asia/Shanghai"
        assert each.concurrency_limit == 1
        assert each.concurrency_options is not None
        assert each.concurrency_options.collision_strategy is ConcurrencyLimitStrategy.CANCEL_NEW


def test_it_sweeps_every_quarter_of_an_hour_and_what_is_urgent_every_minute(made: dict[str, RunnerDeployment]) -> None:
    for name, minutes in (("每刻钟巡检", 15), ("每分钟紧急巡检", 1), ("每分钟投递", 1)):
        (entry,) = made[name].schedules or []
        assert getattr(entry.schedule, "interval", None) == timedelta(minutes=minutes)


def test_it_forwards_by_event_and_delivers_urgent_reports_at_once(made: dict[str, RunnerDeployment]) -> None:
    triggers = {name: each.triggers for name, each in made.items() if each.triggers}
    assert set(triggers) == {"转发公文", "紧急即时投递"}
    (forwarding,) = triggers["转发公文"]
    assert getattr(forwarding, "expect", None) == {circulars.FORWARD_REQUESTED}
    assert set(getattr(forwarding, "parameters", None) or {}) == {"document_number", "sender", "officer"}
