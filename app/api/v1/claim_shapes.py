"""Wire shapes of claims: what is filed, how lists and steps look, and how a verdict explains itself."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import Field

from app.kernel.clock import law_date
from app.kernel.errors import UNSOURCED, Citation
from app.kernel.money import in_yuan
from app.policy.values import PolicyConfidence
from app.reference.calendar import DueDay
from app.subsidies.claims.queries.lists import ListedClaim
from app.subsidies.claims.rules.deadlines import NEXT_STEP, deadline_of
from app.subsidies.claims.states import NOTICE_LABELS, STATE_LABELS, ClaimState, NoticeKind
from app.subsidies.entitlements.rules.verdict import RuleReason, RuleVersion, Verdict
from app.subsidies.entitlements.states import (
    KIND_LABELS,
    OUTCOME_LABELS,
    RESULT_LABELS,
    BenefitKind,
    Outcome,
    PayeeKind,
    RuleResult,
)
from app.web.problems import CitationOut
from app.web.wire import PROVISIONAL, CaseNumber, DivisionCodeText, Input, Output, ShortLine

RecordNumber = Annotated[
    str, Field(pattern=r"^R[0-9]{6}-[0-9]{4}-[0-9]{8}-[0-9X]$", examples=["R110105-2026-00000001-5"])
]


class MyClaimIn(Input):
    """本人申领一项补贴."""

    record_number: RecordNumber
    kind: BenefitKind = Field(examples=["skill_upgrade"])
    division_code: DivisionCodeText | None = Field(
        default=None,
        description="参保地（或规定的受理地）；联网查得参保地的，以查得的为准",
        examples=["110105"],
    )
    account_id: UUID | None = Field(default=None, description="本人账户；不填的用最近登记的一个")


class CounterClaimIn(MyClaimIn):
    """窗口代为提交；查询会向本人公开."""

    case_number: CaseNumber


class EligibilityIn(Input):
    """试算：不保存任何申领."""

    record_number: RecordNumber
    kind: BenefitKind = Field(examples=["skill_upgrade"])
    division_code: DivisionCodeText | None = Field(default=None, examples=["110105"])
    payee_kind: PayeeKind = PayeeKind.PERSON
    case_number: CaseNumber | None = Field(default=None, description="经办人须填写；劳动者本人不填")


class SubmittedClaimOut(Output):
    """已提交；申领日期以此刻为准."""

    claim_id: UUID
    claim_number: str = Field(examples=["S110105-2026-00000001"])
    division_code: str = Field(examples=["110105"])
    state: ClaimState
    state_label: str
    next_step: str
    due_on: date | None = Field(description="经办机构受理的最后一日；当地没有规定的为空")
    due_is_provisional: bool = Field(description=PROVISIONAL)

    @classmethod
    def of(cls, claim_id: UUID, claim_number: str, division: str, today: date) -> Self:
        """A claim just filed."""
        deadline = deadline_of(ClaimState.SUBMITTED, today, division)
        return cls(
            claim_id=claim_id,
            claim_number=claim_number,
            division_code=division,
            state=ClaimState.SUBMITTED,
            state_label=STATE_LABELS[ClaimState.SUBMITTED],
            next_step=NEXT_STEP[ClaimState.SUBMITTED],
            due_on=None if deadline is None else deadline.due_on,
            due_is_provisional=deadline is not None and deadline.is_provisional,
        )


class ListedClaimOut(Output):
    """列表中的一件；不含个人信息."""

    claim_id: UUID
    claim_number: str = Field(examples=["S110105-2026-00000001"])
    kind: BenefitKind
    kind_label: str
    division_code: str
    state: ClaimState
    state_label: str
    next_step: str
    due_on: date | None
    due_is_provisional: bool = Field(description=PROVISIONAL)
    is_overdue: bool
    is_held: bool | None
    round: int
    version: int
    payee_kind: PayeeKind
    record_number: str | None
    batch_id: UUID | None
    submitted_at: datetime
    state_since: datetime
    amount_fen: int | None

    @classmethod
    def of(cls, claim: ListedClaim, today: date) -> Self:
        """One line of a list."""
        due = due_of(claim.state, claim.state_since, claim.division_code, claim.supplement_due_on)
        return cls(
            claim_id=claim.claim_id,
            claim_number=claim.claim_number,
            kind=claim.kind,
            kind_label=KIND_LABELS[claim.kind],
            division_code=claim.division_code,
            state=claim.state,
            state_label=STATE_LABELS[claim.state],
            next_step=NEXT_STEP[claim.state],
            due_on=None if due is None else due.on,
            due_is_provisional=due is not None and due.is_provisional,
            is_overdue=due is not None and due.on < today,
            is_held=claim.is_held,
            round=claim.round,
            version=claim.version,
            payee_kind=PayeeKind(claim.payee_kind),
            record_number=claim.record_number,
            batch_id=claim.batch_id,
            submitted_at=claim.submitted_at,
            state_since=claim.state_since,
            amount_fen=claim.amount_fen,
        )


class ClaimsOut(Output):
    """一页申领."""

    items: list[ListedClaimOut]
    next_cursor: str | None


class RuleVersionOut(Output):
    """所用的政策取值：自何日起、在何地、出自何处."""

    key: str
    title: str
    value: str
    from_day: date
    division: str
    confidence: PolicyConfidence
    citation: CitationOut
    note: str | None

    @classmethod
    def of(cls, version: RuleVersion) -> Self:
        """One value."""
        return cls(
            key=version.key,
            title=version.title,
            value=version.value,
            from_day=version.from_day,
            division=version.division,
            confidence=version.confidence,
            citation=citation_out(version.citation),
            note=version.note,
        )


class RuleFactOut(Output):
    """规则所见的一项事实."""

    name: str
    value: str


class RuleReasonOut(Output):
    """一条规则的结论：依据、取值、事实，以及可以怎么办."""

    code: str = Field(examples=["insured_months"])
    result: RuleResult
    result_label: str
    message: str
    citation: CitationOut
    versions: list[RuleVersionOut]
    facts: list[RuleFactOut]
    remedy: str | None
    until: date | None

    @classmethod
    def of(cls, reason: RuleReason) -> Self:
        """One rule."""
        return cls(
            code=reason.code,
            result=reason.result,
            result_label=RESULT_LABELS[reason.result],
            message=reason.message,
            citation=citation_out(reason.citation),
            versions=[RuleVersionOut.of(version) for version in reason.versions],
            facts=[RuleFactOut(name=used.name, value=used.value) for used in reason.facts],
            remedy=reason.remedy,
            until=reason.until,
        )


class VerdictOut(Output):
    """结论和全部理由；查不到的事实不作结论."""

    kind: BenefitKind
    kind_label: str
    outcome: Outcome
    outcome_label: str
    amount_fen: int
    amount: str = Field(examples=["1500.00元"])
    standard_fen: int | None
    last_claim_day: date | None
    days_left: int | None
    rule_day: date | None
    reasons: list[RuleReasonOut]

    @classmethod
    def of(cls, verdict: Verdict, today: date) -> Self:
        """A verdict as of today."""
        last = verdict.last_claim_day
        return cls(
            kind=verdict.kind,
            kind_label=KIND_LABELS[verdict.kind],
            outcome=verdict.outcome,
            outcome_label=OUTCOME_LABELS[verdict.outcome],
            amount_fen=verdict.amount_fen,
            amount=in_yuan(verdict.amount_fen),
            standard_fen=verdict.standard_fen,
            last_claim_day=last,
            days_left=None if last is None else max((last - today).days, 0),
            rule_day=verdict.rule_day,
            reasons=[RuleReasonOut.of(reason) for reason in verdict.reasons],
        )


class EligibilityOut(Output):
    """试算结果."""

    record_number: str
    division_code: str | None = Field(description="受理地；参保地未查明且没有填写的为空")
    verdict: VerdictOut


class NoticeReasonOut(Output):
    """通知书中的一条理由；机构只见代码和依据."""

    code: str
    message: str | None
    citation: CitationOut | None
    remedy: str | None
    until: date | None


class NoticeRemedyOut(Output):
    """一种救济途径及其最后一日."""

    channel: str = Field(examples=["reconsideration"])
    text: str
    until: date
    citation: CitationOut


class DecisionNoticeOut(Output):
    """编号的通知书或决定书."""

    notice_number: str = Field(examples=["N110105-2026-00000001"])
    kind: NoticeKind
    kind_label: str
    issued_at: datetime
    reasons: list[NoticeReasonOut]
    remedies: list[NoticeRemedyOut]

    @classmethod
    def of(cls, notice: Mapping[str, Any], *, codes_only: bool = False) -> Self:
        """A stored notice. ``codes_only``: what an institution may know of a person's decision."""
        kind = NoticeKind(notice["kind"])
        return cls(
            notice_number=notice["notice_number"],
            kind=kind,
            kind_label=NOTICE_LABELS[kind],
            issued_at=notice["issued_at"],
            reasons=[
                NoticeReasonOut(
                    code=each["code"],
                    message=None if codes_only else each["message"],
                    citation=stored_citation(each["citation"]),
                    remedy=None if codes_only else each["remedy"],
                    until=None if codes_only else each["until"],
                )
                for each in notice["reasons"]
            ],
            remedies=[
                NoticeRemedyOut(
                    channel=each["channel"],
                    text=each["text"],
                    until=each["until"],
                    citation=citation_out(Citation(**each["citation"])),
                )
                for each in notice.get("remedies", ())
            ],
        )


