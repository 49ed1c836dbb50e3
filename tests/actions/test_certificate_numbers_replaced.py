"""The network knows a certificate under the number that its holder had then; the holder has another one now."""

from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from tests.builders.certificates import check, mine, on_network, printed, report
from tests.builders.finished_class import Trainee, lay_person
from tests.builders.identity import merge, officers
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio
THEN, NOW, STRANGER = Trainee(serial=971), Trainee(serial=972), Trainee(serial=973)


async def replace_number(registry: Registry, person_id: UUID, end_kind: str) -> None:
    """``THEN``'s number ends, and ``NOW``'s is the person's."""
    owner, keys, identifier_id = await registry.owner(), registry.house.keys, uuid7()
    await owner.execute(
        "UPDATE person_identifier SET ended_at = registry_now(), end_kind = $2, end_reason = '号码更正'"
        " WHERE person_id = $1",
        person_id,
        end_kind,
    )
    await owner.execute(
        "INSERT INTO person_identifier (person_id, identifier_id, kind, number_sealed, recorded_by)"
        " SELECT $1, $2, 'citizen', $3, recorded_by FROM person_identifier WHERE person_id = $1",
        person_id,
        identifier_id,
        keys.seal(NOW.number, name="person_identifier.number", owner=person_id),
    )
    for key_id, digest in keys.digests(NOW.number, purpose="identity_number"):
        await owner.execute(
            "INSERT INTO identifier_key (digest, key_id, person_id, identifier_id) VALUES ($1, $2, $3, $4)",
            digest,
            key_id,
            person_id,
            identifier_id,
        )


@pytest.mark.parametrize(("end_kind", "state"), [("replaced", "matched"), ("not_theirs", "name_mismatch")])
async def test_a_certificate_under_a_former_number_stays_theirs(
    registry: Registry, end_kind: str, state: str
) -> None:
    person_id, _ = await lay_person(registry, THEN)
    citizen, paper = await registry.citizen(person_id), await printed(registry)
    on_network(registry, THEN, paper)
    certificate_id = await report(citizen, paper)
    await check(registry)
    await replace_number(registry, person_id, end_kind)
    await registry.advance(days=31)
    await check(registry)
    assert (await mine(citizen, certificate_id))["state"] == state
    owner = await registry.owner()
    disowned = "SELECT count(*) FROM outbox_message WHERE topic = 'certificate.disowned'"
    assert await owner.fetchval(disowned) == (state != "matched")


async def test_a_certificate_under_the_number_of_a_merged_identity_is_theirs(registry: Registry) -> None:
    person_id, _ = await lay_person(registry, NOW)
    other_id, _ = await lay_person(registry, THEN)
    maker, checker = await officers(registry)
    await merge(maker, checker, other_id, person_id)
    citizen, paper = await registry.citizen(person_id), await printed(registry)
    on_network(registry, THEN, paper)
    strangers = await printed(registry)
    on_network(registry, STRANGER, strangers)
    own, foreign = await report(citizen, paper), await report(citizen, strangers)
    await check(registry)
    assert (await mine(citizen, own))["state"] == "matched"
    assert (await mine(citizen, foreign))["state"] == "name_mismatch"
