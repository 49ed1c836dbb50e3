"""Claims in every early state, for tests that walk all routes."""

from tests.builders.claims import Claimant, Office, lay_claimant, lay_office
from tests.registry_server import Registry


async def lay_claims(registry: Registry) -> tuple[Office, list[tuple[Claimant, dict[str, str]]]]:
    """The office, and each claimant with the ids of their claim: submitted, accepted, reviewed, on hold, appealed."""
    office = await lay_office(registry)
    laid = []
    for verbs in ((), (), ("accept",), ("accept", "review"), ("accept", "review", "approve")):
        claimant = await lay_claimant(registry)
        account_id = await claimant.account()
        claim_id = await claimant.submitted()
        await office.steps(claim_id, *verbs)
        ids = {"claim_id": claim_id, "account_id": account_id, "record_number": claimant.record_number}
        if not verbs:
            held = {"cause": "complaint", "reason": "收到举报"}
            await office.reviewer.post(f"/v1/claims/{claim_id}:hold", json=held)
            read = await office.reviewer.post(
                f"/v1/claims/{claim_id}:read", json={"case_number": "测试案件0001"}
            )
            ids["hold_id"] = read.json()["holds"][0]["hold_id"]
        laid.append((claimant, ids))
    declined, ids = laid[1]
    await office.step(ids["claim_id"], "decline", grounds=["not_claimant"], explanation="不是本人")
    filed = await declined.citizen.post(
        f"/v1/me/claims/{ids['claim_id']}/appeals", json={"channel": "review", "grounds": "材料是本人的"}
    )
    ids["appeal_id"] = filed.json()["appeal_id"]
    return office, laid
