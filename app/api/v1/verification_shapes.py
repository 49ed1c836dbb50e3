"""Wire shapes of verification."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from app.exchange.verification.rules import DISCLOSURES, Disclosure
from app.exchange.verification.states import Outcome, VerificationPurpose
from app.kernel.names import MAX_NAME_CHARACTERS
from app.web.problems import CitationOut
from app.web.wire import CaseNumber, Input, Output, ShortLine

RecordNumberText = Annotated[
    str, Field(pattern=r"^R[0-9]{6}-[0-9]{4}-[0-9]{8}-[0-9X]$", examples=["R110105-2026-00000001-5"])
]
PersonName = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_NAME_CHARACTERS), Field(examples=["张三"])
]


class VerificationIn(Input):
    """核验请求：身份证件号码与姓名，以及培训档案编号或证书编号之一；两个编号都不填则核验本人有无有效档案."""

    identity_number: ShortLine = Field(examples=["110105194910010023"])
    name: PersonName
    record_number: RecordNumberText | None = None
    certificate_number: ShortLine | None = Field(default=None, examples=["S000032011002261000011"])
    purpose: VerificationPurpose = Field(description="核验事由，决定答复包含哪些内容")
    case_number: CaseNumber
    is_signed: bool = Field(default=False, description="是否同时给出可交他人验证的签名答复（JWS）")

    @model_validator(mode="after")
    def one_number(self) -> Self:
        """One of the two numbers at most."""
        if self.record_number is not None and self.certificate_number is not None:
            raise ValueError("档案编号与证书编号只能填写一个，请分两次核验")
        return self


class VerifiedItemOut(Output):
    """一条档案或一张证书；核验事由不需要的内容不出现."""

    source: str = Field(description="record 培训档案，certificate 证书", examples=["record"])
    number: str | None = Field(
        description="培训档案编号；证书编号不回显", examples=["R110105-2026-00000001-5"]
    )
    kind: str = Field(examples=["completion"])
    state: str = Field(examples=["valid"])
    title: str | None = Field(default=None, examples=["养老护理员初级技能培训"])
    occupation_edition: int | None = Field(default=None, examples=[2022])
    occupation_code: str | None = Field(default=None, examples=["4-10-01-05"])
    skill_level: str | None = Field(default=None, examples=["level_5"])
    issuer: str | None = Field(default=None, description="培训机构或发证机构", examples=["示例职业培训学校"])
    division_code: str | None = Field(default=None, examples=["110105"])
    starts_on: date | None = None
    ends_on: date | None = Field(default=None, description="培训结束日期，或证书签发日期")
    credited_minutes: int | None = Field(default=None, description="认定课时，分钟")
    is_sealed: bool | None = Field(default=None, description="是否已入库封存；证书无此项")
    successor: str | None = Field(default=None, description="代替它的档案编号")
    revoked_at: datetime | None = None
    valid_until: date | None = None
    confirmed_at: datetime | None = Field(default=None, description="评价工作网最近一次核实的时间")


class VerificationOut(Output):
    """核验答复；查无此人、姓名不符、编号不属于本人，答复相同."""

    verification_id: str = Field(examples=["0198c0de-7f00-7000-8000-00000000abcd"])
    outcome: Outcome
    items: list[VerifiedItemOut] = Field(description="与结论相应的档案或证书，最多20条，新的在前")
    answered_at: datetime
    expires_at: datetime = Field(description="此后应重新核验")
    statement: str | None = Field(
        description="签名答复（JWS，ES256，公钥见 /.well-known/jwks.json）；不含姓名和号码，"
        "subject 为 SHA-256（盐、身份证件号码、姓名、证书编号，后三项各以零字节结尾）"
    )
    salt: str | None = Field(description="签名答复所用的盐，请自行留存：凭它才能证明答复说的是谁")


class DisclosureOut(Output):
    """一种核验事由."""

    purpose: VerificationPurpose
    label: str = Field(examples=["补贴审核"])
    fields: list[str] = Field(examples=[["source", "number", "kind", "state"]])
    basis: list[CitationOut]

    @classmethod
    def of(cls, purpose: VerificationPurpose, disclosure: Disclosure) -> "DisclosureOut":
        """One line of the table."""
        return cls(
            purpose=purpose,
            label=disclosure.label,
            fields=list(disclosure.fields),
            basis=[
                CitationOut(document=each.document, clause=each.clause, note=None)
                for each in disclosure.basis
            ],
        )


class DisclosuresOut(Output):
    """各核验事由可以看到的内容与依据."""

    items: list[DisclosureOut]

    @classmethod
    def of_all(cls) -> "DisclosuresOut":
        """The whole table."""
        return cls(items=[DisclosureOut.of(*each) for each in DISCLOSURES.items()])
