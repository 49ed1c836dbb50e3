"""A certificate number beside what is declared of its certificate: year, level, province, holder."""

from dataclasses import dataclass, field
from datetime import date

from app.archive.certificates.rules.forms import NumberForm, Part, PartKey
from app.archive.certificates.rules.readings import division_of, level_of, year_of
from app.archive.certificates.states import CertificateKind
from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED
from app.kernel.identifiers.checking import Findings
from app.kernel.identifiers.identity_number import written_identity_number
from app.reference.qualification_regions import find_qualification_region
from app.reference.skill_levels import SkillLevel, facts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What somebody states of a certificate; what is not known is None, and then not compared.

    ``on`` is the law date of the judgment, ``body_division`` the six-digit division (GB/T 2260) of the issuing body,
    ``holder_number`` the identity number of the person who is said to hold it (not printed).
    """

    kind: CertificateKind
    on: date
    level: SkillLevel | None = None
    issued_on: date | None = None
    body_division: str | None = None
    holder_number: str | None = field(default=None, repr=False)


def compare(findings: Findings, parts: tuple[Part, ...], form: NumberForm, declared: Declared) -> None:
    """Add every contradiction between the number and the declaration."""
    by_key = {part.key: part for part in parts}
    if PartKey.YEAR in by_key:
        _compare_year(findings, by_key[PartKey.YEAR], form, declared)
    if PartKey.LEVEL in by_key:
        _compare_level(findings, by_key[PartKey.LEVEL], form, declared)
    if declared.body_division is not None:
        _compare_province(findings, by_key, declared.body_division, declared.on)
    if PartKey.IDENTITY in by_key and declared.holder_number is not None:
        _compare_holder(findings, by_key[PartKey.IDENTITY], declared.holder_number)


def _compare_year(findings: Findings, part: Part, form: NumberForm, declared: Declared) -> None:
    year = year_of(part, form)
    if declared.issued_on is not None and declared.issued_on.year != year:
        findings.reject(
            "certificate_year_differs",
            f"{part.place}表示{year}年核发，而填写的发证日期是{day_in_words(declared.issued_on)}",
            "请对照证书核对发证日期和编号",
        )


def _compare_level(findings: Findings, part: Part, form: NumberForm, declared: Declared) -> None:
    level = level_of(part, form)
    if declared.level is None or level is None or level is declared.level:
        return
    said = f"{part.place}表示{facts_of(level).name}，而填写的等级是{facts_of(declared.level).name}"
    if declared.level is SkillLevel.CHIEF_TECHNICIAN:
        findings.warn(
            "certificate_level_form_unknown",
            f"{said}；首席技师证书没有公开的编码规则",
            "请对照证书核对等级和编号",
            citation=UNSOURCED,
        )
    else:
        findings.reject(
            "certificate_level_differs", f"{said}（数字越小等级越高）", "请对照证书核对等级和编号"
        )


def _compare_province(findings: Findings, by_key: dict[PartKey, Part], body_division: str, on: date) -> None:
    """A body filed at the ministry may have sites anywhere: there another province is a remark, no defect."""
    filed_at = by_key.get(PartKey.FILED_AT)
    is_remark = filed_at is not None and filed_at.characters != "0000"
    named = by_key.get(PartKey.PROVINCE) or by_key.get(PartKey.DIVISION)
    if named is not None:
        prefix, name = named.characters[:2], division_of(named, on)
    elif PartKey.REGION in by_key:
        named = by_key[PartKey.REGION]
        region = find_qualification_region(named.characters)
        if region is None or region.division_prefix is None:
            return
        # The table is known from a second source only: it does not stand against a certificate.
        prefix, name, is_remark = region.division_prefix, region.name, True
    else:
        return
    if prefix == body_division[:2]:
        return
    say = findings.warn if is_remark else findings.reject
    say(
        "certificate_province_differs",
        f"{named.place}表示{name or named.characters}，与评价机构所在地{body_division}不在同一省份",
        "请核对评价机构和编号"
        if not is_remark
        else "请核对；评价站点可以设在其他省份，以评价网的查询结果为准",
    )


def _compare_holder(findings: Findings, part: Part, holder_number: str) -> None:
    if written_identity_number(part.characters) != written_identity_number(holder_number):
        findings.reject(
            "certificate_holder_differs",
            "中的身份证件号码不是持证人的号码",
            "请核对是否填了他人的证书；持证人换过证件号码的，请先办理身份信息维护",
            citation=UNSOURCED,
        )
