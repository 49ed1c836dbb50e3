"""Answer a correction request: refused with reasons, or accepted by a correction that is already proposed."""

from uuid import UUID

from sqlalchemy import text

from app.access.unit import Unit
from app.archive.correction_requests.rules import ALREADY_ANSWERED, CORRECTION_OF_ANOTHER
from app.archive.correction_requests.states import Answered, RequestAnswer
from app.audit.events import announce, record_event
from app.kernel.errors import Conflict, NotFound, Refused

_ANSWER = text("SELECT answer_correction_request(:actor, :request_id, :answer, :reason, :correction_id)")


async def answer_request(
    unit: Unit, *, request_id: UUID, answer: RequestAnswer, reason: str, correction_id: UUID | None
) -> None:
    """Raises NotFound outside the area or without the permission, Conflict, Refused for another entry's correction."""
    said = await unit.session.scalar(
        _ANSWER,
        {
            "actor": unit.actor.principal_id,
            "request_id": request_id,
            "answer": answer,
            "reason": reason,
            "correction_id": correction_id,
        },
    )
    match Answered(said):
        case Answered.ABSENT:
            raise NotFound
        case Answered.CORRECTION_OF_ANOTHER:
            raise Refused([CORRECTION_OF_ANOTHER])
        case Answered.ALREADY_ANSWERED:
            raise Conflict([ALREADY_ANSWERED])
        case Answered.ANSWERED:
            pass
    details = {"answer": answer.value}
    await record_event(
        unit,
        "correction_request:answered",
        subject_kind="correction_request",
        subject_id=request_id,
        details=details,
    )
    await announce(unit, "correction_request.answered", {"request_id": str(request_id), **details})
