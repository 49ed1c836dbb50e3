"""Files that were made to hurt: each is refused with its own reason, and the reading process lives on."""

import io
import re
import struct
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
import xlwt

from app.files import parsing, reasons
from app.files.guard import guarded_copy
from app.files.limits import CODE_LIST, MIB, ROSTER, ImportLimits
from app.files.tabular import read_table
from app.kernel.errors import RegistryError

pytestmark = pytest.mark.anyio

CONTENT_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    'Target="{target}"/></Relationships>'
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORKBOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="S" sheetId="1" r:id="rId1"/></sheets></workbook>'
)


def sheet_xml(rows: str) -> str:
    return f'<worksheet xmlns="{MAIN}"><dimension ref="A1:B2"/><sheetData>{rows}</sheetData></worksheet>'


def package(sheet: str | bytes, **extra: str | bytes) -> bytes:
    """A minimal .xlsx around one sheet; ``extra`` parts replace or follow (``__`` stands for ``/``)."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": CONTENT_TYPES,
        "_rels/.rels": RELS.format(kind="officeDocument", target="xl/workbook.xml"),
        "xl/workbook.xml": WORKBOOK,
        "xl/_rels/workbook.xml.rels": RELS.format(kind="worksheet", target="worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": sheet,
    }
    parts |= {name.replace("__", "/"): content for name, content in extra.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def text_cell(reference: str, text: str) -> str:
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


GOOD_SHEET = sheet_xml(f'<row r="1">{text_cell("A1", "姓名")}{text_cell("B1", "证件号码")}</row>')


async def code_of(data: bytes, limits: ImportLimits = ROSTER) -> str:
    """The one code with which ``data`` is refused; afterwards an honest file is still read."""
    with pytest.raises(RegistryError) as refused:
        await read_table(data, limits=limits)
    (reason,) = refused.value.reasons
    assert reason.message
    assert reason.remedy
    table = await read_table(package(GOOD_SHEET), limits=limits)
    assert table.sheets[0].rows == [["姓名", "证件号码"]]
    return reason.code


def two_cell_bomb() -> bytes:
    corner = text_cell("XFD1048576", "x")
    return package(sheet_xml(f'<row r="1">{text_cell("A1", "x")}</row><row r="1048576">{corner}</row>'))


def inline_strings(with_references: bool) -> bytes:
    rows = (
        f'<row r="{n}">{text_cell(f"A{n}", "x")}</row>'
        if with_references
        else "<row><c t='inlineStr'><is><t>x</t></is></c></row>"
        for n in range(1, 400_001)
    )
    return package(sheet_xml("".join(rows)))


def shared_strings(count: int) -> bytes:
    table = f'<sst xmlns="{MAIN}">' + "<si/>" * count + "</sst>"
    return package(GOOD_SHEET, **{"xl__sharedStrings.xml": table})


@pytest.mark.parametrize("limits", [ROSTER, CODE_LIST], ids=lambda limits: limits.kind)
async def test_two_cells_far_apart(limits: ImportLimits) -> None:
    assert await code_of(two_cell_bomb(), limits) == "too_many_lines"


@pytest.mark.parametrize("with_references", [True, False])
async def test_400_000_rows_of_inline_strings(with_references: bool) -> None:
    assert await code_of(inline_strings(with_references)) in {"too_many_lines", "zip_bomb"}


async def test_millions_of_shared_strings() -> None:
    assert await code_of(shared_strings(12_000_000)) in {"inflated_too_large", "zip_bomb"}
    assert await code_of(shared_strings(700_000)) == "too_many_cells"


@pytest.mark.parametrize(
    ("attribute", "code"),
    [
        ('r="A20001"', "too_many_lines"),
        ("r='A20001'", "too_many_lines"),
        ('r = "A99999"', "too_many_lines"),
        ('r="CW1"', "too_many_columns"),
        ('r="XFD1"', "too_many_columns"),
        ('r="xfd1"', "too_many_columns"),
        ('s="0" r="AAAA1"', "too_many_columns"),
        ('r="A00000001"', "cell_reference"),
        ('r="&#88;FD1"', "cell_reference"),
        ('r=""', "cell_reference"),
    ],
)
async def test_a_cell_outside_the_rectangle_is_found_however_it_is_written(attribute: str, code: str) -> None:
    assert await code_of(package(sheet_xml(f'<row r="1"><c {attribute}><v>1</v></c></row>'))) == code


@pytest.mark.parametrize("reference", ["A20000", "CV1", "CV20000", "Z9", "AA19999"])
def test_cells_at_the_edge_of_the_rectangle_pass_the_guard(reference: str) -> None:
    line = re.sub(r"\D", "", reference)
    guarded_copy(package(sheet_xml(f'<row r="{line}"><c r="{reference}"><v>1</v></c></row>')), ROSTER)


async def test_a_text_that_looks_like_a_reference_is_a_text() -> None:
    text = 'bar="1" r="XFD1048576" r=""'
    table = await read_table(package(sheet_xml(f'<row r="1">{text_cell("A1", text)}</row>')), limits=ROSTER)
    assert table.sheets[0].rows == [[text]]


async def test_a_file_made_of_such_texts_does_not_cost_seconds() -> None:
    text = " r='!'" * 20_000
    assert await code_of(package(sheet_xml(f'<row r="1">{text_cell("A1", text)}</row>'))) == "cell_reference"


async def test_a_prefixed_sheet_is_judged_like_any_other() -> None:
    rows = '<x:row r="1"><x:c r="XFD1048576"><x:v>1</x:v></x:c></x:row>'
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    assert await code_of(package(sheet)) == "too_many_lines"
    many = "<x:row/>" * (ROSTER.max_lines + 1)
    sheet = f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData>{many}</x:sheetData></x:worksheet>'
    assert await code_of(package(sheet)) == "too_many_lines"


@pytest.mark.parametrize("reach", ["size", "both"])
async def test_headers_that_lie_about_the_size(reach: str) -> None:
    """The directory (and the local header) declare 100 bytes where two million come out."""
    honest = package(sheet_xml("<row r='1'/>" + " " * (2 * MIB)))
    size = struct.pack("<I", len(sheet_xml("<row r='1'/>" + " " * (2 * MIB))))
    lie = struct.pack("<I", 100)
    assert honest.count(size) == 2
    lying = honest.replace(size, lie) if reach == "both" else lie.join(honest.rsplit(size, 1))
    assert await code_of(lying) == "zip_headers_lie"


async def test_sizes_are_enforced_while_inflating() -> None:
    """Declared small, inflating beyond the budget: stopped at the budget, whatever the headers say."""
    sheet = sheet_xml(" " * (2 * MIB))
    lying = package(sheet).replace(struct.pack("<I", len(sheet)), struct.pack("<I", 1000))
    assert await code_of(lying, replace(ROSTER, max_inflated_bytes=MIB)) == "inflated_too_large"
    huge = sheet_xml(" " * (60 * MIB))
    lying = package(huge).replace(struct.pack("<I", len(huge)), struct.pack("<I", 1000))
    assert await code_of(lying) in {"inflated_too_large", "zip_bomb"}


@pytest.mark.parametrize(
    ("part", "content", "code"),
    [
        ("xl__externalLinks__externalLink1.xml", "<externalLink/>", "external_links"),
        ("xl__vbaProject.bin", b"\xd0\xcf", "macros"),
        ("xl__embeddings__oleObject1.bin", b"x", "embedded_objects"),
        ("xl__media__inner.zip", package(GOOD_SHEET), "zip_member_name"),
        ("inner.xlsx", package(GOOD_SHEET), "zip_member_name"),
        ("..__..__etc__passwd", "x", "zip_member_name"),
        ("__etc__passwd", "x", "zip_member_name"),
        ("XL__WORKBOOK.XML", WORKBOOK, "zip_damaged"),
    ],
)
async def test_foreign_members(part: str, content: str | bytes, code: str) -> None:
    assert await code_of(package(GOOD_SHEET, **{part: content})) == code


@pytest.mark.parametrize(
    ("mark", "code"),
    [
        ("application/vnd.ms-excel.sheet.macroEnabled.main+xml", "macros"),
        ("application/vnd.ms-excel.sheet.binary.macroEnabled.main", "macros"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", "format_word"),
        (
            "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml",
            "format_presentation",
        ),
    ],
)
async def test_other_office_packages_are_called_by_their_name(mark: str, code: str) -> None:
    types = CONTENT_TYPES.replace(
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml", mark
    )
    assert await code_of(package(GOOD_SHEET, **{"[Content_Types].xml": types})) == code


async def test_too_many_members() -> None:
    images = {f"xl__media__image{n}.png": b"x" for n in range(60)}
    assert await code_of(package(GOOD_SHEET, **images)) == "zip_too_many_members"
    images = {f"xl__media__image{n}.png": b"x" for n in range(5000)}
    assert await code_of(package(GOOD_SHEET, **images)) == "zip_too_many_members"


@pytest.mark.parametrize(
    "sheet",
    [
        '<!DOCTYPE x [<!ENTITY a "b">]>' + GOOD_SHEET,
        GOOD_SHEET.encode("utf-16"),
        '<?xml version="1.0" encoding="GB2312"?>' + GOOD_SHEET,
    ],
)
async def test_unusual_xml(sheet: str | bytes) -> None:
    assert await code_of(package(sheet)) == "xml_not_plain"


def ole_with(stream: str) -> bytes:
    """An OLE header and one directory entry of that name, as [MS-CFB] lays it out."""
    name = stream.encode("utf-16-le") + b"\0\0"
    entry = name.ljust(64, b"\0") + len(name).to_bytes(2, "little") + b"\2".ljust(62, b"\0")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entry.ljust(512, b"\0")


def zip_of(**members: str | bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def encrypted_member() -> bytes:
    data = bytearray(package(GOOD_SHEET))
    at = 0
    while (at := data.find(b"PK\x01\x02", at)) != -1:
        data[at + 8] |= 1
        at += 4
    return bytes(data)


FOREIGN: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "file_empty"),
    "large": (lambda: b"a," * (3 * MIB), "file_too_large"),
    "encrypted office": (lambda: ole_with("EncryptedPackage"), "file_encrypted"),
    "encrypted zip": (encrypted_member, "file_encrypted"),
    "xls with macros": (lambda: ole_with("_VBA_PROJECT_CUR"), "macros"),
    "doc": (lambda: ole_with("WordDocument"), "format_word"),
    "ppt": (lambda: ole_with("PowerPoint Document"), "format_presentation"),
    "msg": (lambda: ole_with("__substg1.0_0037001F"), "not_a_spreadsheet"),
    "excel 95": (lambda: ole_with("Book"), "format_old_excel"),
    "excel 4": (lambda: b"\x09\x04\x06\x00\x00\x00\x10\x00" * 4, "format_old_excel"),
    "broken xls": (lambda: ole_with("Workbook"), "workbook_damaged"),
    "ods": (lambda: zip_of(mimetype="application/vnd.oasis.opendocument.spreadsheet"), "format_ods"),
    "zip": (lambda: zip_of(list_csv="姓名,证件号码"), "format_archive"),
    "html xls": ("\ufeff <html><body><table><tr><td>姓名".encode, "format_html"),
    "gbk html xls": (lambda: "<table><tr><td>姓名</td>".encode("gb18030") + b"\n", "format_html"),
    "mht xls": (lambda: b"MIME-Version: 1.0\nContent-Type: multipart/related", "format_html"),
    "xml 2003": (
        lambda: b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
        "format_xml_spreadsheet",
    ),
    "pdf": (lambda: b"%PDF-1.7\n...", "format_pdf"),
    "png": (lambda: b"\x89PNG\r\n\x1a\n\0\0", "format_image"),
    "jpeg": (lambda: b"\xff\xd8\xff\xe0\0\0", "format_image"),
    "rar": (lambda: b"Rar!\x1a\x07\x00", "format_archive"),
    "nul csv": (lambda: b"a,b\n1,\0\n", "nul_bytes"),
    "wide csv": (lambda: b"," * 100_000, "too_many_columns"),
    "rather wide csv": (lambda: b"," * 150, "too_many_columns"),
    "long csv": (lambda: b"a\n" * 5_000, "too_many_rows"),
    "long blank csv": (lambda: b"\n" * 50_000, "too_many_lines"),
    "open quote": ('姓名,证件号码\n"张三,1\n'.encode, "csv_quotes"),
    "open quote, long": (lambda: b'a,b\n"' + b"x,\n" * 100_000, "csv_cell_too_long"),
    "not text": (lambda: b"\x80\xff\xff\x81\x20\xff", "encoding_unknown"),
    "cut utf-8": (lambda: "姓名,证件号码\n张三".encode()[:-1], "encoding_truncated"),
    "cut zip": (lambda: package(GOOD_SHEET)[:-40], "zip_damaged"),
    "half zip": (lambda: package(GOOD_SHEET)[:300], "zip_damaged"),
    "flipped bit": (lambda: package(GOOD_SHEET).replace(b"PK\x05\x06", b"PK\x05\x07"), "zip_damaged"),
    "spanned zip": (lambda: b"PK\x07\x08rest", "zip_damaged"),
}


@pytest.mark.parametrize("name", FOREIGN)
async def test_what_is_no_table_is_told_what_it_is(name: str) -> None:
    make, code = FOREIGN[name]
    assert await code_of(make()) == code


async def test_a_real_workbook_with_one_damaged_byte_never_hurts_the_reader() -> None:
    book = openpyxl.Workbook()
    for row in range(200):
        book.active.append([f"测试{row}", row])
    buffer = io.BytesIO()
    book.save(buffer)
    honest = buffer.getvalue()
    for position in range(0, len(honest), len(honest) // 40):
        broken = honest[:position] + bytes([honest[position] ^ 0xFF]) + honest[position + 1 :]
        try:
            await read_table(broken, limits=ROSTER)
        except RegistryError as refused:
            assert refused.reasons[0].code in reasons.known_codes()  # noqa: PT017 - damage may also be harmless


async def test_a_parser_out_of_memory_dies_alone() -> None:
    """What the guard cannot see (old .xls) meets the limits of the child: two far cells ask for 400 MB at once."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    sheet.write(0, 0, "x")
    sheet.write(65_535, 255, "x")
    buffer = io.BytesIO()
    book.save(buffer)
    small = replace(ROSTER, memory_bytes=256 * MIB)
    assert await code_of(buffer.getvalue(), small) == "reading_exhausted"
    roomy = replace(ROSTER, memory_bytes=2048 * MIB)
    assert await code_of(buffer.getvalue(), roomy) == "too_many_lines"


