"""规则查询: which value of which rule holds on which day in which place, why, and what differs between two days."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from app.access.unit import Unit
from app.api.v1.policy_editions import PolicyEditionOut
from app.api.v1.policy_values import KeyName, PolicyValueOut, get_policy_value
from app.kernel.clock import day_in_words
from app.kernel.errors import InvalidInput, Reason
from app.policy import queries
from app.policy.book import PolicyValue
from app.policy.loader import packaged_book
from app.policy.wording import CONFIDENCE_LABELS, in_words
from app.reference.divisions import NATION, area_name, children, divisions, name_of
from app.web.pages.links import pages
from app.web.pages.page import PageOf

router = pages()

_EDITIONS = 50
_LABELS = {"day": "日期", "other": "对比日期", "division": "地区"}
Day = Annotated[str, Query(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?$")]
Place = Annotated[str, Query(pattern=r"^([0-9]{6})?$")]


@dataclass(frozen=True, slots=True)
class Line:
    """A rule on the day, and on the other day where two are compared."""

    key: str
    title: str
    applied: PolicyValueOut | None
    other: PolicyValueOut | None


@router.get("/office/rules")
async def list_rules_page(
    page: PageOf,
    day: Day = "",
    other: Day = "",
    division: Place = "",
    text: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """Every rule with the value that holds; with two days only what differs."""
    async with page.reading() as unit:
        today, choices = unit.today, _places(unit)
        place = division or unit.actor.division_code or NATION
    refusal = None
    lines: list[Line] = []
    on, than = today, None
    try:
        on, than = _day(day, "day") or today, _day(other, "other")
        _require_place(place, on)
        lines = _lines(place, on, than, text)
    except InvalidInput as error:
        refusal = error
    return page.show(
        "officer/rules.html",
        refusal=refusal,
        labels=_LABELS,
        lines=lines,
        on=on,
        than=than,
        place=place,
        place_name=area_name(place, on),
        choices=choices,
        text=text,
        confidence=CONFIDENCE_LABELS,
    )


@router.get("/office/rules/editions")
async def list_editions_page(page: PageOf, cursor: str | None = None) -> Response:
    """发布: every edition that decided anything, newest first, and which decides now."""
    async with page.reading() as unit:
        found = await queries.list_editions(unit.session, cursor=cursor, limit=_EDITIONS)
    return page.show(
        "officer/rule_editions.html",
        rows=[PolicyEditionOut.of(row) for row in found.items],
        next_cursor=found.next_cursor,
        is_first=cursor is None,
    )


@router.get("/office/rules/{key}")
async def show_rule_page(page: PageOf, key: KeyName, day: Day = "", division: Place = "") -> Response:
    """One rule: what applies, what it displaces, and every version with its text."""
    async with page.reading() as unit:
        on = _day(day, "day") or unit.today
        place = division or unit.actor.division_code or NATION
        found = await get_policy_value(unit, key, as_of=on, division=place)
        choices = _places(unit)
    return page.show(
        "officer/rule.html",
        found=found,
        on=on,
        place=place,
        choices=choices,
        place_name=area_name(place, on),
        confidence=CONFIDENCE_LABELS,
    )


def _lines(place: str, on: date, than: date | None, text: str) -> list[Line]:
    book = packaged_book()
    lines = []
    for name, key in book.keys.items():
        if text and text not in key.title:
            continue
        here = next(book.chain_of(name, on=on, division=place), None)
        there = None if than is None else next(book.chain_of(name, on=than, division=place), None)
        if (than is not None and _says(here) == _says(there)) or (here is None and there is None):
            continue
        lines.append(
            Line(
                name,
                key.title,
                None if here is None else PolicyValueOut.of(here),
                None if there is None else PolicyValueOut.of(there),
            )
        )
    # What changed comes before what one of the days does not know at all.
    return sorted(lines, key=lambda line: line.applied is None or (than is not None and line.other is None))


def _says(value: PolicyValue | None) -> tuple[str, str, str] | None:
    """What two days are compared by: the same words by the same text of the same place are no difference."""
    if value is None:
        return None
    return (
        in_words(value.value, value.key),
        value.division,
        f"{value.citation.document} {value.citation.clause}",
    )


def _places(unit: Unit) -> list[tuple[str, str]]:
    """The country, what lies above the officer's area, the area, and what lies below."""
    own = unit.actor.division_code or NATION
    above = reversed(divisions().get().scopes_of(own, unit.today))
    return [(code, area_name(code, unit.today)) for code in above] + [
        (each.code, area_name(each.code, unit.today)) for each in children(own, unit.today)
    ]


def _day(written: str, field: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise InvalidInput(
            [
                Reason(
                    code="date_unreal",
                    field=field,
                    message="没有这一天",
                    remedy="请按 2026-03-01 的写法填写",
                )
            ]
        ) from None


def _require_place(place: str, on: date) -> None:
    if name_of(place, on) is None:
        raise InvalidInput(
            [
                Reason(
                    code="division_not_in_force",
                    field="division",
                    message=f"区划{place}在{day_in_words(on)}无效",
                    remedy="请选择该日有效的地区",
                )
            ]
        )
