"""`duban mail preview`: a look at the mails before there is an installation."""

from __future__ import annotations

import json
from pathlib import Path

from notifications.messages import NoticeKind
from tests.cli.commands import Duban


def test_it_writes_one_kind_and_says_where(duban: Duban, tmp_path: Path) -> None:
    said = duban.said("mail", "preview", "due_soon", "--output", str(tmp_path))
    assert said.strip() == f"临期提醒：{tmp_path / 'due_soon.html'}"
    assert sorted(each.name for each in tmp_path.glob("due_soon.*")) == ["due_soon.eml", "due_soon.html"]


def test_it_writes_all_kinds_and_tells_a_program_of_them(duban: Duban, tmp_path: Path) -> None:
    written = json.loads(duban.said("mail", "preview", "--all", "--json", "--output", str(tmp_path)))
    assert [each["kind"] for each in written] == list(NoticeKind)
    assert all(Path(each[form]).is_file() for each in written for form in ("eml", "html"))
    assert written[0]["label"] == "转发公文"


def test_it_says_what_kinds_there_are(duban: Duban, tmp_path: Path) -> None:
    assert duban.refused("mail", "preview", "nothing").startswith("没有“nothing”这种通知。种类有：circular（转发公文）")
    for words in ([], ["due_soon", "--all"]):
        assert duban.refused("mail", "preview", *words).startswith("请写明一个通知种类，或用 --all 写出全部。")
    (tmp_path / "file").write_text("")
    refused = duban.refused("mail", "preview", "due_soon", "--output", str(tmp_path / "file"))
    assert refused.startswith(f"不能写入“{tmp_path / 'file'}”：")