@pytest.mark.parametrize(
    ("stuck_in", "limits"),
    [
        ("while True: pass", replace(ROSTER, cpu_seconds=1, wall_seconds=20.0)),
        ("import time; time.sleep(20)", replace(ROSTER, cpu_seconds=20, wall_seconds=0.5)),
    ],
    ids=["busy", "asleep"],
)
async def test_a_parser_that_hangs_is_killed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, stuck_in: str, limits: ImportLimits
) -> None:
    reading = "    data = sys.stdin"
    script = parsing._CHILD.read_text().replace(reading, f"    {stuck_in}\n{reading}")
    stuck = tmp_path / "child.py"
    stuck.write_text(script)
    monkeypatch.setattr(parsing, "_CHILD", stuck)
    started = time.monotonic()
    with pytest.raises(RegistryError) as refused:
        await read_table(package(GOOD_SHEET), limits=limits)
    assert refused.value.code == "reading_exhausted"
    assert time.monotonic() - started < 15


async def test_the_parser_sees_only_the_parts_that_were_judged() -> None:
    copy = guarded_copy(
        package(GOOD_SHEET, **{"xl__media__image1.png": b"x", "docProps__app.xml": "<a/>"}), ROSTER
    )
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        assert sorted(archive.namelist()) == [
            "[Content_Types].xml", "_rels/.rels", "xl/_rels/workbook.xml.rels", "xl/workbook.xml",
            "xl/worksheets/sheet1.xml",
        ]  # fmt: skip
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
