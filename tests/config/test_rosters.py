"""The roster as a table: what is read, and how every mistake is named."""

from __future__ import annotations

import contextlib
import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.rosters import COLUMNS, RosterError, read_roster, roster_as_csv, template
from domain.offices import Contact, Office, Role, Roster, Tier

ENGLISH = ",".join(COLUMNS)
CHINESE = ",".join(COLUMNS.values())
PROVINCE = "230000,省扶贫办,,province,,230000,张三,officer,a@example.org,"
CITY = "230100,哈尔滨市,,prefecture,230000,230100,李四,officer,b@example.org,"


def table(*rows: str, header: str = ENGLISH) -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def read(*rows: str, header: str = ENGLISH) -> tuple[Office, ...]:
    return read_roster(table(*rows, header=header), "名录.csv")


def refused(*rows: str, header: str = ENGLISH) -> str:
    return refused_bytes(table(*rows, header=header))


def refused_bytes(data: bytes) -> str:
    with pytest.raises(RosterError) as refusal:
        read_roster(data, "名录.csv")
    assert "名录.csv" in str(refusal.value)
    return str(refusal.value)


def only_line(message: str) -> str:
    """The one mistake of a message that names no other."""
    head, *lines = message.splitlines()
    assert head.endswith("有1处错误，未导入："), message
    (line,) = lines
    return line


# --- what is read


def test_it_reads_offices_in_order_with_their_contacts() -> None:
    offices = read(
        "230000,省扶贫办,省办|黑龙江省扶贫办,province,,230000,张三,officer,a@example.org,0000-1",
        "230100,哈尔滨市,,prefecture,230000,230100,,,,",
        "230000,省扶贫办,省办|黑龙江省扶贫办,province,,230000,李四,head,b@example.org,",
    )
    assert offices == (
        Office(
            code="230000",
            name="省扶贫办",
            tier=Tier.PROVINCE,
            aliases=("省办", "黑龙江省扶贫办"),
            division_code="230000",
            contacts=(
                Contact(role=Role.OFFICER, address="a@example.org", officer="张三", phone="0000-1"),
                Contact(role=Role.HEAD, address="b@example.org", officer="李四"),
            ),
        ),
        Office(code="230100", name="哈尔滨市", tier=Tier.PREFECTURE, superior="230000", division_code="230100"),
    )


def test_it_reads_chinese_headers_and_words() -> None:
    offices = read(
        "000000,国务院扶贫办,,国务院,,,,,,",
        "230000,省扶贫办,,省级,000000,230000,张三,经办人,a@example.org,",
        "230100,哈尔滨市,,市级,230000,230100,李四,负责人,b@example.org,",
        "230102,道里区,,县级,230100,230102,王五,值班,c@example.org,",
        "x-1,省教育厅,,成员单位,230000,,,单位,d@example.org,",
        header=CHINESE,
    )
    assert [office.tier for office in offices] == list(Tier)
    assert [office.contacts[0].role for office in offices[1:]] == list(Role)


@pytest.mark.parametrize(
    ("word", "tier"),
    [("市（地）级", Tier.PREFECTURE), ("市(地)级", Tier.PREFECTURE), (" 县级 ", Tier.COUNTY), ("COUNTY", Tier.COUNTY)],
)
def test_it_accepts_a_tier_as_the_product_writes_it(word: str, tier: Tier) -> None:
    assert read(f"1,某单位,,{word},,,,,,")[0].tier is tier


def test_it_accepts_columns_in_any_order_and_columns_of_its_owners() -> None:
    header = "备注,邮箱,角色,经办人,电话,行政区划代码,上级单位代码,层级,别名,单位名称,单位代码"
    (office,) = read("随便写,a@example.org,经办人,张三,,,,省级,,省扶贫办,230000", header=header)
    assert (office.code, office.name, office.contacts[0].officer) == ("230000", "省扶贫办", "张三")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_it_reads_what_spreadsheets_write(encoding: str, ending: str) -> None:
    text = ending.join([CHINESE, "230000,省扶贫办,,省级,,230000,张三,经办人,a@example.org,", ",,,,,,,,,", ""])
    (office,) = read_roster(text.encode(encoding), "名录.csv")
    assert office.name == "省扶贫办"


