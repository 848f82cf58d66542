"""Papers that need a signature: a rung drafts them, a person signs them, and only then does anybody hear of them."""

from __future__ import annotations

import io
import threading
from datetime import datetime
from pathlib import Path

import pytest
from docx import Document
from sqlmodel import col

from domain.errors import Refused
from domain.papers import SUPERVISING, PaperKind
from flows.words import line_rows, sweep_line
from models.notice import Firing, FiringRecipient
from models.obligation import Obligation
from models.paper import Paper, PaperState
from tasks.auditing import verify_audit
from tasks.extending import extend
from tasks.forwarding import forward_circular
from tasks.handling import submit_report, waive
from tasks.papers import PaperShown, discard_paper, draft_paper, list_papers, paper_file, show_paper, sign_paper
from tasks.summarising import lines
from tasks.sweeping import sweep
from tests.cast import DONGAN, LINJIANG, OPERATOR, WANGCHUAN, beijing, import_cast, notice_text, register_text
from tests.looking import entries, firings, rows, the_one
from tests.tasks.stage import deliver_at, mails_in, post_office, sweep_until

SENT = beijing("2020-02-17 09:30")
NUMBER = "江扶组办发〔2020〕20号"
#: Due by 24:00 of Friday 28 February; the fifth working day after is Friday 6 March.
LATE = beijing("2020-03-06 09:05")
TO = ["东岸区", "临江市"]


@pytest.fixture(autouse=True)
def _forwarded(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))
    addressees = "各市（地）、县（市、区）扶贫开发领导小组"
    text = notice_text(NUMBER, "请各地于2月28日前将工作总结报省扶贫办。", addressees=addressees)
    register_text(text, SENT)
    forward_circular.fn(NUMBER, actor=OPERATOR, now=SENT, to=TO)


def owed(office: str = DONGAN) -> Obligation:
    return the_one("report", office, NUMBER)


def climbed(*, mails: bool = False) -> None:
    """The ladder up to the fifth working day after the deadline."""
    sweep_until(SENT, LATE, mails=mails)


def by_hand(kind: str = "supervision_letter", office: str = DONGAN, now: datetime = LATE) -> PaperShown:
    return draft_paper.fn(kind, owed(office).id or 0, "多次催办未果", actor=OPERATOR, now=now)


def sign(number: int, now: datetime = LATE, **options: bool) -> PaperShown:
    return sign_paper.fn(number, "孙一", actor=OPERATOR, now=now, **options)


def told() -> list[Firing]:
    return [each for each in firings() if each.kind in set(SUPERVISING)]


def test_it_drafts_one_letter_for_each_late_office_and_sends_nothing(database: str) -> None:
    climbed()
    papers = rows(Paper)
    assert [(each.kind, each.state, each.number) for each in papers] == [
        (PaperKind.SUPERVISION_LETTER, PaperState.DRAFTED, None)] * 2  # fmt: skip
    assert {each.obligation_id for each in papers} == {owed(DONGAN).id, owed(LINJIANG).id}
    assert told() == []
    assert len(entries("paper.drafted")) == 2
    for again in ("2020-03-06 09:20", "2020-03-16 09:05", "2020-05-20 09:05"):
        sweep.fn(now=beijing(again))
    assert len(rows(Paper)) == 2, "weekly rungs draft nothing, and no sweep a second letter"


def test_it_says_in_the_run_how_many_papers_wait() -> None:
    sweep_until(SENT, beijing("2020-03-06 08:59"))
    done = sweep.fn(now=LATE)
    assert done.drafted == 2
    assert "起草待签发文稿 2 份" in sweep_line(done)


def test_it_drafts_nothing_for_a_rung_that_was_passed_over() -> None:
    """A later deadline starts the ladder anew: what lies behind it then is superseded and drafts nothing."""
    extend.fn(owed().id or 0, beijing("2020-03-05 00:00"), "数据待核", actor=OPERATOR, now=beijing("2020-02-27 09:00"))
    climbed()
    assert [each.obligation_id for each in rows(Paper)] == [owed(LINJIANG).id]
    sweep_until(LATE, beijing("2020-03-11 09:05"))
    assert [each.cause for each in rows(Paper)][-1] == f"obligation:{owed().id}/1/due+5"


