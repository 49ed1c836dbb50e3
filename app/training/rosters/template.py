"""The roster as a workbook to fill in, and the workbook of refused rows to mend and send back."""

import io
from collections.abc import Sequence
from datetime import datetime

import xlsxwriter

from app.files.sheet import Cell, cell_text
from app.training.rosters.rules import MAX_TRAINEES, ReadRoster, RosterColumn, accepted_headers
from app.training.rosters.rules.lines import DOCUMENT_LABELS
from app.training.rosters.rules.reading import EXAMPLE_MARK

HEADING_LINE = 3
"""The line of the headings in the template; trainees begin two below, under the example."""

_COLUMNS: tuple[tuple[RosterColumn, int, bool, str], ...] = (
    (RosterColumn.NAME, 16, True, "必填。与身份证件完全一致，少数民族姓名的间隔号用“·”。"),
    (RosterColumn.DOCUMENT_KIND, 22, False, "从下拉列表中选择；留空时按证件号码判断。"),
    (RosterColumn.IDENTITY_NUMBER, 26, True, "必填。18位，以文本填写；不要从数值格式的单元格复制。"),
    (RosterColumn.CARD_NUMBER, 20, False, "选填。社会保障卡正面的卡号，不是18位的社会保障号码。"),
    (RosterColumn.PHONE, 16, False, "选填。11位手机号码。"),
    (RosterColumn.KEY_GROUP, 36, False, "选填。从下拉列表中选择；属于几类的用顿号分开填写。"),
    (RosterColumn.REMARK, 24, False, "选填。200字以内。"),
)
# The example of the standard itself (GB 11643-1999): nobody's number.
_EXAMPLE = (
    f"（{EXAMPLE_MARK}）张三",
    "居民身份证",
    "11010519491231002X",
    "",
    "13800000000",
    "",
    "此行不计入",
)
_OPTIONS_SHEET = "选项"
# Excel turns texts that begin so into formulas when somebody edits or re-exports them (OWASP ASVS 5.0,
# 1.2.10).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")
_AS_TEXT_ONLY = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
# A fixed day, so that the same template has the same bytes (and the same ETag).
_CREATED = datetime(2026, 1, 1)  # noqa: DTZ001 - the file format has no zone


def roster_template(key_group_names: Sequence[str]) -> bytes:
    """An empty roster (.xlsx): text columns, drop-downs for document kind and key group, notes, one example
    line.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _AS_TEXT_ONLY) as book:
        book.set_properties({"title": "学员名册", "created": _CREATED})
        title = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        note = book.add_format({"font_color": "#595959", "text_wrap": True, "valign": "vcenter"})
        heading = book.add_format({"bold": True, "bg_color": "#D9E7F5", "border": 1, "align": "center"})
        text = book.add_format({"num_format": "@"})
        example = book.add_format(
            {"num_format": "@", "italic": True, "font_color": "#7F7F7F", "bg_color": "#F2F2F2"}
        )
        sheet = book.add_worksheet("学员名册")
        last = len(_COLUMNS) - 1
        sheet.merge_range(0, 0, 0, last, "实名制职业技能培训学员名册", title)
        sheet.set_row(0, 28)
        sheet.merge_range(
            1, 0, 1, last,
            f"一个班一份，最多{MAX_TRAINEES}名。带 * 的栏必填。示例行可以保留，不会计入。请勿改动表头文字。",
            note,
        )  # fmt: skip
        for index, (column, width, is_required, _) in enumerate(_COLUMNS):
            sheet.set_column(index, index, width, text)
            sheet.write_string(HEADING_LINE - 1, index, _heading(column, is_required=is_required), heading)
        for index, value in enumerate(_EXAMPLE):
            sheet.write_string(HEADING_LINE, index, value, example)
        _offer_choices(book, sheet, key_group_names)
        sheet.freeze_panes(HEADING_LINE, 1)
        _explain_columns(book, heading, note)
    return buffer.getvalue()


def refused_rows_workbook(roster: ReadRoster) -> bytes:
    """Only the refused lines of ``roster``, as delivered, with their line, all reasons and remedies (.xlsx).

    The headings are kept, so the mended file can be sent back as it is. Every cell is text and none can
    start a formula.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, _AS_TEXT_ONLY) as book:
        book.set_properties({"title": "未通过的学员", "created": _CREATED})
        heading = book.add_format({"bold": True, "bg_color": "#F8D7DA", "border": 1})
        text = book.add_format({"num_format": "@"})
        wrapped = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("未通过的学员")
        headings = ["原工作表", "原行号", *roster.headings, "不通过的原因", "处理办法"]
        for index, name in enumerate(headings):
            sheet.write_string(0, index, harmless_text(name), heading)
        width = len(roster.headings)
        sheet.set_column(0, 1, 10, text)
        sheet.set_column(2, 1 + width, 20, text)
        sheet.set_column(2 + width, 3 + width, 60, wrapped)
        for row, refused in enumerate(roster.refused, start=1):
            sheet.write_string(row, 0, harmless_text(refused.sheet or ""))
            sheet.write_number(row, 1, refused.line)
            for index, cell in enumerate(refused.cells[:width]):
                sheet.write_string(row, 2 + index, harmless_text(cell), text)
            reasons = "\n".join(
                f"{number}. {reason.message}" for number, reason in enumerate(refused.reasons, 1)
            )
            remedies = "\n".join(dict.fromkeys(reason.remedy for reason in refused.reasons))
            sheet.write_string(row, 2 + width, harmless_text(reasons), wrapped)
            sheet.write_string(row, 3 + width, harmless_text(remedies), wrapped)
        sheet.freeze_panes(1, 2)
    return buffer.getvalue()


