"""What a file really is, judged by its content alone; the extension and the media type of the upload are
ignored.
"""

import re
from enum import StrEnum

from app.files.limits import ImportLimits
from app.files.reasons import refusal

_OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BIFF_WITHOUT_OLE = (
    b"\x09\x08\x10\x00",
    b"\x09\x08\x08\x00",
    b"\x09\x04\x06\x00",
    b"\x09\x02\x06\x00",
    b"\x09\x00\x04\x00",
)
_OTHER_MAGIC = (
    (b"%PDF-", "format_pdf"),
    (b"\x89PNG\r\n\x1a\n", "format_image"),
    (b"\xff\xd8\xff", "format_image"),
    (b"GIF8", "format_image"),
    (b"BM", "format_image"),
    (b"Rar!\x1a\x07", "format_archive"),
    (b"7z\xbc\xaf\x27\x1c", "format_archive"),
    (b"\x1f\x8b\x08", "format_archive"),
    (b"{\\rtf", "format_word"),
)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class FileKind(StrEnum):
    """The three shapes of table that are read."""

    XLSX = "xlsx"
    XLS = "xls"
    CSV = "csv"


def kind_of(data: bytes, limits: ImportLimits) -> FileKind:
    """The kind of ``data``; what is not a table is refused with the reason that fits what it is instead.

    A zip is only taken for XLSX here; ``app.files.guard`` looks into it. Raises ``InvalidInput`` or
    ``TooLarge``.
    """
    if not data:
        raise refusal("file_empty", limits)
    if len(data) > limits.max_bytes:
        raise refusal("file_too_large", limits)
    if data.startswith(b"PK\x03\x04"):
        return FileKind.XLSX
    if data.startswith(b"PK"):
        raise refusal("zip_damaged", limits)
    if data.startswith(_OLE_MAGIC):
        _refuse_foreign_ole(data, limits)
        return FileKind.XLS
    if data.startswith(_BIFF_WITHOUT_OLE):
        raise refusal("format_old_excel", limits)
    _refuse_other_magic(data, limits)
    _refuse_markup(data[:4096], limits)
    return FileKind.CSV


def _refuse_other_magic(data: bytes, limits: ImportLimits) -> None:
    for magic, code in _OTHER_MAGIC:
        # "BM" may also begin an honest CSV ("BMI,…"); a bitmap has zero bytes right after its length.
        if data.startswith(magic) and (magic != b"BM" or data[6:10] == b"\0\0\0\0"):
            raise refusal(code, limits)


def _refuse_markup(head: bytes, limits: ImportLimits) -> None:
    """Refuse web pages and XML that carry an .xls name, as many management systems export them."""
    if head.startswith(_UTF16_MARKS):
        head = head.decode("utf-16", errors="ignore").encode()
    head = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if head.startswith(b"mime-version:"):
        raise refusal("format_html", limits)
    if not head.startswith(b"<"):
        return
    if b"urn:schemas-microsoft-com:office:spreadsheet" in head and b"<html" not in head:
        raise refusal("format_xml_spreadsheet", limits)
    if re.search(rb"<(!doctype html|html|head|meta|body|table|style|div|script)\b", head):
        raise refusal("format_html", limits)
    raise refusal("not_a_spreadsheet", limits)


def _refuse_foreign_ole(data: bytes, limits: ImportLimits) -> None:
    """Look at the stream names of an OLE container ([MS-CFB] 2.6): encrypted OOXML, macros, Word,
    PowerPoint.
    """
    if _has_ole_entry(data, "EncryptedPackage"):
        raise refusal("file_encrypted", limits)
    if _has_ole_entry(data, "_VBA_PROJECT_CUR"):
        raise refusal("macros", limits)
    if _has_ole_entry(data, "Workbook"):
        return
    if _has_ole_entry(data, "WordDocument"):
        raise refusal("format_word", limits)
    if _has_ole_entry(data, "PowerPoint Document"):
        raise refusal("format_presentation", limits)
    if _has_ole_entry(data, "Book"):
        raise refusal("format_old_excel", limits)
    raise refusal("not_a_spreadsheet", limits)


def _has_ole_entry(data: bytes, name: str) -> bool:
    """Whether a directory entry ``name`` stands at a 128-byte boundary, with its length where [MS-CFB] puts
    it.
    """
    wanted = name.encode("utf-16-le") + b"\0\0"
    at = data.find(wanted)
    while at != -1:
        if at % 128 == 0 and data[at + 64 : at + 66] == len(wanted).to_bytes(2, "little"):
            return True
        at = data.find(wanted, at + 1)
    return False
