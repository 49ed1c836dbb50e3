"""The job that asks the network: leases, silence, evidence once, two workers, races between regions."""

import asyncio
from datetime import timedelta

import pytest

from app.access.actor import Permission
from app.access.unit import system_unit
from app.archive.certificates.actions.lease_due_certificates import lease_due_certificates
from app.archive.certificates.actions.link_matched import link_matched
from app.archive.certificates.actions.store_answers import Told, store_answers
from app.archive.certificates.states import AnswerChannel, AnswerOutcome, CertificateState
from app.db.roles import DatabaseRole
from tests.builders.certificates import (
    check,
    closed_class,
    decide,
    lay_confirmed,
    mine,
    new_number,
    on_network,
    printed,
    report,
)
from tests.builders.finished_class import Trainee
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio
ANNA, BO = Trainee(serial=921), Trainee(serial=922)


async def test_silence_changes_nothing_but_the_next_question(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    certificate_id = await report(citizen, await printed(registry))
    registry.sandbox.behave("assessment_network", down=True)
    try:
        assert await check(registry) == 0
        shown = await mine(citizen, certificate_id)
        assert shown["state"] == "submitted"
        assert shown["claim_window"]["stopped_because"] is None, "an hour without answer is nobody's loss"
        await registry.advance(days=1, hours=2)
        await check(registry)
    finally:
        registry.sandbox.behave("assessment_network")
    stopped = await mine(citizen, certificate_id)
    assert stopped["state"] == "submitted"
    assert stopped["claim_window"]["stopped_because"] == "评价工作网暂时无法连接"
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM certificate_answer WHERE channel <> 'registry'") == 0
    assert await owner.fetchval("SELECT count(*) FROM certificate_state_change") == 0


async def test_the_clock_changes_its_reason_and_runs_again_when_answered(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    certificate = await printed(registry)
    on_network(registry, ANNA, certificate, hidden=True)
    certificate_id = await report(citizen, certificate)
    await registry.advance(days=3)
    registry.sandbox.behave("assessment_network", down=True)
    try:
        await check(registry)
    finally:
        registry.sandbox.behave("assessment_network")
    await registry.advance(hours=1)
    await check(registry)
    owner = await registry.owner()
    rows = await owner.fetch(
        "SELECT reason, ended_on - starts_on AS days FROM certificate_tolling ORDER BY starts_on, tolling_id"
    )
    assert [tuple(row) for row in rows] == [("network_unavailable", 3), ("network_upload_late", None)]
    (first, second) = await owner.fetch(
        "SELECT starts_on, ended_on FROM certificate_tolling ORDER BY tolling_id"
    )
    assert second["starts_on"] == first["ended_on"], "one after the other, not twice from the submission on"
    assert (await mine(citizen, certificate_id))["state"] == "pending_upload"


async def test_two_workers_do_not_ask_twice_and_a_lost_lease_is_not_stored(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    certificate = await printed(registry)
    certificate_id = await report(citizen, certificate)
    house = registry.house
    async with (
        system_unit(house.engines, DatabaseRole.WORKER) as one,
        system_unit(house.engines, DatabaseRole.WORKER) as other,
    ):
        (lease,) = await lease_due_certificates(one, house.keys)
        assert await lease_due_certificates(other, house.keys) == []
    assert lease.certificate_number == certificate.number
    assert certificate.number not in repr(lease)
    assert ANNA.number not in repr(lease)
    # The worker died; another takes the certificate when the lease is over.
    await registry.advance(minutes=6)
    async with system_unit(house.engines, DatabaseRole.WORKER) as unit:
        (again,) = await lease_due_certificates(unit, house.keys)
        late = Told(
            person_id=lease.person_id,
            certificate_id=lease.certificate_id,
            outcome=AnswerOutcome.REVOKED,
            channel=AnswerChannel.QUERY,
            evidence_id="late",
            answered_at=unit.now,
            attempt=lease.attempt,
        )
        assert (await store_answers(unit, [late])).new == 0
        assert again.attempt == lease.attempt + 1
    assert (await mine(citizen, certificate_id))["state"] == "submitted"


async def test_evidence_counts_once_and_an_older_answer_changes_nothing(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    certificate = await printed(registry)
    certificate_id = await report(citizen, certificate)
    house = registry.house
    owner = await registry.owner()
    row = await owner.fetchrow("SELECT person_id, certificate_id FROM certificate WHERE kind = 'skill_level'")

    async def tell(outcome: AnswerOutcome, evidence: str, minutes: int) -> object:
        async with system_unit(house.engines, DatabaseRole.WORKER) as unit:
            told = Told(
                person_id=row["person_id"],
                certificate_id=row["certificate_id"],
                outcome=outcome,
                channel=AnswerChannel.SYNC,
                evidence_id=evidence,
                answered_at=unit.now + timedelta(minutes=minutes),
            )
            return (await store_answers(unit, [told, told])).new

    assert await tell(AnswerOutcome.MATCHED, "e1", 0) == 1
    assert await tell(AnswerOutcome.REVOKED, "e2", 5) == 1
    assert await tell(AnswerOutcome.REVOKED, "e2", 5) == 0
    assert await tell(AnswerOutcome.MATCHED, "e0", -5) == 1, "kept as evidence"
    assert (await mine(citizen, certificate_id))["state"] == "revoked"
    assert await tell(AnswerOutcome.CORRECTED, "e3", 9) == 1
    assert (await mine(citizen, certificate_id))["state"] == "matched"
    changes = await owner.fetch("SELECT to_state FROM certificate_state_change ORDER BY change_id")
    assert [change["to_state"] for change in changes] == ["matched", "revoked", "matched"]
    topics = [
        message["topic"]
        for message in await owner.fetch(
            "SELECT topic FROM outbox_message WHERE topic LIKE 'certificate.re%'"
        )
    ]
    assert sorted(topics) == ["certificate.restored", "certificate.revoked"]


async def test_who_has_no_proved_name_is_not_asked_about(registry: Registry) -> None:
    owner = await registry.owner()
    person_id = await owner.fetchval("INSERT INTO person DEFAULT VALUES RETURNING person_id")
    citizen = await registry.citizen(person_id)
    certificate_id = await report(citizen, await printed(registry))
    asked = registry.sandbox.stats("assessment_network")
    assert await check(registry) == 0
    assert registry.sandbox.stats("assessment_network") == asked
    assert (await mine(citizen, certificate_id))["state"] == "submitted"


async def test_officers_of_two_regions_link_one_number_at_once(registry: Registry) -> None:
    """30 rounds here, 1,000 in ``scripts/bench/certificate_races.py``: exactly one holder each time."""
    first = await closed_class(registry, [ANNA])
    second = await closed_class(registry, [BO], division_code="310101")
    officers = [
        await registry.officer(Permission.REVIEW),
        await registry.officer(Permission.REVIEW, division_code="310000"),
    ]
    owner = await registry.owner()
    entries = [
        await owner.fetchval(
            "SELECT record_number FROM record_entry WHERE person_id = $1 AND kind = 'completion'", person
        )
        for person in (first.persons[0], second.persons[0])
    ]
    issued_on = (await printed(registry)).issued_on
    for round_number in range(30):
        number = new_number(issued_on)
        ids = [await lay_confirmed(registry, laid.persons[0], number, issued_on) for laid in (first, second)]
        verb = "link" if round_number % 2 else "take-number"
        answers = await asyncio.gather(
            *(
                decide(officer, certificate_id, verb, **({"record_number": entry} if verb == "link" else {}))
                for officer, certificate_id, entry in zip(officers, ids, entries, strict=True)
            )
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        (lost,) = [answer for answer in answers if answer.status_code == 409]
        assert codes(lost) == ["number_held_by_another"]
        holders = await owner.fetch(
            "SELECT certificate_id FROM certificate_holder WHERE certificate_id = ANY($1)", ids
        )
        assert len(holders) == 1
        links = await owner.fetchval(
            "SELECT count(*) FROM certificate_link WHERE certificate_id = ANY($1)", ids
        )
        assert links == (1 if verb == "link" else 0)


async def test_what_was_linked_is_judged_with_the_reasons_stored(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    certificate = await printed(registry)
    certificate_id = await lay_confirmed(registry, laid.persons[0], certificate.number, certificate.issued_on)
    owner = await registry.owner()
    async with system_unit(registry.house.engines, DatabaseRole.WORKER) as unit:
        assert await link_matched(unit, [(laid.persons[0], certificate_id)]) == 0, "nobody holds the number"
    await owner.execute(
        "INSERT INTO certificate_holder (number_id, person_id, certificate_id)"
        " SELECT number_id, person_id, certificate_id FROM certificate WHERE certificate_id = $1",
        certificate_id,
    )
    async with system_unit(registry.house.engines, DatabaseRole.WORKER) as unit:
        assert await link_matched(unit, [(laid.persons[0], certificate_id)]) == 1
        assert await link_matched(unit, [(laid.persons[0], certificate_id)]) == 0
    reasons = await owner.fetchval(
        "SELECT reasons::text FROM certificate_link WHERE certificate_id = $1", certificate_id
    )
    assert "same_occupation" in reasons
    assert CertificateState.MATCHED.value == await owner.fetchval(
        "SELECT state FROM certificate WHERE certificate_id = $1", certificate_id
    )
