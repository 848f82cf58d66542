"""Blanks inside dates and words, and those that part one number from another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.reading.spacing import closed_up


@pytest.mark.parametrize(
    ("sentence", "closed"),
    [
        ("3 月 20 日前", "3月20日前"),
        ("2 0 2 4 年 3 月 2 0 日前", "2024年3月20日前"),
        ("请 于 4 月 5 日　前 报 送", "请于4月5日前报送"),
        ("每周五 17:00 前", "每周五17:00前"),
        ("填写附件1 2月20日前报送", "填写附件1 2月20日前报送"),
        ("电话 0999-123 3月5日", "电话0999-123 3月5日"),
        ("发送至 Party Office", "发送至Party Office"),
    ],
)
def test_it_leaves_out_blanks_that_part_no_numbers(sentence: str, closed: str) -> None:
    assert closed_up(sentence)[0] == closed


@given(st.text(alphabet="0123 年月日前　\t附A至", max_size=60))
def test_it_says_where_each_sign_stood_and_loses_nothing_else(sentence: str) -> None:
    closed, offsets = closed_up(sentence)
    assert [sentence[at] for at in offsets] == list(closed)
    assert "".join(closed.split()) == "".join(sentence.split())
