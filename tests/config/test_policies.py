"""The policy file: what comes with Duban, and what it says about a file that is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from config.policies import DEFAULT_FILE, PolicyError, load_policies
from domain.documents import Urgency
from domain.offices import Audience
from domain.policies import Anchor, Ladder, PolicySet, Rung, Term, Unit
from domain.statuses import ObligationKind
from domain.urgent import Severity

DEFAULT = DEFAULT_FILE.read_text(encoding="utf-8")
POLICIES = load_policies()
URGENT_KINDS = (ObligationKind.RESPOND, ObligationKind.PASS_ON, ObligationKind.FOLLOW_UP)


def load(tmp_path: Path, text: str) -> PolicySet:
    file = tmp_path / "own.toml"
    file.write_text(text, encoding="utf-8")
    return load_policies(file)


def line_of(text: str, excerpt: str) -> int:
    """The number of the line on which the excerpt first stands."""
    return text[: text.index(excerpt)].count("\n") + 1


# ------------------------------------------------------------------ the defaults of docs/rules.md, one by one


@pytest.mark.parametrize(
    ("kind", "grade", "amount", "unit"),
    [
        ("receipt", "extra_urgent", 30, Unit.MINUTES),
        ("receipt", "urgent", 2, Unit.WORKING_HOURS),
        ("receipt", "routine", 1, Unit.WORKDAYS),
        ("forward", "extra_urgent", 0, Unit.WORKDAYS),
        ("forward", "urgent", 1, Unit.WORKDAYS),
        ("forward", "routine", 3, Unit.WORKDAYS),
        ("decide", "review", 3, Unit.WORKDAYS),
        ("decide", "extension", 2, Unit.WORKDAYS),
        ("decide", "contest", 2, Unit.WORKDAYS),
        ("respond", "particularly_serious", 15, Unit.MINUTES),
        ("respond", "serious", 15, Unit.MINUTES),
        ("respond", "relatively_serious", 30, Unit.MINUTES),
        ("respond", "ordinary", 60, Unit.MINUTES),
        ("pass_on", "particularly_serious", 60, Unit.MINUTES),
        ("pass_on", "serious", 60, Unit.MINUTES),
        ("pass_on", "relatively_serious", 60, Unit.MINUTES),
        ("pass_on", "ordinary", 120, Unit.MINUTES),
    ],
)
def test_it_gives_the_default_terms(kind: str, grade: str, amount: int, unit: Unit) -> None:
    term = POLICIES.term(kind, grade)
    assert (term.amount, term.unit) == (amount, unit)


@pytest.mark.parametrize(
    ("name", "grade", "limit"),
    [
        ("wait_minutes", "routine", 10),
        ("return_workdays", "", 2),
        ("contest_workdays", "", 2),
        ("acknowledge_workdays", "routine", 2),
        ("acknowledge_working_hours", "urgent", 4),
        ("reminder_cooldown_working_hours", "routine", 4),
        ("reminder_cooldown_minutes", "extra_urgent", 30),
        ("reminder_cap", "urgent", 3),
        ("undated_days", "urgent", 5),
        ("undated_days", "routine", 15),
        ("telephone_minutes", "serious", 15),
        ("telephone_minutes", "relatively_serious", 30),
        ("written_minutes", "particularly_serious", 30),
        ("written_minutes", "relatively_serious", 60),
        ("written_minutes", "ordinary", 120),
        ("state_council_minutes", "serious", 60),
        ("state_council_latest_minutes", "serious", 240),
        ("reminder_cooldown_minutes", "ordinary", 30),
        ("follow_up_morning_hour", "relatively_serious", 8),
        ("follow_up_evening_hour", "ordinary", 17),
    ],
)
def test_it_gives_the_default_limits(name: str, grade: str, limit: int) -> None:
    assert POLICIES.limit(name, grade) == limit


def test_it_has_a_ladder_for_every_kind_and_grade() -> None:
    grades = {kind: set(Severity if kind in URGENT_KINDS else Urgency) for kind in ObligationKind}
    assert set(POLICIES.ladders) == {(kind.value, grade.value) for kind, each in grades.items() for grade in each}


def test_it_names_the_source_of_every_term_and_rung() -> None:
    assert all(term.source for term in POLICIES.terms.values())
    assert all(rung.source for ladder in POLICIES.ladders.values() for rung in ladder.rungs)


def test_it_gives_the_ladder_of_reports_rung_by_rung() -> None:
    ladder = POLICIES.ladder(ObligationKind.REPORT, Urgency.ROUTINE)
    assert [(rung.name, rung.offset, rung.audiences, rung.every_days, rung.times) for rung in ladder.rungs] == [
        ("due-3", -3, (Audience.OFFICER,), None, 1),
        ("due-1", -1, (Audience.OFFICER,), None, 1),
        ("due-0", 0, (Audience.OFFICER,), None, 1),
        ("due+1", 1, (Audience.OFFICER, Audience.HEAD), None, 1),
        ("due+3", 3, (Audience.SUPERIOR,), None, 1),
        ("due+5", 5, (Audience.SUPERIOR_HEAD,), None, 1),
        ("weekly", 5, (Audience.OFFICER, Audience.SUPERIOR), 7, 8),
    ]


@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("kind", ["respond", "pass_on"])
def test_it_climbs_at_the_limit_and_at_twice_the_limit(kind: str, severity: Severity) -> None:
    limit = POLICIES.term(kind, severity).amount
    *at_once, at_limit, at_twice = POLICIES.ladder(kind, severity).rungs
    # One message lets a level know of both: only the response's ladder speaks at once.
    assert [(rung.anchor, rung.offset, rung.call_list) for rung in at_once] == (
        [(Anchor.ISSUED, 0, True)] if kind == "respond" else []
    )
    assert (at_limit.anchor, at_limit.offset, at_limit.next_level) == (Anchor.DUE, 0, True)
    assert (at_twice.anchor, at_twice.offset) == (Anchor.DUE, limit)


@pytest.mark.parametrize("severity", list(Severity))
def test_it_asks_the_office_for_a_follow_up_before_and_at_the_hour_and_tells_its_superior_after(
    severity: Severity,
) -> None:
    before, at, after, *_ = POLICIES.ladder("follow_up", severity).rungs
    assert before.offset < 0 == at.offset < after.offset
    assert (before.audiences, at.audiences, after.audiences) == (
        (Audience.DUTY,), (Audience.DUTY,), (Audience.SUPERIOR,)
    )  # fmt: skip
    assert (before.call_list, at.call_list, after.call_list) == (False, True, True)


def test_it_asks_for_one_follow_up_a_day_of_an_ordinary_matter() -> None:
    with pytest.raises(KeyError):
        POLICIES.limit("follow_up_morning_hour", Severity.ORDINARY)


def test_it_asks_in_vain_for_what_the_circular_sets() -> None:
    with pytest.raises(KeyError):
        POLICIES.term(ObligationKind.REPORT, Urgency.ROUTINE)
    with pytest.raises(KeyError):
        POLICIES.limit("telephone_minutes", Severity.ORDINARY)


# ------------------------------------------------------------------ a version of the policy


def test_it_rebuilds_a_set_from_its_canonical_text() -> None:
    rebuilt = PolicySet.from_canonical(POLICIES.canonical())
    assert rebuilt == POLICIES
    assert rebuilt.canonical() == POLICIES.canonical()
    assert rebuilt.digest == POLICIES.digest
    assert re.fullmatch("[0-9a-f]{64}", rebuilt.digest)
    assert hash(rebuilt.ladder("report", "urgent")) == hash(POLICIES.ladder("report", "urgent"))


def test_it_does_not_hang_on_the_order_of_the_file(tmp_path: Path) -> None:
    parts = re.split(r"(?m)^(?=\[)", DEFAULT)
    assert load(tmp_path, "\n".join([parts[0], *reversed(parts[1:])])).digest == POLICIES.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("amount = 30", "amount = 31"),
        ("offset = -3", "offset = -4"),
        ('to = ["superior_head"]', 'to = ["superior"]'),
        ("times = 8", "times = 9"),
        ("call_list = true", "call_list = false"),
        ("value = 10", "value = 20"),
        ('source = "自拟"', 'source = "本省规定"'),
    ],
)
def test_it_has_another_digest_after_any_change(tmp_path: Path, old: str, new: str) -> None:
    changed = load(tmp_path, DEFAULT.replace(old, new, 1))
    assert changed.digest != POLICIES.digest
    assert PolicySet.from_canonical(changed.canonical()) == changed


def test_it_refuses_a_stored_version_it_does_not_understand() -> None:
    with pytest.raises(ValueError, match="louder"):
        PolicySet.from_canonical(POLICIES.canonical().replace('"half_way"', '"louder"', 1))


def test_it_lets_a_grade_have_a_limit_of_its_own(tmp_path: Path) -> None:
    own = load(tmp_path, DEFAULT.replace("value = 10,", "value = 10, urgent = 3,", 1))
    assert own.limit("wait_minutes", "urgent") == 3
    assert own.limit("wait_minutes", "routine") == 10


def test_it_takes_a_limit_of_nothing_where_that_makes_sense(tmp_path: Path) -> None:
    text = DEFAULT.replace("wait_minutes = { value = 10", "wait_minutes = { value = 0")
    own = load(tmp_path, text.replace("extension_count = { value = 2", "extension_count = { value = 0"))
    assert (own.limit("wait_minutes"), own.limit("extension_count")) == (0, 0)


def test_it_keeps_the_digest_of_versions_from_before_papers_were_drafted(tmp_path: Path) -> None:
    plain = load(tmp_path, DEFAULT.replace(', draft = "supervision_letter"', ""))
    assert '"draft"' not in plain.canonical()
    assert PolicySet.from_canonical(plain.canonical()) == plain
    assert '"draft":"supervision_letter"' in POLICIES.canonical()


# ------------------------------------------------------------------ what is wrong, and where


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("amount = 30", "amount = -30", "amount 应是整数，且不小于0"),
        ("amount = 30", 'amount = "30"', "amount 应是整数"),
        ("amount = 30", "amount = true", "amount 应是整数"),  # to Python, true is 1
        ("amount = 30", "amount = 0", "应为正数"),  # no minutes at all
        ("amount = 2\n", "amonut = 2\n", "不认识的“amonut”"),
        ('unit = "working_hours"', 'unit = "hours"', "unit 应是 minutes、working_hours、workdays 之一"),
        ('kind = "forward"', 'kind = "forwards"', "kind 应是 receipt"),
        ('grades = ["review"]', 'grades = ["reviews"]', "grades 不能是 reviews"),
        ('grades = ["extension", "contest"]', "grades = []", "grades 应是列表"),
        ('grades = ["extension", "contest"]', 'grades = ["extension", "review"]', "decide 的 review 时限重复"),
        ('kinds = ["report", "complete"]', 'kinds = ["report", "review"]', "kinds 不能是 review"),
        ('source = "自拟：时限15分钟"', 'source = ""', "要写明 source"),
        # rungs, one a line
        ('"due-3", anchor = "due"', '"due-3", anchor = "deu"', "anchor 应是 issued、due、occurred 之一"),
        ('"due-3", anchor = "due", offset = -3', '"due-3", anchor = "due", offset = "x"', "offset 应是整数"),
        ('"due-3", anchor = "due", offset = -3', '"due-3", anchor = "issued", offset = -3', "可以提前"),
        ('to = ["officer", "head"]', 'to = ["officer", "boss"]', "to 不能是 boss"),
        ('to = ["officer", "head"]', 'to = ["officer", "officer"]', "对象重复"),
        ("every_days = 7, times = 8", "times = 8", "重复的梯级要写明间隔天数"),
        ("every_days = 7, times = 8", "every_days = 0, times = 8", "every_days 应是整数，且不小于1"),
        ("every_days = 7, times = 8", "every_day = 7, times = 8", "不认识的“every_day”"),
        ("half_way = true", 'half_way = "yes"', "half_way 应是 true 或 false"),
        ('"issued+2", anchor = "issued", offset = 2', '"issued+2", anchor = "issued", offset = 0', "至少为1个工作日"),
        # limits
        ("wait_minutes = { value = 10", "wait_minutes = { value = -1", "限额 wait_minutes 的 value 应是整数"),
        ("wait_minutes = { value = 10", "wait_minutes = { values = 10", "不认识的“values”"),
        ("wait_minutes = { value = 10", "wait_minutes = { urgent = 10", "限额 wait_minutes 缺少 value"),
        ('wait_minutes = { value = 10, source = "自拟" }', "wait_minutes = 10", "应是一组"),
        ('wait_minutes = { value = 10, source = "自拟" }', "wait_minutes = { value = 10 }", "要写明 source"),
        ("wait_minutes = {", "wait_minuets = {", "不认识的“wait_minuets”"),
        ("relatively_serious = 60, ordinary = 120", "relatively_serious = 60", "限额 written_minutes 缺少 ordinary"),
        ("extension_count = {", "extension_counts = {", "不认识的“extension_counts”"),
        ("extension_days = { value = 30", "extension_days = { value = -1", "value 应是整数，且不小于0"),
        ('draft = "supervision_letter"', 'draft = "letter"', "draft 应是 supervision_letter"),
        ('draft = "supervision_letter"', 'draft = "compiled_report"', "draft 应是 supervision_letter"),
        ('draft = "supervision_letter"', 'drafts = "supervision_letter"', "不认识的“drafts”"),
        # a limit of 0 where it would make no sense
        ("return_workdays = { value = 2", "return_workdays = { value = 0", "value 应是整数，且不小于1"),
        ("contest_workdays = { value = 2", "contest_workdays = { value = 0", "value 应是整数，且不小于1"),
        ("undated_days = { routine = 15", "undated_days = { routine = 0", "routine 应是整数，且不小于1"),
        ("telephone_minutes = { particularly_serious = 15", "telephone_minutes = { particularly_serious = 0", "小于1"),
        # no hop of an urgent report takes more than two hours
        ("amount = 120", "amount = 121", "紧急信息每级不得超过120分钟"),
        (
            'unit = "minutes"\nsource = "自拟：在山西省', 'unit = "working_hours"\nsource = "自拟：在山西省',
            "只能以分钟（minutes）计",
        ),
        ("written_minutes = { particularly_serious = 30", "written_minutes = { particularly_serious = 130", "120分钟"),
        ("council_minutes = { particularly_serious = 60", "council_minutes = { particularly_serious = 150", "120分钟"),
        ("morning_hour = { particularly_serious = 8", "morning_hour = { particularly_serious = 24", "23时"),
    ],
)  # fmt: skip
def test_it_names_the_line_of_what_is_wrong(tmp_path: Path, old: str, new: str, why: str) -> None:
    text = DEFAULT.replace(old, new, 1)
    assert text != DEFAULT
    with pytest.raises(PolicyError, match=why) as refused:
        load(tmp_path, text)
    assert f"own.toml 第{line_of(DEFAULT, old)}行：" in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "line", "why"),
    [
        # a fault of the whole list is named where the list begins
        ('name = "due-1"', 'name = "due-3"', 'rungs = [\n  { name = "due-3"', "梯级重名：due-3"),
        ('1, unit = "workdays"', '4, unit = "workdays"', 'rungs = [\n  { name = "due-0"', "应由低到高排列"),
        ('kinds = ["report", "complete"]', 'kinds = ["report"]', None, "缺少 complete 的梯级：routine、urgent"),
        ('grades = ["extension", "contest"]', 'grades = ["extension"]', None, "缺少 decide 的时限：contest"),
        ("# 平件发出前", "x = 1\n# 平件发出前", "x = 1", "不认识的“x”"),
        ("[limits]", "[limit]", "# 督办策略", "不认识的“limit”"),
        # the syntax is TOML's own to judge
        ("amount = 30", "amount = = 30", "amount = = 30", "不合TOML语法"),
        ('kind = "receipt"\n', 'kind = "receipt\n', 'kind = "receipt\n', "不合TOML语法"),
    ],
)  # fmt: skip
def test_it_names_the_nearest_line(tmp_path: Path, old: str, new: str, line: str | None, why: str) -> None:
    text = DEFAULT.replace(old, new, 1)
    with pytest.raises(PolicyError, match=why) as refused:
        load(tmp_path, text)
    assert f"own.toml 第{line_of(text, line) if line else text.count(chr(10))}行：" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "缺少 receipt 的时限"),
        ("\nterms = [", "第2行：不合TOML语法"),  # never closed: noticed at the end
        ("terms = 3\n", r"第1行：每一项terms应以 \[\[terms\]\] 起头"),
        ("\nterms = [{ kind = 'receipt' }]\n", r"第2行：每一项terms应以 \[\[terms\]\] 起头"),
        ("limits = 3\n", "缺少 receipt 的时限"),
        ("[terms]\nkind = 'receipt'\n", r"第1行：每一项terms应以 \[\[terms\]\] 起头"),
    ],
)
def test_it_refuses_a_file_of_another_shape(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(PolicyError, match=why):
        load(tmp_path, text)


def test_it_reads_a_list_of_rungs_in_any_layout(tmp_path: Path) -> None:
    joined = re.sub(r"(?s)rungs = \[\n(.*?),\n\]", lambda found: f"rungs = [{' '.join(found[1].split())}]", DEFAULT)
    assert load(tmp_path, joined).digest == POLICIES.digest
    with pytest.raises(PolicyError, match="anchor 应是") as refused:
        load(tmp_path, joined.replace('"due-3", anchor = "due"', '"due-3", anchor = "deu"'))
    assert f"第{line_of(joined, 'due-3')}行" in str(refused.value)


def test_it_names_a_file_it_cannot_read(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"nowhere\.toml 无法读取"):
        load_policies(tmp_path / "nowhere.toml")
    (tmp_path / "own.toml").write_bytes("中".encode("gb18030"))
    with pytest.raises(PolicyError, match=r"own\.toml 无法读取"):
        load_policies(tmp_path / "own.toml")


# ------------------------------------------------------------------ the values themselves


def test_it_refuses_a_rung_or_term_that_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="名称不能为空"):
        Rung("", Anchor.DUE, 0, Unit.WORKDAYS, (Audience.OFFICER,))
    with pytest.raises(ValueError, match="至少要有一个对象"):
        Rung("due-0", Anchor.DUE, 0, Unit.WORKDAYS, ())
    with pytest.raises(ValueError, match="次数至少为1"):
        Rung("due-0", Anchor.DUE, 0, Unit.WORKDAYS, (Audience.OFFICER,), times=0)
    with pytest.raises(ValueError, match="只能以工作日计"):
        Rung("due-0", Anchor.DUE, 0, Unit.MINUTES, (Audience.OFFICER,), every_days=1)
    with pytest.raises(ValueError, match="不能在时限之前"):
        Rung("due-3", Anchor.DUE, -3, Unit.WORKDAYS, (Audience.OFFICER,), every_days=1)
    with pytest.raises(ValueError, match="过半提醒要以时限"):
        Rung("half", Anchor.ISSUED, 1, Unit.WORKDAYS, (Audience.OFFICER,), half_way=True)
    with pytest.raises(ValueError, match="过半提醒不能重复"):
        Rung("half", Anchor.DUE, 0, Unit.WORKDAYS, (Audience.OFFICER,), every_days=1, half_way=True)
    with pytest.raises(ValueError, match="应为正数"):
        Term(-1, Unit.WORKDAYS, "自拟")
    assert Term(0, Unit.WORKDAYS, "自拟").amount == 0


def test_it_tells_equal_ladders_apart_from_others() -> None:
    one = Ladder((Rung("due-0", Anchor.DUE, 0, Unit.WORKDAYS, (Audience.OFFICER,)),))
    same = Ladder((Rung("due-0", Anchor.DUE, 0, Unit.WORKDAYS, (Audience.OFFICER,)),))
    assert one == same
    assert hash(one) == hash(same)
    assert one != Ladder(())
