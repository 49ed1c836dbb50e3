"""A list of benefits paid before the registry: which column means what, and what stands against a row. Pure.

The key of 职业培训补贴 and 技能提升补贴 is occupation and level for life (国办发〔2019〕24号 四(十二)); that of the
others is their period. The year that a place counts in is that of the certificate or the end of training, else that of
payment.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from app.archive.certificates.rules.issuer_file import day_written, level_spellings
from app.files.lists import ListForm, Row
from app.files.sheet import Cell, cell_text
from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED, Citation, Reason
from app.kernel.identifiers import AreaKnown, IdentityNumber, check_identity_number
from app.kernel.masking import mask_in_error
from app.kernel.money import parse_yuan
from app.kernel.names import normalize_name, reasons_against_name
from app.kernel.periods import DatePeriod
from app.reference.occupations import OccupationTable
from app.reference.skill_levels import SkillLevel, facts_of
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind

FIRST_DAY = date(2017, 1, 1)
"""技能提升补贴 begins with 2017 (人社部发〔2017〕40号 一); nothing older concerns a key of today."""
_OLDEST_PROOF = date(2015, 1, 1)
"""Training and certificates of the years before may have been paid for in 2017."""
_MOST_FEN = 100_000_00
"""100,000元: more than any of these benefits ever was for one person; a slipped column, not an amount."""
_EDITIONS = (2022, 2015)
_ONCE = Citation("国办发〔2019〕24号", "四(十二)")


class EarlierColumn(StrEnum):
    """What is read of a list; the value names the field in reasons."""

    NAME = "name"
    IDENTITY_NUMBER = "identity_number"
    KIND = "kind"
    PAID_ON = "paid_on"
    AMOUNT = "amount"
    DOCUMENT = "document_number"
    OCCUPATION_CODE = "occupation_code"
    OCCUPATION_NAME = "occupation_name"
    SKILL_LEVEL = "skill_level"
    PERIOD = "period"
    DATED = "dated_on"
    DIVISION = "division_code"


REQUIRED = (
    EarlierColumn.NAME,
    EarlierColumn.IDENTITY_NUMBER,
    EarlierColumn.KIND,
    EarlierColumn.PAID_ON,
    EarlierColumn.AMOUNT,
    EarlierColumn.DOCUMENT,
)
HEADINGS: Mapping[EarlierColumn, tuple[str, ...]] = {
    EarlierColumn.NAME: ("姓名", "人员姓名", "申领人"),
    EarlierColumn.IDENTITY_NUMBER: ("证件号码", "身份证号", "身份证号码", "公民身份号码", "社会保障号码"),
    EarlierColumn.KIND: ("补贴种类", "补贴类型", "补贴项目", "补贴名称"),
    EarlierColumn.PAID_ON: ("发放日期", "拨付日期", "支付日期", "发放时间"),
    EarlierColumn.AMOUNT: ("补贴金额", "发放金额", "金额", "金额元", "补贴金额元"),
    EarlierColumn.DOCUMENT: ("发放批次号", "批次号", "拨付文号", "文号", "凭证号"),
    EarlierColumn.OCCUPATION_CODE: ("职业编码", "职业代码"),
    EarlierColumn.OCCUPATION_NAME: ("职业名称", "职业", "职业工种", "工种"),
    EarlierColumn.SKILL_LEVEL: ("技能等级", "等级", "职业技能等级", "级别"),
    EarlierColumn.PERIOD: ("所属期间", "期间", "所属月份", "所属年度"),
    EarlierColumn.DATED: ("发证日期", "结业日期", "证书日期", "核发日期"),
    EarlierColumn.DIVISION: ("行政区划代码", "发放地区划代码", "区划代码"),
}
EARLIER_LIST = ListForm(title="存量补贴名单", columns=EarlierColumn, headings=HEADINGS, required=REQUIRED)
_KIND_OF = {label: kind for kind, label in KIND_LABELS.items()} | {kind.value: kind for kind in BenefitKind}
_ONCE_FOR_LIFE = frozenset({BenefitKind.SKILL_UPGRADE, BenefitKind.TRAINING})
_PERIODS: Mapping[BenefitKind, tuple[str, str]] = {
    BenefitKind.LIVING_ALLOWANCE: (r".{2,40}", "参加培训的期间或班次"),
    BenefitKind.APPRENTICESHIP: (r"year-[1-4]", "year-1 至 year-4"),
    BenefitKind.WORK_BASED: (r"20[0-9]{2}-(0[1-9]|1[0-2])", "年-月，如 2020-05"),
    BenefitKind.RETENTION: (r"20[0-9]{2}", "四位年份，如 2022"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What rows are judged by; ``division_code`` is the area whose officer imports."""

    today: date
    division_code: str
    division_prefix: str
    area_known: AreaKnown
    known: OccupationTable


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierBenefit:
    """A row nothing stands against."""

    line: int
    person: IdentityNumber = field(repr=False)
    name: str = field(repr=False)
    kind: BenefitKind
    benefit_line: str
    level: SkillLevel
    period: str
    division_code: str
    paid_on: date
    dated: date
    amount_fen: int
    document: str


