"""Refuse a step that cannot be taken, with every reason, before the database would."""

from app.access.unit import Unit
from app.kernel.errors import PreconditionFailed, Refused
from app.subsidies.claims.queries.doors import FoundClaim
from app.subsidies.claims.rules.steps import Standing, reasons_against
from app.subsidies.claims.states import Step


def check_step(unit: Unit, step: Step, found: FoundClaim, *, expected_version: int | None = None) -> None:
    """Raises ``PreconditionFailed`` when the claim has changed since it was read, ``Refused`` otherwise."""
    check_standing(unit, step, found.standing(unit.today), expected_version=expected_version)


def check_standing(
    unit: Unit, step: Step, standing: Standing, *, expected_version: int | None = None
) -> None:
    """The same, of a claim of which no more than its standing is known."""
    reasons = reasons_against(
        step, standing, actor=unit.actor.principal_id, expected_version=expected_version
    )
    if any(reason.code == "claim_changed" for reason in reasons):
        raise PreconditionFailed(reasons)
    if reasons:
        raise Refused(reasons)
