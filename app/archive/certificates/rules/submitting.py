"""What stands against taking in a certificate: only what keeps it from ever being checked.

A number that looks wrong is taken in all the same: the network decides, and until it has matched the certificate the
defects of the number are shown as what they are (mission §3.8).
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date

from app.archive.certificates.rules.numbers import explain_number
from app.archive.certificates.states import CertificateKind
from app.kernel.clock import day_in_words
from app.kernel.errors import UNSOURCED, Reason
from app.reference.occupations import OccupationTable
from app.reference.skill_levels import SkillLevel

_ASKABLE = re.compile(r"[A-Z0-9]{8,32}")
REFUSED_BY_CONSTRAINT = {
    "certificate_once_a_person": Reason(
        code="certificate_already_submitted",
        message="这本证书已经登记",
        remedy="无需再次提交，请在证书列表中查看核实进度",
        field="certificate_number",
        citation=UNSOURCED,
    ),
    "record_entry_certificate_held": Reason(
        code="certificate_not_matched",
        message="证书在办理期间不再处于已核实状态，或编号已被收回",
        remedy="请重新查看证书的核实情况",
        citation=UNSOURCED,
    ),
    "certificate_holder_in_use": Reason(
        code="certificate_still_linked",
        message="这本证书在办理期间已关联档案或已归档",
        remedy="请先解除关联或撤销该条档案，再收回编号",
        citation=UNSOURCED,
    ),
    "certificate_link_one_person": Reason(
        code="other_person",
        message="两个身份的合并在办理期间已解除",
        remedy="请核对档案编号；确属同一人的，请先办理身份合并",
        citation=UNSOURCED,
    ),
    "person_alias_links_parted": Reason(
        code="merge_has_links",
        message="有证书关联在两个身份之间，尚未解除",
        remedy="请重新提交解除合并，关联将一并解除",
        citation=UNSOURCED,
    ),
    "certificate_link_live": Reason(
        code="certificate_already_linked",
        message="这本证书已关联一条档案",
        remedy="需要改为另一条的，请先解除现有关联",
        citation=UNSOURCED,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A certificate as somebody states it; ``certificate_number`` as written."""

    certificate_number: str = field(repr=False)
    kind: CertificateKind
    occupation_edition: int | None
    occupation_code: str | None
    trade_name: str | None
    skill_level: SkillLevel
    body_code: str | None
    body_name: str
    issued_on: date
    valid_until: date | None
    review_due_on: date | None


def reasons_against_submitting(
    claim: Claim, *, today: date, known: OccupationTable, at: str = ""
) -> tuple[Reason, ...]:
    """Every reason; ``at`` is put before the names of fields (``lines.3.``)."""
    found = (*_number_reasons(claim, today), *_date_reasons(claim, today), *_occupation_reasons(claim, known))
    return tuple(replace(reason, field=f"{at}{reason.field}") for reason in found)


def reasons_against_more(pending: int, added: int, pending_max: int) -> tuple[Reason, ...]:
    """What stands against ``added`` more of a person who waits for the network's answer on ``pending`` already."""
    if pending + added <= pending_max:
        return ()
    return (
        Reason(
            code="certificates_pending_too_many",
            message=f"您补报的证书有{pending}本尚在等待评价工作网答复，同时等待的最多{pending_max}本",
            remedy="请等已补报的证书有了查验结果再补报；确需一并登记的，请到经办机构办理",
            field="certificate_number",
            citation=UNSOURCED,
        ),
    )


def _number_reasons(claim: Claim, today: date) -> list[Reason]:
    reasons = []
    found = explain_number(claim.certificate_number, on=today)
    if _ASKABLE.fullmatch(found.number) is None:
        reasons.append(
            _reason(
                "certificate_number_not_checkable",
                "certificate_number",
                "编号不是8至32位的数字和大写字母，无法向评价工作网查验",
                "请对照证书填写完整编号；编号确实含有其他字符的，请向核发机构查询",
                found.masked,
            )
        )
    if claim.kind is CertificateKind.TRAINING_COMPLETION:
        reasons.append(
            _reason(
                "certificate_of_registry",
                "kind",
                "培训合格证书由本系统在结班时核发，不需要提交",
                "请在培训档案中查看；缺少的，请联系办班机构",
            )
        )
    return reasons


def _date_reasons(claim: Claim, today: date) -> list[Reason]:
    reasons = []
    if claim.issued_on > today:
        reasons.append(
            _reason(
                "certificate_issued_in_future",
                "issued_on",
                f"核发日期{day_in_words(claim.issued_on)}晚于今天",
                "请对照证书填写核发日期",
                claim.issued_on.isoformat(),
            )
        )
    if claim.valid_until is not None and claim.valid_until < claim.issued_on:
        reasons.append(
            _reason(
                "certificate_validity_backward",
                "valid_until",
                f"有效期至{day_in_words(claim.valid_until)}，早于核发日期{day_in_words(claim.issued_on)}",
                "请对照证书填写有效期",
                claim.valid_until.isoformat(),
            )
        )
    return reasons


def _occupation_reasons(claim: Claim, known: OccupationTable) -> list[Reason]:
    if (claim.occupation_edition is None) != (claim.occupation_code is None):
        return [
            _reason(
                "occupation_not_whole",
                "occupation_code",
                "职业编码与大典版本须同时填写",
                "请一并填写，或都不填写，由评价工作网的数据补足",
            )
        ]
    if claim.occupation_edition is None or claim.occupation_code is None:
        return []
    if known.find(claim.occupation_edition, claim.occupation_code) is None:
        return [
            _reason(
                "occupation_unknown",
                "occupation_code",
                f"{claim.occupation_edition}年版大典中没有职业编码{claim.occupation_code}",
                "请从职业列表中选择，或都不填写，由评价工作网的数据补足",
                claim.occupation_code,
            )
        ]
    return []


def _reason(code: str, field: str, message: str, remedy: str, value: str | None = None) -> Reason:
    return Reason(code=code, field=field, message=message, remedy=remedy, value=value, citation=UNSOURCED)
