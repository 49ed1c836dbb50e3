"""Pieces of wire shapes that every resource uses: clean text, bounded numbers, strict inputs."""

import re
import unicodedata
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

_NUMBER = re.compile(r"\s*[+-]?[0-9.]+(e[+-]?[0-9]+)?\s*", re.IGNORECASE)
_KEPT_CONTROLS = {"\n", "\t"}
_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Input(BaseModel):
    """Base of request bodies: an unknown field is a mistake to report, not to drop."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


class Output(BaseModel):
    """Base of answers: no defaults, so that every field is documented as present."""

    model_config = ConfigDict(frozen=True)


def _printable(text: str) -> str:
    if text.isprintable() and not text.isspace():  # nearly every text, and nothing below would be said of it
        return text
    # PostgreSQL stores neither NUL nor half a surrogate pair; other controls only ever come from broken pastes.
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char not in _KEPT_CONTROLS for char in text):
        raise ValueError("含有不可见的控制字符，请重新输入")
    # Overrides let a text look other than it is (Unicode TR36); nobody else can read what one vendor made up.
    if any(char in _BIDIRECTIONAL for char in text):
        raise ValueError("含有改变文字方向的不可见字符，请删去后重新输入")
    if any(unicodedata.category(char) == "Co" or _is_noncharacter(char) for char in text):
        raise ValueError("含有自造字或无效字符，请改用国家标准字库（GB 18030-2022）中的字")
    if text and all(unicodedata.category(char)[0] in "CZ" for char in text):
        raise ValueError("只有看不见的字符，请填写内容")
    return text


def _is_noncharacter(char: str) -> bool:
    return "\ufdd0" <= char <= "\ufdef" or ord(char) & 0xFFFE == 0xFFFE


def _in_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


def _written_out(value: object) -> object:
    # pydantic reads 0 and "20260301" as seconds since 1970: a day of law nobody meant.
    if isinstance(value, int | float) or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        raise ValueError("日期和时间不能写成数字，请写成 2026-03-01 或 2026-03-01T09:00:00+08:00")
    return value


def _of_our_time(instant: datetime) -> datetime:
    # Far years overflow when moved to another zone; no act of this registry lies there.
    if not 1949 <= instant.year <= 2200:
        raise ValueError("时间不在1949年至2200年之间，请核对年份")
    return instant


def _day_of_our_time(day: date) -> date:
    if not 1949 <= day.year <= 2200:
        raise ValueError("日期不在1949年至2200年之间，请核对年份")
    return day


Instant = Annotated[
    AwareDatetime,
    BeforeValidator(_written_out),
    AfterValidator(_of_our_time),
    Field(examples=["2026-12-07T09:00:00+08:00"]),
]
"""An instant with its zone (RFC 3339)."""

Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""An instant of an answer that comes out of the database as JSON text in some zone: leaves in UTC as all others."""

Day = Annotated[date, BeforeValidator(_written_out), AfterValidator(_day_of_our_time)]
"""A calendar day of law."""

AnyDay = Annotated[date, BeforeValidator(_written_out)]
"""A calendar day that is only asked about: lists may be older than the registry."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
"""A short text: a title, a place."""

ShortLine = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_printable)]
"""A label, a case number."""

# A shape of its own: ``case_number: ShortLine = Field(min_length=3)`` would be overruled by the 1 of ShortLine.
CaseNumber = Annotated[
    str,
    StringConstraints(min_length=3, max_length=60),
    AfterValidator(_printable),
    Field(examples=["京人社核〔2026〕第0001号"]),
]
"""The number of the case for which somebody's data is read or changed, as ``access_event`` keeps it."""

LongText = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(_printable)]
"""A paragraph: a plan, a reason."""

Why = Annotated[str, StringConstraints(min_length=2, max_length=500), AfterValidator(_printable)]
"""The reason given for an act."""

DivisionCodeText = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["110105"])]
Cursor = Annotated[str, Field(max_length=1024)]
PROVISIONAL = "true：跨入的年度放假安排尚未公布，为暂定日期，确定后只会提前，不会推后"
"""What every flag beside a last day says of itself."""
