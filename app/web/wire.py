"""Pieces of wire shapes that every resource uses: clean text, bounded numbers, strict inputs."""

import unicodedata
from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

_KEPT_CONTROLS = {"\n", "\t"}


class Input(BaseModel):
    """Base of request bodies: an unknown field is a mistake to report, not to drop."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


class Output(BaseModel):
    """Base of answers: no defaults, so that every field is documented as present."""

    model_config = ConfigDict(frozen=True)


def _printable(text: str) -> str:
    # PostgreSQL stores neither NUL nor half a surrogate pair; other controls only ever come from broken pastes.
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char not in _KEPT_CONTROLS for char in text):
        raise ValueError("含有不可见的控制字符，请重新输入")
    return text


def _of_our_time(instant: datetime) -> datetime:
    # Far years overflow when moved to another zone; no act of this registry lies there.
    if not 1949 <= instant.year <= 2200:
        raise ValueError("时间不在1949年至2200年之间，请核对年份")
    return instant


def _day_of_our_time(day: date) -> date:
    if not 1949 <= day.year <= 2200:
        raise ValueError("日期不在1949年至2200年之间，请核对年份")
    return day


Instant = Annotated[AwareDatetime, AfterValidator(_of_our_time)]
"""An instant with its zone (RFC 3339)."""

Day = Annotated[date, AfterValidator(_day_of_our_time)]
"""A calendar day of law."""

Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_printable)]
"""A short text: a title, a place."""

ShortLine = Annotated[str, StringConstraints(min_length=1, max_length=60), AfterValidator(_printable)]
"""A label, a case number."""

LongText = Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(_printable)]
"""A paragraph: a plan, a reason."""

Why = Annotated[str, StringConstraints(min_length=2, max_length=500), AfterValidator(_printable)]
"""The reason given for an act."""

DivisionCodeText = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["110105"])]
Cursor = Annotated[str, Field(max_length=1024)]
