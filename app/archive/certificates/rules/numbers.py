"""Format checks of certificate numbers: every position explained, every defect at once.

A wrong format is a warning when the network has matched the certificate, and an error when it has not (mission §3.8).
"""

import re
from dataclasses import dataclass, field
from datetime import date

from app.archive.certificates.rules.cross_checks import Declared, compare
from app.archive.certificates.rules.forms import (
    FORM_LABELS,
    KIND_OF_FORM,
    NumberForm,
    Part,
    citation_of,
    parts_of,
    recognize,
    written,
)
from app.archive.certificates.rules.part_checks import judge_part
from app.archive.certificates.rules.readings import reading_of
from app.archive.certificates.states import KIND_LABELS, CertificateKind
from app.kernel.errors import UNSOURCED, Reason
from app.kernel.identifiers import RawNumber
from app.kernel.identifiers.checking import Findings, read_number
from app.kernel.masking import mask_in_error

__all__ = ["Declared", "NumberExplanation", "Position", "explain_number", "judge_format", "written_number"]

_FREE_LENGTH_MAX = 40
_FREE = re.compile(rf"[0-9A-Z一-鿿()（）〔〕\[\]./·-]{{4,{_FREE_LENGTH_MAX}}}")
_IDENTITY_INSIDE = re.compile(r"[1-9][0-9]{16}[0-9X]")
_LOOKS_LIKE_A_DIGIT = str.maketrans("OIL", "011")
_OTHER_SYSTEMS = {
    NumberForm.CONSTRUCTION_OPERATION: "建筑施工特种作业操作资格证由住房和城乡建设部门核发",
    NumberForm.SPECIAL_EQUIPMENT: "特种设备作业人员证由市场监督管理部门核发",
}
_DISTINCTIVE = frozenset(
    {
        NumberForm.SKILL_LEVEL,
        NumberForm.SPECIAL_TECHNICIAN,
        NumberForm.SPECIAL_OPERATION,
        NumberForm.TRAINING_COMPLETION,
    }
)
"""Forms that nothing else looks like; the all-digit ones may also be numbers of a kind without a published form."""


@dataclass(frozen=True, slots=True)
class Position:
    """Characters ``first`` to ``last`` (counted from 1), what they mean and what they say here (``text``)."""

    first: int
    last: int
    meaning: str
    characters: str = field(repr=False)
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberExplanation:
    """What a certificate number seems to be and everything found about it. The number itself is never printed.

    ``number`` is its one spelling. ``holds_identity_number``: it names the holder, and so is shown to nobody but him.
    """

    form: NumberForm
    kind: CertificateKind | None
    number: str = field(repr=False)
    masked: str
    holds_identity_number: bool
    positions: tuple[Position, ...]
    errors: tuple[Reason, ...]
    warnings: tuple[Reason, ...]

    @property
    def is_valid(self) -> bool:
        """Whether nothing stands against the number."""
        return not self.errors

    @property
    def label(self) -> str:
        """The Chinese name of the form."""
        return FORM_LABELS[self.form]


def written_number(raw: RawNumber) -> str:
    """The one spelling of a number, by which it is stored, looked up and asked for. Nothing is judged."""
    return written(read_number(raw).text)


def explain_number(raw: RawNumber, *, on: date, declared: Declared | None = None) -> NumberExplanation:
    """Every position of ``raw`` and every defect, as of the law date ``on``, beside what is ``declared``."""
    return _examine(raw, _form(raw, declared), declared, on)


def judge_format(
    number: RawNumber, declared: Declared, *, network_says_matched: bool
) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """``(errors, warnings)`` of a number beside what is declared of its certificate: kind, level, day of issue, body.

    What the network has matched exists, whatever its number looks like: then all errors are warnings.
    """
    found = explain_number(number, on=declared.on, declared=declared)
    if network_says_matched:
        return (), (*found.errors, *found.warnings)
    return found.errors, found.warnings


def _form(raw: RawNumber, declared: Declared | None) -> NumberForm:
    form = recognize(written_number(raw))
    issued_in_2000 = (
        declared is not None and declared.issued_on is not None and declared.issued_on.year == 2000
    )
    if form is NumberForm.QUALIFICATION_SHANGHAI and issued_in_2000:
        return NumberForm.QUALIFICATION
    return form


def _examine(raw: RawNumber, form: NumberForm, declared: Declared | None, on: date) -> NumberExplanation:
    number = written_number(raw)
    findings = Findings(
        label="证书编号", shown=number, field="certificate_number", citation=citation_of(form)
    )
    parts: tuple[Part, ...] = ()
    if not number:
        findings.reject_missing("certificate_number_missing")
    elif read_number(raw).lost_digits:
        findings.reject_lost_digits("certificate_number_lost_digits")
    else:
        parts = parts_of(form, number)
        _judge_form(findings, form, number, declared.kind if declared is not None else None)
        for part in parts:
            judge_part(findings, part, parts, form, on)
        if declared is not None:
            compare(findings, parts, form, declared)
    return NumberExplanation(
        form=form,
        kind=KIND_OF_FORM.get(form),
        number=number,
        masked=mask_in_error(number),
        holds_identity_number=_holds_identity_number(form, number),
        positions=tuple(
            Position(part.first, part.last, part.meaning, part.characters, reading_of(part, form, on))
            for part in parts
        ),
        errors=tuple(findings.reasons),
        warnings=tuple(findings.warnings),
    )


