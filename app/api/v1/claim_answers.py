"""Answers about one claim: where it stands, why, what comes next; each reader sees what is theirs to see."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from app.access.actor import PrincipalKind
from app.api.v1.claim_shapes import DecisionNoticeOut, MoveOut, due_of
from app.kernel.clock import parse_instant
from app.subsidies.claims.queries.doors import FoundClaim
from app.subsidies.claims.rules.deadlines import NEXT_STEP
from app.subsidies.claims.states import STATE_LABELS, AppealChannel, AppealOutcome, ClaimState
from app.subsidies.entitlements.states import KIND_LABELS, BenefitKind, PayeeKind
from app.web.wire import PROVISIONAL, Output


class SupplementOut(Output):
    """补正：要求补齐的全部内容、期限和答复."""

    requests: list[str]
    due_on: date
    requested_at: datetime
    answered_at: datetime | None
    answers: list[str] | None

    @classmethod
    def of(cls, stored: Mapping[str, Any] | None) -> Self | None:
        """What was asked for, if anything was."""
        if stored is None:
            return None
        return cls(
            requests=stored["requests"],
            due_on=stored["due_on"],
            requested_at=stored["requested_at"],
            answered_at=stored["answered_at"],
            answers=None if stored["answer"] is None else stored["answer"]["answers"],
        )


class PaperListedOut(Output):
    """一份补正材料：经办人打开时另行留痕，文件名也在那时告知."""

    paper_id: UUID
    media_type: str
    size_bytes: int
    uploaded_at: datetime
    uploader_kind: PrincipalKind

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """A stored paper."""
        return cls(**{name: stored[name] for name in cls.model_fields})


class AppealOut(Output):
    """一项救济."""

    appeal_id: UUID
    channel: AppealChannel
    round: int
    filer_kind: PrincipalKind = Field(description="由谁提出：本人、机构，或经办人在窗口登记")
    grounds: str
    filed_at: datetime
    outcome: AppealOutcome | None
    outcome_reason: str | None
    decided_at: datetime | None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """A stored appeal."""
        return cls(**{name: stored[name] for name in cls.model_fields})


class MyClaimOut(Output):
    """我的一件申领：办理进度、通知书、理由、下一步和期限."""

    claim_id: UUID
    claim_number: str = Field(examples=["S110105-2026-00000001"])
    kind: BenefitKind
    kind_label: str
    record_number: str
    division_code: str
    state: ClaimState
    state_label: str
    next_step: str
    due_on: date | None
    due_is_provisional: bool = Field(description=PROVISIONAL)
    version: int
    round: int
    submitted_at: datetime
    account_id: UUID | None
    amount_fen: int | None = Field(description="已批准的金额；尚未批准的为空")
    supplement: SupplementOut | None
    moves: list[MoveOut]
    notices: list[DecisionNoticeOut]
    appeals: list[AppealOut]

    @classmethod
    def of(cls, found: FoundClaim) -> Self:
        """The citizen's own claim; who decided is not told, the notices name the agency."""
        claim, steps = found.claim, found.steps
        state = ClaimState(claim["state"])
        supplement = SupplementOut.of(steps["supplement"])
        asked_until = None if supplement is None else supplement.due_on
        due = due_of(state, parse_instant(claim["state_since"]), found.division, asked_until)
        approved = [each for each in steps["approvals"] if each["decision"] == "approved"]
        return cls(
            claim_id=found.claim_id,
            claim_number=found.number,
            kind=BenefitKind(claim["kind"]),
            kind_label=KIND_LABELS[BenefitKind(claim["kind"])],
            record_number=claim["record_number"],
            division_code=found.division,
            state=state,
            state_label=STATE_LABELS[state],
            next_step=NEXT_STEP[state],
            due_on=None if due is None else due.on,
            due_is_provisional=due is not None and due.is_provisional,
            version=claim["version"],
            round=found.round,
            submitted_at=claim["submitted_at"],
            account_id=claim["account_id"],
            amount_fen=approved[-1]["amount_fen"] if approved else None,
            supplement=supplement,
            moves=MoveOut.of_all(steps["moves"]),
            notices=[DecisionNoticeOut.of(each) for each in steps["notices"]],
            appeals=[AppealOut.of(each) for each in steps["appeals"]],
        )


