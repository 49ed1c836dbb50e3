"""How templates write dates, money, masked numbers and sources: one way on every page."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import segno
from markupsafe import Markup

from app.kernel.clock import SHANGHAI, day_in_words, instant_in_words, law_date
from app.kernel.errors import UNSOURCED, Citation
from app.kernel.masking import (
    mask_bank_account,
    mask_name_public,
    mask_number_own_institution,
    mask_number_public,
    mask_phone,
)
from app.kernel.money import with_sign
from app.reference.occupations import line_name
from app.web.pages.areas import area, area_choices, area_typed
from app.web.tones import tag
from app.web.words import word

NONE = "—"
_LONG_AGO_DAYS = 3650
_CLASS_HOUR_MINUTES = 45
"""Only how minutes are told to people; what a class needs is counted by the policy value of its day."""
_ISO_DAY = re.compile(r"(?<![0-9-])([0-9]{4})-([0-9]{2})-([0-9]{2})(?![0-9-])")


def day(value: date | datetime | str | None) -> str:
    """``2026年3月1日``; an instant is its day in Beijing, a text the day that a part of an opening holds in JSON."""
    if value is None:
        return NONE
    if isinstance(value, str):
        return day_in_words(date.fromisoformat(value))
    return day_in_words(law_date(value) if isinstance(value, datetime) else value)


def dated(sentence: str) -> str:
    """A sentence of a rule or a notice with its dates (ISO 8601) as people write them."""
    return _ISO_DAY.sub(lambda found: f"{found[1]}年{int(found[2])}月{int(found[3])}日", sentence)


def instant(value: datetime | None) -> str:
    """``2026年3月1日 09:05``, in Beijing."""
    if value is None:
        return NONE
    return instant_in_words(value)


def clock_time(value: datetime) -> str:
    """``09:05``, in Beijing."""
    return f"{value.astimezone(SHANGHAI):%H:%M}"


def iso(value: date | datetime | None) -> str:
    """What ``<time datetime>`` and ``<input type=date>`` take; empty for nothing."""
    if value is None:
        return ""
    return value.isoformat()


def days_left(until: date, today: date) -> str:
    """``还有5天``, ``今天截止``, ``已超过3天``: until the end of ``until``."""
    left = (until - today).days
    if left > _LONG_AGO_DAYS:
        return "长期有效"
    if left > 0:
        return f"还有{left}天"
    return "今天截止" if left == 0 else f"已超过{-left}天"


def cite(citation: Citation | None) -> str:
    """``人社部发〔2025〕10号 三（二）``; what no text says is named as the registry's own."""
    if citation is None:
        return NONE
    return (
        "登记系统的办理口径，没有文件规定"
        if citation == UNSOURCED
        else f"{citation.document} {citation.clause}".strip()
    )


def class_hours(minutes: int) -> str:
    """``53.3课时（按45分钟计）``: credited minutes as people count what they attended."""
    return (
        f"{minutes / _CLASS_HOUR_MINUTES:.1f}".removesuffix(".0") + f"课时（按{_CLASS_HOUR_MINUTES}分钟计）"
    )


def count(value: float) -> str:
    """``12,345``."""
    return f"{value:,}"


def percent(basis_points: int | None) -> str:
    """``81.25%`` of ten-thousandths; nothing to divide by is a dash."""
    return NONE if basis_points is None else f"{basis_points / 100:g}%"


def with_query(path: str, **parameters: object) -> str:
    """An address with its parameters; empty ones are left out."""
    given = {name: str(value) for name, value in parameters.items() if value not in {None, ""}}
    return f"{path}?{urlencode(given)}" if given else path


def qr(content: str, *, title: str) -> Markup:
    """A QR code (ISO/IEC 18004, error correction M) as SVG that needs no inline style."""
    drawn = segno.make(content, error="m", micro=False)
    svg = drawn.svg_inline(scale=4, border=2, svgclass="qr", lineclass=None, title=title, omitsize=True)
    return Markup(svg)  # noqa: S704 - made by segno, which escapes the title


FILTERS: Mapping[str, Callable[..., Any]] = {
    "day": day,
    "dated": dated,
    "instant": instant,
    "clock_time": clock_time,
    "iso": iso,
    "days_left": days_left,
    "money": with_sign,
    "class_hours": class_hours,
    "count": count,
    "percent": percent,
    "cite": cite,
    "mask_public": mask_number_public,
    "mask_own": mask_number_own_institution,
    "mask_name": mask_name_public,
    "mask_phone": mask_phone,
    "mask_account": mask_bank_account,
    "area": area,
    "area_typed": area_typed,
    "line": lambda value: line_name(value) if value and value != "none" else "不分职业",
    "word": lambda value, vocabulary: word(vocabulary, value),
    "with_query": with_query,
}
GLOBALS: Mapping[str, Callable[..., Any]] = {
    "tag_of": tag,
    "word_of": word,
    "qr": qr,
    "area_choices": area_choices,
}