def test_it_states_the_facts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with post_office(monkeypatch, tmp_path / "mails", SENT):
        climbed(mails=True)
    (paper,) = [each for each in list_papers.fn(now=LATE) if each.obligation_id == owed().id]
    assert paper.title.startswith("督办通知单：东岸区扶贫开发领导小组办公室，《江北省扶贫开发领导小组办公室关于做好")
    assert "事项：请各地于2月28日前将工作总结报省扶贫办" in paper.text
    assert "时限：2020年2月28日（星期五）24时前" in paper.text
    assert "截至2020年3月6日，已逾期 5 个工作日。" in paper.text
    assert "2020年2月25日、2020年2月27日、2020年2月28日" in paper.text or "先后" in paper.text
    assert "通知临江市扶贫开发领导小组办公室经办人" in paper.text
    assert "example.org" not in paper.text
    assert not [line for line in paper.text.splitlines() if not line.strip()]


@pytest.mark.parametrize("kind", SUPERVISING)
def test_it_drafts_each_kind_by_hand_and_tells_nobody(kind: PaperKind) -> None:
    sweep_until(SENT, beijing("2020-03-03 09:05"))
    done = by_hand(kind, now=beijing("2020-03-03 10:00"))
    assert (done.kind, done.state, done.kind_name) == (kind, "待签发", kind.label)
    assert "东岸区" in done.text + done.title
    assert told() == []
    assert entries("paper.asked") == [(f"paper:{done.id}", {"reason": "多次催办未果"})]