def test_it_forgives_full_width_digits_blanks_and_marks() -> None:
    offices = read(
        "２３００００,　省扶贫办 ,甲｜乙| |甲,province,,２３００００,,,,", " 230100 ,市,,prefecture,２３００００,,,,,,"
    )
    assert offices[0].code == "230000"
    assert offices[0].aliases == ("甲", "乙")
    assert offices[1].superior == "230000"


def test_it_reads_quoted_cells() -> None:
    assert read('1,"某单位（甲,乙）",,county,,,,,,')[0].name == "某单位（甲,乙）"


def test_it_keeps_a_contact_that_can_only_be_telephoned() -> None:
    (contact,) = read("1,某单位,,county,,,王五,duty,,0000-1234567")[0].contacts
    assert (contact.address, contact.phone) == ("", "0000-1234567")


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org",
        "first.last+tag@mail.example.org",
        "o'neil_1@a-b.example.org",
        "123@example.org",
        "a@xn--fiqs8s.cn",
    ],
)
def test_it_accepts_ordinary_addresses(address: str) -> None:
    assert read(f"1,某单位,,county,,,某人,officer,{address},")[0].contacts[0].address == address


def test_it_lets_offices_of_different_superiors_share_a_name() -> None:
    offices = read(
        PROVINCE,
        "230400,鹤岗市,,prefecture,230000,,,,,",
        "230800,佳木斯市,,prefecture,230000,,,,,",
        "230402,鹤岗市向阳区,向阳区,county,230400,,,,,",
        "230803,佳木斯市向阳区,向阳区,county,230800,,,,,",
    )
    assert len(Roster.of(offices, "230000").named("向阳区")) == 2


# --- what is not a table


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "文件是空的"),
        (b" \n\n", "文件是空的"),
        ("\u3000\n".encode(), "文件是空的"),
        (b",,\n,,\n", "文件是空的"),
        (b"\xef\xbb\xbf", "文件是空的"),
        (b"PK\x03\x04rest", "Excel 工作簿"),
        (b"\xd0\xcf\x11\xe0rest", "Excel 工作簿"),
        ("单位代码,单位名称".encode("utf-16"), "UTF-16"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "不是文本文件"),
        (bytes(range(256)), "不是文本文件"),
        (b"%PDF-1.7 abc\n", "缺少列"),
        (b'code,name\n"1,x', "不是正确的 CSV"),
    ],
)
def test_it_says_what_a_file_is_that_is_no_table(data: bytes, says: str) -> None:
    assert says in refused_bytes(data)


def test_it_names_every_missing_column() -> None:
    message = refused("1,x", header="code,name")
    for column in list(COLUMNS)[2:]:
        assert f"{COLUMNS[column]}（{column}）" in message
    assert "单位代码（code）" not in message


def test_it_says_that_columns_are_parted_by_commas() -> None:
    assert "各列应以逗号分隔" in refused_bytes(ENGLISH.replace(",", "\t").encode())


def test_it_refuses_a_column_that_appears_twice() -> None:
    assert "第1行“邮箱”：这一列出现了两次" in refused(header=f"{ENGLISH},邮箱")


def test_it_refuses_a_table_without_offices() -> None:
    assert "没有任何单位" in only_line(refused())


@pytest.mark.parametrize("row", ["1,某单位,,county", f"{PROVINCE},又一列"])
def test_it_names_a_row_of_another_length(row: str) -> None:
    assert "应与表头一样是10列" in only_line(refused(row))


