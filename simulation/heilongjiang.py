"""The demo's script: the real circular of 2020 in Heilongjiang, from 13 February to 15 April."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial

from domain.calendar import WorkCalendar, at_local
from domain.deadlines import due_instant
from domain.documents import RequirementKind
from domain.offices import Office, Tier
from domain.recurrence import due_days
from domain.trail import Actor, ActorKind
from domain.urgent import Severity
from flows.circulars import forward_circular, register_circular
from flows.oversight import mail_audit_head, show_board, show_chain, verify_trail
from flows.review import extend_deadline, record_report, review_report, waive_obligation
from flows.urgent import follow_up_urgent_report, raise_urgent_report, respond_to_urgent_report
from simulation.localities import Behaviour, Manner, behaviour
from simulation.play import Event, Play, run
from tasks.handling import accept, receive, return_report, submit_report
from tasks.reviewing import Stored, Waiting, awaiting_review, owed_by, requirements_stored
from tasks.sweeping import sweep

UPSTREAM = "国开发〔2020〕3号"
COVER = "黑扶组办发〔2020〕3号"
BEGINS = at_local(date(2020, 2, 13), time(10, 0))
FORWARDED = at_local(date(2020, 2, 14), time(9, 30))
ENDS = at_local(date(2020, 4, 15), time(18, 0))
OPERATOR = "值班员甲"
#: When the province looks through what was handed in, and the day's last mails go out.
_REVIEW_HOUR, _MAIL_HOUR = time(16, 0), time(17, 0)
#: Every so many reports is returned once.
_RETURNED = 29
_SEED = 20200214


def _at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return at_local(date(2020, month, day), time(hour, minute))


@dataclass
class Heilongjiang:
    """The province's play: the circular comes down, localities act by their manners, reports are reviewed."""

    play: Play
    path: str
    offices: Sequence[Office]
    calendar: WorkCalendar
    reviewed: int = 0
    #: (office, period) of reports that nobody has to hand in any more
    released: set[tuple[str, str | None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        addressed = [office.code for office in self.offices if office.tier in _ADDRESSED]
        self.behaviour: Behaviour = behaviour(addressed, _SEED, self.calendar)

    def write(self) -> None:
        """Put the whole script on the play."""
        self.play.at(BEGINS, self._upstream_arrives)
        self.play.at(FORWARDED, self._forward)
        self._own_report()
        self._every_workday()
        self._urgent_reports()
        self._oversight()

    def _upstream_arrives(self, now: datetime) -> None:
        run(register_circular, officer=OPERATOR, path=self.path, only=UPSTREAM, sent_at=now, as_of=now)

    def _forward(self, now: datetime) -> None:
        run(register_circular, officer=OPERATOR, path=self.path, as_of=now)
        run(forward_circular, document_number=COVER, officer=OPERATOR, preview=True, as_of=now)
        run(forward_circular, document_number=COVER, officer=OPERATOR, as_of=now)
        leaves_at = now + timedelta(minutes=10)
        self.play.at(leaves_at, lambda _: True)
        for office in self.behaviour.manners:
            self._receipt(office, leaves_at)
            for requirement in requirements_stored(COVER):
                self._reports(office, requirement, leaves_at)

    def _receipt(self, office: str, sent_at: datetime) -> None:
        at = self.behaviour.receipt_at(office, sent_at)
        if at is not None:
            self.play.at(at, lambda now: _ignored(receive.fn(COVER, office, actor=_officer(office), now=now)))

    def _reports(self, office: str, requirement: Stored, issued_at: datetime) -> None:
        if requirement.kind is RequirementKind.RECURRING and requirement.rrule and requirement.starts_on:
            for day in due_days(requirement.rrule, requirement.starts_on, requirement.starts_on):
                due_at = due_instant(day, None)
                if due_at > ENDS + timedelta(days=30):
                    return
                self._report(office, requirement, day.isoformat(), issued_at, due_at)
        elif requirement.kind is not RequirementKind.ON_OCCURRENCE or int(office[-2:]) % 12 == 1:
            self._report(office, requirement, None, issued_at, None)

    def _report(
        self, office: str, requirement: Stored, period: str | None, issued_at: datetime, due_at: datetime | None
    ) -> None:
        key = f"{requirement.ordinal}/{period or ''}"
        at = self.behaviour.report_at(office, key, issued_at, due_at)
        if at is not None and at <= ENDS:
            text = f"{requirement.text[:20]}……情况报告（{period or '综合'}）"
            self.play.at(at, lambda now: self._hand_in(office, requirement.ordinal, period, text, now))

    def _hand_in(self, office: str, ordinal: int, period: str | None, text: str, now: datetime) -> None:
        if (office, period) not in self.released:
            submit_report.fn(COVER, office, text, actor=_officer(office), now=now, ordinal=ordinal, period=period)

    def _own_report(self) -> None:
        """The province's own report to the State Council's office, due on 20 February; its outcome is recorded."""
        text = "我省贯彻落实情况、疫情影响分析及建议。"
        self.play.at(
            _at(2, 19, 15),
            lambda now: _ignored(
                run(record_report, document_number=UPSTREAM, office="230000", text=text, officer=OPERATOR, as_of=now)
            ),
        )
        self.play.at(_at(2, 24, 10), self._record_outcome)

    def _record_outcome(self, now: datetime) -> None:
        for number in owed_by("230000", UPSTREAM):
            run(
                review_report, obligation_id=number, decision="accept", officer=OPERATOR, reason="国务院扶贫办已收",
                as_of=now,
            )  # fmt: skip

    def _every_workday(self) -> None:
        day = date(2020, 2, 14)
        while at_local(day, _MAIL_HOUR) <= ENDS:
            if self.calendar.is_workday(day):
                self.play.at(at_local(day, _REVIEW_HOUR), self._review)
                self.play.at(at_local(day, _MAIL_HOUR), lambda _: True)
            day += timedelta(days=1)

    def _review(self, now: datetime) -> None:
        """The province reads what came in: nearly all is accepted, a few are returned for their figures."""
        operator = Actor(ActorKind.CLAIMED, OPERATOR)
        for waiting in awaiting_review("230000"):
            self.reviewed += 1
            if self.reviewed % _RETURNED == 0 and waiting.round == 1:
                return_report.fn(waiting.obligation_id, "缺少分项数据，请补充。", actor=operator, now=now)
                self.play.at(self.calendar.add_working_time(now, timedelta(hours=6)), self._amended(waiting))
            else:
                accept.fn(waiting.obligation_id, actor=operator, now=now)

    def _amended(self, returned: Waiting) -> Event:
        def event(now: datetime) -> None:
            submit_report.fn(
                COVER, returned.office, "已补充分项数据。", actor=_officer(returned.office), now=now,
                ordinal=returned.ordinal, period=returned.period or None,
            )  # fmt: skip

        return event

    def _urgent_reports(self) -> None:
        """Two events outside working hours: one answered in time, one that climbs because nobody answers."""
        night = _at(3, 14, 22, 40)  # a Saturday
        self._raise(night, "232721", "扶贫车间火灾", Severity.RELATIVELY_SERIOUS, timedelta(minutes=18))
        self.play.at(night + timedelta(minutes=12), lambda now: self._respond(1, "232700", now, pass_on=True))
        self.play.at(night + timedelta(minutes=26), lambda now: self._respond(1, "230000", now))
        self.play.at(
            night + timedelta(hours=9), lambda now: self._follow(1, "明火已扑灭，无人员伤亡。", now, final=True)
        )
        dawn = _at(4, 5, 5, 20)  # a public holiday
        self._raise(dawn, "230184", "运送返岗务工人员的客车侧翻", Severity.SERIOUS, timedelta(minutes=10))
        self.play.at(dawn + timedelta(minutes=15), self._sweep_urgent)
        self.play.at(dawn + timedelta(minutes=22), lambda now: self._respond(2, "230000", now, pass_on=True))
        self.play.at(dawn + timedelta(minutes=41), lambda now: self._respond(2, "230100", now, pass_on=True))
        for at, text, final in (
            (_at(4, 5, 7, 40), "伤员均已送医，道路恢复通行。", False),
            (_at(4, 5, 16, 30), "伤情稳定，人员已另车送达。", False),
            (_at(4, 6, 7, 30), "处置完毕，无人员死亡。", True),
        ):
            self.play.at(at, partial(self._follow_up_of_dawn, text, final))

    def _raise(self, at: datetime, office: str, title: str, severity: Severity, learned: timedelta) -> None:
        def event(now: datetime) -> bool:
            run(
                raise_urgent_report, office=office, title=title, text=f"{title}，现场正在处置，续报随后。",
                severity=severity, occurred_at=now - learned - timedelta(minutes=5), learned_at=now - learned,
                officer=_officer(office).name, as_of=now,
            )  # fmt: skip
            return True

        self.play.at(at, event)

    def _sweep_urgent(self, now: datetime) -> bool:
        sweep.fn(now=now, urgent_only=True)
        return True

    def _respond(self, case: int, office: str, now: datetime, *, pass_on: bool = False) -> bool:
        run(
            respond_to_urgent_report, case_id=case, office=office, officer=_officer(office).name, pass_on=pass_on,
            as_of=now,
        )  # fmt: skip
        return True

    def _follow_up_of_dawn(self, text: str, final: bool, now: datetime) -> bool:
        return self._follow(2, text, now, final=final)

    def _follow(self, case: int, text: str, now: datetime, *, final: bool) -> bool:
        run(follow_up_urgent_report, case_id=case, text=text, officer="现场负责人", final=final, as_of=now)
        return True

    def _oversight(self) -> None:
        self.play.at(_at(3, 3, 10), self._grant)
        self.play.at(_at(3, 6, 9, 30), lambda now: _ignored(run(show_board, as_of=now)))
        self.play.at(_at(3, 6, 17), lambda now: _ignored(run(mail_audit_head, as_of=now)))
        self.play.at(ENDS, self._look_back)

    def _grant(self, now: datetime) -> None:
        """One office asks for more time before its report is due and gets it; another is released from its report."""
        late = [office for office, manner in self.behaviour.manners.items() if manner is Manner.LATE]
        extended, released = sorted(late)[:2]
        for number in owed_by(extended, COVER, period="2020-03-05"):
            run(
                extend_deadline, obligation_id=number, due_on=date(2020, 3, 9), reason="封控期间数据待核",
                officer=OPERATOR, as_of=now,
            )  # fmt: skip
        for number in owed_by(released, COVER, period="2020-03-05"):
            run(waive_obligation, obligation_id=number, reason="本月无相关业务", officer=OPERATOR, as_of=now)
        self.released.add((released, "2020-03-05"))

    def _look_back(self, now: datetime) -> None:
        run(show_board, as_of=now)
        run(show_chain, document_number=COVER)
        run(verify_trail)


_ADDRESSED = (Tier.PREFECTURE, Tier.COUNTY, Tier.MEMBER_UNIT)


def _officer(office: str) -> Actor:
    return Actor(ActorKind.OFFICER, f"{office}经办人")


def _ignored(_: object) -> None:
    """An event that asks for no delivery of its own."""
