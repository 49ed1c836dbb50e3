"""Cursors and page limits."""

import base64
import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.clock import parse_instant
from app.kernel.errors import InvalidInput
from app.kernel.paging import (
    DEFAULT_PAGE_LIMIT,
    MAX_PAGE_LIMIT,
    Page,
    check_page_limit,
    decode_cursor,
    encode_cursor,
)

INSTANT = datetime(2026, 11, 21, 8, 30, 0, 123456, tzinfo=UTC)
ROW = UUID("01890000-0000-7000-8000-000000000001")


def cursor_of(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_a_cursor_brings_its_position_back() -> None:
    cursor = encode_cursor(INSTANT.isoformat(), ROW)
    assert decode_cursor(cursor, parse_instant, UUID) == (INSTANT, ROW)
    assert decode_cursor(encode_cursor(7), int) == (7,)
    assert decode_cursor(encode_cursor("a", "二", 3), str, str, int) == ("a", "二", 3)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "?",
        "####",
        "一",
        "a" * 5000,
        encode_cursor("one part"),
        encode_cursor("not an instant", ROW),
        encode_cursor("2026-11-21T08:30:00", ROW),  # no zone
        encode_cursor("0001-01-01T00:00:00+14:00", ROW),  # outside the calendar in UTC
        encode_cursor(INSTANT.isoformat(), "not a row"),
        cursor_of({"a": 1}),
        cursor_of([1, 2]),
        cursor_of(["\x00", "b"]),
        cursor_of(["\ud800", "b"]),
        cursor_of(7),
        base64.urlsafe_b64encode(b"\xff\xfe").decode(),
        base64.urlsafe_b64encode(b"[" * 500).decode(),
    ],
)
def test_a_mangled_cursor_is_the_callers_mistake(cursor: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        decode_cursor(cursor, parse_instant, UUID)
    assert refusal.value.code == "cursor_invalid"


@pytest.mark.parametrize("part", ["\x00", "a\x00b", "\ud800", "\n"])
def test_a_cursor_brings_no_text_that_the_database_cannot_hold(part: str) -> None:
    with pytest.raises(InvalidInput):
        decode_cursor(cursor_of([part]), str)


@given(st.text())
def test_no_text_makes_a_cursor_fail_otherwise(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        decode_cursor(cursor, parse_instant, UUID)


@pytest.mark.parametrize("limit", [1, 50, MAX_PAGE_LIMIT])
def test_limits_inside_the_range_stand(limit: int) -> None:
    assert check_page_limit(limit) == limit


def test_no_limit_means_the_default() -> None:
    assert check_page_limit(None) == DEFAULT_PAGE_LIMIT


@pytest.mark.parametrize("limit", [0, -1, MAX_PAGE_LIMIT + 1])
def test_limits_outside_are_refused(limit: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        check_page_limit(limit)
    assert refusal.value.code == "page_limit_out_of_range"


def test_the_last_page_has_no_next() -> None:
    assert Page(items=(1, 2), next_cursor=None).next_cursor is None
