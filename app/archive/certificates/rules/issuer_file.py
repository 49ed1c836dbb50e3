"""An issuer's list of certificates (证书名单): which column means what, and what stands against a row. Pure.

The name of the holder is not read: the registry keeps proved names only, and the network is asked with those.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from unicodedata import normalize

from app.archive.certificates.rules.forms import KIND_OF_FORM, NumberForm, recognize
from app.archive.certificates.rules.numbers import written_number
from app.archive.certificates.states import KIND_LABELS, CertificateKind
from app.files.lists import ListForm, Row
from app.files.sheet import Cell, cell_text
from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED, Reason
from app.kernel.identifiers import AreaKnown, IdentityNumber, check_identity_number
from app.kernel.identifiers.checking import read_number
from app.kernel.masking import mask_in_error
from app.reference.occupations import OccupationTable
from app.reference.skill_levels import SkillLevel, all_levels

EDITIONS = (2022, 2015)
_ASKABLE = re.compile(r"[A-Z0-9]{8,32}")
_DAY = re.compile(
    r"([12][0-9]{3})(?:[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{2})([0-9]{2}))(?:[T ].*)?", re.DOTALL
)
_BODY_IN_NUMBER: Mapping[NumberForm, slice] = {
    NumberForm.QUALIFICATION: slice(2, 10),
    NumberForm.SKILL_LEVEL: slice(0, 13),
    NumberForm.SPECIAL_TECHNICIAN: slice(0, 13),
}
_RESPELLED = {NumberForm.TRAINING_COMPLETION, NumberForm.QUALIFICATION_SHANGHAI}


class IssuerColumn(StrEnum):
    """What is read of an issuer's list; the value names the field in reasons."""

    IDENTITY_NUMBER = "identity_number"
    CERTIFICATE_NUMBER = "certificate_number"
    ISSUED_ON = "issued_on"
    KIND = "kind"
    OCCUPATION_CODE = "occupation_code"
    TRADE_NAME = "trade_name"
    SKILL_LEVEL = "skill_level"
    VALID_UNTIL = "valid_until"
    REVIEW_DUE_ON = "review_due_on"