class HoldOut(Output):
    """一次暂停."""

    hold_id: UUID
    reason_code: str
    reason: str
    placed_at: datetime
    released_at: datetime | None
    release_reason: str | None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """A stored hold."""
        return cls(**{name: stored[name] for name in cls.model_fields})


class ReviewOut(Output):
    """一轮审核：结论、金额、所依据的事实和全部理由，原样保存."""

    round: int
    verdict: str
    amount_fen: int
    edition_id: UUID
    reviewed_at: datetime
    reviewed_by_me: bool
    facts: dict[str, Any]
    reasons: list[dict[str, Any]]


class ClaimReadOut(Output):
    """经办人查看的一件申领：当前事实、历次审核、通知书和办理过程."""

    claim_id: UUID
    claim_number: str
    kind: BenefitKind
    kind_label: str
    payee_kind: PayeeKind
    division_code: str
    state: ClaimState
    state_label: str
    next_step: str
    due_on: date | None
    due_is_provisional: bool = Field(description=PROVISIONAL)
    version: int
    round: int
    is_held: bool
    submitted_at: datetime
    facts: dict[str, Any] = Field(description="依据条目、证书、培训、重点群体、各地已享受情况、账户核对结果")
    supplement: SupplementOut | None
    papers: list[PaperListedOut] = Field(
        description="随补正提交的材料，本人和机构提交的都在内；提交补正之前为空"
    )
    reviews: list[ReviewOut]
    holds: list[HoldOut]
    appeals: list[AppealOut]
    moves: list[MoveOut]
    notices: list[DecisionNoticeOut]

    @classmethod
    def of(cls, found: FoundClaim, reader: UUID) -> Self:
        """Everything a decision rests on; the facts name neither number nor account."""
        claim, steps = found.claim, found.steps
        state, kind = ClaimState(claim["state"]), BenefitKind(claim["kind"])
        supplement = SupplementOut.of(steps["supplement"])
        asked_until = None if supplement is None else supplement.due_on
        due = due_of(state, parse_instant(claim["state_since"]), found.division, asked_until)
        return cls(
            claim_id=found.claim_id,
            claim_number=found.number,
            kind=kind,
            kind_label=KIND_LABELS[kind],
            payee_kind=PayeeKind(claim["payee_kind"]),
            division_code=found.division,
            state=state,
            state_label=STATE_LABELS[state],
            next_step=NEXT_STEP[state],
            due_on=None if due is None else due.on,
            due_is_provisional=due is not None and due.is_provisional,
            version=claim["version"],
            round=found.round,
            is_held=steps["is_held"],
            submitted_at=claim["submitted_at"],
            facts=found.picture,
            supplement=supplement,
            papers=[PaperListedOut.of(each) for each in steps["papers"] if found.is_supplement_answered],
            reviews=[
                ReviewOut(
                    round=each["round"],
                    verdict=each["verdict"],
                    amount_fen=each["amount_fen"],
                    edition_id=each["edition_id"],
                    reviewed_at=each["reviewed_at"],
                    reviewed_by_me=each["reviewed_by"] == str(reader),
                    facts=each["facts"],
                    reasons=each["reasons"],
                )
                for each in steps["reviews"]
            ],
            holds=[HoldOut.of(each) for each in steps["holds"]],
            appeals=[AppealOut.of(each) for each in steps["appeals"]],
            moves=MoveOut.of_all(steps["moves"]),
            notices=[DecisionNoticeOut.of(each) for each in steps["notices"]],
        )


class StepOut(Output):
    """办理结果."""

    claim_id: UUID
    claim_number: str
    state: ClaimState
    state_label: str
    notice_number: str | None = Field(examples=["N110105-2026-00000001"])
    due_on: date | None

    @classmethod
    def of(
        cls, found: FoundClaim, state: ClaimState, *, notice: str | None = None, due_on: date | None = None
    ) -> Self:
        """A claim after a step."""
        return cls(
            claim_id=found.claim_id,
            claim_number=found.number,
            state=state,
            state_label=STATE_LABELS[state],
            notice_number=notice,
            due_on=due_on,
        )