# --- what is wrong in a row


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        (",某单位,,county,,,,,,", "单位代码", "是空的"),
        ("2.3E+05,某单位,,county,,,,,,", "单位代码", "科学计数"),
        ("1,,,county,,,,,,", "单位名称", "是空的"),
        ("1,某单位,,,,,,,,", "层级", "是空的"),
        ("1,某单位,,乡级,,,,,,", "层级", "“乡级”不是已知的层级"),
        ("1,某单位,,county,,2301,,,,", "行政区划代码", "“2301”不是六位数字"),
        ("1,某单位,,county,,230102000,,,,", "行政区划代码", "六位数字"),
        ("1,某单位,,county,,,某人,科长,a@example.org,", "角色", "“科长”不是已知的角色"),
        ("1,某单位,,county,,,某人,,a@example.org,", "角色", "是空的"),
        ("1,某单位,,county,,,某人,officer,,", "邮箱", "是空的"),
        ("1,某单位,,county,9,,,,,", "上级单位代码", "名录中没有“9”"),
        ("1,某单位,,county,,,a@example.org,officer,某人,", "经办人", "疑似列错位"),
        ("1,某单位,,county,,,某人,a@example.org,officer,", "角色", "疑似列错位"),
        ("1,某单位,,county,,,某人,officer,0451-1234567,a@example.org", "电话", "疑似列错位"),
        ("1,某单位,,county,,,某人,officer,13900000000,", "邮箱", "疑似列错位"),
        ("1,某单位,,county,,,13900000000,officer,a@example.org,", "经办人", "疑似列错位"),
    ],
)
def test_it_names_line_column_and_what_would_be_right(row: str, column: str, says: str) -> None:
    line = only_line(refused(PROVINCE, row))
    assert line.startswith(f"第3行“{column}”：")
    assert says in line


@pytest.mark.parametrize(
    "address",
    [
        "nobody",
        "@example.org",
        "a@",
        "a@b",
        "a@b@example.org",
        "a b@example.org",
        "a@exam ple.org",
        "a@example..org",
        "a@-example.org",
        ".a@example.org",
        "a..b@example.org",
        "张三@example.org",
        "a@例子.中国",
        "a＠example.org",
        "a\u200b@example.org",
        "<a@example.org>",
        "a@example.org;b@example.org",
        f"{'a' * 65}@example.org",
        '"a@example.org\nBcc: b@example.org"',
        '"a\r\nBcc:b@example.org"',
        "a\x07@example.org",
    ],
)
def test_it_refuses_what_is_no_address(address: str) -> None:
    line = only_line(refused(PROVINCE, f"1,某单位,,county,,,某人,officer,{address},"))
    assert line.startswith("第3行“邮箱”：")
    assert "name@example.org" in line


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ('1,"某单位\nBcc: x",,county,,,,,,', "单位名称"),
        ('1,某单位,"甲\n乙",county,,,,,,', "别名"),
        ('1,某单位,,county,,,"某人\r\nBcc: x",officer,a@example.org,', "经办人"),
        ('1,某单位,,county,,,某人,officer,a@example.org,"1\n2"', "电话"),
    ],
)
def test_it_refuses_line_breaks_that_could_become_headers(row: str, column: str) -> None:
    assert only_line(refused(PROVINCE, row)).startswith(f"第3行“{column}”：含有换行或控制字符")


def test_it_counts_lines_as_an_editor_does() -> None:
    message = refused('1,"某\n单\n位",,county,,,,,,', "", "2,,,county,,,,,,")
    assert "第2行“单位名称”：含有换行" in message
    assert "第6行“单位名称”：是空的" in message


# --- what is wrong between rows


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("230000,省乡村振兴局,,province,,230000,李四,head,c@example.org,", "单位名称"),
        ("230000,省扶贫办,省办,province,,230000,李四,head,c@example.org,", "别名"),
        ("230000,省扶贫办,,prefecture,,230000,李四,head,c@example.org,", "层级"),
        ("230000,省扶贫办,,province,230100,230000,李四,head,c@example.org,", "上级单位代码"),
        ("230000,省扶贫办,,province,,230001,李四,head,c@example.org,", "行政区划代码"),
    ],
)
def test_it_names_both_lines_of_an_office_that_disagree(row: str, column: str) -> None:
    line = only_line(refused(PROVINCE, CITY, row))
    assert line.startswith(f"第4行“{column}”：与第2行不一致（同为单位代码 230000）")


def test_it_names_the_offices_of_a_cycle() -> None:
    line = only_line(
        refused("1,甲,,county,2,,,,,", "2,乙,,county,3,,,,,", "3,丙,,county,1,,,,,", "4,丁,,county,1,,,,,")
    )
    assert "成环：1 → 2 → 3 → 1" in line


