"""Pages of a list by position, not by number: a page stays right while rows are added before it.

A cursor is opaque to callers and unsigned: it holds only the sort position of the last row shown, never
personal data, and a forged one can reach nothing that the caller's own scope does not show anyway.
"""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar, overload

from app.kernel.errors import InvalidInput, Reason

DEFAULT_PAGE_LIMIT = 50
MAX_PAGE_LIMIT = 200
_MAX_CURSOR_LENGTH = 1024

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list and the cursor of the next ones; ``None`` on the last page."""

    items: tuple[T, ...]
    next_cursor: str | None


def check_page_limit(limit: int | None) -> int:
    """``limit``, or the default when absent. Raises ``InvalidInput`` outside 1 to 200 rows."""
    if limit is None:
        return DEFAULT_PAGE_LIMIT
    if not 1 <= limit <= MAX_PAGE_LIMIT:
        raise InvalidInput(
            [
                Reason(
                    code="page_limit_out_of_range",
                    message=f"每页条数须在1至{MAX_PAGE_LIMIT}之间",
                    remedy=f"请填写1至{MAX_PAGE_LIMIT}之间的整数，或者不填（默认{DEFAULT_PAGE_LIMIT}）",
                    field="limit",
                )
            ]
        )
    return limit


def encode_cursor(*position: object) -> str:
    """The cursor after the row whose sort key is ``position``; each part is written by ``str``."""
    text = json.dumps([str(part) for part in position], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@overload
def decode_cursor(cursor: str, first: Callable[[str], A], /) -> tuple[A]: ...
@overload
def decode_cursor(cursor: str, first: Callable[[str], A], second: Callable[[str], B], /) -> tuple[A, B]: ...
@overload
def decode_cursor(
    cursor: str, first: Callable[[str], A], second: Callable[[str], B], third: Callable[[str], C], /
) -> tuple[A, B, C]: ...
def decode_cursor(cursor: str, /, *parsers: Callable[[str], object]) -> tuple[object, ...]:
    """The position in ``cursor``, one parser a part: ``decode_cursor(text, parse_instant, UUID)``.

    Raises ``InvalidInput`` (``cursor_invalid``) for anything that ``encode_cursor`` did not write, and when a
    parser raises ``ValueError``: a mangled cursor is the caller's mistake, never a server error.
    """
    try:
        return tuple(parser(part) for parser, part in zip(parsers, _position_in(cursor), strict=True))
    except (ValueError, RecursionError) as error:
        raise InvalidInput(
            [
                Reason(
                    code="cursor_invalid",
                    message="翻页标记无法识别",
                    remedy="请原样使用上一页返回的 next_cursor；从第一页开始时不要填写",
                    field="cursor",
                )
            ]
        ) from error


def _position_in(cursor: str) -> list[str]:
    if len(cursor) > _MAX_CURSOR_LENGTH:
        raise ValueError("too long")
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    parts = json.loads(raw.decode())
    # PostgreSQL stores neither NUL nor half a surrogate pair; both would come back as a server error.
    if not isinstance(parts, list) or not all(isinstance(part, str) and part.isprintable() for part in parts):
        raise ValueError("not a position")
    return parts
