"""Honest tables: cells, line numbers, merged areas, encodings, and a loop that stays free meanwhile."""

import io
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

import anyio
import openpyxl
import pytest
import xlsxwriter
import xlwt
from openpyxl.worksheet.cell_range import CellRange

from app.files.limits import CODE_LIST, ROSTER
from app.files.sheet import Area, cell_text, has_lost_digits
from app.files.sniff import FileKind
from app.files.tabular import read_table, read_table_blocking
from app.kernel.errors import RegistryError

pytestmark = pytest.mark.anyio


def xlsx_with(fill: Callable[[openpyxl.Workbook], None]) -> bytes:
    book = openpyxl.Workbook()
    fill(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


async def test_lines_are_those_of_excel_and_cells_keep_their_kind() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.active
        sheet.title = "名册"
        sheet["B3"], sheet["C3"] = "姓名", 13800000000
        sheet["B5"], sheet["C5"] = datetime(2026, 1, 5), 1.5  # noqa: DTZ001 - Excel has no zone
        sheet["B6"], sheet["C6"] = datetime(2026, 1, 5, 8, 30), True  # noqa: DTZ001
        sheet["C7"] = date(2026, 1, 6)

    table = await read_table(xlsx_with(fill), limits=ROSTER)
    (sheet,) = table.sheets
    assert (table.kind, sheet.name, sheet.first_line, sheet.first_column) == (FileKind.XLSX, "名册", 3, 2)
    assert list(sheet.lines()) == [
        (3, ["姓名", 13800000000.0]),
        (4, ["", ""]),
        (5, ["2026-01-05", 1.5]),
        (6, ["2026-01-05T08:30:00", True]),
        (7, ["", "2026-01-06"]),
    ]


async def test_merged_areas_are_filled_and_noted() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.active
        sheet["A1"], sheet["A2"], sheet["B2"], sheet["B3"], sheet["C4"] = "标题", "退役军人", "甲", "乙", "丙"
        sheet.merge_cells("A1:C1")
        sheet.merge_cells("A2:A4")
        # Added by hand: merge_cells would make openpyxl build every one of the 147 million cells.
        sheet.merged_cells.ranges.add(CellRange("A9:XFD9000"))

    (sheet,) = (await read_table(xlsx_with(fill), limits=ROSTER)).sheets
    assert sheet.rows == [
        ["标题", "标题", "标题"],
        ["退役军人", "甲", ""],
        ["退役军人", "乙", ""],
        ["退役军人", "", "丙"],
    ]
    assert Area(2, 1, 4, 1) in sheet.merged


async def test_merged_areas_beyond_reason_are_refused() -> None:
    rows = 300

    def fill(book: openpyxl.Workbook) -> None:
        sheet = book.active
        for row in range(1, rows + 1):
            sheet.cell(row, 100, "x")
            sheet.cell(row, 1, "x")
        for row in range(1, rows + 1):
            sheet.merged_cells.ranges.add(CellRange(f"A{row}:CV{row + 19_000}"))

    with pytest.raises(RegistryError) as refused:
        await read_table(
            xlsx_with(fill),
            limits=replace(ROSTER, max_lines=400),
        )
    assert refused.value.code == "too_many_cells"


async def test_hidden_sheets_are_marked() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        book.active["A1"] = "x"
        hidden = book.create_sheet("H")
        hidden["A1"] = "y"
        hidden.sheet_state = "veryHidden"

    table = await read_table(xlsx_with(fill), limits=ROSTER)
    assert [(sheet.name, sheet.visible) for sheet in table.sheets] == [("Sheet", True), ("H", False)]


async def test_old_xls() -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("名册")
    sheet.write(4, 1, "姓名")
    sheet.write_merge(5, 6, 1, 2, "合并")
    sheet.write(6, 3, 13800000000)
    buffer = io.BytesIO()
    book.save(buffer)
    table = await read_table(buffer.getvalue(), limits=ROSTER)
    (sheet,) = table.sheets
    assert table.kind is FileKind.XLS
    assert list(sheet.lines()) == [
        (5, ["姓名", "", ""]),
        (6, ["合并", "合并", ""]),
        (7, ["合并", "合并", 13800000000.0]),
    ]


TEXT = '姓名,证件号码\r\n"张\n三",1\r\n\r\n"李""四",𬭎\r\n'
CSV_ROWS = [["姓名", "证件号码"], ["张\n三", "1"], [], ['李"四', "𬭎"]]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
async def test_csv_in_every_usual_encoding(encoding: str) -> None:
    table = await read_table(TEXT.encode(encoding), limits=ROSTER)
    assert (table.kind, table.encoding, table.sheets[0].rows) == (FileKind.CSV, encoding, CSV_ROWS)


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "，"])
async def test_csv_with_other_delimiters(delimiter: str) -> None:
    text = f"姓名{delimiter}证件号码\n张三{delimiter}1\n"
    assert (await read_table(text.encode(), limits=ROSTER)).sheets[0].rows == [
        ["姓名", "证件号码"],
        ["张三", "1"],
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
async def test_csv_with_every_line_end(end: str) -> None:
    text = end.join(["姓名,证件号码", "张三,1", "李四,2"])
    assert len((await read_table(text.encode(), limits=ROSTER)).sheets[0].rows) == 3


async def test_genuine_sizes_pass() -> None:
    """2,000 trainees under the limits of a roster, 100,000 lines under those of a code list."""
    for limits, rows in ((ROSTER, ROSTER.max_rows), (CODE_LIST, CODE_LIST.max_rows)):
        buffer = io.BytesIO()
        with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
            sheet = book.add_worksheet()
            for row in range(rows):
                sheet.write_row(row, 0, (f"4-02-06-{row:05d}", f"职业{row}", "同一类", "同一级", row))
        table = await read_table(buffer.getvalue(), limits=limits)
        assert len(table.sheets[0].rows) == rows
        assert table.sheets[0].rows[-1][:2] == [f"4-02-06-{rows - 1:05d}", f"职业{rows - 1}"]


async def test_too_many_rows_are_refused_with_their_sheet() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        for row in range(ROSTER.max_rows + ROSTER.extra_rows + 1):
            book.active.cell(row + 1, 1, row)

    with pytest.raises(RegistryError) as refused:
        await read_table(xlsx_with(fill), limits=ROSTER)
    assert (refused.value.code, refused.value.reasons[0].sheet) == ("too_many_rows", "Sheet")


async def test_the_event_loop_stays_free_while_a_file_is_read() -> None:
    def fill(book: openpyxl.Workbook) -> None:
        for row in range(5_000):
            book.active.append([f"{column}-{row}" for column in range(20)])

    data, gaps = xlsx_with(fill), [0.0]

    async def tick() -> None:
        last = time.perf_counter()
        while True:
            await anyio.sleep(0.002)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    async with anyio.create_task_group() as group:
        group.start_soon(tick)
        started = time.perf_counter()
        await read_table(data, limits=CODE_LIST)
        took = time.perf_counter() - started
        group.cancel_scope.cancel()
    assert len(gaps) > 5
    assert sorted(gaps)[len(gaps) // 2] < took / 4


def test_cells_as_text() -> None:
    assert [cell_text(cell) for cell in ("  张三\u3000", 13800000000.0, 1.5, True, 7, "")] == [
        "张三", "13800000000", "1.5", "TRUE", "7", "",
    ]  # fmt: skip
    assert has_lost_digits(1.10105194912310e17)
    assert not has_lost_digits(110105491231002.0)
    assert not has_lost_digits("110105194912310021")


def test_the_parser_child_sees_no_environment_and_leaves_no_zombie() -> None:
    import psutil

    read_table_blocking(xlsx_with(lambda book: book.active.append(["x"])), limits=ROSTER)
    assert not [child for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE]
