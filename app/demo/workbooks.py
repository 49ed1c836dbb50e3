"""Rosters as institutions really send them: a title over the heading, merged cells, full-width digits, a total below.

And a file nobody sends by accident: a few kilobytes that unpack to many megabytes.
"""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

import xlsxwriter

from app.demo.client import Upload

_BOMB_BYTES = 84 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """One line as typed; a number that is a float is stored as Excel stores a number cell."""

    name: str
    number: str | float
    phone: str = ""
    group: str = ""


def dirty_roster(rows: Sequence[Row], *, title: str) -> Upload:
    """A workbook whose heading stands in line 3, under a merged title and a note, with synonyms for headings."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True, "align": "center"})
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("名册")
        sheet.merge_range(0, 0, 0, 4, title, bold)
        sheet.merge_range(1, 0, 1, 4, "填报单位（盖章）：")
        for column, heading in enumerate(("序号", "学员姓名", "身份证号码（18位）", "联系电话", "人员类别")):
            sheet.write_string(2, column, heading, bold)
        for index, row in enumerate(rows):
            line = 3 + index
            sheet.write_number(line, 0, index + 1)
            sheet.write_string(line, 1, row.name)
            if isinstance(row.number, float):
                sheet.write_number(line, 2, row.number)
            else:
                sheet.write_string(line, 2, row.number, text)
            sheet.write_string(line, 3, row.phone)
            sheet.write_string(line, 4, row.group)
        sheet.merge_range(3 + len(rows), 0, 3 + len(rows), 4, f"合计：{len(rows)}人")
        sheet.write_string(4 + len(rows), 0, "填表人：")
    return Upload("学员名册.xlsx", buffer.getvalue())


def issuer_list(rows: Sequence[tuple[str, str, str]], *, title: str) -> Upload:
    """An issuer's list: identity number, certificate number and day of issue under a heading in line 2."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("证书名单")
        sheet.merge_range(0, 0, 0, 3, title, book.add_format({"bold": True}))
        for column, heading in enumerate(("序号", "身份证号码", "证书编号", "发证日期")):
            sheet.write_string(1, column, heading)
        for index, row in enumerate(rows):
            sheet.write_number(2 + index, 0, index + 1)
            for column, value in enumerate(row, start=1):
                sheet.write_string(2 + index, column, value, text)
    return Upload("证书名单.xlsx", buffer.getvalue())


def earlier_list(rows: Sequence[tuple[str, str, str, str, str, str, str]], *, title: str) -> Upload:
    """Benefits paid before: name, number, kind, day, yuan, occupation and level, under a title as ledgers have one."""
    buffer = io.BytesIO()
    headings = (
        "姓名",
        "身份证号码",
        "补贴种类",
        "发放日期",
        "补贴金额（元）",
        "职业编码",
        "技能等级",
        "批次号",
    )
    with xlsxwriter.Workbook(buffer, {"in_memory": True}) as book:
        text = book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("发放名单")
        sheet.merge_range(0, 0, 0, len(headings) - 1, title, book.add_format({"bold": True}))
        for column, heading in enumerate(headings):
            sheet.write_string(1, column, heading)
        for index, row in enumerate(rows):
            for column, value in enumerate((*row, "演示财社〔2021〕6号")):
                sheet.write_string(2 + index, column, value, text)
    return Upload("存量补贴名单.xlsx", buffer.getvalue())


def issuer_line_of(index: int) -> int:
    """The line in Excel of the row at ``index`` of ``issuer_list``, counted from 1."""
    return index + 3


def line_of(index: int) -> int:
    """The line in Excel of the row at ``index`` of ``dirty_roster``, counted from 1."""
    return index + 4


def bomb() -> Upload:
    """A workbook of some 86 kB whose one sheet unpacks to 84 MB."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as package:
        package.writestr("[Content_Types].xml", _CONTENT_TYPES)
        package.writestr("_rels/.rels", _RELATIONS)
        package.writestr("xl/workbook.xml", _WORKBOOK)
        package.writestr("xl/_rels/workbook.xml.rels", _WORKBOOK_RELATIONS)
        with package.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            blank = b" " * (1024 * 1024)
            for _ in range(_BOMB_BYTES // len(blank)):
                sheet.write(blank)
    return Upload("名册.xlsx", buffer.getvalue())


_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_CONTENT_TYPES = (
    f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET_TYPE}.worksheet+xml"/></Types>'
)
_RELATIONS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
_WORKBOOK = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="名册" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_WORKBOOK_RELATIONS = (
    f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)