def test_it_names_an_office_that_is_its_own_superior() -> None:
    assert "成环：1 → 1" in only_line(refused("1,甲,,county,1,,,,,"))


def test_it_refuses_a_superior_of_a_lower_tier() -> None:
    assert "层级低于本单位" in only_line(refused("1,甲县,,county,,,,,,", "2,乙市,,prefecture,1,,,,,"))


def test_it_names_a_contact_that_is_written_twice() -> None:
    line = only_line(refused(PROVINCE, "230000,省扶贫办,,province,,230000,李四,officer,A@example.org,"))
    assert line.startswith("第3行“邮箱”：与第2行重复")


def test_it_lets_a_person_be_officer_and_duty() -> None:
    (office,) = read(PROVINCE, PROVINCE.replace("officer", "duty"))
    assert [contact.role for contact in office.contacts] == [Role.OFFICER, Role.DUTY]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("230200,哈尔滨市,,prefecture,230000,,,,,", "单位名称"),
        ("230200,齐齐哈尔市,甲|哈 尔 滨 市,prefecture,230000,,,,,", "别名"),
    ],
)
def test_it_refuses_one_name_for_two_offices_of_one_superior(row: str, column: str) -> None:
    line = only_line(refused(PROVINCE, CITY, row))
    assert line.startswith(f"第4行“{column}”：“哈尔滨市”与第3行的单位 230100 重名")


def test_it_lists_every_mistake_at_once_in_the_order_of_the_lines() -> None:
    message = refused("1,,,county,9,,,,,", "2,乙,,乡级,,12,,,,", "2,丙,,乡级,,12,某人,officer,nobody,")
    lines = message.splitlines()[1:]
    assert len(lines) == 8
    assert [line[1] for line in lines] == sorted(line[1] for line in lines)


def test_it_shows_twenty_mistakes_and_counts_the_rest() -> None:
    message = refused(*(f"{number},,,county,,,,,," for number in range(30)))
    assert "有30处错误" in message
    assert message.count("是空的") == 20
    assert message.endswith("……还有10处错误未列出。")


def test_it_puts_nothing_smuggled_into_its_message() -> None:
    assert "\x07" not in refused("1,某单位,,county,,,某人,officer,a\x07@example.org,")


@given(st.one_of(st.binary(), st.text().map(str.encode), st.text().map(lambda cell: table(f"1,{cell},,county,,,,,,"))))
def test_it_reads_anything_or_refuses_it_in_words(data: bytes) -> None:
    with contextlib.suppress(RosterError):
        assert read_roster(data, "名录.csv")


# --- what is written


def test_it_gives_a_template_that_reads_cleanly() -> None:
    offices = read_roster(template().encode(), "模板.csv")
    assert [office.tier for office in offices] == [Tier.PROVINCE, Tier.PREFECTURE, Tier.MEMBER_UNIT]
    addresses = [contact.address for office in offices for contact in office.contacts]
    assert addresses
    assert all(address.endswith("@example.org") for address in addresses)


def test_it_writes_what_it_reads() -> None:
    assert roster_as_csv(read_roster(template().encode(), "模板.csv")) == template()


def test_it_writes_an_office_without_contacts() -> None:
    office = Office(code="1", name="某单位", tier=Tier.COUNTY, aliases=("甲", "乙"))
    assert read_roster(roster_as_csv([office]).encode(), "名录.csv") == (office,)


def test_it_writes_no_cell_that_a_spreadsheet_would_take_for_a_formula() -> None:
    office = Office(
        code="1",
        name="=HYPERLINK(1)",
        tier=Tier.COUNTY,
        contacts=(Contact(role=Role.DUTY, address="a@example.org", officer="=1", phone="+86-0000-1234567"),),
    )
    written = roster_as_csv([office])
    assert not any(cell.startswith(("=", "+")) for row in csv.reader(io.StringIO(written)) for cell in row)
    assert read_roster(written.encode(), "名录.csv")[0].name == "=HYPERLINK(1)"