def test_it_tells_the_office_once_it_is_signed(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    climbed()
    number = next(each.id for each in list_papers.fn(now=LATE) if each.obligation_id == owed().id)
    done = sign(number)
    assert (done.number, done.state, done.signer) == ("督办〔2020〕1号", "已签发", "孙一")
    assert done.message == "已签发督办通知单 督办〔2020〕1号，并通知东岸区扶贫开发领导小组办公室。"
    people = rows(FiringRecipient, col(FiringRecipient.firing_id).in_([each.id for each in told()]))
    assert [each.name for each in people] == ["王一", "冯一"]
    ((_, payload),) = entries("paper.signed")
    assert payload == {
        "number": "督办〔2020〕1号", "signer": "孙一", "kind": "supervision_letter", "even_so": False, "told": 2
    }  # fmt: skip
    assert verify_audit.fn().whole
    with post_office(monkeypatch, tmp_path / "mails", LATE):
        deliver_at(beijing("2020-03-06 09:10"))
    letters = [each for each in mails_in(tmp_path / "mails") if each.subject.startswith("督办通知单")]
    assert [each.to for each in letters] == ["head.230102@example.org", "officer.230102@example.org"]
    assert letters[0].subject.startswith("督办通知单 督办〔2020〕1号：请各地于2月28日前将工作")
    assert "截至2020年3月6日，已逾期 5 个工作日。" in letters[0].text
    assert "编号：督办〔2020〕1号" in letters[0].text


def test_it_tells_an_office_with_one_address_once() -> None:
    forward_circular.fn(NUMBER, actor=OPERATOR, now=SENT, to=["望川市"])
    climbed()
    done = by_hand("listed_supervision", WANGCHUAN)
    sign(done.id)
    assert len(told()) == 1


def test_it_numbers_each_kind_and_year_by_itself_and_without_gaps() -> None:
    climbed()
    first, second = [each.id for each in list_papers.fn(now=LATE)]
    listing, bulletin = by_hand("listed_supervision").id, by_hand("通报").id
    third = discarded = by_hand("listed_supervision", LINJIANG).id
    assert sign(first).number == "督办〔2020〕1号"
    discard_paper.fn(discarded, "不再需要", actor=OPERATOR, now=LATE)
    assert sign(listing).number == "挂牌督办〔2020〕1号"
    assert sign(bulletin).number == "督办通报〔2020〕1号"
    assert sign(second).number == "督办〔2020〕2号"
    again = by_hand("listed_supervision", LINJIANG).id
    assert again != third
    assert sign(again).number == "挂牌督办〔2020〕2号", "a discarded draft takes no number"
    new_year = beijing("2021-01-04 10:00")
    assert sign(by_hand(now=new_year).id, new_year).number == "督办〔2021〕1号"


def test_it_gives_no_number_twice_to_those_that_sign_at_once(database: str) -> None:
    climbed()
    kinds = ("listed_supervision", "criticism_bulletin")
    for kind in kinds:
        for office in (DONGAN, LINJIANG):
            by_hand(kind, office)
    numbers = [each.id for each in list_papers.fn(now=LATE)]
    refused: list[str] = []

    def signing(number: int) -> None:
        try:
            sign(number)
        except Refused as error:
            refused.append(str(error))

    threads = [threading.Thread(target=signing, args=(number,)) for number in [*numbers, *numbers]]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(each.number for each in rows(Paper)) == sorted(
        f"{prefix}〔2020〕{running}号" for prefix in ("督办", "挂牌督办", "督办通报") for running in (1, 2)
    )
    assert len(refused) == len(numbers), "each was signed once"
    assert len(entries("paper.signed")) == len(numbers)
    assert len(told()) == 2 * len(numbers)


def test_it_shows_on_a_draft_what_has_become_of_the_matter_and_asks_before_signing_it() -> None:
    climbed()
    mine = next(each for each in list_papers.fn(now=LATE) if each.obligation_id == owed().id)
    submit_report.fn(NUMBER, "东岸区", "总结已附。", actor=OPERATOR, now=LATE)
    assert show_paper.fn(mine.id, now=LATE).meanwhile == "当前为“待审核”"
    with pytest.raises(Refused, match="该事项当前为“待审核”；如仍要签发，请加 --even-so"):
        sign(mine.id)
    waive.fn(owed(LINJIANG).id or 0, "并入其他工作", actor=OPERATOR, now=LATE)
    other = next(each for each in list_papers.fn(now=LATE) if each.obligation_id == owed(LINJIANG).id)
    assert "免办" in other.meanwhile
    assert sign(mine.id, even_so=True).number == "督办〔2020〕1号"
    assert discard_paper.fn(other.id, "已免办", actor=OPERATOR, now=LATE).state == "已作废"
    assert list_papers.fn(now=LATE) == []
    assert {each.state for each in list_papers.fn(now=LATE, decided_too=True)} == {"已签发", "已作废"}


def test_it_shows_a_signed_listing_in_the_lists_as_long_as_the_matter_is_open() -> None:
    climbed()
    done = by_hand("listed_supervision")
    assert {each.listed for each in lines.fn(now=LATE)} == {""}, "a draft lists nobody"
    sign(done.id)
    (line,) = [each for each in lines.fn(now=LATE, overdue=True) if each.id == owed().id]
    assert line.listed == "挂牌督办〔2020〕1号"
    assert "【挂牌督办：挂牌督办〔2020〕1号】" in str(line_rows([line])[0]["灯色"])
    waive.fn(owed().id or 0, "已办", actor=OPERATOR, now=LATE)
    assert {each.listed for each in lines.fn(now=LATE)} == {""}


def test_it_lays_a_paper_out_as_a_word_document() -> None:
    climbed()
    (paper, _) = list_papers.fn(now=LATE)

    def text() -> list[str]:
        return [each.text for each in Document(io.BytesIO(paper_file.fn(paper.id))).paragraphs]

    assert text()[:2] == ["督办通知单", "（待签发，未编号）"]
    assert text()[-1] == "签发人：（待签发）"
    assert f"{paper.office}：" in text()
    sign(paper.id)
    assert text()[1] == "督办〔2020〕1号"
    assert text()[-3:] == ["江北省扶贫开发领导小组办公室", "2020年3月6日", "签发人：孙一"]
    assert all(line in text() for line in paper.text.splitlines())


def test_it_refuses_in_one_sentence() -> None:
    early = beijing("2020-02-20 09:00")
    with pytest.raises(Refused, match="尚未逾期，不能起草督办通知单"):
        by_hand(now=early)
    climbed()
    with pytest.raises(Refused, match=r"已有一份督办通知单待签发（文稿编号 \d）"):
        by_hand()
    with pytest.raises(Refused, match="没有“letter”这种文稿"):
        by_hand("letter")
    with pytest.raises(Refused, match="没有“compiled_report”这种文稿"):
        by_hand("compiled_report")
    with pytest.raises(Refused, match="必须说明理由"):
        draft_paper.fn("通报", owed().id or 0, " ", actor=OPERATOR, now=LATE)
    with pytest.raises(Refused, match="没有编号为 99 的文稿"):
        sign(99)
    with pytest.raises(Refused, match="必须写明签发人"):
        sign_paper.fn(1, " ", actor=OPERATOR, now=LATE)
    with pytest.raises(Refused, match="必须说明理由"):
        discard_paper.fn(1, "", actor=OPERATOR, now=LATE)
    sign(1)
    with pytest.raises(Refused, match="编号 1 的文稿已签发"):
        discard_paper.fn(1, "改了主意", actor=OPERATOR, now=LATE)
