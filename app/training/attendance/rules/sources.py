"""Sources of attendance: an institution proposes a device or platform, a filing officer registers it.

Institutions cannot write attendance: it comes from the sign-in system alone. Modelled on SSG-WSG, whose training
providers cannot write it either; the texts demand 过程监督 (人社部发〔2025〕10号 三(三)).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.kernel.errors import UNSOURCED, Reason
from app.training.attendance.rules.events import PROCESS_SUPERVISION


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationFacts:
    """A proposal as it is registered."""

    proposed_by: UUID
    registered_by: UUID
    is_registered: bool


def source_revoked() -> Reason:
    """The sender was a source and is none any more."""
    return Reason(
        code="source_revoked",
        message="该考勤设备或平台已被停用，不再接收其数据",
        remedy="请由机构重新申报设备或平台，经备案人员登记后使用新的凭证",
        citation=PROCESS_SUPERVISION,
    )


def reasons_against_proposal(name: str, live_names: Collection[str]) -> tuple[Reason, ...]:
    """``live_names``: names of the institution's sources in force and of its proposals not yet registered."""
    if name not in live_names:
        return ()
    return (
        Reason(
            code="source_name_taken",
            field="name",
            value=name,
            message=f"本机构已有名为“{name}”的考勤设备或平台（含待登记的）",
            remedy="请换一个能区分的名称，例如加上教室编号",
            citation=UNSOURCED,
        ),
    )


def reasons_against_registration(facts: RegistrationFacts) -> tuple[Reason, ...]:
    """Every reason not to register a proposed source."""
    reasons = []
    if facts.is_registered:
        reasons.append(already_registered())
    if facts.registered_by == facts.proposed_by:
        reasons.append(
            Reason(
                code="second_person_required",
                field="proposal_id",
                message="申报人与登记人不得为同一人",
                remedy="请由另一名备案人员登记",
                citation=PROCESS_SUPERVISION,
            )
        )
    return tuple(reasons)


def already_registered() -> Reason:
    """A proposal is registered once; its secret is shown once."""
    return Reason(
        code="source_already_registered",
        field="proposal_id",
        message="该设备或平台已登记，凭证只显示一次，不能再次取得",
        remedy="凭证遗失的，请停用该设备或平台，由机构重新申报",
        citation=UNSOURCED,
    )


def reasons_against_revocation(revoked_at: datetime | None) -> tuple[Reason, ...]:
    """A source is revoked once."""
    if revoked_at is None:
        return ()
    return (
        Reason(
            code="source_already_revoked",
            field="source_id",
            message="该考勤设备或平台此前已停用",
            remedy="无需重复办理",
            citation=UNSOURCED,
        ),
    )


REFUSED_BY_CONSTRAINT = {"attendance_source_proposal_once": already_registered()}
"""Two officers register one proposal at once: the second learns it from the constraint."""
