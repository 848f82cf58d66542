"""Letters rendered once for many recipients are, to the byte, what rendering each by itself gives."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notifications import alike
from notifications.alike import render_alike
from notifications.messages import Item, Letter, NoticeKind
from notifications.render import render
from tests.notifications.letters import item, letter

NAMES = st.one_of(
    st.text(alphabet="北京时间省市县东山岸扶贫办１2aB（）·周", min_size=0, max_size=12), st.text(max_size=8)
)
KINDS = [kind for kind in NoticeKind if kind is not NoticeKind.DIGEST]


def about(kind: NoticeKind, office: str, name: str, **changes: Any) -> Letter:
    """A letter of a kind whose words name office and person wherever they may."""
    first = letter(item(kind))
    told = replace(
        first.items[0], office_name=office, matter=f"{office}报送进展情况一览表及相关材料",
        why=f"您是{office}登记的经办人{name}。", detail=f"{name}于昨日提出", **changes,
    )  # fmt: skip
    return replace(first, items=(told,), recipient_office=office, recipient_name=name)


@pytest.mark.parametrize("kind", KINDS)
def test_it_renders_the_same_for_each_of_many_recipients(kind: NoticeKind) -> None:
    for number in range(12):
        each = about(kind, f"第{number}县扶贫办", f"周{number}")
        assert render_alike(each) == render(each)


@settings(max_examples=300, deadline=None)
@given(kind=st.sampled_from(KINDS), office=NAMES, name=NAMES, title=NAMES)
def test_it_renders_the_same_whatever_the_names_are(kind: NoticeKind, office: str, name: str, title: str) -> None:
    each = about(kind, office, name, circular_title=f"关于{title}{office}的通知")
    assert render_alike(each) == render(each)


def test_it_renders_once_what_differs_in_names_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Letter] = []

    def counted(letter: Letter) -> Any:
        done.append(letter)
        return render(letter)

    monkeypatch.setattr(alike, "render", counted)
    alike._rendered.cache_clear()
    for number in range(10, 90):
        render_alike(about(NoticeKind.DUE_SOON, f"第{number}县扶贫办", f"周{number}"))
    assert len(done) == 1


@pytest.mark.parametrize("field", [each.name for each in fields(Item) if each.type == "str"])
def test_it_tells_apart_what_differs_in_any_words(field: str) -> None:
    first = about(NoticeKind.RETURNED, "东山县扶贫办", "周一")
    changes: dict[str, Any] = {field: "另外的话"}
    other = replace(first, items=(replace(first.items[0], **changes),))
    assert render_alike(first) == render(first)
    assert render_alike(other) == render(other)


@pytest.mark.parametrize("mark", ["\ufdd0", "\ufdd1\ufdd2", "\0"])
def test_it_takes_no_words_from_outside_for_its_marks(mark: str) -> None:
    for office in ("东山县扶贫办", mark, f"东{mark}"):
        each = about(NoticeKind.OVERDUE, office, "周", reference=f"{mark}一")
        assert render_alike(each) == render(each)


def test_it_renders_a_list_by_itself() -> None:
    one = about(NoticeKind.DUE_SOON, "东山县扶贫办", "周一")
    several = replace(one, kind=NoticeKind.DIGEST, items=one.items * 3)
    assert render_alike(several) == render(several)
