"""Rules of the directory of evaluation bodies: facts in, every reason out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.directory.evaluation_bodies.states import BODY_KIND_NAMES, BodyKind
from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED, Citation, Reason
from app.kernel.periods import DatePeriod
from app.reference.skill_levels import SkillLevel, all_levels, facts_of

QUALIFICATION_RULE = Citation("职业技能鉴定编码规则", "一")
SKILL_LEVEL_RULE = Citation("职业技能等级证书编码规则", "二")

_LETTERS = {BodyKind.EMPLOYER: "Y", BodyKind.SOCIAL_BODY: "S"}
_CODE = re.compile(r"[A-Z0-9]{2,20}", re.ASCII)
_LETTER_CODE = re.compile(r"[A-Z][0-9]{12}", re.ASCII)
_STATION_CODE = re.compile(r"[0-9]{8}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyScope:
    """What a body may assess: an occupation, from the lowest to the highest level, over a period."""

    occupation_edition: int
    occupation_code: str
    lowest: SkillLevel
    highest: SkillLevel
    in_force: DatePeriod
    document_number: str


def reasons_against_body_code(code: str, *, kind: BodyKind, division_code: str) -> tuple[Reason, ...]:
    """Every reason why ``code`` cannot be that of a body of this kind in this division.

    The code is what the body's certificates carry: the first 13 characters of 职业技能等级证书 numbers (letter, number
    at the ministry, province, serial), places 3 to 10 of 职业资格证书 numbers.
    """
    if _CODE.fullmatch(code) is None:
        return (
            _code_reason(
                code,
                "body_code_form",
                "应为2至20个数字或大写字母",
                "请照备案文件填写机构代码，不留空格和短横",
                UNSOURCED,
            ),
        )
    if kind is BodyKind.QUALIFICATION_STATION and _STATION_CODE.fullmatch(code) is None:
        return (
            _code_reason(
                code,
                "body_code_form",
                "不是8位数字",
                "鉴定机构编码为8位：省或行业2位、地市2位、类别1位、序号3位",
                QUALIFICATION_RULE,
            ),
        )
    if kind in _LETTERS and _LETTER_CODE.fullmatch(code) is None:
        return (
            _code_reason(
                code,
                "body_code_form",
                "不是1个字母和12位数字",
                "请填写证书编号的前13位：机构类别、机构代码、省级代码、序列码",
                SKILL_LEVEL_RULE,
            ),
        )
    return _reasons_against_letter_code(code, kind, division_code)


def _reasons_against_letter_code(code: str, kind: BodyKind, division_code: str) -> tuple[Reason, ...]:
    reasons = []
    letter = _LETTERS.get(kind)
    if letter is not None and code[0] != letter:
        reasons.append(
            _code_reason(
                code,
                "body_code_letter",
                f"首位是{code[0]}，{BODY_KIND_NAMES[kind]}应为{letter}",
                "请核对机构类别和机构代码",
                SKILL_LEVEL_RULE,
            )
        )
    if letter is not None and code[5:7] != division_code[:2]:
        reasons.append(
            _code_reason(
                code,
                "body_code_province",
                f"第6至7位是{code[5:7]}，与所在地行政区划{division_code}不在同一省份",
                "请核对所在地和机构代码；外省的站点应登记站点所在地",
                SKILL_LEVEL_RULE,
            )
        )
    return tuple(reasons)


def reasons_against_levels(lowest: SkillLevel, highest: SkillLevel) -> tuple[Reason, ...]:
    """The levels of a scope must be levels, the lowest not above the highest; numbers run backwards, ranks do not."""
    if facts_of(lowest).rank <= facts_of(highest).rank:
        return ()
    return (
        Reason(
            code="scope_levels_backward",
            message=f"最低等级{facts_of(lowest).name}高于最高等级{facts_of(highest).name}",
            remedy="数字越小等级越高，请把两项对调",
            field="highest_level",
            value=highest,
        ),
    )


def reasons_against_ending(
    ends_before: date, *, today: date, starts_on: date, present_end: date | None
) -> tuple[Reason, ...]:
    """A scope is shortened, never lengthened; not for the past, and it keeps its first day."""
    earliest = max(today, starts_on)
    if ends_before < earliest or ends_before <= starts_on:
        return (
            Reason(
                code="effective_day_past",
                message=f"终止日期{day_in_words(ends_before)}过早",
                remedy=f"请填写不早于{day_in_words(earliest)}且晚于起始日{day_in_words(starts_on)}的日期；终止不能追溯，已发证书以当时的范围为准",
                field="ends_before",
                value=str(ends_before),
                citation=UNSOURCED,
            ),
        )
    if present_end is not None and ends_before > present_end:
        return (
            Reason(
                code="scope_ends_sooner",
                message=f"这项范围已于{day_in_words(present_end)}到期，终止日期{day_in_words(ends_before)}在其后",
                remedy="需要延长的，请凭新的备案文件从到期日起另行登记",
                field="ends_before",
                value=str(ends_before),
                citation=UNSOURCED,
            ),
        )
    return ()


def level_of_rank(rank: int) -> SkillLevel:
    """The level that stands at a stored rank, 1 (lowest) to 8."""
    return next(facts.level for facts in all_levels() if facts.rank == rank)


def _code_reason(code: str, name: str, what: str, remedy: str, citation: Citation) -> Reason:
    return Reason(
        code=name,
        message=f"机构代码{code}{what}",
        remedy=remedy,
        field="body_code",
        value=code,
        citation=citation,
    )


REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "evaluation_body_code_key": Reason(
        code="body_already_registered",
        message="该机构代码已经登记在评价机构目录中",
        remedy="请在目录中按代码查询；评价范围的变更请在原有登记上办理",
        field="body_code",
    ),
    "evaluation_body_division_fkey": Reason(
        code="division_unknown",
        message="行政区划代码不在代码表中",
        remedy="请查询区划代码表后重新填写",
        field="division_code",
    ),
    "evaluation_body_scope_pkey": Reason(
        code="scope_overlaps",
        message="该机构对该职业已有评价范围，有效期重叠",
        remedy="请先终止原有范围，或把起始日期改到原有范围结束之后",
        field="starts_on",
    ),
    "evaluation_body_scope_occupation_fkey": Reason(
        code="occupation_unknown",
        message="所填版本的职业分类大典中没有该职业编码",
        remedy="请查询职业目录后重新填写",
        field="occupation_code",
    ),
}
