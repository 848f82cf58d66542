"""What other programs compose is read as it was meant: the standard library's composer, and our own."""

from __future__ import annotations

from base64 import encodebytes
from datetime import UTC, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

from hypothesis import given, settings
from hypothesis import strategies as st

from notifications.compose import compose, message_id_for, with_token
from notifications.messages import Attachment, Envelope
from notifications.render import Rendered
from tests.notifications.incoming import OFFICE, OWN, TOKEN, read

#: characters that GB18030 has in two bytes, and a few that are harder
_CHINESE = st.text(alphabet="二〇年签收报送县扶贫办〔〕《》关于的通知镕㎡一abcXYZ 019-_.", min_size=1, max_size=60)
_LINES = st.lists(_CHINESE.map(str.strip).filter(bool), min_size=1, max_size=8).map("\n".join)
#: the library loses blanks between encoded words of a name
_NAMES = st.text(alphabet="二〇年月情况表县abc019-", min_size=1, max_size=25)


def tidy(text: str) -> str:
    return " ".join(text.split())


@settings(max_examples=150, deadline=None)
@given(_CHINESE, _NAMES, _LINES, _NAMES, st.binary(min_size=1, max_size=200), st.sampled_from(["utf-8", "gb18030"]))
def test_it_reads_what_the_standard_library_composes(
    subject: str, name: str, text: str, filename: str, content: bytes, charset: str
) -> None:
    message = EmailMessage(policy=policy.SMTP)
    message["Subject"] = subject
    message["From"] = Address(display_name=name, addr_spec=OFFICE)
    message["To"] = OWN
    message.set_content(text, charset=charset)
    message.add_alternative(f"<p>{text}</p>", subtype="html")
    message.add_attachment(content, maintype="application", subtype="msword", filename=f"{filename}.doc")
    found = read(message.as_bytes())
    assert found.subject == tidy(subject)
    assert (found.from_name, found.from_address) == (name, OFFICE)
    assert found.text.rstrip("\n") == text
    assert found.problems == ()
    ((attached),) = found.attachments
    assert (attached.filename, attached.content, attached.refused) == (f"{filename}.doc", content, "")


@settings(max_examples=100, deadline=None)
@given(_LINES, st.sampled_from(["gb2312", "gbk", "utf-8", "big5"]), st.sampled_from(["base64", "8bit"]))
def test_it_reads_what_says_another_charset_than_it_has(text: str, said: str, encoding: str) -> None:
    data = text.encode("utf-8" if said == "utf-8" else "gb18030")
    if said == "big5":
        data, text = "關於通知簽收".encode("big5"), "關於通知簽收"
    head = (
        f"From: {OFFICE}\r\nContent-Type: text/plain; charset={said}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    )
    body = encodebytes(data) if encoding == "base64" else data
    assert read(head.encode() + body).text.rstrip("\n") == text


@settings(max_examples=100, deadline=None)
@given(_CHINESE, _LINES, _NAMES, st.binary(min_size=1, max_size=200))
def test_it_reads_what_we_compose_and_knows_it_for_our_own(
    subject: str, text: str, filename: str, content: bytes
) -> None:
    envelope = Envelope(
        sender=OWN,
        sender_name="督办系统",
        to_address=OFFICE,
        to_name="平安县扶贫办",
        message_id=message_id_for(TOKEN, "example.org"),
        sent_at=datetime(2020, 2, 14, 1, 40, tzinfo=UTC),
        reply_to=with_token(OWN, TOKEN),
    )
    attachment = Attachment(filename=f"{filename}.pdf", media_type="application/pdf", content=content)
    found = read(compose(Rendered(subject=subject, text=text, html=f"<p>{text}</p>"), envelope, [attachment]))
    assert (tidy(found.subject), found.from_name, found.from_address) == (tidy(subject), "督办系统", OWN)
    assert found.text.rstrip("\n") == text
    assert [(each.filename, each.content) for each in found.attachments] == [(f"{filename}.pdf", content)]
    assert found.message_id == f"{TOKEN}@example.org"
    assert (found.is_loop, found.automatic) == ("邮件编号是本系统的", "Auto-Submitted: auto-generated")
