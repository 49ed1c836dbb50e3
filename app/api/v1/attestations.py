"""未申领证明 (attestations): which registries must be asked before a claim is paid, and what each said."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from app.exchange.peers.actions.ask_registries import ask_registries
from app.exchange.peers.queries import registries_of_claim
from app.exchange.peers.states import ATTESTING_LABELS, Attesting
from app.web.dependencies import ReadUnit, WriteUnit
from app.web.idempotency import OnceOnly
from app.web.problems import answers
from app.web.wire import Output

router = APIRouter(tags=["补贴审核"])

ClaimId = Annotated[UUID, Path(description="申领标识")]


class RequiredRegistryOut(Output):
    """拨付前须先询问的一个登记机构及其依据；is_confirmed 为真才可拨付."""

    peer_id: UUID
    name: str
    document: str
    clause: str
    starts_on: date
    is_confirmed: bool


class AttestationOut(Output):
    """对一个登记机构的一次询问：答复与确认原样保存（JWS）."""

    attestation_id: UUID
    peer_id: UUID
    name: str
    asked_at: datetime
    tries: int
    last_failure: str | None
    closed_at: datetime | None
    outcome: Attesting | None
    outcome_label: str | None
    answered_at: datetime | None
    expires_at: datetime | None
    statement: str | None
    confirmed_at: datetime | None
    confirmation: str | None
    end_reason: str | None
    ended_at: datetime | None
    acknowledged_at: datetime | None

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "AttestationOut":
        """As stored."""
        outcome = stored["outcome"]
        label = None if outcome is None else ATTESTING_LABELS[Attesting(outcome)]
        return cls(**stored, outcome_label=label)


class KeptForOut(Output):
    """本地为外省登记机构保留着：到期或者解除之前，本地不能拨付."""

    name: str
    held_at: datetime
    expires_at: datetime
    confirmed_at: datetime | None
    settled_at: datetime | None


class AttestationsOut(Output):
    """须先询问的名单、历次询问、为他省的保留；有一个没有答复即为不完整，不能据以拨付."""

    claim_id: UUID
    is_partial: bool = Field(description="名单上还有登记机构没有答复")
    silent: list[str] = Field(description="没有答复的登记机构")
    required: list[RequiredRegistryOut]
    attestations: list[AttestationOut]
    kept_for: list[KeptForOut]

    @classmethod
    def of(cls, found: dict[str, Any]) -> "AttestationsOut":
        """As the door tells it."""
        answered = {
            each["peer_id"]
            for each in found["asked"]
            if each["closed_at"] is None and each["outcome"] is not None
        }
        silent = [
            each["name"]
            for each in found["required"]
            if each["standing"] is None and each["peer_id"] not in answered
        ]
        return cls(
            claim_id=found["claim_id"],
            is_partial=bool(silent),
            silent=silent,
            required=[
                RequiredRegistryOut(
                    is_confirmed=each["standing"] is not None,
                    **{name: each[name] for name in RequiredRegistryOut.model_fields if name in each},
                )
                for each in found["required"]
            ],
            attestations=[AttestationOut.of(each) for each in found["asked"]],
            kept_for=[KeptForOut(**each) for each in found["held_for"]],
        )


@router.get(
    "/v1/claims/{claim_id}/attestations",
    summary="未申领证明",
    response_model=AttestationsOut,
    responses=answers(404),
)
async def read_attestations(claim_id: ClaimId, unit: ReadUnit) -> AttestationsOut:
    """不含本人信息."""
    return AttestationsOut.of(await registries_of_claim(unit, claim_id))


@router.post(
    "/v1/claims/{claim_id}/attestations",
    summary="向名单上的登记机构询问",
    status_code=201,
    response_model=AttestationsOut,
    responses=answers(404, 409),
)
async def ask_for_attestations(claim_id: ClaimId, unit: WriteUnit, once: OnceOnly) -> Response:
    """向每个尚无有效答复的登记机构询问一次，由后台发出；对方不通时自动再问，在其答复之前为不完整."""
    return await once.answer(AttestationsOut.of(await ask_registries(unit, claim_id)))
