"""A class roster of 2,000 rows as institutions really send it: every planted defect is found, and nothing else."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

import openpyxl
import pytest
import xlwt

from app.files.limits import ROSTER
from app.files.tabular import read_table
from app.kernel.masking import mask_number_own_institution
from app.training.rosters.rules import Yardstick, key_group_labels, read_roster

pytestmark = pytest.mark.anyio

ROWS = 2_000
FIRST_LINE = 5
HEADINGS = [
    "序号", "姓 名", "证件类型", "*身份证号码（18位）", "社会保障卡卡号", "联系电话",
    "人员类别", "性别", "民族", "座右铭", "备注",
]  # fmt: skip
GROUPS = key_group_labels(
    [
        ("left_school_youth", "城乡未继续升学初高中毕业生（两后生）"),
        ("veteran", "退役军人"),
        ("disabled", "残疾人"),
    ]
)
YARDSTICK = Yardstick(
    on=date(2026, 11, 1), area_known=lambda code, period: code != "190105", key_groups=GROUPS
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
# Without the orders that can end a number in 000, which is a warning of its own.
ORDERS = [order for order in range(1, 900) if order % 100]


def number_of(index: int, *, area: str = "110105") -> str:
    """The ``index``-th synthetic number: born on the first days of the Republic, sex alternating with the index."""
    seventeen = f"{area}194910{1 + index // len(ORDERS):02d}{ORDERS[index % len(ORDERS)]:03d}"
    return seventeen + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, seventeen, strict=True)) % 11]


def wrong_check_digit(number: str) -> str:
    return number[:17] + ("1" if number[17] != "1" else "2")


@dataclass
class Planted:
    """Rows to write and what must be said about them, by line."""

    rows: list[list[object]] = field(default_factory=list)
    reasons: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    warnings: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    passed_over: dict[int, str] = field(default_factory=dict)


def clean_row(index: int) -> list[object]:
    sex = "男" if ORDERS[index % len(ORDERS)] % 2 else "女"
    return [index + 1, f"测{'甲乙丙丁戊己庚辛壬癸'[index % 10]}", "居民身份证", number_of(index), f"A{index:08d}",
            f"138{index:08d}", "退役军人" if index % 3 else "", sex, "汉", "好好学习", ""]  # fmt: skip


def planted(*, numeric: bool) -> Planted:
    """``ROWS`` rows; ``numeric`` files (Excel) can hold numbers as numbers, CSV shows what is left of them."""
    plan = Planted()
    for index in range(ROWS):
        line, row = FIRST_LINE + index, clean_row(index)
        defect = DEFECTS.get(index)
        if defect is not None:
            defect(plan, line, row, numeric)
        plan.rows.append(row)
    return plan


Plant = Callable[[Planted, int, list[object], bool], None]


def cell(column: int, change: Callable[[list[object]], object], *codes: str) -> Plant:
    def plant(plan: Planted, line: int, row: list[object], numeric: bool) -> None:
        row[column] = change(row)
        plan.reasons[line] |= set(codes)

    return plant


def harmless(column: int, change: Callable[[list[object]], object]) -> Plant:
    def plant(plan: Planted, line: int, row: list[object], numeric: bool) -> None:
        row[column] = change(row)

    return plant


def warned(column: int, change: Callable[[list[object]], object], code: str) -> Plant:
    def plant(plan: Planted, line: int, row: list[object], numeric: bool) -> None:
        row[column] = change(row)
        plan.warnings[line].add(code)

    return plant


def both(*plants: Plant) -> Plant:
    def plant(plan: Planted, line: int, row: list[object], numeric: bool) -> None:
        for one in plants:
            one(plan, line, row, numeric)

    return plant


def lost_number(plan: Planted, line: int, row: list[object], numeric: bool) -> None:
    row[3] = float(str(row[3])[:17] + "0") if numeric else "1.10105E+17"
    plan.reasons[line].add("identity_number_lost_digits")


def numeric_phone(plan: Planted, line: int, row: list[object], numeric: bool) -> None:
    row[5] = 13800000000.0 if numeric else "13800000000.0"


def copy_of(index: int, **changes: object) -> Plant:
    def plant(plan: Planted, line: int, row: list[object], numeric: bool) -> None:
        row[1:] = clean_row(index)[1:]
        for column, value in changes.items():
            row[int(column[1:])] = value
        if changes:
            plan.reasons[line].add("same_person_different_values")
            plan.reasons[FIRST_LINE + index].add("same_person_different_values")
        else:
            plan.passed_over[line] = "repeated_line"

    return plant


def passed_over(code: str, row_of: Callable[[], list[object]]) -> Plant:
    def plant(plan: Planted, line: int, row: list[object], numeric: bool) -> None:
        row[:] = row_of() + [""] * (len(HEADINGS) - len(row_of()))
        if code:
            plan.passed_over[line] = code

    return plant


def shared_card(index: int) -> Plant:
    def plant(plan: Planted, line: int, row: list[object], numeric: bool) -> None:
        row[4] = clean_row(index)[4]
        plan.reasons[line].add("card_number_shared")
        plan.reasons[FIRST_LINE + index].add("card_number_shared")

    return plant


FULL_WIDTH = {ord(char): ord(char) + 0xFEE0 for char in "0123456789X"}
DEFECTS: dict[int, Plant] = {
    3: cell(3, lambda row: wrong_check_digit(str(row[3])), "identity_number_check_digit"),
    7: harmless(3, lambda row: str(row[3]).translate(FULL_WIDTH)),
    11: harmless(3, lambda row: f" {row[3]}\u3000"),
    15: harmless(3, lambda row: f"'{row[3]}"),
    19: lost_number,
    23: cell(3, lambda row: "", "identity_number_missing"),
    27: cell(1, lambda row: "  ", "name_missing"),
    31: cell(3, lambda row: "110105199002310015", "identity_number_birth_date"),
    35: cell(3, lambda row: str(row[3])[:17], "identity_number_length"),
    39: numeric_phone,
    43: cell(5, lambda row: "1380000", "phone_form"),
    47: cell(5, lambda row: "1.38E+10", "phone_lost_digits"),
    51: cell(6, lambda row: "全体村民", "key_group_unknown"),
    55: harmless(6, lambda row: "两后生、残疾人"),
    59: cell(2, lambda row: "护照", "document_kind_unknown"),
    63: cell(2, lambda row: "港澳台居民居住证", "document_kind_mismatch"),
    67: cell(7, lambda row: "女" if row[7] == "男" else "男", "sex_mismatch"),
    71: both(
        cell(1, lambda row: "张三2", "name_digits"),
        cell(3, lambda row: wrong_check_digit(str(row[3])), "identity_number_check_digit"),
        cell(5, lambda row: "abc", "phone_form"),
    ),
    75: cell(1, lambda row: "张□", "name_lost_characters"),
    79: copy_of(5),
    83: copy_of(9, c1="测改名"),
    87: copy_of(13, c5="13900000001"),
    91: shared_card(17),
    95: passed_over("", list),
    99: passed_over("footer_line", lambda: ["小计", "95人"]),
    103: passed_over("repeated_heading", lambda: list(HEADINGS)),
    107: passed_over("lines_without_person", lambda: [108]),
    111: warned(3, lambda row: number_of(111, area="190105"), "identity_number_area_unknown"),
    115: warned(4, lambda row: "622202123456789", "card_number_unusual"),
    119: warned(7, lambda row: "不详", "sex_unreadable"),
    123: harmless(1, lambda row: "阿依古丽•买买提"),
    127: cell(10, lambda row: "长" * 201, "remark_too_long"),
    131: harmless(5, lambda row: "010-12345678"),
    135: harmless(5, lambda row: "+86 138 0013 5135"),
    1995: passed_over("footer_line", lambda: ["合计", "1900人"]),
    1996: passed_over("footer_line", lambda: ["填表人：测试员", "", "", "审核人：", "", "填表日期：2026年11月1日"]),
}  # fmt: skip


def sheet_rows(plan: Planted) -> list[list[object]]:
    titles: list[list[object]] = [["2026年第一期（电工）培训班学员名册"], ["培训机构：测试学校"], []]
    return [*titles, list(HEADINGS), *plan.rows]


def as_xlsx(rows: list[list[object]]) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "名册"
    for number, row in enumerate(rows, start=1):
        for column, value in enumerate(row, start=1):
            if value != "":
                sheet.cell(number, column, value)
    sheet.merge_cells("A1:K1")
    book.create_sheet("说明")["A1"] = "请如实填写"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def as_xls(rows: list[list[object]]) -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("名册")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value != "":
                sheet.write(number, column, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def as_csv(rows: list[list[object]], encoding: str) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


FORMATS: dict[str, tuple[bool, Callable[[list[list[object]]], bytes]]] = {
    "xlsx": (True, as_xlsx),
    "xls": (True, as_xls),
    "csv-gb18030": (False, lambda rows: as_csv(rows, "gb18030")),
    "csv-utf8": (False, lambda rows: as_csv(rows, "utf-8")),
    "csv-utf8-bom": (False, lambda rows: as_csv(rows, "utf-8-sig")),
}


@pytest.mark.parametrize("form", FORMATS)
async def test_every_planted_defect_is_reported_with_its_line_and_none_else(form: str) -> None:
    numeric, write = FORMATS[form]
    plan = planted(numeric=numeric)

    table = await read_table(write(sheet_rows(plan)), limits=ROSTER)
    read = read_roster(table.sheets, YARDSTICK)

    found = {line.line: {reason.code for reason in line.reasons} for line in read.refused}
    assert found == {line: codes for line, codes in plan.reasons.items() if codes}
    warned_lines = {
        line.line: {reason.code for reason in line.warnings}
        for line in (*read.lines, *read.refused)
        if line.warnings
    }
    assert warned_lines == dict(plan.warnings)
    told = {notice.line: notice.code for notice in read.notices if notice.line != FIRST_LINE - 1}
    assert told == plan.passed_over
    blank = 1
    assert len(read.lines) + len(read.refused) + len(plan.passed_over) + blank == ROWS


async def test_unread_columns_are_named_and_values_are_normalized() -> None:
    plan = planted(numeric=True)
    table = await read_table(as_xlsx(sheet_rows(plan)), limits=ROSTER)
    read = read_roster(table.sheets, YARDSTICK)
    by_line = {line.line: line for line in read.lines}

    header_notices = {notice.code: notice.message for notice in read.notices if notice.line == FIRST_LINE - 1}
    assert "座右铭" in header_notices["unknown_column"]
    assert "民族" in header_notices["columns_not_needed"]
    for index in (7, 11, 15):
        assert by_line[FIRST_LINE + index].identity_number.number == number_of(index)
    assert by_line[FIRST_LINE + 39].phone == "13800000000"
    assert by_line[FIRST_LINE + 131].phone == "01012345678"
    assert by_line[FIRST_LINE + 135].phone == "13800135135"
    assert by_line[FIRST_LINE + 55].key_groups == ("left_school_youth", "disabled")
    assert by_line[FIRST_LINE + 123].name == "阿依古丽·买买提"


async def test_no_identity_number_leaves_in_reasons_or_repr() -> None:
    plan = planted(numeric=True)
    table = await read_table(as_xlsx(sheet_rows(plan)), limits=ROSTER)
    read = read_roster(table.sheets, YARDSTICK)
    spoken = repr((read.lines, read.refused, read.notices))
    for index in range(ROWS):
        assert number_of(index)[:17] not in spoken
    assert "阿依古丽" not in spoken


async def test_a_contradiction_shows_both_values_masked() -> None:
    plan = planted(numeric=True)
    table = await read_table(as_xlsx(sheet_rows(plan)), limits=ROSTER)
    read = read_roster(table.sheets, YARDSTICK)
    by_line = {line.line: line for line in read.refused}
    for line, other in ((FIRST_LINE + 87, FIRST_LINE + 13), (FIRST_LINE + 13, FIRST_LINE + 87)):
        (reason,) = by_line[line].reasons
        assert f"第{other}行" in reason.message
        assert "139****0001" in reason.message
        assert "138****0013" in reason.message
        assert reason.value == mask_number_own_institution(number_of(13))
