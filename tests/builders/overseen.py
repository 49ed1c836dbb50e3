"""A registry in which money has gone all its ways honestly, for the checker and the auditor to look at."""

from dataclasses import dataclass
from uuid import UUID

from app.jobs.notices import run_clearance
from app.jobs.payments import run_payments
from app.jobs.sealing import run_sealing
from tests.builders.claims import DIVISION, Claimant, Office, lay_claimant
from tests.builders.payments import Paying, lay_paying
from tests.builders.peopled_money import created
from tests.registry_server import Registry


@dataclass(slots=True)
class Overseen:
    """A claim paid and partly recovered, one withdrawn, one submitted; all sealed."""

    registry: Registry
    paying: Paying
    claimant: Claimant
    claim_id: UUID
    claim_number: str
    recovery_id: str


async def lay_overseen(registry: Registry) -> Overseen:
    """Every step over the API by whoever may take it, and the jobs between."""
    paying = await lay_paying(registry, 0)
    office = Office(paying.reviewer, paying.approver)
    paid, withdrawn, submitted = [await lay_claimant(registry) for _ in range(3)]
    await paid.account()
    claim_id = await paid.submitted()
    await submitted.submitted()
    other = await withdrawn.submitted()
    answer = await withdrawn.citizen.post(f"/v1/me/claims/{other}:withdraw", json={"reason": "不再申领"})
    assert answer.status_code == 200, answer.text
    await office.steps(claim_id, "accept", "review", "approve")
    notice = {"title": "技能提升补贴公示", "division_code": DIVISION, "kinds": ["skill_upgrade"]}
    await created(paying.approver, "/v1/public-notices", notice)
    await registry.advance(days=16)
    assert await run_clearance(registry.house) == 1
    await run_sealing(registry.house)
    await paying.order([UUID(claim_id)])
    await run_payments(registry.house)
    cause = {"claim_id": claim_id, "cause": "mistake", "reason": "多发一个等级的差额", "amount_fen": 50_000}
    recovery = await created(paying.approver, "/v1/recoveries", cause)
    repaid = {
        "amount_fen": 20_000,
        "evidence": "银行回单2026-1",
        "happened_on": str((await registry.now()).date()),
    }
    await created(paying.payer, f"/v1/recoveries/{recovery['recovery_id']}/repayments", repaid)
    await run_sealing(registry.house)
    owner = await registry.owner()
    number = await owner.fetchval("SELECT claim_number FROM claim WHERE claim_id = $1::uuid", claim_id)
    return Overseen(registry, paying, paid, UUID(claim_id), number, recovery["recovery_id"])