def _judge_form(findings: Findings, form: NumberForm, number: str, kind: CertificateKind | None) -> None:
    """Whether a number of this form can be that of a certificate of ``kind``."""
    if form in _OTHER_SYSTEMS:
        findings.reject(
            "certificate_of_other_system",
            f"是{FORM_LABELS[form]}的形式：{_OTHER_SYSTEMS[form]}，不是技能人才评价证书",
            "请在核发部门的系统中查询；本系统只登记目录所列种类的证书",
            citation=UNSOURCED,
        )
    elif kind is CertificateKind.SPECIALIZED_COMPETENCY:
        _judge_competency(findings, form, number)
    elif form is NumberForm.FREE:
        _judge_free(findings, number, kind)
    else:
        _judge_kind(findings, form, kind)
    if form in _HEARSAY:
        findings.warn(
            "certificate_form_unconfirmed",
            f"是{FORM_LABELS[form]}的形式，这种形式没有可靠的公开规则，只按位数识别",
            "请对照证书核对全部字符，以评价网的查询结果为准",
            citation=UNSOURCED,
        )


_HEARSAY = frozenset(
    {
        NumberForm.QUALIFICATION_SHANGHAI,
        NumberForm.SKILL_LEVEL_PILOT,
        NumberForm.SPECIAL_OPERATION_OLD,
        NumberForm.SPECIAL_TECHNICIAN_LETTERS_FIRST,
    }
)


def _judge_kind(findings: Findings, form: NumberForm, kind: CertificateKind | None) -> None:
    if kind is not None and KIND_OF_FORM.get(form) is not kind:
        findings.reject(
            "certificate_kind_differs",
            f"是{FORM_LABELS[form]}的形式，而填写的证书种类是{KIND_LABELS[kind]}",
            "请核对证书种类；种类无误的，请对照证书重新填写编号",
        )


def _judge_competency(findings: Findings, form: NumberForm, number: str) -> None:
    """专项职业能力证书: no reliable rule is published, so all that is refused is what is plainly something else."""
    if form in _DISTINCTIVE:
        _judge_kind(findings, form, CertificateKind.SPECIALIZED_COMPETENCY)
    elif _FREE.fullmatch(number) is None:
        _reject_characters(findings, number)
    else:
        findings.warn(
            "certificate_form_unpublished",
            "无法按格式核对：专项职业能力证书没有公开的编码规则",
            "请对照证书核对全部字符，以评价网的查询结果为准",
            citation=UNSOURCED,
        )


def _judge_free(findings: Findings, number: str, kind: CertificateKind | None) -> None:
    if kind is None and _FREE.fullmatch(number) is not None:
        meant = recognize(number.translate(_LOOKS_LIKE_A_DIGIT))
        if meant is not NumberForm.FREE:
            findings.warn(
                "certificate_letter_for_digit",
                f"把字母O改为数字0、字母I或L改为数字1，就是{FORM_LABELS[meant]}的形式",
                "请对照证书核对这些字符，按证书更正后再查",
            )
        findings.warn(
            "certificate_form_unknown",
            "不是任何一种已知的编号形式；专项职业能力证书没有公开的编码规则，也可能是这样的编号",
            "请对照证书核对位数和字符，检查是否漏填、多填",
            citation=UNSOURCED,
        )
    elif kind is None:
        _reject_characters(findings, number)
    else:
        findings.reject(
            "certificate_number_form",
            f"有{len(number)}个字符，不是{KIND_LABELS[kind]}的形式（{_EXPECTED[kind]}）",
            "请对照证书填写完整编号，检查是否漏填、多填，是否误把字母O当作0、字母I或L当作1",
        )


_EXPECTED = {
    CertificateKind.VOCATIONAL_QUALIFICATION: "16位数字，上海早期为13位数字",
    CertificateKind.SKILL_LEVEL: "1个字母和21位数字；特级技师为2个字母和20位数字",
    CertificateKind.SPECIAL_OPERATION: "字母T和身份证件号码，早期为14位数字",
    CertificateKind.TRAINING_COMPLETION: "字母H和19位号码，如H110105-2026-00000001-X",
}


def _reject_characters(findings: Findings, number: str) -> None:
    findings.reject(
        "certificate_number_characters",
        f"应为4至{_FREE_LENGTH_MAX}个数字、字母或汉字"
        if len(number) <= _FREE_LENGTH_MAX
        else f"有{len(number)}个字符，过长",
        "请对照证书重新填写，一格只填一个编号",
        citation=UNSOURCED,
    )


def _holds_identity_number(form: NumberForm, number: str) -> bool:
    return form is NumberForm.SPECIAL_OPERATION or (
        form is NumberForm.FREE and _IDENTITY_INSIDE.search(number.replace("-", "")) is not None
    )