def judge_row(row: Row, yardstick: Yardstick) -> EarlierBenefit | tuple[Reason, ...]:
    """The benefit of a row, or every reason against it; values in reasons are masked."""
    line, cells = row
    given = dict(zip(EarlierColumn, cells, strict=True))
    number = given[EarlierColumn.IDENTITY_NUMBER]
    person = check_identity_number(
        number if isinstance(number, str) else float(number),
        on=yardstick.today,
        area_known=yardstick.area_known,
    )
    reasons = list(person.reasons)
    name = cell_text(given[EarlierColumn.NAME])
    reasons.extend(reasons_against_name(name))
    kind = _KIND_OF.get(cell_text(given[EarlierColumn.KIND]))
    if kind is None:
        said = f"补贴种类“{mask_in_error(cell_text(given[EarlierColumn.KIND])[:30])}”无法识别"
        reasons.append(
            _reason("benefit_kind_unknown", "kind", said, f"请填写：{'、'.join(KIND_LABELS.values())}")
        )
    paid_on = _day(given, EarlierColumn.PAID_ON, yardstick.today, reasons, is_needed=True)
    dated = _day(given, EarlierColumn.DATED, yardstick.today, reasons, is_needed=False)
    amount = _amount(cell_text(given[EarlierColumn.AMOUNT]), reasons)
    document = cell_text(given[EarlierColumn.DOCUMENT])[:100]
    if len(document) < 2:
        reasons.append(
            _reason("document_missing", "document_number", "没有填写发放批次号或文号", "请填写，供日后核对")
        )
    division = _division(cell_text(given[EarlierColumn.DIVISION]), paid_on, yardstick, reasons)
    key = None if kind is None else _key(kind, given, yardstick.known, reasons)
    if reasons or person.value is None or kind is None or key is None or paid_on is None or amount is None:
        return tuple(reasons)
    benefit_line, level, period = key
    return EarlierBenefit(
        line=line,
        person=person.value,
        name=normalize_name(name),
        kind=kind,
        benefit_line=benefit_line,
        level=level,
        period=period,
        division_code=division,
        paid_on=paid_on,
        dated=dated or paid_on,
        amount_fen=amount,
        document=document,
    )


def _day(
    given: Mapping[EarlierColumn, Cell],
    column: EarlierColumn,
    today: date,
    reasons: list[Reason],
    *,
    is_needed: bool,
) -> date | None:
    text = cell_text(given[column])
    if not text and not is_needed:
        return None
    day = day_written(text)
    label = HEADINGS[column][0]
    if day is None:
        said = f"{label}“{mask_in_error(text[:30])}”无法识别" if text else f"没有填写{label}"
        reasons.append(_reason("date_unreadable", column.value, said, "请写成2019-03-01的形式"))
    elif not (FIRST_DAY if is_needed else _OLDEST_PROOF) <= day <= today:
        said = f"{label}{day_in_words(day)}早于2017年1月1日的政策，或晚于今天"
        reasons.append(_reason("date_out_of_range", column.value, said, "请对照发放记录填写"))
    return day


def _amount(text: str, reasons: list[Reason]) -> int | None:
    try:
        fen = parse_yuan(text)
    except ValueError:
        fen = 0
    if 0 < fen <= _MOST_FEN:
        return fen
    said = f"补贴金额“{mask_in_error(text[:30])}”不是10万元以内的金额" if text else "没有填写补贴金额"
    reasons.append(_reason("amount_unreadable", "amount", said, "请以元为单位填写，至多两位小数"))
    return None


def _division(text: str, paid_on: date | None, yardstick: Yardstick, reasons: list[Reason]) -> str:
    if not text:
        return yardstick.division_code
    on = paid_on or yardstick.today
    if not re.fullmatch(r"[0-9]{6}", text, re.ASCII) or not yardstick.area_known(
        text, DatePeriod.through(on, on)
    ):
        said = "发放时没有这个行政区划代码"
        reasons.append(_reason("division_unknown", "division_code", said, "请填写发放地的六位区划代码"))
    elif not text.startswith(yardstick.division_prefix):
        said = f"行政区划{text}不在本机构辖区内"
        reasons.append(_reason("division_out_of_scope", "division_code", said, "请由发放地的经办机构导入"))
    return text


