"""Wire shapes of claims for a whole class: what is filed, on promise or not, and the answer line by line."""

from uuid import UUID

from pydantic import Field

from app.api.v1.claim_shapes import RecordNumber
from app.subsidies.entitlements.states import BenefitKind, PayeeKind
from app.web.problems import ReasonOut
from app.web.wire import DivisionCodeText, Input, Output

BATCH_MAX = 200
"""How many lines one batch takes."""


class BatchCommitmentIn(Input):
    """项目制培训以告知承诺代替部分证明材料；文本由 claim-commitment 读取."""

    version: str = Field(min_length=1, max_length=20, examples=["2026-1"])
    digest: str = Field(pattern=r"^[0-9a-f]{64}$", description="承诺书全文的 SHA-256", examples=["0" * 64])
    fee_fen: int | None = Field(
        default=None,
        ge=1,
        le=10_000_000,
        description="承诺的每人培训费用（分），须与读取时相同",
        examples=[120000],
    )


class BatchIn(Input):
    """机构（用人单位）为一个班或若干人提交；档案编号与班级二选一."""

    kind: BenefitKind = Field(examples=["training"])
    payee_kind: PayeeKind = Field(examples=["institution"])
    record_numbers: list[RecordNumber] | None = Field(default=None, min_length=1, max_length=BATCH_MAX)
    opening_id: UUID | None = Field(default=None, description="该班全部有效档案")
    division_code: DivisionCodeText | None = Field(
        default=None, description="当地规定不由培训地受理的，填写受理地", examples=["110105"]
    )
    voucher_id: UUID | None = Field(default=None, description="以职业培训券支付的，只能提交一人")
    commitment: BatchCommitmentIn | None = Field(
        default=None, description="告知承诺（国办发〔2019〕24号五(十七)）；须填写 opening_id，由机构收款"
    )


class BatchLineOut(Output):
    """一行的结果."""

    line: int = Field(examples=[1])
    record_number: str
    claim_id: UUID | None
    claim_number: str | None = Field(examples=["S110105-2026-00000001"])
    reason: ReasonOut | None


class BatchOut(Output):
    """逐行结果；未提交的行不占用次数，改正后可以再次提交."""

    batch_id: UUID
    submitted: int
    refused: int
    lines: list[BatchLineOut]
