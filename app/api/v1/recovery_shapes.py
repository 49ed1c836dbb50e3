"""Wire shapes of recoveries: amounts, causes and steps, nothing of persons."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import Row

from app.api.v1.budget_shapes import Fen
from app.subsidies.entitlements.states import BenefitKind
from app.subsidies.recoveries.rules import state_of
from app.subsidies.recoveries.states import (
    CAUSE_LABELS,
    STATE_LABELS,
    RecoveryCause,
    RecoveryState,
    StepKind,
    WriteOffDecision,
)
from app.subsidies.recoveries.tables import Recovery
from app.web.wire import Day, Input, Moment, Output, Why


class RecoveryIn(Input):
    """对一件已发放的申领立案追回；不写金额即全额."""

    claim_id: UUID
    cause: RecoveryCause
    reason: Annotated[Why, Field(examples=["经查实，培训期间本人未参加培训"])]
    amount_fen: Fen | None = None


class RepaymentIn(Input):
    """退回的款项."""

    amount_fen: Fen
    evidence: Annotated[Why, Field(examples=["缴款书2026-03-02第12号"])]
    happened_on: Day


class ReferralIn(Input):
    """移送司法机关的文书."""

    evidence: Annotated[Why, Field(examples=["京人社移〔2026〕3号"])]
    happened_on: Day


class WriteOffIn(Input):
    """核销建议."""

    amount_fen: Fen
    reason: Annotated[Why, Field(examples=["债务人死亡且无遗产，已取得法院裁定"])]


class WriteOffDecisionIn(Input):
    """对核销建议的决定."""

    decision: WriteOffDecision
    reason: Annotated[Why, Field(examples=["材料齐全，同意核销"])]


class DismissalIn(Input):
    """不予追回的理由."""

    reason: Annotated[Why, Field(examples=["证书已恢复有效，补贴无误"])]


class RecoveryOut(Output):
    """一件追回案；owed_fen 为尚未退回、也未核销的金额."""

    recovery_id: UUID
    recovery_number: str
    claim_id: UUID
    claim_number: str
    kind: BenefitKind
    division_code: str
    cause: RecoveryCause
    cause_name: str
    reason: str
    state: RecoveryState
    state_name: str
    amount_fen: int
    repaid_fen: int
    written_off_fen: int
    owed_fen: int
    due_on: date
    is_referred: bool
    ordered_at: datetime

    @classmethod
    def fields_of(cls, row: Row[Any]) -> dict[str, Any]:
        """The columns of a row and what follows from them."""
        state = state_of(
            amount_fen=row.amount_fen, repaid_fen=row.repaid_fen, written_off_fen=row.written_off_fen
        )
        return {
            **{name: value for name, value in row._mapping.items() if name in cls.model_fields},
            "cause_name": CAUSE_LABELS[RecoveryCause(row.cause)],
            "state": state,
            "state_name": STATE_LABELS[state],
            "owed_fen": row.amount_fen - row.repaid_fen - row.written_off_fen,
        }

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """One recovery."""
        return cls.model_validate(cls.fields_of(row))


class RecoveryStepOut(Output):
    """退回、核销或移送的一次登记."""

    kind: StepKind
    amount_fen: int | None
    evidence: str
    happened_on: date
    recorded_at: Moment


class WriteOffOut(Output):
    """一项核销建议及其决定."""

    proposal_id: UUID
    amount_fen: int
    reason: str
    proposed_at: Moment
    decision: WriteOffDecision | None
    decision_reason: str | None
    decided_at: Moment | None


class RecoveryDetailOut(RecoveryOut):
    """追回案及其全部登记."""

    steps: list[RecoveryStepOut]
    write_offs: list[WriteOffOut]

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """One recovery with its history."""
        steps = [_only(each, RecoveryStepOut) for each in row.steps]
        write_offs = [_only(each, WriteOffOut) for each in row.write_offs]
        return cls.model_validate({**cls.fields_of(row), "steps": steps, "write_offs": write_offs})


class RecoveryPage(Output):
    """一页追回案."""

    items: list[RecoveryOut]
    next_cursor: str | None


class RecoveryCaseOut(Output):
    """所依据的证书或档案失效而补贴已发出，等待经办人决定."""

    case_id: UUID
    claim_id: UUID
    claim_number: str
    kind: BenefitKind
    division_code: str
    amount_fen: int
    cause: RecoveryCause
    cause_name: str
    opened_at: datetime

    @classmethod
    def of(cls, row: Row[Any]) -> Self:
        """One case."""
        return cls.model_validate({**row._mapping, "cause_name": CAUSE_LABELS[RecoveryCause(row.cause)]})


class RecoveryCasePage(Output):
    """一页待决定的案件，最早的在前."""

    items: list[RecoveryCaseOut]
    next_cursor: str | None


class DismissedCaseOut(Output):
    """已决定不予追回的案件."""

    case_id: UUID


class OwnRecoveryOut(Output):
    """本人被追回的一笔补贴."""

    recovery_number: str
    cause: RecoveryCause
    cause_name: str
    reason: str
    state: RecoveryState
    state_name: str
    amount_fen: int
    repaid_fen: int
    written_off_fen: int
    due_on: date
    ordered_at: datetime

    @classmethod
    def of(cls, row: Recovery) -> Self:
        """One recovery as the citizen sees it."""
        state = state_of(
            amount_fen=row.amount_fen, repaid_fen=row.repaid_fen, written_off_fen=row.written_off_fen
        )
        return cls.model_validate(
            {
                **{name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)},
                "cause_name": CAUSE_LABELS[RecoveryCause(row.cause)],
                "state": state,
                "state_name": STATE_LABELS[state],
            }
        )


class OwnRecoveriesOut(Output):
    """本人的追回案，最近的在前."""

    items: list[OwnRecoveryOut]


def _only(stored: dict[str, Any], shape: type[Output]) -> dict[str, Any]:
    return {name: stored[name] for name in shape.model_fields}
