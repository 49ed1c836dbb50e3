"""Rules of a roster: the heading, what is no trainee, columns, sheets, and the two workbooks that we write."""

import io
from collections.abc import Sequence
from datetime import date

import openpyxl
import pytest

from app.files.limits import ROSTER
from app.files.sheet import Cell, Sheet
from app.files.tabular import read_table_blocking
from app.kernel.errors import InvalidInput, Reason
from app.training.rosters.rules import (
    MAX_TRAINEES,
    ReadRoster,
    RosterColumn,
    RosterEntry,
    Yardstick,
    accepted_headers,
    judge_roster,
    key_group_labels,
    read_roster,
    roster_column,
)
from app.training.rosters.template import harmless_text, refused_rows_workbook, roster_template

GROUP_NAMES = ("城乡未继续升学初高中毕业生（两后生）", "退役军人", "残疾人")
GROUPS = key_group_labels(zip(("left_school_youth", "veteran", "disabled"), GROUP_NAMES, strict=True))
YARDSTICK = Yardstick(on=date(2026, 11, 1), area_known=lambda code, period: True, key_groups=GROUPS)
MAN, WOMAN = "110105194910010015", "110105194910010023"
HEADINGS: list[Cell] = ["姓名", "身份证号", "手机"]


def sheet_of(*rows: Sequence[Cell], name: str = "名册", visible: bool = True, first_line: int = 1) -> Sheet:
    return Sheet(
        name=name, visible=visible, first_line=first_line, first_column=1, rows=[list(row) for row in rows]
    )


def read(*rows: Sequence[Cell]) -> ReadRoster:
    return read_roster([sheet_of(*rows)], YARDSTICK)


def refused_as_a_whole(*sheets: Sheet) -> Reason:
    with pytest.raises(InvalidInput) as refused:
        read_roster(sheets, YARDSTICK)
    return refused.value.reasons[0]


def test_the_synthetic_numbers_hold() -> None:
    got = read(HEADINGS, ["张三", MAN, ""], ["李四", WOMAN, ""])
    assert [line.identity_number.number for line in got.lines] == [MAN, WOMAN]


@pytest.mark.parametrize(
    ("heading", "column"),
    [
        ("姓 名", RosterColumn.NAME),
        ("* 公民身份号码（18位）：", RosterColumn.IDENTITY_NUMBER),
        ("社会保障\n号码", RosterColumn.IDENTITY_NUMBER),
        ("社会保障卡卡号", RosterColumn.CARD_NUMBER),
        ("联系电话(必填)", RosterColumn.PHONE),
        ("姓名拼音", None),
        ("银行卡号", None),
        ("", None),
    ],
)
def test_headings(heading: str, column: RosterColumn | None) -> None:
    assert roster_column(heading) is column


def test_no_heading_means_two_columns() -> None:
    headings = [heading for column in RosterColumn for heading in accepted_headers(column)]
    assert len(headings) == len(set(headings))
    assert all(roster_column(heading) is not None for heading in headings)


def test_the_heading_is_found_under_titles_and_lines_are_counted_as_excel_does() -> None:
    titles = [["学员名册", "学员名册", "学员名册"], ["姓名栏请如实填写", "", ""], ["", "", ""]]
    got = read_roster([sheet_of(*titles, HEADINGS, ["张三", MAN, ""], first_line=4)], YARDSTICK)
    assert [line.line for line in got.lines] == [8]


def test_a_heading_of_two_lines_is_read_at_its_lower_line() -> None:
    got = read(["姓名", "证件", "证件"], ["姓名", "证件类型", "证件号码"], ["张三", "身份证", MAN])
    assert [line.line for line in got.lines] == [3]


def test_a_heading_below_the_searched_lines_is_not_found() -> None:
    assert (
        refused_as_a_whole(sheet_of(*[["标题"]] * 30, HEADINGS, ["张三", MAN, ""])).code
        == "heading_not_found"
    )


def test_a_missing_column_lists_what_is_accepted() -> None:
    reason = refused_as_a_whole(sheet_of(["姓名", "手机"], ["张三", "13800000000"]))
    assert (reason.code, reason.field, reason.sheet, reason.line) == (
        "missing_column",
        "identity_number",
        "名册",
        1,
    )
    assert "社会保障号码" in reason.remedy


def test_a_doubled_column_is_refused_only_when_it_contradicts() -> None:
    assert len(read(["姓名", "姓名", "身份证号"], ["张三", "", MAN]).lines) == 1
    reason = refused_as_a_whole(sheet_of(["姓名", "姓名", "身份证号"], ["张三", "李四", MAN]))
    assert (reason.code, reason.line) == ("doubled_column", 2)


def test_two_filled_sheets_are_refused_and_an_empty_one_is_no_second() -> None:
    one, two = (
        sheet_of(HEADINGS, ["张三", MAN, ""], name="一班"),
        sheet_of(HEADINGS, ["李四", WOMAN, ""], name="二班"),
    )
    reason = refused_as_a_whole(one, two)
    assert reason.code == "several_rosters"
    assert "一班" in reason.message
    assert "二班" in reason.message
    assert len(read_roster([sheet_of(HEADINGS, name="空"), two], YARDSTICK).lines) == 1