def _key(
    kind: BenefitKind, given: Mapping[EarlierColumn, Cell], known: OccupationTable, reasons: list[Reason]
) -> tuple[str, SkillLevel, str] | None:
    """Line, level and period of the once-only key; None when one of them cannot be told."""
    if kind in _ONCE_FOR_LIFE:
        line = _line_of(given, known, reasons)
        level = _level_of(cell_text(given[EarlierColumn.SKILL_LEVEL]), reasons)
        return None if line is None or level is None else (line, level, "life")
    pattern, form = _PERIODS[kind]
    period = cell_text(given[EarlierColumn.PERIOD])
    if re.fullmatch(pattern, period) is None:
        reasons.append(_reason("period_form", "period", "没有填写所属期间，或写法不符", f"请填写：{form}"))
        return None
    if kind is BenefitKind.APPRENTICESHIP:
        line = _line_of(given, known, reasons)
        return None if line is None else (line, SkillLevel.NONE, period)
    return "none", SkillLevel.NONE, period


def _line_of(
    given: Mapping[EarlierColumn, Cell], known: OccupationTable, reasons: list[Reason]
) -> str | None:
    """By code in the newest edition that knows it, else by the occupation's own name when it names one line only."""
    code, name = (
        cell_text(given[EarlierColumn.OCCUPATION_CODE]),
        cell_text(given[EarlierColumn.OCCUPATION_NAME]),
    )
    for edition in _EDITIONS if code else ():
        line = known.benefit_line_of(edition, code)
        if line is not None:
            return line
    named = _lines_by_name(known).get(name, frozenset()) if name and not code else frozenset()
    if len(named) == 1:
        return next(iter(named))
    said = (
        f"职业分类大典中没有职业编码{mask_in_error(code[:30])}"
        if code
        else "没有填写职业编码，职业名称也不能唯一确定职业"
    )
    reasons.append(
        _reason("occupation_unknown", "occupation_code", said, "请填写2015年版或2022年版大典的职业编码")
    )
    return None


@cache
def _lines_by_name(known: OccupationTable) -> Mapping[str, frozenset[str]]:
    lines: dict[str, set[str]] = {}
    for occupation in known.all_occupations():
        lines.setdefault(occupation.name, set()).add(occupation.benefit_line)
    return {name: frozenset(found) for name, found in lines.items()}


def _level_of(text: str, reasons: list[Reason]) -> SkillLevel | None:
    level = level_spellings().get("".join(text.split()))
    if level is None:
        said = f"技能等级“{mask_in_error(text[:30])}”无法识别"
        reasons.append(
            _reason("skill_level_unknown", "skill_level", said, "请填写如：五级/初级工；没有等级的留空")
        )
    return level


def name_differs() -> Reason:
    """The number belongs to somebody whose proved name is another."""
    said = "证件号码在登记系统中已实名核验，姓名与本行不一致"
    return _reason(
        "name_differs", "name", said, "请对照证件核对姓名和证件号码；曾用名请由本人先办理身份信息更正"
    )


def already_held(held: Mapping[str, Any], occupation_names: Mapping[str, str]) -> Reason:
    """What this person has for the same thing: kind, occupation, level and day, nothing of anybody else."""
    kind = KIND_LABELS[BenefitKind(held["kind"])] if held["kind"] else "补贴"
    parts = [kind]
    if held["line"] != "none":
        parts.append(occupation_names.get(held["line"], held["line"]))
    if held["level"] != "none":
        parts.append(facts_of(SkillLevel(held["level"])).name)
    if held["period"] != "life":
        parts.append(str(held["period"]))
    when = f"已于{held['on']}在登记系统中申领；尚未发放的已暂停办理，由经办人核查"
    if held["is_earlier"]:
        when = f"已于{held['on']}发放并登记"
    elif held["is_paid"]:
        when = f"已于{held['on']}在登记系统中申领并已发放；清单又载明此前发放过，已立案核查是否重复、应否追回"
    return Reason(
        code="benefit_already_held",
        message=f"该人员的{'、'.join(parts)}{when}",
        remedy="同一职业同一等级（或同一期间）只能享受一次：重复的行请删去；确属不同补贴的，请更正职业、等级或期间",
        field="kind",
        citation=_ONCE,
    )


def _reason(code: str, field_name: str, message: str, remedy: str) -> Reason:
    return Reason(code=code, field=field_name, message=message, remedy=remedy, citation=UNSOURCED)
