"""Look into an .xlsx before any parser does, and hand on a clean copy.

No reader of spreadsheets defends itself: two cells (A1 and XFD1048576) make calamine ask for 512 GiB and
abort its process. So the zip is opened here with every bound enforced while inflating (headers lie), the XML
of the sheets is searched for cells outside the allowed rectangle, and the parser gets a *new* archive,
stored and made by us, with only the parts a table needs. A second parser can therefore not see another
archive than the one that was judged.

Parts are ISO/IEC 29500-1 (OOXML); the container is PKWARE APPNOTE 6.3.
"""

import io
import re
import struct
import zipfile
import zlib
from functools import cache

from app.files.limits import MIB, ImportLimits
from app.files.reasons import refusal

_MEMBER_NAMES = re.compile(
    r"""\[content_types\]\.xml | _rels/\.rels | mimetype
    | docprops/(app|core|custom)\.xml | docprops/thumbnail\.(jpe?g|wmf|emf|png)
    | docmetadata/labelinfo\.xml
    | customxml/(_rels/)?[\w.-]+\.(xml|rels)
    | xl/(_rels/)?[\w.-]+\.(xml|rels)
    | xl/(worksheets|chartsheets|theme|tables|drawings|charts|persons|threadedcomments|richdata|pivottables
         |pivotcache|querytables|slicers|slicercaches|timelines|timelinecaches|featurepropertybag|comments)
      /(_rels/)?[\w.-]+\.(xml|rels|vml)
    | xl/media/[\w.-]+\.(png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|wdp)
    | xl/printersettings/[\w.-]+\.bin | xl/(customproperty|worksheets/customproperty)[\w.-]*\.bin""",
    re.VERBOSE | re.IGNORECASE,
)
_NEEDED_MEMBERS = re.compile(
    r"\[content_types\]\.xml|_rels/\.rels|xl/workbook\.xml|xl/_rels/workbook\.xml\.rels"
    r"|xl/worksheets/[\w.-]+\.xml|xl/sharedstrings\.xml|xl/styles\.xml",
    re.IGNORECASE,
)
_CONTENT_TYPES = "[Content_Types].xml"
_FOREIGN_CONTENT = (
    (b"macroenabled", "macros"),
    (b"vnd.ms-office.vbaproject", "macros"),
    (b"sheet.binary", "format_xlsb"),
    (b"wordprocessingml.document.main", "format_word"),
    (b"presentationml.presentation.main", "format_presentation"),
)
# A ratio is only a sign of danger above some size: a small sheet of equal cells compresses as well as a bomb.
_RATIO_COUNTS_FROM = 4 * MIB
# Texts that look like references are looked at one by one; a file made of them would cost seconds.
_MOST_LOOKALIKES = 10_000
_LONGEST_TAG = 4096


def guarded_copy(data: bytes, limits: ImportLimits) -> bytes:
    """The table parts of an .xlsx as a new stored zip; raises ``InvalidInput``/``TooLarge`` for everything
    suspect.
    """
    members = _members(data, limits)
    budget = limits.max_inflated_bytes
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as archive:
        for info in members:
            if not _NEEDED_MEMBERS.fullmatch(info.filename):
                continue
            content = _inflated(data, info, budget, limits)
            budget -= len(content)
            _inspect(info.filename, content, limits)
            archive.writestr(zipfile.ZipInfo(info.filename), content)
    return copy.getvalue()


def _members(data: bytes, limits: ImportLimits) -> list[zipfile.ZipInfo]:
    """The directory of the archive, judged by names and declared sizes; content types first."""
    # Counted before zipfile builds an object per entry: 5 MiB of directory is 100,000 entries and a second of
    # work.
    if data.count(b"PK\x01\x02") > 4 * limits.max_members:
        raise refusal("zip_too_many_members", limits)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    # RuntimeError is zipfile's word for a package it cannot read (a foreign version or encryption).
    except (zipfile.BadZipFile, RuntimeError, ValueError, struct.error, OSError) as error:
        raise refusal("zip_damaged", limits) from error
    names = [info.filename for info in members]
    _refuse_foreign_packages(data, members, limits)
    _refuse_names(names, limits)
    if len(members) > limits.max_members:
        raise refusal("zip_too_many_members", limits)
    if len({name.lower() for name in names}) != len(names):
        raise refusal("zip_damaged", limits, detail="：内部成员重名")
    for info in members:
        if info.flag_bits & 0x1:
            raise refusal("file_encrypted", limits)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refusal("zip_damaged", limits, detail="：压缩方法不被接受")
    _refuse_declared_sizes(members, limits)
    return members