def test_a_hidden_roster_is_not_read_but_said() -> None:
    hidden = sheet_of(HEADINGS, ["李四", WOMAN, ""], name="旧", visible=False)
    got = read_roster([hidden, sheet_of(HEADINGS, ["张三", MAN, ""])], YARDSTICK)
    assert [line.line for line in got.lines] == [2]
    assert [notice.code for notice in got.notices] == ["hidden_sheet"]


@pytest.mark.parametrize(
    "row",
    [
        ["合计", "2人", ""], ["共2人", "", ""], ["共 二 人", "", ""], ["填表人：张三", "审核人：李四", ""],
        ["", "制表日期：", ""],
        ["注：本表一式两份", "", ""], ["2026年11月1日", "", ""],
        ["以上内容真实有效，如有虚假愿意承担责任"] * 3, ["以下空白", "", ""],
    ],
)  # fmt: skip
def test_totals_and_signatures_are_passed_over_with_a_notice(row: list[Cell]) -> None:
    got = read(HEADINGS, ["张三", MAN, ""], row)
    assert (len(got.lines), got.refused) == (1, ())
    assert [(notice.code, notice.line) for notice in got.notices] == [("footer_line", 3)]


@pytest.mark.parametrize(
    "row", [["单伟", "", ""], ["注小明", "123", ""], ["合计", MAN, ""], ["共工", "", "13800000000"]]
)
def test_a_line_that_may_be_a_trainee_is_never_passed_over(row: list[Cell]) -> None:
    got = read(HEADINGS, row)
    assert len(got.lines) + len(got.refused) == 1


def test_all_problems_of_a_line_are_told_at_once_with_their_place() -> None:
    got = read([*HEADINGS, "重点群体"], ["张3", "1101051949", "123", "外星人"])
    (line,) = got.refused
    assert [reason.code for reason in line.reasons] == [
        "name_digits", "identity_number_length", "phone_form", "key_group_unknown",
    ]  # fmt: skip
    assert {(reason.sheet, reason.line) for reason in line.reasons} == {("名册", 2)}
    assert all(reason.remedy for reason in line.reasons)


def test_a_number_that_excel_rounded_is_said_and_not_guessed() -> None:
    got = read(HEADINGS, ["张三", 1.10105194910010e17, ""], ["李四", "1.10105E+17", ""])
    assert [[reason.code for reason in line.reasons] for line in got.refused] == [
        ["identity_number_lost_digits"]
    ] * 2


def test_the_same_line_twice_counts_once() -> None:
    got = read(HEADINGS, ["张三", MAN, "13800000000"], ["张 三", MAN.lower(), 13800000000.0])
    assert [line.line for line in got.lines] == [2]
    assert [(notice.code, notice.line) for notice in got.notices] == [("repeated_line", 3)]


@pytest.mark.parametrize(
    "second", [["张三", MAN, "13900000000"], ["张三", MAN, ""], ["李四", MAN, "13800000000"]]
)
def test_the_same_person_with_other_values_refuses_both_lines(second: list[Cell]) -> None:
    got = read(HEADINGS, ["张三", MAN, "13800000000"], second)
    assert got.lines == ()
    assert [[reason.code for reason in line.reasons] for line in got.refused] == [
        ["same_person_different_values"]
    ] * 2
    assert "第3行" in got.refused[0].reasons[0].message
    assert "第2行" in got.refused[1].reasons[0].message
    assert "138****0000" not in "".join(reason.remedy for line in got.refused for reason in line.reasons)


def test_more_trainees_than_a_class_holds() -> None:
    entries = [RosterEntry(line=n, name="张三", identity_number=MAN) for n in range(1, MAX_TRAINEES + 2)]
    assert len(judge_roster(entries[:-1], YARDSTICK).lines) == 1
    with pytest.raises(InvalidInput) as refused:
        judge_roster(entries, YARDSTICK)
    assert (refused.value.code, refused.value.reasons[0].line) == ("roster_too_long", MAX_TRAINEES + 1)


def test_key_groups_go_by_name_half_name_and_code() -> None:
    rows = [
        ["张三", MAN, label]
        for label in ("两后生", "left_school_youth", GROUP_NAMES[0], "两后生；退役军人", "无")
    ]
    got = [read(["姓名", "身份证号", "人员类别"], row).lines[0].key_groups for row in rows]
    assert got == [("left_school_youth",)] * 3 + [("left_school_youth", "veteran"), ()]


def test_a_half_name_shared_by_two_groups_names_neither() -> None:
    labels = key_group_labels([("a", "脱贫人口（含监测）"), ("b", "防贫人口（含监测）")])
    assert "含监测" not in labels
    assert labels["脱贫人口"] == "a"


