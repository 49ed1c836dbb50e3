"""Long lists read piece by piece, so that five million lines never stand in memory: CSV and NDJSON, any usual encoding.

What ``app.files.text_table`` does for whole files, this does for a stream of pieces: the same encodings and delimiters.
"""

import codecs
import csv
import io
from collections.abc import Iterable, Iterator
from enum import StrEnum

import orjson

LINE_CHARACTERS_MAX = 10_000
_DELIMITERS = ",\t;，|"


class ListForm(StrEnum):
    """How a list is written."""

    CSV = "csv"
    NDJSON = "ndjson"
    ROWS = "rows"
    """One JSON array of texts a line: what a workbook was turned into."""


_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


class EncodingProbe:
    """Tells the encoding of a stream while it passes: UTF-16 by its mark, UTF-8 as long as it holds, else GB18030."""

    def __init__(self) -> None:
        self._head = b""
        self._utf8 = codecs.getincrementaldecoder("utf-8")()
        self._is_utf8 = True

    def feed(self, piece: bytes) -> None:
        """The next bytes of the stream."""
        if len(self._head) < 4:
            self._head = (self._head + piece)[:4]
        if self._is_utf8:
            try:
                self._utf8.decode(piece)
            except UnicodeDecodeError:
                self._is_utf8 = False

    def encoding(self) -> str:
        """What the stream is read as; whoever decodes it still decodes strictly."""
        if self._head.startswith(_UTF16_MARKS):
            return "utf-16"
        if self._is_utf8:
            try:
                self._utf8.decode(b"", final=True)
            except UnicodeDecodeError:
                return "gb18030"
            return "utf-8-sig"
        return "gb18030"


class LineCounter:
    """Counts the lines of a stream while it passes, as ``text_lines`` splits them.

    No character of UTF-8 and GB18030 has a byte of a line end in it, so that bytes stand for characters; those of
    UTF-16 are read.
    """

    def __init__(self, first: bytes) -> None:
        encoding = "utf-16" if first.startswith(_UTF16_MARKS) else "latin-1"
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ends = 0
        self._last = "\n"

    def feed(self, piece: bytes) -> None:
        """The next bytes of the stream."""
        text = self._decoder.decode(piece)
        if not text:
            return
        self._ends += text.count("\n") + text.count("\r") - text.count("\r\n")
        self._ends -= self._last == "\r" and text[0] == "\n"
        self._last = text[-1]

    def lines(self) -> int:
        """How many there were; the last one counts without an end as well."""
        return self._ends + (self._last not in "\r\n")


Row = list[str] | dict[str, object]
"""Cells of CSV, members of NDJSON."""


class LineDefect(Exception):
    """The stream cannot be read on: ``code`` is a reason's, ``line`` where it happened."""

    def __init__(self, code: str, line: int) -> None:
        super().__init__(code)
        self.code = code
        self.line = line


def text_lines(pieces: Iterable[bytes], encoding: str) -> Iterator[str]:
    r"""Lines, each ended by \n but perhaps the last. Raises LineDefect for bytes of another encoding and endless lines.

    Only \n, \r\n and \r end a line (RFC 4180, Unicode's other separators stand in cells); see ``LineCounter``.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    rest, number = "", 0
    for piece in _ended(pieces):
        try:
            text = rest + decoder.decode(piece or b"", final=piece is None)
        except UnicodeDecodeError:
            raise LineDefect("encoding_unknown", number + 1) from None
        # A \r at the end may be half of a line end, and the last line may go on in the next piece.
        half = "\r" if piece is not None and text.endswith("\r") else ""
        lines = text.removesuffix(half).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        last = lines.pop()
        lines = [line + "\n" for line in lines]
        if piece is None:
            lines += [last] if last else []
        rest = last + half if piece is not None else ""
        if len(rest) > LINE_CHARACTERS_MAX:
            raise LineDefect("line_too_long", number + len(lines) + 1)
        for line in lines:
            number += 1
            if len(line) > LINE_CHARACTERS_MAX:
                raise LineDefect("line_too_long", number)
            yield line


def _ended(pieces: Iterable[bytes]) -> Iterator[bytes | None]:
    yield from pieces
    yield None


def records(lines: Iterator[str], form: ListForm) -> Iterator[tuple[int, Row]]:
    """``(line number, cells or members)``, blank lines left out. Raises LineDefect."""
    if form is ListForm.CSV:
        yield from _cells(lines)
    elif form is ListForm.NDJSON:
        yield from _objects(lines)
    else:
        yield from _rows(lines)


def _cells(lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    first = next(lines, "")
    counts = {mark: first.count(mark) for mark in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda mark: (counts[mark], -_DELIMITERS.index(mark)))
    reader = csv.reader(_with(first, lines), delimiter=best if counts[best] else ",", strict=True)
    try:
        for row in reader:
            if any(row):
                yield reader.line_num, row
    except csv.Error:
        raise LineDefect("csv_quotes", reader.line_num) from None


def _with(first: str, lines: Iterator[str]) -> Iterator[str]:
    if "\0" in first:
        raise LineDefect("nul_bytes", 1)
    yield first
    yield from lines


def _rows(lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(lines, 1):
        row: list[str] = orjson.loads(line)
        if any(row):
            yield number, row


def _objects(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, object]]]:
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError:
            told = None
        if not isinstance(told, dict):
            raise LineDefect("line_not_json", number)
        yield number, told


def as_csv(rows: Iterable[list[str]]) -> bytes:
    """Rows as CSV (RFC 4180) in UTF-8; a cell that a spreadsheet would calculate gets an apostrophe (ASVS 1.2.10)."""
    written = io.StringIO()
    csv.writer(written).writerows([_harmless(cell) for cell in row] for row in rows)
    return written.getvalue().encode()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\0"} else cell
