"""Lines of a stream: what is counted on arrival is what is read afterwards, in any encoding and pieces."""

import random

import pytest

from app.files.line_stream import LineCounter, ListForm, records, text_lines

ENCODINGS = ("utf-8", "gb18030", "utf-16")


def pieces(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def counted(parts: list[bytes], head: bytes) -> int:
    counter = LineCounter(head)
    for part in parts:
        counter.feed(part)
    return counter.lines()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_alone_end_lines(encoding: str, end: str) -> None:
    cells = "甲\u2028乙\x85丙\x0b丁\u2029戊\x1c\u4e0a\u0a0d,1"
    data = end.join([cells] * 7).encode(encoding)
    for size in (1, 2, 3, 5, 1000):
        parts = pieces(data, size)
        lines = list(text_lines(parts, encoding))
        assert [line.rstrip("\n") for line in lines] == [cells] * 7
        assert counted(parts, data[:4]) == 7
    assert [number for number, _ in records(text_lines([data], encoding), ListForm.CSV)] == list(range(1, 8))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_as_many_are_counted_as_read(encoding: str) -> None:
    chance = random.Random(4)  # noqa: S311 - a test that can be repeated
    for _ in range(300):
        text = "x" + "".join(chance.choices("\r\n上甲,\u2028", k=chance.randrange(12)))
        parts = pieces(text.encode(encoding), chance.randrange(1, 6))
        read = list(text_lines(parts, encoding))
        assert counted(parts, text.encode(encoding)[:4]) == len(read), repr(text)
        ends = text.replace("\r\n", "\n").replace("\r", "\n")
        assert "".join(read) == ends