def harmless_text(cell: Cell) -> str:
    """The cell as text that no spreadsheet program takes for a formula."""
    text = cell_text(cell) if not isinstance(cell, str) else cell
    return (
        f"'{text}"
        if text.lstrip(" ").startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS)
        else text
    )


def _heading(column: RosterColumn, *, is_required: bool) -> str:
    return f"{accepted_headers(column)[0]}{'*' if is_required else ''}"


def _offer_choices(
    book: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet, key_group_names: Sequence[str]
) -> None:
    """Drop-downs from a hidden sheet: a list inside the validation itself may hold 255 characters only."""
    options = book.add_worksheet(_OPTIONS_SHEET)
    options.hide()
    for at, names in enumerate((DOCUMENT_LABELS, key_group_names)):
        for row, name in enumerate(names):
            options.write_string(row, at, name)
    first, last = HEADING_LINE + 1, HEADING_LINE + MAX_TRAINEES
    order = [column for column, *_ in _COLUMNS]
    for column, letter, names in (
        (RosterColumn.DOCUMENT_KIND, "A", DOCUMENT_LABELS),
        (RosterColumn.KEY_GROUP, "B", key_group_names),
    ):
        at = order.index(column)
        sheet.data_validation(
            first, at, last, at,
            {
                "validate": "list",
                "source": f"={_OPTIONS_SHEET}!${letter}$1:${letter}${max(len(names), 1)}",
                "input_title": accepted_headers(column)[0],
                "input_message": "请从列表中选择",
                # Several groups may be typed with 、 between them, so other text only warns.
                "error_type": "warning",
                "error_title": "不在列表中",
                "error_message": "请从列表中选择；属于几类的用顿号分开。",
            },
        )  # fmt: skip
    at = order.index(RosterColumn.IDENTITY_NUMBER)
    sheet.data_validation(
        first, at, last, at,
        {
            "validate": "any",
            "input_title": "证件号码",
            "input_message": "以文本填写18位号码，末位X用大写。",
        },
    )  # fmt: skip


def _explain_columns(
    book: xlsxwriter.Workbook, heading: xlsxwriter.format.Format, note: xlsxwriter.format.Format
) -> None:
    sheet = book.add_worksheet("填写说明")
    sheet.set_column(0, 0, 20)
    sheet.set_column(1, 1, 70)
    sheet.write_row(0, 0, ("栏目", "怎样填写"), heading)
    for row, (column, _, _, words) in enumerate(_COLUMNS, start=1):
        sheet.write_string(row, 0, accepted_headers(column)[0])
        sheet.write_string(row, 1, words, note)
