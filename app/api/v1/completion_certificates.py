"""培训合格证书 (certificates the registry issues when a class closes), for the person they name."""

from datetime import date
from typing import Self
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from app.archive.certificates.queries.completion import (
    CompletionCertificate,
    completion_certificates_of_person,
)
from app.archive.certificates.states import STATE_LABELS, CertificateState
from app.kernel.masking import mask_number_own_institution
from app.web.dependencies import Parts, ReadUnit
from app.web.problems import answers
from app.web.wire import Output

router = APIRouter(tags=["本人"])


class CompletionCertificateOut(Output):
    """培训合格证书，载明人社部发〔2024〕5号所列各项."""

    certificate_id: UUID
    certificate_number: str = Field(
        description="证书序列号，末位为校验码", examples=["H110105-2026-00000001-3"]
    )
    name: str = Field(description="姓名", examples=["示例学员"])
    identity_number_masked: str = Field(description="身份证件号码（遮盖）", examples=["110***********0012"])
    program_name: str = Field(description="培训项目名称", examples=["养老护理员五级培训"])
    starts_on: date = Field(description="培训开始日期")
    ends_on: date = Field(description="培训结束日期（含当日）")
    institution_name: str = Field(description="培训机构名称", examples=["某市示范职业培训学校"])
    issued_on: date = Field(description="发证日期")
    state: CertificateState
    state_label: str = Field(examples=["已核实"])
    record_number: str = Field(description="所证明的档案编号", examples=["R110105-2026-00000001-5"])

    @classmethod
    def of(cls, issued: CompletionCertificate) -> Self:
        """As the person it names sees it."""
        return cls(
            certificate_id=issued.certificate_id,
            certificate_number=issued.number,
            name=issued.name,
            identity_number_masked=mask_number_own_institution(issued.identity_number),
            program_name=issued.program_name,
            starts_on=issued.starts_on,
            ends_on=issued.ends_on,
            institution_name=issued.institution_name,
            issued_on=issued.issued_on,
            state=issued.state,
            state_label=STATE_LABELS[issued.state],
            record_number=issued.record_number,
        )


class CompletionCertificatesOut(Output):
    """本人的全部培训合格证书，最近的在前."""

    items: list[CompletionCertificateOut]


@router.get(
    "/v1/me/completion-certificates",
    summary="我的培训合格证书",
    response_model=CompletionCertificatesOut,
    responses=answers(),
)
async def my_completion_certificates(unit: ReadUnit, parts: Parts) -> CompletionCertificatesOut:
    """结班时由本系统核发；姓名和证件号码以发证时核验的为准。"""
    assert unit.actor.person_id is not None
    issued = await completion_certificates_of_person(unit, parts.keys, unit.actor.person_id)
    return CompletionCertificatesOut(items=[CompletionCertificateOut.of(each) for each in issued])
