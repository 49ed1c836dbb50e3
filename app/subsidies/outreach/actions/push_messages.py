"""Ask for a message to everybody of an area who could claim a subsidy (精准推送); on one day each is told once."""

from sqlalchemy import text

from app.access.unit import Unit
from app.audit.events import record_event
from app.kernel.errors import NotFound
from app.reference.divisions import prefix_of
from app.subsidies.entitlements.states import BenefitKind

_PUSH = text("SELECT push_proactive(:prefix, :kind)")


async def push_messages(unit: Unit, *, division_code: str, kind: BenefitKind) -> int:
    """How many were asked for; those without a last day hear nothing. Raises NotFound outside the officer's area."""
    prefix = prefix_of(division_code)
    if not prefix.startswith(prefix_of(unit.actor.division_code or "")):
        raise NotFound(title="不在您的辖区")
    asked = int(await unit.session.scalar(_PUSH, {"prefix": prefix, "kind": kind}) or 0)
    await record_event(
        unit,
        "proactive:pushed",
        subject_kind="division",
        subject_id=division_code,
        details={"kind": kind.value, "messages": asked},
    )
    return asked
