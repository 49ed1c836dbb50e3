"""How an appeal ends: the refusal stands, or others decide again, in a new round, with a fresh key and slot."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import NotFound, Reason, Refused
from app.subsidies.claims.actions.issue_notice import issue_notice
from app.subsidies.claims.queries.doors import FoundClaim
from app.subsidies.claims.rules.deadlines import clause_of
from app.subsidies.claims.rules.notices import of_reasons
from app.subsidies.claims.rules.outcomes import REASON_OF_OUTCOME
from app.subsidies.claims.states import AppealChannel, AppealOutcome, ClaimState, NoticeKind, SubmitOutcome

_DECIDE = text("SELECT decide_appeal(:actor, :appeal_id, :outcome, :reason)")
_WORDS = {
    AppealOutcome.UPHELD: ("维持原决定", "对结果不服的，可按原决定书载明的其他方式申诉"),
    AppealOutcome.DECIDE_AGAIN: ("撤销原决定，另行办理", "由其他经办人重新审核，无需重新提交"),
    AppealOutcome.WITHDRAWN: ("申诉已撤回", "原决定继续有效"),
}


async def decide_appeal(
    unit: Unit, found: FoundClaim, *, appeal_id: UUID, outcome: AppealOutcome, reason: str
) -> str:
    """The notice's number. Raises ``NotFound``, and ``Refused`` when it is decided or another claim holds the key."""
    appeal = next((each for each in found.steps["appeals"] if each["appeal_id"] == str(appeal_id)), None)
    if appeal is None:
        raise NotFound
    answer = (
        await unit.session.execute(
            _DECIDE,
            {
                "actor": unit.actor.principal_id,
                "appeal_id": appeal_id,
                "outcome": outcome.value,
                "reason": reason,
            },
        )
    ).scalar_one()
    if answer != outcome.value:
        raise Refused([_refusal(answer)])
    said, remedy = _WORDS[outcome]
    if outcome is AppealOutcome.DECIDE_AGAIN and found.claim["state"] == ClaimState.NOT_ACCEPTED:
        remedy = "原申领占用的次数已经退回，请重新提交申领"
    number = await issue_notice(
        unit,
        person_id=found.person_id,
        claim_id=found.claim_id,
        division=found.division,
        kind=NoticeKind.APPEAL,
        reasons=of_reasons(
            [
                Reason(
                    code=outcome.value,
                    message=f"{said}：{reason}",
                    remedy=remedy,
                    citation=clause_of(AppealChannel(appeal["channel"]), unit.today, found.division),
                )
            ]
        ),
    )
    await record_event(
        unit,
        "claim:appeal_decided",
        subject_kind="claim",
        subject_id=found.claim_id,
        details={"appeal": str(appeal_id), "outcome": outcome.value, "notice": number},
    )
    await announce(unit, "claim.appeal_decided", {"claim_id": str(found.claim_id), "outcome": outcome.value})
    return number


def _refusal(answer: str) -> Reason:
    """What the door answered instead: the key or the place was taken meanwhile, or somebody else has decided."""
    if answer in set(SubmitOutcome):
        return REASON_OF_OUTCOME[SubmitOutcome(answer)]
    return Reason(
        code="appeal_already_decided", message="这项申诉已有结果", remedy="请重新读取申领，无需再次办理"
    )