REQUIRED = (IssuerColumn.IDENTITY_NUMBER, IssuerColumn.CERTIFICATE_NUMBER, IssuerColumn.ISSUED_ON)
HEADINGS: Mapping[IssuerColumn, tuple[str, ...]] = {
    IssuerColumn.IDENTITY_NUMBER: ("证件号码", "身份证号", "身份证号码", "公民身份号码", "社会保障号码"),
    IssuerColumn.CERTIFICATE_NUMBER: ("证书编号", "证书号码", "证书号", "编号", "证号"),
    IssuerColumn.ISSUED_ON: ("发证日期", "核发日期", "颁发日期", "发证时间"),
    IssuerColumn.KIND: ("证书种类", "证书类型", "证书类别"),
    IssuerColumn.OCCUPATION_CODE: ("职业编码", "职业代码"),
    IssuerColumn.TRADE_NAME: ("工种", "工种名称", "职业名称", "职业工种", "项目名称", "作业类别"),
    IssuerColumn.SKILL_LEVEL: ("技能等级", "等级", "职业技能等级", "级别"),
    IssuerColumn.VALID_UNTIL: ("有效期至", "有效期止", "有效截止日期"),
    IssuerColumn.REVIEW_DUE_ON: ("复审日期", "应复审日期", "复审时间"),
}
_FACT_COLUMNS = tuple(IssuerColumn)[2:]
ISSUER_LIST = ListForm(title="证书名单", columns=IssuerColumn, headings=HEADINGS, required=REQUIRED)
_KIND_OF = {label: kind for kind, label in KIND_LABELS.items()} | {
    kind.value: kind for kind in CertificateKind
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedFacts:
    """What a row says of its certificate, beside whose it is and its number."""

    kind: CertificateKind
    occupation: tuple[int, str] | None
    trade_name: str | None
    skill_level: SkillLevel
    issued_on: date
    valid_until: date | None
    review_due_on: date | None


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A row nothing stands against."""

    person: IdentityNumber = field(repr=False)
    number: str = field(repr=False)
    facts: IssuedFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What rows are judged by."""

    today: date
    body_code: str
    area_known: AreaKnown
    known: OccupationTable


def judge_row(row: Row, yardstick: Yardstick) -> IssuedCertificate | tuple[Reason, ...]:
    """The certificate of a row, or every reason against it; values in reasons are masked."""
    _, (person_cell, number_cell, *said) = row
    person = check_identity_number(
        _number_cell(person_cell), on=yardstick.today, area_known=yardstick.area_known
    )
    reasons = list(person.reasons)
    read = read_number(_number_cell(number_cell))
    number = written_number(_number_cell(number_cell))
    form = recognize(number) if _ASKABLE.fullmatch(number) and not read.lost_digits else None
    if form is None:
        message, remedy = "编号不是8至32位的数字和大写字母，无法向评价工作网查验", "请填写完整编号"
        if read.lost_digits:
            message = "编号已被表格软件当作数值保存，第15位以后的数字已经丢失，无法还原"
            remedy = "请先把该列的单元格格式设为“文本”，再按证书重新输入完整编号"
        reasons.append(
            _reason(
                "certificate_number_not_checkable", IssuerColumn.CERTIFICATE_NUMBER, message, remedy, number
            )
        )
    elif not is_of_body(number, form, yardstick.body_code):
        part = number[_BODY_IN_NUMBER[form]]
        message = f"编号中的机构代码是{part}，不是本机构的{yardstick.body_code}"
        remedy = "请核对编号，或由核发机构上传"
        reasons.append(
            _reason("number_of_another_body", IssuerColumn.CERTIFICATE_NUMBER, message, remedy, number)
        )
    facts = judge_facts(form, said, yardstick, reasons)
    if reasons or person.value is None or facts is None:
        return tuple(reasons)
    return IssuedCertificate(person.value, number, facts)


def form_as_written(text: str) -> NumberForm | None:
    """The form of a number whose one spelling is ``text`` itself; ``None`` when ``judge_row`` has to look."""
    form = recognize(text) if _ASKABLE.fullmatch(text) else None
    return None if form in _RESPELLED else form


def is_of_body(number: str, form: NumberForm, body_code: str) -> bool:
    """Whether a number names the body, as far as its form names one at all."""
    part = _BODY_IN_NUMBER.get(form)
    return part is None or number[part] == body_code


def judge_facts(
    form: NumberForm | None, said: Sequence[Cell], yardstick: Yardstick, reasons: list[Reason]
) -> IssuedFacts | None:
    """What the cells after the two numbers say; adds everything against it to ``reasons``."""
    given = dict(zip(_FACT_COLUMNS, said, strict=True))
    kind = _kind_of(form, cell_text(given[IssuerColumn.KIND]), reasons)
    days = {
        column: _day_of(given[column], column, reasons)
        for column in (IssuerColumn.ISSUED_ON, IssuerColumn.VALID_UNTIL, IssuerColumn.REVIEW_DUE_ON)
    }
    issued_on, valid_until = days[IssuerColumn.ISSUED_ON], days[IssuerColumn.VALID_UNTIL]
    _judge_days(cell_text(given[IssuerColumn.ISSUED_ON]), issued_on, valid_until, yardstick.today, reasons)
    level = _level_of(cell_text(given[IssuerColumn.SKILL_LEVEL]), reasons)
    occupation = _occupation_of(cell_text(given[IssuerColumn.OCCUPATION_CODE]), yardstick.known, reasons)
    if reasons or kind is None or issued_on is None or level is None:
        return None
    return IssuedFacts(
        kind=kind,
        occupation=occupation,
        trade_name=cell_text(given[IssuerColumn.TRADE_NAME])[:100] or None,
        skill_level=level,
        issued_on=issued_on,
        valid_until=valid_until,
        review_due_on=days[IssuerColumn.REVIEW_DUE_ON],
    )


def _number_cell(cell: Cell) -> str | float:
    return cell if isinstance(cell, str) else float(cell)


def _kind_of(form: NumberForm | None, said: str, reasons: list[Reason]) -> CertificateKind | None:
    if form is None:
        return None  # there is a reason already, and it is the number's
    kind = _KIND_OF.get(said) if said else KIND_OF_FORM.get(form)
    if kind is None:
        message = f"证书种类“{mask_in_error(said[:30])}”无法识别" if said else "编号看不出证书种类"
        remedy = f"请填写：{'、'.join(list(KIND_LABELS.values())[:4])}"
        reasons.append(_reason("certificate_kind_unknown", "kind", message, remedy))
    elif kind is CertificateKind.TRAINING_COMPLETION:
        message = "培训合格证书由本系统在结班时核发，不需要导入"
        reasons.append(_reason("certificate_of_registry", "kind", message, "请删去该行"))
    return kind


def _day_of(cell: Cell, column: IssuerColumn, reasons: list[Reason]) -> date | None:
    text = cell_text(cell)
    if not text:
        return None
    day = day_written(text)
    if day is not None:
        return day
    message = f"日期“{mask_in_error(text[:30])}”无法识别"
    reasons.append(_reason("date_unreadable", column.value, message, "请写成2026-03-01的形式"))
    return None


@lru_cache(4_096)
def day_written(text: str) -> date | None:
    """The day that a list means, in any of the usual spellings; None when it is none or could be two.

    Without signs between them month and day have two digits each: ``2026111`` is January or November. Cached: few days,
    many times.
    """
    found = _DAY.fullmatch(normalize("NFKC", text))
    try:
        return (
            None
            if found is None
            else date(int(found[1]), int(found[2] or found[4]), int(found[3] or found[5]))
        )
    except ValueError:
        return None


def _judge_days(
    written: str, issued_on: date | None, valid_until: date | None, today: date, reasons: list[Reason]
) -> None:
    if not written:
        reasons.append(_reason("issued_on_missing", "issued_on", "没有填写发证日期", "请填写发证日期"))
    if issued_on is None:
        return
    if not date(1949, 10, 1) <= issued_on <= today:
        message = f"发证日期{day_in_words(issued_on)}不在1949年10月1日至今天之间"
        reasons.append(_reason("issued_on_out_of_range", "issued_on", message, "请对照证书填写"))
    if valid_until is not None and not issued_on <= valid_until <= issued_on + timedelta(days=36_525):
        message = f"有效期至{day_in_words(valid_until)}，与发证日期{day_in_words(issued_on)}不符"
        reasons.append(_reason("certificate_validity_backward", "valid_until", message, "请对照证书填写"))


@cache
def level_spellings() -> Mapping[str, SkillLevel]:
    """Levels by every spelling that lists use, blanks taken out; the empty one is none."""
    spellings = {
        "": SkillLevel.NONE,
        "无": SkillLevel.NONE,
        "无等级": SkillLevel.NONE,
        "none": SkillLevel.NONE,
    }
    for facts in all_levels():
        for spelling in (facts.level.value, facts.name, *re.split(r"[/（）()]", facts.name)):
            if spelling:
                spellings.setdefault(spelling, facts.level)
    return spellings


def _level_of(text: str, reasons: list[Reason]) -> SkillLevel | None:
    level = level_spellings().get("".join(text.split()))
    if level is None:
        message = f"技能等级“{mask_in_error(text[:30])}”无法识别"
        known = "、".join(facts.name for facts in all_levels())
        reasons.append(_reason("skill_level_unknown", "skill_level", message, f"请填写：{known}"))
    return level


def _occupation_of(code: str, known: OccupationTable, reasons: list[Reason]) -> tuple[int, str] | None:
    """The newest edition that knows the code; the network names the edition when it answers."""
    if not code:
        return None
    for edition in EDITIONS:
        if known.find(edition, code) is not None:
            return edition, code
    message = f"职业分类大典中没有职业编码{mask_in_error(code[:30])}"
    reasons.append(
        _reason("occupation_unknown", "occupation_code", message, "请核对，或留空由评价工作网补足")
    )
    return None


def _reason(code: str, field_name: str, message: str, remedy: str, value: str | None = None) -> Reason:
    return Reason(
        code=code,
        field=field_name,
        message=message,
        remedy=remedy,
        value=None if value is None else mask_in_error(value[:40]),
        citation=UNSOURCED,
    )
