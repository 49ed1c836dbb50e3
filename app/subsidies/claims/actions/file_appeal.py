"""复核、复议、诉讼: somebody goes against a refusal, or an officer takes down that they have."""

from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.access.unit import Unit
from app.audit.events import announce, record_event
from app.kernel.errors import Refused
from app.subsidies.claims.actions.check_step import check_standing
from app.subsidies.claims.rules.deadlines import reasons_against_appealing
from app.subsidies.claims.rules.steps import Decided
from app.subsidies.claims.states import AppealChannel, Step

_STORE = text("""
    INSERT INTO claim_appeal (person_id, appeal_id, claim_id, round, channel, grounds, filed_by)
    VALUES (:person_id, :appeal_id, :claim_id, :round, :channel, :grounds, :actor)
""")


async def file_appeal(unit: Unit, found: Decided, *, channel: AppealChannel, grounds: str) -> UUID:
    """The appeal's id. Raises ``Refused`` when there is no decision to go against, or the period is over.

    An officer who takes down an appeal that a court or the reviewing body has admitted is not held to the period:
    whether it was kept is theirs to say.
    """
    check_standing(unit, Step.APPEAL, found.standing)
    is_taken_down = unit.actor.is_agency and channel is not AppealChannel.REVIEW
    late = reasons_against_appealing(channel, found.told_on, unit.today, found.division)
    if late and not is_taken_down:
        raise Refused(late)
    appeal_id = uuid7()
    await unit.session.execute(
        _STORE,
        {
            "person_id": found.person_id,
            "appeal_id": appeal_id,
            "claim_id": found.claim_id,
            "round": found.standing.round,
            "channel": channel.value,
            "grounds": grounds,
            "actor": unit.actor.principal_id,
        },
    )
    await record_event(
        unit,
        "claim:appealed",
        subject_kind="claim",
        subject_id=found.claim_id,
        details={"appeal": str(appeal_id), "channel": channel.value, "round": found.standing.round},
    )
    await announce(unit, "claim.appealed", {"claim_id": str(found.claim_id), "appeal_id": str(appeal_id)})
    return appeal_id