class MoveOut(Output):
    """办理进度的一步."""

    at: datetime
    from_state: ClaimState
    to_state: ClaimState
    to_label: str
    round: int

    @classmethod
    def of_all(cls, moves: Sequence[Mapping[str, Any]]) -> list[Self]:
        """Steps in order."""
        return [
            cls(
                at=each["moved_at"],
                from_state=each["from_state"],
                to_state=each["to_state"],
                to_label=STATE_LABELS[ClaimState(each["to_state"])],
                round=each["round"],
            )
            for each in moves
        ]


def due_of(
    state: ClaimState, since: datetime, division: str, supplement_due_on: date | None
) -> DueDay | None:
    """The last day of whatever is waited for; the claimant's own while 补正 is asked."""
    if state is ClaimState.SUPPLEMENT_REQUESTED:
        return None if supplement_due_on is None else DueDay(supplement_due_on, is_provisional=False)
    deadline = deadline_of(state, law_date(since), division)
    return None if deadline is None else DueDay(deadline.due_on, deadline.is_provisional)


def citation_out(citation: Citation) -> CitationOut:
    """A clause as answers show it."""
    note = "登记系统的办理口径，没有文件规定" if citation == UNSOURCED else None
    return CitationOut(document=citation.document, clause=citation.clause, note=note)


def stored_citation(stored: Mapping[str, str] | None) -> CitationOut | None:
    """A clause as notices and reviews store it."""
    return None if stored is None else citation_out(Citation(stored["document"], stored["clause"]))


AccountTail = Annotated[str, Field(examples=["6789"], description="账号末四位")]
BankName = ShortLine
