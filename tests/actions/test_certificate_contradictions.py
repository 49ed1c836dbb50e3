"""The network contradicts itself: what it said before its last word holds no number and stops no sync."""

from datetime import timedelta
from uuid import UUID

import pytest

from app.access.actor import Permission
from app.access.unit import system_unit
from app.archive.certificates.actions.store_answers import Stored, Told, store_answers
from app.archive.certificates.states import AnswerChannel, AnswerOutcome
from app.db.roles import DatabaseRole
from tests.builders.certificates import (
    Printed,
    check,
    decide,
    mine,
    on_network,
    printed,
    report,
    revoke_entry,
)
from tests.builders.finished_class import Trainee, lay_person
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio
ANNA, BO = Trainee(serial=951), Trainee(serial=952, name="测试另人")


async def claimants(registry: Registry) -> tuple[Printed, list[tuple[UUID, Caller, UUID]]]:
    """Anna and Bo both say that the one certificate is theirs; nobody has been asked yet."""
    paper, found = await printed(registry), []
    for trainee in (ANNA, BO):
        person_id, _ = await lay_person(registry, trainee)
        citizen = await registry.citizen(person_id)
        found.append((person_id, citizen, UUID(await report(citizen, paper))))
    return paper, found


async def tell(
    registry: Registry, claims: list[tuple[UUID, Caller, UUID]], *said: tuple[int, str, int]
) -> Stored:
    """``(claim, outcome, hour)`` in one batch, as a page of changes tells them."""
    now = await registry.now()
    told = [
        Told(
            person_id=claims[at][0],
            certificate_id=claims[at][2],
            outcome=AnswerOutcome(outcome),
            channel=AnswerChannel.SYNC,
            evidence_id=f"{at}-{outcome}-{hour}",
            answered_at=now - timedelta(days=1) + timedelta(hours=hour),
        )
        for at, outcome, hour in said
    ]
    async with system_unit(registry.house.engines, DatabaseRole.WORKER) as unit:
        return await store_answers(unit, told)


async def holders(registry: Registry) -> list[UUID]:
    owner = await registry.owner()
    return [row[0] for row in await owner.fetch("SELECT certificate_id FROM certificate_holder")]


@pytest.mark.parametrize(("last", "other"), [(0, 1), (1, 0)])
async def test_of_two_whom_one_page_names_the_last_one_holds_the_number(
    registry: Registry, last: int, other: int
) -> None:
    _, claims = await claimants(registry)
    stored = await tell(
        registry,
        claims,
        (other, "matched", 1),
        (last, "number_mismatch", 1),
        (other, "number_mismatch", 2),
        (last, "corrected", 2),
    )
    assert await holders(registry) == [claims[last][2]]
    assert stored.conflicts == 0
    states = [(await mine(citizen, str(key)))["state"] for _, citizen, key in claims]
    assert (states[last], states[other]) == ("matched", "name_mismatch")


async def test_an_answer_that_comes_late_takes_no_number(registry: Registry) -> None:
    _, claims = await claimants(registry)
    await tell(registry, claims, (0, "number_mismatch", 2))
    await tell(registry, claims, (0, "matched", 1))
    assert await holders(registry) == []
    stored = await tell(registry, claims, (1, "matched", 3))
    assert await holders(registry) == [claims[1][2]]
    assert stored.conflicts == 0


async def test_a_claim_in_conflict_that_the_same_page_revokes_is_revoked(registry: Registry) -> None:
    _, claims = await claimants(registry)
    await tell(registry, claims, (0, "matched", 1))
    stored = await tell(registry, claims, (1, "corrected", 2), (1, "revoked", 3))
    assert stored.conflicts == 0
    shown = await mine(claims[1][1], str(claims[1][2]))
    assert (shown["state"], shown["last_confirmed_at"] is None) == ("revoked", False)
    assert await holders(registry) == [claims[0][2]]


async def test_a_number_that_an_officer_took_away_no_machine_gives_back(registry: Registry) -> None:
    paper, claims = await claimants(registry)
    on_network(registry, ANNA, paper)
    await check(registry)
    (_, citizen, certificate_id) = claims[0]
    assert await holders(registry) == [certificate_id]
    await revoke_entry(registry, (await mine(citizen, str(certificate_id)))["archived_as"])
    reviewer = await registry.officer(Permission.REVIEW)
    assert (await decide(reviewer, certificate_id, "release-number")).status_code == 200
    await registry.advance(days=31)
    await check(registry)
    assert await holders(registry) == []
    retaken = await decide(reviewer, certificate_id, "take-number")
    assert retaken.status_code == 200, codes(retaken)
    assert await holders(registry) == [certificate_id]
