"""An office that has nothing but its mailbox: a real mail server out, a real mailbox in, from paper to review."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

import pytest

from domain.statuses import ObligationKind, Status
from models.notice import DeliveryState
from tasks.auditing import verify_audit
from tasks.collecting import collect_mail
from tasks.delivering import deliver
from tasks.handling import accept
from tests.cast import (
    DONGAN,
    OPERATOR,
    SHIQIAO,
    beijing,
    forward_cover,
    import_cast,
    notice_text,
    register_text,
)
from tests.imap import PASSWORD, Postbox
from tests.looking import entries, the_one
from tests.tasks.stage import Mail, deliveries, mails_in, post_office, use

NUMBER = "江扶组办发〔2020〕9号"
START = beijing("2020-02-14 09:30")
OFFICER = f"officer.{DONGAN}@example.org"
QUOTED = """

------------------ 原始邮件 ------------------
发件人: "督办系统" <duban@example.org>
发送时间: 2020年2月14日(星期五) 上午9:45
收件人: "王一" <{address}>
主题: {subject}

{text}
"""


@dataclass
class Office:
    """A clerk at a desk: reads what the mail server left in the folder, answers into the mailbox."""

    folder: Path
    postbox: Postbox
    address: str = OFFICER

    def last(self) -> Mail:
        return [mail for mail in mails_in(self.folder) if mail.to == self.address][-1]

    def subjects(self) -> list[str]:
        return [mail.subject for mail in mails_in(self.folder) if mail.to == self.address]

    def answers(self, mail: Mail, text: str, files: dict[str, bytes] | None = None, **headers: str) -> bytes:
        """Write an answer as a Chinese mail program does: GB2312 by name, the original below."""
        answer = EmailMessage()
        answer["From"] = f"王一 <{self.address}>"
        answer["To"] = str(mail.message["Reply-To"] or mail.message["From"])
        answer["Subject"] = f"回复：{mail.subject}"
        answer["Message-ID"] = make_msgid(domain="office.example.org")
        for name, value in headers.items():
            answer[name.replace("_", "-")] = value
        quoted = QUOTED.format(address=self.address, subject=mail.subject, text=mail.text)
        answer.set_content(text + quoted, charset="gb18030", cte="base64")
        for name, content in (files or {}).items():
            answer.add_attachment(content, maintype="application", subtype="msword", filename=name)
        raw = answer.as_bytes().replace(b"gb18030", b"gb2312", 1)
        self.postbox.put(raw.replace(b"\n", b"\r\n"))
        return raw


@pytest.fixture
def office(database: str, imap_server: Postbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    import_cast(START)
    register_text(notice_text(NUMBER, "请各地各部门于2020年3月5日前向省扶贫办报送一次进展。"), START)
    forward_cover(START, NUMBER)
    use(
        monkeypatch, imap_host="127.0.0.1", imap_port=imap_server.port, imap_security="none",
        imap_username=imap_server.username, imap_password=PASSWORD, reply_address="duban@example.org",
    )  # fmt: skip
    with post_office(monkeypatch, tmp_path / "mails", START):
        yield Office(tmp_path / "mails", imap_server)


def goes_out(at: str) -> None:
    assert not deliver.fn(now=beijing(at)).trouble


def comes_in(at: str) -> list[str]:
    done = collect_mail.fn(now=beijing(at))
    assert not done.trouble, done
    return [f"{each.kind} {each.state}" for each in done.taken]


def test_an_office_signs_asks_for_time_reports_and_is_accepted_by_mail_alone(office: Office) -> None:
    goes_out("2020-02-14 09:45")
    circular = office.last()
    assert re.search(r"duban\+\d+\.[0-9a-f]{24}@example\.org", str(circular.message["Reply-To"]))

    office.answers(circular, "签收")
    assert comes_in("2020-02-14 10:00") == ["receipt taken"]
    assert the_one(ObligationKind.RECEIPT, DONGAN, NUMBER).status is Status.ACCEPTED
    goes_out("2020-02-14 10:01")
    confirmed = office.last()
    [(subject, _)] = entries("receipt.received")
    number = subject.partition(":")[2]
    assert f"签收-{number}" in confirmed.text
    assert "2020年2月14日" in confirmed.text

    office.answers(circular, "延期 2020年3月12日 理由：入户核查尚未完成，已完成六成。")
    assert comes_in("2020-02-14 10:30") == ["extension_request taken"]

    written = "现报送进展如下：已走访全部贫困户，缺种子的三十二户已全部落实，暂无其他困难和问题。"
    office.answers(confirmed, f"报送\n{written}", {"春季进展〔2020〕.doc": b"a document"})
    assert comes_in("2020-02-20 15:00") == ["report taken"]
    report = the_one(ObligationKind.REPORT, DONGAN, NUMBER)
    assert report.status is Status.SUBMITTED
    accept.fn(report.id or 0, actor=OPERATOR, now=beijing("2020-02-21 09:30"))
    goes_out("2020-02-21 09:31")
    assert "审核通过" in office.last().text

    assert len(office.postbox.held("督办/已处理")) == 3
    assert office.postbox.held() == office.postbox.held("督办/待人工处理") == []
    assert {"\\Seen"} <= office.postbox.flags("督办/已处理")[0]
    assert verify_audit.fn().whole


def test_what_no_person_of_the_office_wrote_is_taken_for_nothing(office: Office) -> None:
    goes_out("2020-02-14 09:45")
    circular = office.last()
    office.answers(circular, "签收", Auto_Submitted="auto-replied")
    stranger = Office(office.folder, office.postbox, "stranger@example.com")
    stranger.answers(circular, "签收")
    neighbour = Office(office.folder, office.postbox, f"officer.{SHIQIAO}@example.org")
    neighbour.answers(circular, "签收")
    assert comes_in("2020-02-14 10:00") == ["automatic noted", "receipt waiting", "receipt waiting"]
    assert the_one(ObligationKind.RECEIPT, DONGAN, NUMBER).status is Status.PENDING
    sent = len(mails_in(office.folder))
    goes_out("2020-02-14 10:01")
    told = [mail.to for mail in mails_in(office.folder)][sent:]
    assert "stranger@example.com" not in told
    assert len(office.postbox.held("督办/已处理")) == 1
    assert len(office.postbox.held("督办/待人工处理")) == 2


def test_the_same_mail_twice_is_one_act_and_one_confirmation(office: Office) -> None:
    goes_out("2020-02-14 09:45")
    raw = office.answers(office.last(), "签收")
    office.postbox.put(raw.replace(b"\n", b"\r\n"))
    comes_in("2020-02-14 10:00")
    office.postbox.put(raw.replace(b"\n", b"\r\n"))
    comes_in("2020-02-14 10:05")
    assert len(entries("receipt.received")) == 1
    goes_out("2020-02-14 10:06")
    assert len([subject for subject in office.subjects() if "签收确认" in subject]) == 1
    assert len(office.postbox.held("督办/已处理")) == 3, "nothing is deleted"


def test_a_letter_that_comes_back_goes_to_the_next_person_of_the_office(office: Office) -> None:
    goes_out("2020-02-14 09:45")
    circular = office.last()
    office.postbox.put(_returned(circular, OFFICER))
    assert comes_in("2020-02-14 10:00") == ["bounce noted"]
    [bounced] = deliveries(address=OFFICER, state=DeliveryState.BOUNCED)
    assert bounced.message_id == circular.message_id
    goes_out("2020-02-14 10:01")
    head = [mail for mail in mails_in(office.folder) if mail.to == f"head.{DONGAN}@example.org"]
    assert any(NUMBER in mail.text for mail in head), "the head of the office has it now"


def _returned(mail: Mail, address: str) -> bytes:
    """A delivery status notification as mail servers write them (RFC 3464)."""
    own = "\r\n".join(f"{name}: {value}" for name, value in mail.message.items() if name in ("Message-ID", "Subject"))
    return "\r\n".join(
        (
            "Return-Path: <>", "From: MAILER-DAEMON@mx.example.org", "To: duban@example.org",
            "Subject: Undelivered Mail Returned to Sender", "Message-ID: <b1@mx.example.org>",
            "Auto-Submitted: auto-replied", "MIME-Version: 1.0",
            'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "",
            "--b", "Content-Type: text/plain", "", "Your mail could not be delivered.", "",
            "--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example.org", "",
            f"Final-Recipient: rfc822; {address}", "Action: failed", "Status: 5.1.1",
            "Diagnostic-Code: smtp; 550 5.1.1 user unknown", "",
            "--b", "Content-Type: text/rfc822-headers", "", own, "", "--b--", "",
        )
    ).encode()  # fmt: skip
