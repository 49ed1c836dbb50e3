"""What can be wrong inside a certificate number, part by part, without knowing the certificate."""

from collections.abc import Callable, Mapping
from datetime import date

from app.archive.certificates.rules.completion_number import has_right_check
from app.archive.certificates.rules.forms import NumberForm, Part, PartKey
from app.archive.certificates.rules.readings import (
    CORPS_CODE,
    EVALUATION_BODY_KINDS,
    QUALIFICATION_BODY_KINDS,
    division_of,
    level_of,
    year_of,
)
from app.kernel.errors import UNSOURCED
from app.kernel.identifiers import check_identity_number
from app.kernel.identifiers.checking import Findings
from app.reference.divisions import was_in_force
from app.reference.qualification_regions import find_qualification_region

_FIRST_YEARS = {
    NumberForm.QUALIFICATION: 1994,
    NumberForm.SKILL_LEVEL: 2018,
    NumberForm.SPECIAL_TECHNICIAN: 2021,
    NumberForm.SKILL_LEVEL_PILOT: 2018,
}
"""Earliest plausible year of issue of a form. No text states it as a rule: a remark, never a defect."""

Check = Callable[[Findings, Part, tuple[Part, ...], NumberForm, date], None]


def judge_part(findings: Findings, part: Part, parts: tuple[Part, ...], form: NumberForm, on: date) -> None:
    """Add everything found about ``part`` as of ``on``."""
    check = _CHECKS.get(part.key)
    if check is not None:
        check(findings, part, parts, form, on)


def _year(findings: Findings, part: Part, _: tuple[Part, ...], form: NumberForm, on: date) -> None:
    year = year_of(part, form)
    if year > on.year:
        findings.reject(
            "certificate_year_in_future",
            f"{part.place}表示{year}年核发，晚于今年",
            "请对照证书核对表示年份的各位",
        )
    elif year < _FIRST_YEARS.get(form, year):
        findings.warn(
            "certificate_year_early",
            f"{part.place}表示{year}年核发，当时还没有这种证书",
            "请对照证书核对表示年份的各位",
            citation=UNSOURCED,
        )


def _level(findings: Findings, part: Part, _: tuple[Part, ...], form: NumberForm, __: date) -> None:
    if level_of(part, form) is not None:
        return
    if part.characters.isdigit():
        findings.reject(
            "certificate_level_digit",
            f"{part.place}是{part.characters}，等级只有1（最高）至5（最低）",
            "请对照证书核对表示等级的一位",
        )
    else:
        findings.warn(
            "certificate_level_letter_unknown",
            f"{part.place}是字母{part.characters}，不知道它表示哪个等级",
            "请对照证书核对；确为该字母的，以评价网的查询结果为准",
            citation=UNSOURCED,
        )


def _region(findings: Findings, part: Part, _: tuple[Part, ...], __: NumberForm, ___: date) -> None:
    if find_qualification_region(part.characters) is None:
        findings.warn(
            "certificate_region_unknown",
            f"{part.place}是{part.characters}，不在已掌握的省、行业代码中（该代码表不是行政区划代码）",
            "无需更正；以评价网的查询结果为准",
            citation=UNSOURCED,
        )


def _city(findings: Findings, part: Part, parts: tuple[Part, ...], _: NumberForm, __: date) -> None:
    region = find_qualification_region(parts[1].characters)
    if region is not None and region.is_industry and part.characters != "00":
        findings.warn(
            "certificate_industry_city",
            f"{part.place}是{part.characters}，而行业一般没有第二级中心，应为00",
            "请对照证书核对",
        )


def _qualification_body(
    findings: Findings, part: Part, _: tuple[Part, ...], __: NumberForm, ___: date
) -> None:
    if part.characters not in QUALIFICATION_BODY_KINDS:
        findings.reject(
            "certificate_body_kind",
            f"{part.place}是{part.characters}，鉴定机构类别只有0至4",
            "请对照证书核对这一位",
        )


def _evaluation_body(findings: Findings, part: Part, _: tuple[Part, ...], __: NumberForm, ___: date) -> None:
    if part.characters not in EVALUATION_BODY_KINDS:
        findings.warn(
            "certificate_body_letter_unknown",
            f"首位字母是{part.characters}，公开的规则只有Y（用人单位）和S（社会培训评价组织）",
            "请对照证书核对；确为该字母的，以评价网的查询结果为准",
            citation=UNSOURCED,
        )


def _province(findings: Findings, part: Part, _: tuple[Part, ...], __: NumberForm, on: date) -> None:
    if division_of(part, on) is not None:
        return
    if part.characters == CORPS_CODE:
        findings.warn(
            "certificate_province_extended",
            f"{part.place}是{part.characters}，不是国家标准中的省级代码；有的代码表用它表示新疆生产建设兵团",
            "请对照证书核对；以评价网的查询结果为准",
            citation=UNSOURCED,
        )
    else:
        findings.reject(
            "certificate_province_unknown",
            f"{part.place}是{part.characters}，没有这个省级代码",
            "请对照证书核对表示省份的两位",
        )


def _division(findings: Findings, part: Part, parts: tuple[Part, ...], form: NumberForm, on: date) -> None:
    year = next(each for each in parts if each.key is PartKey.YEAR)
    then = min(on, date(max(year_of(year, form), 1), 12, 31))
    if division_of(part, then) is None:
        say = findings.reject if form is NumberForm.TRAINING_COMPLETION else findings.warn
        say(
            "certificate_division_unknown",
            f"{part.place}的行政区划代码在核发当年没有施行",
            "请对照证书核对表示地区的六位",
        )


def _serial(findings: Findings, part: Part, _: tuple[Part, ...], form: NumberForm, __: date) -> None:
    counts_from_one = form in {NumberForm.QUALIFICATION, NumberForm.TRAINING_COMPLETION}
    if counts_from_one and not int(part.characters):
        findings.reject(
            "certificate_serial_zero",
            f"{part.place}的序号全是零，序号从1开始",
            "请对照证书核对最后几位",
        )


def _identity(findings: Findings, part: Part, _: tuple[Part, ...], __: NumberForm, on: date) -> None:
    checked = check_identity_number(
        part.characters, on=on, area_known=was_in_force, field="certificate_number"
    )
    findings.reasons += checked.reasons
    findings.warnings += checked.warnings


def _check(findings: Findings, part: Part, parts: tuple[Part, ...], _: NumberForm, __: date) -> None:
    if not has_right_check("".join(each.characters for each in parts[1:])):
        findings.reject(
            "certificate_check_character",
            f"{part.place}的校验码不对",
            "请对照证书核对全部数字，检查是否错位或看错",
        )


_CHECKS: Mapping[PartKey, Check] = {
    PartKey.YEAR: _year,
    PartKey.LEVEL: _level,
    PartKey.REGION: _region,
    PartKey.CITY: _city,
    PartKey.QUALIFICATION_BODY_KIND: _qualification_body,
    PartKey.EVALUATION_BODY_KIND: _evaluation_body,
    PartKey.PROVINCE: _province,
    PartKey.DIVISION: _division,
    PartKey.SERIAL: _serial,
    PartKey.IDENTITY: _identity,
    PartKey.CHECK: _check,
}
