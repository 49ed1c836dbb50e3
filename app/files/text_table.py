"""CSV as Chinese offices produce it: UTF-8 with or without mark, GB18030, UTF-16 from "Unicode text"."""

import csv
from collections.abc import Iterator

from app.files.limits import ImportLimits
from app.files.reasons import refusal

_DELIMITERS = ",\t;，|"
_SNIFFED_LINES = 40


def decoded(data: bytes, limits: ImportLimits) -> tuple[str, str]:
    """The text of ``data`` and the name of its encoding; strict, so that nothing is ever replaced by "?".

    UTF-8 is tried before GB18030 because GB18030 accepts nearly everything. Raises ``InvalidInput``.
    """
    candidates: tuple[str, ...] = ("utf-8", "gb18030")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        candidates = ("utf-16",)
    elif data.startswith(b"\xef\xbb\xbf"):
        candidates = ("utf-8-sig",)
    for encoding in candidates:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            if encoding.startswith("utf-8") and error.start >= len(data) - 3:
                _refuse_truncated(data[: error.start], limits)
            continue
        if "\0" in text:
            raise refusal("nul_bytes", limits)
        return text, encoding
    raise refusal("encoding_unknown", limits)


def read_rows(text: str, limits: ImportLimits) -> list[list[str]]:
    """The rows as Excel would number them (a quoted line break does not start a row); trailing blank ones
    dropped.
    """
    delimiter = _delimiter_of(text)
    rows: list[list[str]] = []
    filled = 0
    # A line is cut before the parser sees it, so that 5 MiB of commas never become five million cells.
    reader = csv.reader(_bounded_lines(text, delimiter, limits), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if len(row) > limits.max_columns:
                raise refusal("too_many_columns", limits, line=len(rows) + 1)
            if any(row):
                filled += 1
            rows.append(row)
            if len(rows) > limits.max_lines:
                raise refusal("too_many_lines", limits, line=len(rows))
            if filled > limits.max_rows + limits.extra_rows:
                raise refusal("too_many_rows", limits, line=len(rows))
    except csv.Error as error:
        code = "csv_cell_too_long" if "field larger" in str(error) else "csv_quotes"
        raise refusal(code, limits, line=len(rows) + 1) from error
    while rows and not any(rows[-1]):
        rows.pop()
    return rows


def _bounded_lines(text: str, delimiter: str, limits: ImportLimits) -> Iterator[str]:
    start, length = 0, len(text)
    number = 0
    while start < length:
        number += 1
        end = text.find("\n", start) + 1 or length
        line = text[start:end]
        if "\r" in line[:-2]:  # old Mac line ends, or a mix
            yield from (part + "\n" for part in line.replace("\r\n", "\n").replace("\r", "\n").splitlines())
        elif line.count(delimiter) > 4 * limits.max_columns + 64:
            raise refusal("too_many_columns", limits, line=number)
        else:
            yield line
        start = end


def _delimiter_of(text: str) -> str:
    """The delimiter that stands in most of the first lines; a comma when none does."""
    head = [line for line in text[:20_000].splitlines()[:_SNIFFED_LINES] if line.strip()]
    counts = {mark: sum(mark in line for line in head) for mark in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda mark: (counts[mark], -_DELIMITERS.index(mark)))
    return best if counts[best] else ","


def _refuse_truncated(whole: bytes, limits: ImportLimits) -> None:
    """A UTF-8 file whose last character is cut was not uploaded completely; do not read it as GB18030."""
    try:
        text = whole.decode("utf-8")
    except UnicodeDecodeError:
        return
    if any(ord(character) > 0x7F for character in text):
        raise refusal("encoding_truncated", limits)