def test_the_template_read_back_empty_has_no_trainees() -> None:
    table = read_table_blocking(roster_template(GROUP_NAMES), limits=ROSTER)
    reason = refused_as_a_whole(*table.sheets)
    assert reason.code == "no_trainees"
    assert "示例" in reason.remedy


def test_a_filled_template_is_read_without_its_example() -> None:
    book = openpyxl.load_workbook(io.BytesIO(roster_template(GROUP_NAMES)))
    sheet = book["学员名册"]
    for column, value in enumerate(
        ("张三", "居民身份证", MAN, "", "13800000000", GROUP_NAMES[0], ""), start=1
    ):
        sheet.cell(5, column, value)
    buffer = io.BytesIO()
    book.save(buffer)
    got = read_roster(read_table_blocking(buffer.getvalue(), limits=ROSTER).sheets, YARDSTICK)
    assert [(line.line, line.key_groups) for line in got.lines] == [(5, ("left_school_youth",))]
    assert [notice.code for notice in got.notices] == ["example_line"]


def test_the_template_helps_the_person_who_fills_it() -> None:
    data = roster_template(GROUP_NAMES)
    assert data == roster_template(GROUP_NAMES)
    book = openpyxl.load_workbook(io.BytesIO(data))
    sheet = book["学员名册"]
    assert sheet.freeze_panes == "B4"
    assert sheet.column_dimensions["C"].width > 18
    lists = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    assert {str(rule.sqref).split(":")[0] for rule in lists} == {"B5", "F5"}
    assert [cell.value for cell in book["选项"]["B"]] == list(GROUP_NAMES)
    assert sheet["C5"].number_format == "@" or sheet.column_dimensions["C"].number_format == "@"


def test_refused_lines_go_back_with_reasons_and_without_formulas() -> None:
    evil: list[Cell] = ["=HYPERLINK(1)", "@SUM(1)", "+1"]
    got = read(HEADINGS, ["张三", MAN, ""], evil, ["李四", WOMAN[:17], "-1"])
    data = refused_rows_workbook(got)
    rows = list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows())
    assert [cell.value for cell in rows[0]] == ["原工作表", "原行号", *HEADINGS, "不通过的原因", "处理办法"]
    assert [row[1].value for row in rows[1:]] == [3, 4]
    assert [cell.value for cell in rows[1][2:5]] == ["'=HYPERLINK(1)", "'@SUM(1)", "'+1"]
    assert not [cell for row in rows for cell in row if cell.data_type == "f"]
    assert "有17位" in rows[2][5].value
    again = read_roster(read_table_blocking(data, limits=ROSTER).sheets, YARDSTICK)
    assert [line.line for line in again.refused] == [2, 3]
    assert not [notice for notice in again.notices if notice.code == "unknown_column"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", " =1", "＝1"])
def test_no_text_can_start_a_formula(text: str) -> None:
    assert harmless_text(text).startswith("'")
    assert harmless_text(f"a{text}") == f"a{text}"


def test_a_hidden_roster_is_named_with_the_way_out() -> None:
    rows = (HEADINGS, ["张三", MAN, ""])
    reason = refused_as_a_whole(sheet_of(["说明"], name="说明"), sheet_of(*rows, name="数据", visible=False))
    assert (reason.code, reason.sheet) == ("roster_hidden", "数据")
    assert "取消隐藏工作表“数据”" in reason.remedy
    reason = refused_as_a_whole(sheet_of(HEADINGS, name="空表"), sheet_of(*rows, name="数据", visible=False))
    assert (reason.code, reason.sheet) == ("roster_hidden", "数据")
    got = read_roster([sheet_of(*rows), sheet_of(*rows, name="旧", visible=False)], YARDSTICK)
    assert (len(got.lines), [notice.code for notice in got.notices]) == (1, ["hidden_sheet"])


def test_names_that_differ_do_not_look_alike() -> None:
    got = read(
        [*HEADINGS, "社会保障卡卡号"], ["周小明", MAN, "", "A12345678"], ["周晓明", MAN, "", "A12945678"]
    )
    first = got.refused[0].reasons[0]
    assert "姓名本行为“周小明”、第3行为“周晓明”" in first.message
    assert "本行为“A**3****8”、第3行为“A**9****8”" in first.message
    assert first.value == "110***********0015"
    assert first.message_at_rest is not None
    assert "周小明" not in first.message_at_rest
    assert "周小明" not in repr(got.refused[0].reasons[0].message_at_rest)


def test_a_logical_value_is_no_name_and_an_invisible_card_number_no_card() -> None:
    got = read([*HEADINGS, "社会保障卡卡号"], [True, MAN, "", ""], ["李四", WOMAN, "", "\0"])
    assert [[reason.code for reason in line.reasons] for line in got.refused] == [
        ["name_not_text"],
        ["card_number_invisible"],
    ]
    assert "可以留空" in got.refused[1].reasons[0].remedy
