"""Policy values: every number a rule uses, with the day from which it holds, its division and its clause."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.api.v1.code_lists import After, AsOf, Limit
from app.kernel.clock import day_in_words
from app.kernel.errors import InvalidInput, NotFound, Reason
from app.kernel.paging import check_page_limit, decode_cursor, encode_cursor
from app.policy.book import PolicyBook, is_sourced
from app.policy.kinds import Bounds, ValueKind, as_json
from app.policy.loader import packaged_book
from app.policy.values import PolicyConfidence, PolicyValue
from app.policy.wording import in_words
from app.reference.divisions import NATION, name_of
from app.web.dependencies import ReadUnit
from app.web.problems import answers
from app.web.wire import Output

router = APIRouter(tags=["政策取值"])

KeyName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,63}$", examples=["skill_upgrade_yearly_cap"])]
Division = Annotated[
    str, Query(pattern=r"^[0-9]{6}$", description="在哪个区划，默认全国", examples=["640100"])
]


class ChoiceOut(Output):
    """清单中的一项."""

    code: str = Field(examples=["teaching_plan"])
    name: str = Field(examples=["教学计划"])


class BoundsOut(Output):
    """下级可以自定的范围，含两端；soft 为真的（一般不超过、原则上）可以超出，检查时提示."""

    least: int
    most: int
    soft: bool

    @classmethod
    def of(cls, bounds: Bounds) -> "BoundsOut":
        """Bounds as the higher division set them."""
        return cls(least=bounds.least, most=bounds.most, soft=bounds.is_soft)


class PolicyValueOut(Output):
    """一个取值；confidence 为 unsourced 的没有文件依据，是本系统的运行取值，document 为空."""

    key: str = Field(examples=["skill_upgrade_yearly_cap"])
    title: str = Field(examples=["技能提升补贴每人每年次数上限"])
    unit: str = Field(examples=["times"])
    kind: ValueKind
    value: int | bool | str | list[ChoiceOut] | list[str] | list[list[str]] | dict[str, int] = Field(
        description="按 kind：数、是否、选项代码、清单、代码集、须同时具备的代码组、按代码的数（金额为分）",
        examples=[1],
    )
    words: str = Field(description="取值的文字", examples=["1次"])
    division_code: str = Field(examples=["000000"], description="由哪个区划规定，000000 为全国")
    starts_on: date
    ends_before: date | None
    bounds: BoundsOut | None
    bounds_by_code: dict[str, BoundsOut]
    document: str | None = Field(examples=["人社部发〔2025〕18号"])
    clause: str | None = Field(examples=["三"], description="据转述而未见原文的，可能没有条款")
    confidence: PolicyConfidence = Field(
        description="seed 见于原文，secondary 据转述，unsourced 没有文件依据"
    )
    note: str | None = Field(description="条文的读法和理由")

    @classmethod
    def of(cls, value: PolicyValue) -> "PolicyValueOut":
        """A value with its source."""
        cited = value.citation if is_sourced(value) else None
        return cls(
            key=value.key.key,
            title=value.key.title,
            unit=value.key.unit,
            kind=value.key.kind,
            value=as_json(value.value),
            words=in_words(value.value, value.key),
            division_code=value.division,
            starts_on=value.period.starts_on,
            ends_before=value.period.ends_before,
            bounds=None if value.bounds is None else BoundsOut.of(value.bounds),
            bounds_by_code={code: BoundsOut.of(bounds) for code, bounds in value.bounds_by_code},
            document=cited.document if cited else None,
            clause=(cited.clause or None) if cited else None,
            confidence=value.confidence,
            note=value.note,
        )


class PolicyValuesOut(Output):
    """当日在该区划适用的取值，按键名排列."""

    as_of: date
    division_code: str
    items: list[PolicyValueOut]
    next_cursor: str | None


class PolicyVersionsOut(Output):
    """一个键的全部版本，按区划与起始日排列；applied 为所问日期和区划适用的，displaced 为被它取代的上级取值."""

    key: str
    title: str
    unit: str
    kind: ValueKind
    options: dict[str, str] = Field(description="取值可用的代码及其名称")
    items: list[PolicyValueOut]
    as_of: date
    division_code: str
    applied: PolicyValueOut | None
    displaced: list[PolicyValueOut] = Field(description="近的在前")


@router.get(
    "/v1/policy-values", summary="适用的政策取值", response_model=PolicyValuesOut, responses=answers()
)
async def list_policy_values(
    unit: ReadUnit,
    as_of: AsOf = None,
    division: Division = NATION,
    key: Annotated[KeyName | None, Query(description="只要这个键")] = None,
    limit: Limit = None,
    cursor: After = None,
) -> PolicyValuesOut:
    """最近的区划优先：本级没有规定的，取上一级的。当日尚无取值的键不列出。"""
    on = as_of or unit.today
    _check_division(division, on)
    rows = check_page_limit(limit)
    after = decode_cursor(cursor, str)[0] if cursor is not None else ""
    applied = _applied(packaged_book(), on, division)
    held = [value for name, value in applied.items() if name > after and key in (None, name)]
    following = encode_cursor(held[rows - 1].key.key) if len(held) > rows else None
    return PolicyValuesOut(
        as_of=on,
        division_code=division,
        items=[PolicyValueOut.of(value) for value in held[:rows]],
        next_cursor=following,
    )


@router.get(
    "/v1/policy-values/{key}",
    summary="一个政策取值的全部版本",
    response_model=PolicyVersionsOut,
    responses=answers(404),
)
async def get_policy_value(
    unit: ReadUnit,
    key: Annotated[KeyName, Path()],
    as_of: AsOf = None,
    division: Division = NATION,
) -> PolicyVersionsOut:
    """各区划、各时期的取值及其文件、条款与读法；并说明所问日期和区划适用哪一个、取代了哪些上级取值。"""
    book = packaged_book()
    known = book.keys.get(key)
    if known is None:
        raise NotFound
    on = as_of or unit.today
    _check_division(division, on)
    chain = [PolicyValueOut.of(value) for value in book.chain_of(key, on=on, division=division)]
    return PolicyVersionsOut(
        key=known.key,
        title=known.title,
        unit=known.unit,
        kind=known.kind,
        options=dict(known.options),
        items=[PolicyValueOut.of(value) for value in book.values_of(key)],
        as_of=on,
        division_code=division,
        applied=chain[0] if chain else None,
        displaced=chain[1:],
    )


def _applied(book: PolicyBook, on: date, division: str) -> Mapping[str, PolicyValue]:
    """The value of each key that has one, by name."""
    nearest = {name: next(book.chain_of(name, on=on, division=division), None) for name in sorted(book.keys)}
    return {name: value for name, value in nearest.items() if value is not None}


def _check_division(division: str, on: date) -> None:
    """Raises ``InvalidInput`` for a code that was not in force on the day."""
    if name_of(division, on) is None:
        raise InvalidInput(
            [
                Reason(
                    code="division_not_in_force",
                    message=f"行政区划代码 {division} 在 {day_in_words(on)} 无效",
                    remedy="请核对代码与日期，可用 GET /v1/divisions 查询",
                    field="division",
                    value=division,
                )
            ]
        )
