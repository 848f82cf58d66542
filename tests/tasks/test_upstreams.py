"""The circular that another one forwards: found by number or title, annexed, or missing and linked when it comes."""

from __future__ import annotations

import pytest
from sqlmodel import col

from domain.reviewing import Looking
from models.circular import Circular
from tasks.drafting import correct_draft
from tasks.registering import register_circular
from tests.cast import OPERATOR, beijing, import_cast, notice_text, register_text
from tests.looking import entries, rows

NOW = beijing("2020-02-14 09:00")
ABOVE, BELOW = "国扶组发〔2020〕31号", "江扶组办发〔2020〕32号"
TITLE = "国务院扶贫开发领导小组关于开展住房普查的通知"
UPSTREAM = (
    notice_text(ABOVE, "请各地于3月20日前将清单报国务院扶贫办。")
    .replace("江北省扶贫开发领导小组办公室关于做好有关工作的通知", TITLE)
    .replace("江北省扶贫开发领导小组办公室", "国务院扶贫开发领导小组")
)


def forwarding(named: str) -> str:
    """Return a circular that forwards what `named` names."""
    return notice_text(BELOW, f"现将{named}转发给你们，请认真执行。").replace(
        "关于做好有关工作的通知", "关于转发住房普查文件的通知"
    )


@pytest.fixture(autouse=True)
def _cast(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("database" if "database" in request.fixturenames else "sqlite")
    import_cast(beijing("2020-02-13 09:00"))


def upstream_of(number: str) -> str | None:
    (found,) = rows(Circular, col(Circular.number) == number)
    return next((each.number or each.title for each in rows(Circular) if each.id == found.upstream_id), None)


NAMED = [
    f"《{TITLE}》（{ABOVE}）", f"《{TITLE}》（国扶组发[2020]31号）", f"《{TITLE}》", "《关于开展住房普查的通知》",
    "《国务院扶贫开发领导小组〈关于开展住房普查的通知〉》",
]  # fmt: skip


@pytest.mark.parametrize("named", NAMED)
def test_it_finds_its_upstream_however_it_is_named(named: str) -> None:
    register_text(UPSTREAM, NOW)
    register_text(forwarding(named), NOW)
    assert upstream_of(BELOW) == ABOVE


@pytest.mark.parametrize("named", NAMED)
def test_it_is_linked_when_its_upstream_is_registered_later(database: str, named: str) -> None:
    done = register_text(forwarding(named), NOW)
    assert any("尚未登记" in words for words in done.circulars[0].warnings)
    register_text(UPSTREAM, NOW)
    assert upstream_of(BELOW) == ABOVE
    assert [payload for _, payload in entries("circular.linked")] == [{"upstream": ABOVE}]


def test_a_title_that_two_circulars_bear_links_to_neither() -> None:
    register_text(UPSTREAM, NOW)
    register_text(UPSTREAM.replace(ABOVE, "国扶组发〔2019〕31号").replace("3月20日", "3月21日"), NOW)
    register_text(forwarding("《关于开展住房普查的通知》"), NOW)
    assert upstream_of(BELOW) is None


def test_another_number_with_the_same_title_is_another_circular() -> None:
    register_text(UPSTREAM.replace(ABOVE, "国扶组发〔2019〕31号"), NOW)
    register_text(forwarding(f"《{TITLE}》（{ABOVE}）"), NOW)
    assert upstream_of(BELOW) is None


def test_a_person_can_say_which_circular_it_forwards() -> None:
    register_text(UPSTREAM, NOW)
    text = forwarding("上述文件").encode()
    draft = register_circular.fn(text, "来文.md", actor=OPERATOR, now=NOW, looking=Looking.ALWAYS).waiting or 0
    correct_draft.fn(draft, [f"上级文号={ABOVE}"], actor=OPERATOR, now=NOW, accept=True)
    assert upstream_of(BELOW) == ABOVE
