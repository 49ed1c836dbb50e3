"""From sheets to entries: find the heading under title rows, leave out totals and signatures, say what was
left out.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.files.sheet import Cell, Sheet, cell_text, has_lost_digits
from app.kernel.errors import UNSOURCED, InvalidInput, Reason
from app.kernel.masking import mask_in_error
from app.training.rosters.rules.columns import (
    REQUIRED,
    RosterColumn,
    accepted_headers,
    column_letters,
    heading_text,
    is_not_needed,
    label_of,
    roster_column,
)
from app.training.rosters.rules.entries import ReadRoster, RosterEntry, Yardstick
from app.training.rosters.rules.repeats import judge_roster

SEARCHED_LINES = 30
EXAMPLE_MARK = "示例"
"""A name that begins so (in any brackets) marks the example line of the template."""

_LONGEST_HEADING = 30
_SHORTEST_NOTE = 12
_NUMBERISH = re.compile(r"[0-9]{14,}[0-9Xx]")
_FOOTER = re.compile(
    r"(?:合计|总计|小计|共计|总人数|学员总数|人数合计|以下空白|此处以下空白|以上共|本页)"
    r"|共[0-9一二三四五六七八九十百千]+(?:人|名|位)"
    r"|(?:填表|制表|填报|审核|复核|经办|负责|联系|班主任|录入|报送)(?:人|单位|日期|时间)?(?:签字|签名|签章|盖章)?[::]"
    r"|(?:单位|机构|学校|培训机构)(?:负责人|名称|公章|盖章|签章)?(?:\([^)]*\))?[::]"
    r"|(?:日期|时间|填表日期|制表日期|填报日期|制表时间|填表时间)[::]?"
    r"|(?:备注|注|说明|填表说明|注意事项)[::]"
    r"|[0-9]{4}年[0-9]{0,2}月"
)
_CARRIERS = (RosterColumn.NAME, RosterColumn.IDENTITY_NUMBER, RosterColumn.PHONE, RosterColumn.CARD_NUMBER)


@dataclass(frozen=True, slots=True)
class _Heading:
    """Where the heading stands and which columns (indexes into a row) carry what; the first one of each is
    read.
    """

    index: int
    columns: Mapping[RosterColumn, tuple[int, ...]]

    def cell(self, row: Sequence[Cell], column: RosterColumn) -> Cell:
        at = self.columns.get(column)
        return next((row[index] for index in at if index < len(row) and row[index] != ""), "") if at else ""


def read_roster(sheets: Sequence[Sheet], yardstick: Yardstick) -> ReadRoster:
    """Find the roster in ``sheets`` and judge it.

    Raises ``InvalidInput`` when the file as a whole cannot be read as one roster: no heading, missing or
    doubled columns, more than one sheet with trainees, no trainee at all, too many of them.
    """
    entries, notices, headings = entries_in(sheets)
    return judge_roster(entries, yardstick, notices=notices, headings=headings)


def entries_in(sheets: Sequence[Sheet]) -> tuple[list[RosterEntry], list[Reason], tuple[str, ...]]:
    """Entries of the one sheet that is a roster, notices about everything passed over, and the headings as
    written.

    One class is one sheet: with two filled ones it would be a guess whose class is meant, so that is
    refused.
    """
    found: list[tuple[Sheet, _Heading, list[RosterEntry], list[Reason]]] = []
    notices: list[Reason] = []
    hidden: list[Sheet] = []
    for sheet in sheets:
        heading = _find_heading(sheet)
        if heading is None:
            continue
        if not sheet.visible:
            notices.append(_hidden_sheet(sheet))
            hidden.append(sheet)
            continue
        if not all(column in heading.columns for column in REQUIRED):
            found.append((sheet, heading, [], []))
            continue
        entries, said = _entries_of(sheet, heading)
        found.append((sheet, heading, entries, said))
    if not found:
        raise InvalidInput([_hidden_roster(sheet) for sheet in hidden] or [_no_heading(sheets)])
    filled = [candidate for candidate in found if candidate[2]]
    if len(filled) > 1:
        raise InvalidInput([_several_sheets([candidate[0] for candidate in filled])])
    if not filled:
        missing = [_missing_columns(sheet, heading) for sheet, heading, _, _ in found]
        reasons = [reason for group in missing for reason in group]
        reasons = reasons or [_no_trainees(found[0][0], found[0][1])]
        raise InvalidInput([*(_hidden_roster(sheet) for sheet in hidden), *reasons])
    sheet, heading, entries, said = filled[0]
    _refuse_doubled_columns(sheet, heading)
    notices += _unread_columns(sheet, heading)
    notices += said
    return entries, notices, tuple(cell_text(cell) for cell in sheet.rows[heading.index])


def _find_heading(sheet: Sheet) -> _Heading | None:
    """The line among the first ones that names most columns, at least two of them and one that tells a
    person.
    """
    best: _Heading | None = None
    for index, row in enumerate(sheet.rows[:SEARCHED_LINES]):
        columns = _columns_of(row)
        if len(columns) < 2 or not any(column in columns for column in REQUIRED):
            continue
        if best is None or len(columns) > len(best.columns):
            best = _Heading(index, columns)
    return best


def _columns_of(row: Sequence[Cell]) -> dict[RosterColumn, tuple[int, ...]]:
    columns: dict[RosterColumn, tuple[int, ...]] = {}
    for index, cell in enumerate(row):
        if isinstance(cell, str) and 0 < len(cell) <= 4 * _LONGEST_HEADING:
            column = roster_column(cell)
            if column is not None:
                columns[column] = (*columns.get(column, ()), index)
    return columns


def _entries_of(sheet: Sheet, heading: _Heading) -> tuple[list[RosterEntry], list[Reason]]:
    entries: list[RosterEntry] = []
    notices: list[Reason] = []
    without_person: list[int] = []
    sheet_name = sheet.name or None
    for line, row in list(sheet.lines())[heading.index + 1 :]:
        texts = [text for text in map(cell_text, row) if text]
        if not texts:
            continue
        carriers = {column: heading.cell(row, column) for column in _CARRIERS}
        if _columns_of(row).keys() >= set(REQUIRED):
            notices.append(_passed_over("repeated_heading", "是重复的表头", sheet_name, line))
        elif _is_example(cell_text(carriers[RosterColumn.NAME])):
            notices.append(_passed_over("example_line", "是模板的示例行", sheet_name, line))
        elif _is_footer(texts, carriers):
            notices.append(_passed_over("footer_line", "是合计、签字或说明，不是学员", sheet_name, line))
        elif not any(cell_text(cell) for cell in carriers.values()):
            without_person.append(line)
        else:
            columns = {column.value: heading.cell(row, column) for column in RosterColumn}
            entries.append(RosterEntry(line=line, sheet=sheet_name, cells=tuple(row), **columns))
    if without_person:
        notices.append(_lines_without_person(without_person, sheet_name))
    return entries, notices


def _is_example(name: str) -> bool:
    return unicodedata.normalize("NFKC", name).lstrip("([【<《*# ").startswith(EXAMPLE_MARK)


def _is_footer(texts: list[str], carriers: Mapping[RosterColumn, Cell]) -> bool:
    """Totals, signatures, remarks under the table: never when something like a person's number stands in the
    line.
    """
    number = carriers[RosterColumn.IDENTITY_NUMBER]
    if has_lost_digits(number) or _NUMBERISH.search("".join(texts[:40])):
        return False
    first = "".join(unicodedata.normalize("NFKC", texts[0]).split())
    if _FOOTER.match(first):
        return True
    # A sentence merged across the sheet fills every cell with the same text; a name is never that long.
    return len(set(texts)) == 1 and (len(first) >= _SHORTEST_NOTE or len(texts) > 3) and not first.isascii()


def _refuse_doubled_columns(sheet: Sheet, heading: _Heading) -> None:
    """Two columns of one meaning are fine while they never contradict (a heading merged over two columns)."""
    reasons = []
    for column, indexes in heading.columns.items():
        if len(indexes) < 2:
            continue
        for line, row in list(sheet.lines())[heading.index + 1 :]:
            values = {cell_text(row[index]) for index in indexes if index < len(row)} - {""}
            if len(values) > 1 and not _is_footer(
                [cell_text(cell) for cell in row if cell != ""], _carriers(heading, row)
            ):
                letters = "、".join(column_letters(sheet.first_column + index) for index in indexes)
                reasons.append(
                    Reason(
                        code="doubled_column",
                        message=f"“{label_of(column)}”有不止一列（{letters}列），且第{line}行的内容不同",
                        remedy="请只保留一列，或改掉其中一列的表头",
                        field=column.value,
                        citation=UNSOURCED,
                        sheet=sheet.name or None,
                        line=line,
                    )
                )
                break
    if reasons:
        raise InvalidInput(reasons)


def _carriers(heading: _Heading, row: Sequence[Cell]) -> dict[RosterColumn, Cell]:
    return {column: heading.cell(row, column) for column in _CARRIERS}


def _unread_columns(sheet: Sheet, heading: _Heading) -> list[Reason]:
    """Columns that are not read: the usual ones in one notice, unknown ones each in a warning."""
    read = {index for indexes in heading.columns.values() for index in indexes}
    usual: list[str] = []
    notices: list[Reason] = []
    for index, cell in enumerate(sheet.rows[heading.index]):
        text = cell_text(cell)
        if index in read or not text:
            continue
        if is_not_needed(text):
            usual.append(heading_text(text))
            continue
        letters = column_letters(sheet.first_column + index)
        shown = text[:_LONGEST_HEADING] if not re.search(r"[0-9]{6}", text) else mask_in_error(text)
        notices.append(
            Reason(
                code="unknown_column",
                message=f"{letters}列“{' '.join(shown.split())}”不是名册的栏目，未读取",
                remedy="如果是名册需要的内容，请把表头改成模板中的写法；否则无需处理",
                field=letters,
                sheet=sheet.name or None,
                line=sheet.first_line + heading.index,
            )
        )
    if usual:
        notices.append(
            Reason(
                code="columns_not_needed",
                message=f"名册不需要、未读取的列：{'、'.join(dict.fromkeys(usual))}",
                remedy="无需处理；登记系统只收集必需的个人信息",
                sheet=sheet.name or None,
                line=sheet.first_line + heading.index,
            )
        )
    return notices


def _missing_columns(sheet: Sheet, heading: _Heading) -> list[Reason]:
    return [
        Reason(
            code="missing_column",
            message=f"表头（第{sheet.first_line + heading.index}行）缺少“{label_of(column)}”列",
            remedy=f"请增加该列；可以识别的写法：{'、'.join(accepted_headers(column))}",
            field=column.value,
            citation=UNSOURCED,
            sheet=sheet.name or None,
            line=sheet.first_line + heading.index,
        )
        for column in REQUIRED
        if column not in heading.columns
    ]


def _no_heading(sheets: Sequence[Sheet]) -> Reason:
    names = "、".join(f"“{sheet.name}”" for sheet in sheets[:5] if sheet.name)
    return Reason(
        code="heading_not_found",
        message=f"在前{SEARCHED_LINES}行没有找到名册的表头" + (f"（已查看工作表{names}）" if names else ""),
        remedy=f"表头至少要有“{label_of(REQUIRED[0])}”和“{label_of(REQUIRED[1])}”两列，可以识别的写法："
        f"{'、'.join((*accepted_headers(REQUIRED[0])[:4], *accepted_headers(REQUIRED[1])[:6]))}；"
        "也可以下载名册模板填写",
        field="file",
        citation=UNSOURCED,
    )


def _no_trainees(sheet: Sheet, heading: _Heading) -> Reason:
    return Reason(
        code="no_trainees",
        message=f"找到了表头（第{sheet.first_line + heading.index}行），但下面没有学员",
        remedy="请从表头的下一行起，每行填写一名学员；示例行不计入",
        field="file",
        sheet=sheet.name or None,
        line=sheet.first_line + heading.index,
    )


def _several_sheets(sheets: Sequence[Sheet]) -> Reason:
    names = "、".join(f"“{sheet.name}”" for sheet in sheets)
    return Reason(
        code="several_rosters",
        message=f"{len(sheets)}个工作表都有学员（{names}），无法判断属于本班的是哪一个",
        remedy="一个班一份名册：请把其他工作表删除或另存为单独的文件",
        field="file",
        citation=UNSOURCED,
    )


def _hidden_sheet(sheet: Sheet) -> Reason:
    return Reason(
        code="hidden_sheet",
        message=f"隐藏的工作表“{sheet.name}”像是名册，未读取",
        remedy="如果其中有本班学员，请取消隐藏并合并到一个工作表",
        sheet=sheet.name,
    )


def _hidden_roster(sheet: Sheet) -> Reason:
    return Reason(
        code="roster_hidden",
        message=f"像是名册的工作表“{sheet.name}”被隐藏，没有读取",
        remedy=f"请取消隐藏工作表“{sheet.name}”后重新上传；不是名册的，请填写可见的工作表",
        field="file",
        sheet=sheet.name,
    )


def _passed_over(code: str, what: str, sheet: str | None, line: int) -> Reason:
    return Reason(code=code, message=f"第{line}行{what}，未读取", remedy="无需处理", sheet=sheet, line=line)


def _lines_without_person(lines: list[int], sheet: str | None) -> Reason:
    shown = "、".join(map(str, lines[:10])) + (f"等{len(lines)}行" if len(lines) > 10 else "")
    return Reason(
        code="lines_without_person",
        message=f"没有姓名、证件号码、电话和卡号的行（第{shown}行）未读取",
        remedy="无需处理；如果漏填了学员，请补填后重新上传",
        sheet=sheet,
        line=lines[0],
    )