def _refuse_foreign_packages(data: bytes, members: list[zipfile.ZipInfo], limits: ImportLimits) -> None:
    """Say what the package is when it is no plain workbook: macros, Word, OpenDocument, just a zip."""
    by_name = {info.filename: info for info in members}
    if any(name.lower().endswith(("vbaproject.bin", "vbadata.xml")) for name in by_name):
        raise refusal("macros", limits)
    types = by_name.get(_CONTENT_TYPES)
    if types is None:
        mimetype = by_name.get("mimetype")
        if mimetype and b"opendocument" in _inflated(data, mimetype, MIB, limits):
            raise refusal("format_ods", limits)
        raise refusal("format_archive", limits)
    declared = _inflated(data, types, MIB, limits).lower()
    for mark, code in _FOREIGN_CONTENT:
        if mark in declared:
            raise refusal(code, limits)
    if b"spreadsheetml.sheet.main+xml" not in declared:
        raise refusal("not_a_spreadsheet", limits)


def _refuse_names(names: list[str], limits: ImportLimits) -> None:
    lowered = [name.lower().replace("\\", "/") for name in names]
    if any(name.startswith("xl/externallinks/") for name in lowered):
        raise refusal("external_links", limits)
    if any(name.startswith(("xl/embeddings/", "xl/activex/", "xl/ctrlprops/")) for name in lowered):
        raise refusal("embedded_objects", limits)
    if any(not name.endswith("/") and not _MEMBER_NAMES.fullmatch(name) for name in names):
        raise refusal("zip_member_name", limits)


def _refuse_declared_sizes(members: list[zipfile.ZipInfo], limits: ImportLimits) -> None:
    total = sum(info.file_size for info in members)
    packed = sum(info.compress_size for info in members)
    if total > limits.max_inflated_bytes:
        raise refusal("inflated_too_large", limits)
    if total > _RATIO_COUNTS_FROM and total > limits.max_ratio * max(packed, 1):
        raise refusal("zip_bomb", limits)


def _inflated(data: bytes, info: zipfile.ZipInfo, budget: int, limits: ImportLimits) -> bytes:
    """The content of one member, never more than ``budget`` bytes of it, whatever the headers say."""
    start = info.header_offset
    header = data[start : start + 30]
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        raise refusal("zip_damaged", limits)
    start += 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    packed = memoryview(data)[start : start + info.compress_size]
    if len(packed) < info.compress_size:
        raise refusal("zip_damaged", limits)
    if info.compress_type == zipfile.ZIP_STORED:
        content, is_complete = bytes(packed), True
    else:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = inflater.decompress(packed, budget + 1)
        except zlib.error as error:
            raise refusal("zip_damaged", limits) from error
        is_complete = inflater.eof
    if len(content) > budget:
        raise refusal("inflated_too_large", limits)
    if len(content) > _RATIO_COUNTS_FROM and len(content) > limits.max_ratio * max(len(packed), 1):
        raise refusal("zip_bomb", limits)
    if not is_complete:
        raise refusal("zip_damaged", limits)
    if len(content) != info.file_size:
        raise refusal("zip_headers_lie", limits)
    if zlib.crc32(content) != info.CRC:
        raise refusal("zip_damaged", limits)
    return content


def _inspect(name: str, content: bytes, limits: ImportLimits) -> None:
    """Judge one XML part before it is copied."""
    # UTF-16 would hide every mark that is searched for below; Excel, WPS and the libraries all write UTF-8.
    if b"\0" in content[:256] or content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"<!DOCTYPE" in content:
        raise refusal("xml_not_plain", limits)
    declared = re.match(
        rb"""\s*<\?xml[^>]*encoding\s*=\s*["']([^"']*)""", content.removeprefix(b"\xef\xbb\xbf")
    )
    if declared and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii"):
        raise refusal("xml_not_plain", limits)
    lowered = name.lower()
    if lowered.startswith("xl/worksheets/"):
        _inspect_sheet(content, limits)
    elif lowered.endswith("sharedstrings.xml"):
        prefix = _namespace_prefix(content, b"sst")
        if content.count(b"<" + prefix + b"si") > limits.max_lines * limits.max_columns // 4:
            raise refusal("too_many_cells", limits)


