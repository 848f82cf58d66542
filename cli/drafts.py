"""Drafts of circulars on the command line: what waits, one in full, accepting, correcting, rejecting."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.answers import JsonOption, answer, installation_ready, now, user

app = typer.Typer(no_args_is_help=True, help="待核对的公文草稿：清单、详情、更正、通过、退回。")
Number = Annotated[int, typer.Argument(metavar="草稿编号", help="见 duban draft list。")]


@app.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="列出全部草稿，新的在前；缺省为待核对的。")] = False,
    limit: Annotated[int, typer.Option(help="最多列出几份。", min=1, max=10_000)] = 100,
    as_json: JsonOption = False,
) -> None:
    """列出待核对的公文草稿，以及各自要核对什么；通过以前什么都没有登记。

    例：duban draft list
    """
    from flows.draft_words import draft_lines
    from tasks.drafting import list_drafts

    with installation_ready():
        found = list_drafts.fn(now=now(), limit=limit, everything=everything)
    answer(found, as_json=as_json, words=draft_lines(found))


@app.command()
def show(number: Number, as_json: JsonOption = False) -> None:
    """查看一份草稿：存疑之处、每一项及其依据的原句、转发后的负担、已作的更正。

    例：duban draft show 3
    """
    from flows.draft_words import draft
    from tasks.drafting import show_draft

    with installation_ready():
        found = show_draft.fn(number, now=now())
    answer(found, as_json=as_json, words=draft(found), markdown=True)


@app.command()
def accept(number: Number, as_json: JsonOption = False) -> None:
    """通过一份草稿：按草稿现在的内容登记，留痕记下由谁核对。

    例：duban draft accept 3
    """
    from flows.words import registration
    from tasks.drafting import accept_draft

    with installation_ready():
        done = accept_draft.fn(number, actor=user(), now=now())
    answer(done, as_json=as_json, words=registration(done), markdown=True)


@app.command()
def correct(
    number: Number,
    changes: Annotated[
        list[str],
        typer.Option(
            "--set",
            help="更正（可重复）：文号=…、主送=甲市；乙县、成文日期=2020-02-14、来源类别=批示件、"
            "要求2.期限=2020-02-20、要求2.规则=每月5日前、要求2.删除、要求+=…、任务一/（二）.牵头单位=…、附件1.文号=…；"
            "项目名称见 duban draft show。",
        ),
    ],
    accept_too: Annotated[bool, typer.Option("--accept", help="更正后随即通过登记。")] = False,
    as_json: JsonOption = False,
) -> None:
    """更正一份草稿的任何一项；几处更正一并生效，有一处不对则都不生效。更正后仍待核对，除非加 --accept。

    例：duban draft correct 3 --set "文号=黑扶组办发〔2020〕3号" --set 要求1.期限=2020-02-29
    """
    from flows.draft_words import changes as changes_words
    from flows.draft_words import draft
    from flows.words import registration
    from tasks.drafting import correct_draft, show_draft

    with installation_ready():
        changed, done = correct_draft.fn(number, changes, actor=user(), now=now(), accept=accept_too)
        found = show_draft.fn(number, now=now())
    told = f"{changes_words(changed)}\n\n{registration(done) if done else draft(found)}"
    value = {"changes": changed, "registered": done, "draft": found}
    answer(value, as_json=as_json, words=told, markdown=True)


@app.command()
def reject(
    number: Number,
    reason: Annotated[str, typer.Option(help="退回的理由，必填，记入留痕。")] = "",
    as_json: JsonOption = False,
) -> None:
    """退回一份草稿：什么都不登记，原件保留。

    例：duban draft reject 3 --reason "不是发给我们的"
    """
    from tasks.drafting import reject_draft

    with installation_ready():
        done = reject_draft.fn(number, reason, actor=user(), now=now())
    answer({"message": done}, as_json=as_json, words=done)
