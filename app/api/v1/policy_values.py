"""Policy values: every number a rule uses, with the day from which it holds, its division and its clause."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.kernel.errors import InvalidInput, NotFound, Reason
from app.policy.book import is_sourced
from app.policy.kinds import ValueKind
from app.policy.values import PolicyConfidence, PolicyUndefined, PolicyValue, all_keys, all_values, value_of
from app.reference.divisions import NATION, name_of
from app.web.dependencies import ReadUnit
from app.web.problems import answers
from app.web.wire import AnyDay, Output

router = APIRouter(tags=["政策取值"])


class ChoiceOut(Output):
    """清单中的一项."""

    code: str = Field(examples=["teaching_plan"])
    name: str = Field(examples=["教学计划"])


class BoundsOut(Output):
    """下级可以自定的范围，含两端."""

    least: int
    most: int


class PolicyValueOut(Output):
    """一个取值；confidence 为 unsourced 的没有文件依据，是本系统的运行取值，document 为空."""

    key: str = Field(examples=["class_size_max"])
    title: str = Field(examples=["每班人数上限（线下）"])
    unit: str = Field(examples=["persons"])
    kind: ValueKind
    value: int | bool | list[ChoiceOut] = Field(examples=[60])
    division_code: str = Field(examples=["000000"], description="由哪个区划规定，000000 为全国")
    starts_on: date
    ends_before: date | None
    bounds: BoundsOut | None
    document: str | None = Field(examples=["人社部发〔2025〕10号"])
    clause: str | None = Field(examples=["三(三)"])
    confidence: PolicyConfidence
    note: str | None

    @classmethod
    def of(cls, value: PolicyValue) -> "PolicyValueOut":
        """A value with its source."""
        cited = value.citation if is_sourced(value) else None
        return cls(
            key=value.key.key,
            title=value.key.title,
            unit=value.key.unit,
            kind=value.key.kind,
            value=[ChoiceOut(code=choice.code, name=choice.name) for choice in value.value]
            if isinstance(value.value, tuple)
            else value.value,
            division_code=value.division,
            starts_on=value.period.starts_on,
            ends_before=value.period.ends_before,
            bounds=None
            if value.bounds is None
            else BoundsOut(least=value.bounds.least, most=value.bounds.most),
            document=cited.document if cited else None,
            clause=cited.clause if cited else None,
            confidence=value.confidence,
            note=value.note,
        )


class PolicyValuesOut(Output):
    """当日在该区划适用的取值，按键名排列."""

    as_of: date
    division_code: str
    items: list[PolicyValueOut]


class PolicyVersionsOut(Output):
    """一个键的全部版本，按区划与起始日排列."""

    key: str
    title: str
    items: list[PolicyValueOut]


@router.get(
    "/v1/policy-values", summary="适用的政策取值", response_model=PolicyValuesOut, responses=answers()
)
async def list_policy_values(
    unit: ReadUnit,
    as_of: Annotated[
        AnyDay | None, Query(description="按哪一天，默认今天（北京时间）", examples=["2026-03-01"])
    ] = None,
    division: Annotated[
        str, Query(pattern=r"^[0-9]{6}$", description="在哪个区划，默认全国", examples=["110105"])
    ] = NATION,
) -> PolicyValuesOut:
    """最近的区划优先：本级没有规定的，取上一级的。当日尚无取值的键不列出。"""
    on = as_of or unit.today
    if name_of(division, on) is None:
        raise InvalidInput(
            [
                Reason(
                    code="division_not_in_force",
                    message=f"行政区划代码 {division} 在 {on.isoformat()} 无效",
                    remedy="请核对代码与日期，可用 GET /v1/divisions 查询",
                    field="division",
                    value=division,
                )
            ]
        )
    items = []
    for key in all_keys():
        try:
            items.append(PolicyValueOut.of(value_of(key.key, on=on, division=division)))
        except PolicyUndefined:
            continue
    return PolicyValuesOut(as_of=on, division_code=division, items=items)


@router.get(
    "/v1/policy-values/{key}",
    summary="一个政策取值的全部版本",
    response_model=PolicyVersionsOut,
    responses=answers(404),
)
async def get_policy_value(
    unit: ReadUnit,
    key: Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,63}$", examples=["class_size_max"])],
) -> PolicyVersionsOut:
    """各区划、各时期的取值及其文件、条款与读法。"""
    known = next((each for each in all_keys() if each.key == key), None)
    if known is None:
        raise NotFound
    versions = [PolicyValueOut.of(value) for value in all_values() if value.key == known]
    return PolicyVersionsOut(key=known.key, title=known.title, items=versions)