def _inspect_sheet(content: bytes, limits: ImportLimits) -> None:
    """Refuse a sheet whose cells leave the allowed rectangle; ``<dimension>`` is not asked, it may lie."""
    prefix = _namespace_prefix(content, b"worksheet")
    if content.count(b"<" + prefix + b"row") > limits.max_lines:
        raise refusal("too_many_lines", limits)
    most_cells = limits.max_lines * limits.max_columns // 2
    if content.count(b"<") > most_cells and content.count(b"<" + prefix + b"c") > most_cells:
        raise refusal("too_many_cells", limits)
    if content.count(b"<" + prefix + b"mergeCell ") > limits.max_lines:
        raise refusal("too_many_cells", limits)
    doubtful, outside = _reference_patterns(limits.max_lines, limits.max_columns)
    texts = 0
    for doubt in doubtful.finditer(content):
        found = outside.match(content, doubt.end())
        # The same characters inside a text are no reference, nor is the end of a longer attribute name.
        if found is None:
            continue
        if not _is_reference(content, doubt.start()):
            texts += 1
            if texts > _MOST_LOOKALIKES:
                raise refusal("cell_reference", limits)
            continue
        codes = ("too_many_lines", "too_many_columns")
        raise refusal(next((code for code in codes if found[code]), "cell_reference"), limits)


def _is_reference(content: bytes, position: int) -> bool:
    """Whether the ``r=`` at ``position`` is an attribute of a row or a cell."""
    opening = content.rfind(b"<", max(0, position - _LONGEST_TAG), position)
    return bool(re.fullmatch(rb"(?:[\w.-]+:)?(?:c|row)\s(?:[^>]*\s)?", content[opening + 1 : position]))


def _namespace_prefix(content: bytes, root: bytes) -> bytes:
    """``b"x:"`` for a part written as ``<x:worksheet>``, else nothing."""
    found = re.search(rb"<(?:([\w.-]+):)?" + root + rb"[\s>]", content[:4096])
    return found[1] + b":" if found and found[1] else b""


@cache
def _reference_patterns(max_lines: int, max_columns: int) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Two expressions for references: one that skips the plainly harmless, one that names what is wrong.

    The first is a coarse bound and costs 6 ms for 100,000 cells; the second is exact ("greater than N"
    spelled in digits and letters) and is tried only where the first stops.
    """
    digits = len(str(max_lines)) - 1
    leading = "1?" if max_lines >= 2 * 10**digits else ""
    letters = max_columns // 26 - 1
    first = f"[A-{chr(ord('A') + letters - 1)}]?" if 0 < letters <= 26 else ""
    last = chr(ord("A") + min(max_columns, 26) - 1)
    harmless = rf"""(?:{first}[A-{last}])?{leading}[0-9]{{1,{digits}}}["']"""
    doubtful = re.compile(rf"""r\s*=\s*["'](?!{harmless})""".encode())
    beyond_lines = _greater(str(max_lines), "0123456789", first="123456789")
    beyond_columns = _greater(_column_letters(max_columns), "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    outside = re.compile(
        rf"""(?P<too_many_lines>[A-Za-z]*(?:{beyond_lines})["'])|(?P<too_many_columns>(?:{beyond_columns})[0-9])"""
        rf"""|(?![A-Za-z]{{0,3}}[0-9]{{1,7}}["'])""".encode()
    )
    return doubtful, outside


def _greater(limit: str, alphabet: str, *, first: str | None = None) -> str:
    """A regular expression for the numerals of ``alphabet`` that are greater than ``limit``."""

    def one_of(characters: str) -> str:
        return f"[{characters}{characters.lower()}]" if characters.isalpha() else f"[{characters}]"

    anything = one_of(alphabet)
    longer = f"{one_of(first or alphabet)}{anything}{{{len(limit)},}}"
    branches = [longer]
    for position, character in enumerate(limit):
        larger = alphabet[alphabet.index(character) + 1 :]
        if larger:
            head = "".join(one_of(known) for known in limit[:position])
            branches.append(f"{head}{one_of(larger)}{anything}{{{len(limit) - position - 1}}}")
    return "|".join(branches)


def _column_letters(number: int) -> str:
    """Excel's name of a column counted from 1: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
