"""Leaving contacts out of what is recorded for ever, and nothing else."""

from __future__ import annotations

import pytest

from domain.masking import without_contacts


@pytest.mark.parametrize(
    "contact",
    [
        "13812345678", "138 1234 5678", "138-1234-5678", "+8613812345678", "0451-87654321", "045187654321",
        "（0451）87654321", "010-12345678", "400-810-1234", "li.si@example.org", "officer.230100@mail.example.org",
    ],
)  # fmt: skip
def test_it_leaves_telephone_numbers_and_addresses_out(contact: str) -> None:
    assert without_contacts(f"请联系李四，{contact}。") == "请联系李四，（联系方式略）。"


@pytest.mark.parametrize(
    "text",
    [
        "", "附件有误", "黑扶组办发〔2020〕3号", "2020-02-14 09:30", "新增 1234567 元", "230100", "2020年3月5日24时前",
        "统一代码 91230100MA1234567X", "经费 138123456789 元", "见第 3-5 项",
    ],
)  # fmt: skip
def test_it_leaves_everything_else(text: str) -> None:
    assert without_contacts(text) == text
