"""“未参加”: a denial holds that person's claims alone, those filed later too; nobody learns who denied."""

import asyncio
from uuid import UUID

import asyncpg
import pytest
from uuid_utils.compat import uuid7

from app.access.actor import Permission
from app.archive.certificates.queries.sealed_numbers import seal_number
from tests.builders.decided_claims import officer
from tests.builders.finished_class import FinishedClass, Trainee, lay_finished_class
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio

_KEY = """
INSERT INTO benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin)
VALUES ($1, $2, 'training_or_upgrade', '2015:6-18-02-04', 'level_5', 'life', 'claim')
"""
_SLOT = """
INSERT INTO benefit_slot (person_id, slot_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage,
  rule_division) VALUES ($1, $2, $2, 'training', '2026', 1, 3, 0, false, '000000')
"""
_CLAIM = """
INSERT INTO claim (person_id, claim_id, claim_number, kind, entry_kind, entry_id, key_group, key_id, benefit_line,
  skill_level, period, slot_group, slot_id, division_code, payee_kind, submitted_by)
SELECT $1, $2, $3, 'training', 'completion', entry_id, 'training_or_upgrade', $2, '2015:6-18-02-04', 'level_5',
  'life', 'training', $2, '110105', 'person', appended_by
FROM record_entry WHERE person_id = $1 AND kind = 'completion'
"""

_CERTIFICATE = """
WITH numbered AS (INSERT INTO certificate_number (number_id) VALUES ($2))
INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition,
  occupation_code, skill_level, body_name, issued_on, source, state, submitted_by, last_confirmed_at)
VALUES ($1, $2, 'skill_level', $4, $2, 2015, '6-18-02-04', $5, '测试评价机构', law_date(registry_now()), 'agency',
  'matched', $3, registry_now())
"""
_CERTIFICATE_ENTRY = """
INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id, certificate_id,
  occupation_edition, occupation_code, skill_level, division_code, starts_on, ends_on)
VALUES ($1, $2, 'certificate', $5, $4, $3, $2, 2015, '6-18-02-04', $6, '110105', law_date(registry_now()),
  law_date(registry_now()))
"""
_LINK = """
INSERT INTO certificate_link (person_id, certificate_id, entry_person_id, entry_id, own_entry_id, is_automatic, reasons,
  linked_by)
SELECT $1, $2, $1, entry_id, entry_id, false, '["x"]', $4 FROM record_entry
WHERE person_id = $1 AND opening_id = $3 AND kind = 'completion'
"""


async def closed_class(registry: Registry) -> FinishedClass:
    laid = await lay_finished_class(registry, [Trainee(serial=serial) for serial in (941, 942, 943)])
    closed = await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    assert closed.json()["records_appended"] == 3, closed.text
    return laid


async def claim(registry: Registry, person_id: UUID, serial: int) -> UUID:
    """File a claim on a trainee's completion."""
    owner = await registry.owner()
    claim_id = uuid7()
    await owner.execute(_KEY, person_id, claim_id)
    await owner.execute(_SLOT, person_id, claim_id)
    await owner.execute(_CLAIM, person_id, claim_id, f"S110105-2026-{serial:08}")
    return claim_id


async def held(registry: Registry) -> set[UUID]:
    owner = await registry.owner()
    return {row[0] for row in await owner.fetch("SELECT claim_id FROM claim_hold WHERE released_at IS NULL")}


async def test_a_denial_holds_this_person_and_leaves_the_others(registry: Registry) -> None:
    """One person must not be able to freeze thirty: the class is flagged for an officer instead."""
    laid = await closed_class(registry)
    others = {await claim(registry, laid.persons[1], 71)}
    citizen = await registry.citizen(laid.persons[0])
    path = f"/v1/me/enrollments/{laid.opening_id}:deny"
    denied = await citizen.post(path, json={"reason": "没有报名，也没有上过课"})
    assert denied.status_code == 200, denied.text
    assert codes(await citizen.post(path, json={})) == ["enrollment_already_denied"]
    others.add(await claim(registry, laid.persons[2], 72))
    own = await claim(registry, laid.persons[0], 73)
    assert await held(registry) == {own}
    inspector = await officer(registry, Permission.INSPECTION)
    listed = await inspector.get("/v1/enrollment-denials")
    row = only(listed.json()["items"])
    assert str(laid.persons[0]) not in listed.text
    assert (row["class_denials"], row["class_trainees"], row["class_claims_waiting"]) == (1, 3, 3)
    case = {"purpose": "complaint", "case_number": "测试案件0009"}
    read_path = f"/v1/enrollment-denials/{row['denial_id']}"
    read = (await inspector.post(f"{read_path}:read", json=case)).json()
    assert (read["name"], read["reason"]) == ("测试学员", "没有报名，也没有上过课")
    owner = await registry.owner()
    looks = "SELECT count(*) FROM access_event WHERE person_id = $1 AND case_number = '测试案件0009'"
    assert await owner.fetchval(looks, laid.persons[0]) == 1
    verdict = {"outcome": "unfounded", "reason": "人脸签到与本人一致"}
    assert (await inspector.post(f"{read_path}:decide", json=verdict)).status_code == 200
    assert codes(await inspector.post(f"{read_path}:decide", json=verdict)) == ["denial_already_decided"]
    # What was held stays held until an officer releases it, and the others never were.
    assert await held(registry) == {own}
    assert not others & await held(registry)


@pytest.mark.parametrize("state", ["payable", "ordered", "failed"])
async def test_a_denial_holds_what_the_bank_has_not_been_told_of(registry: Registry, state: str) -> None:
    """An order is no payment: what is ordered, or was rejected, waits as well."""
    laid = await closed_class(registry)
    waiting = await claim(registry, laid.persons[0], 71)
    await (await registry.owner()).execute(
        "UPDATE claim SET state = $1, version = version + 1 WHERE claim_id = $2", state, waiting
    )
    citizen = await registry.citizen(laid.persons[0])
    assert (await citizen.post(f"/v1/me/enrollments/{laid.opening_id}:deny", json={})).status_code == 200
    assert await held(registry) == {waiting}


async def test_only_who_was_enrolled_denies_and_only_the_area_looks(registry: Registry) -> None:
    laid = await closed_class(registry)
    other = await lay_finished_class(registry, [Trainee(serial=944)])
    stranger = await registry.citizen(other.persons[0])
    path = f"/v1/me/enrollments/{laid.opening_id}:deny"
    assert (await stranger.post(path, json={})).status_code == 404
    citizen = await registry.citizen(laid.persons[0])
    denial_id = (await citizen.post(path, json={})).json()["denial_id"]
    elsewhere = await officer(registry, Permission.REVIEW, division_code="640000")
    case = {"purpose": "complaint", "case_number": "测试案件0009"}
    assert (await elsewhere.get("/v1/enrollment-denials")).json()["items"] == []
    assert (await elsewhere.post(f"/v1/enrollment-denials/{denial_id}:read", json=case)).status_code == 404
    verdict = {"outcome": "confirmed", "reason": "属实"}
    assert (
        await elsewhere.post(f"/v1/enrollment-denials/{denial_id}:decide", json=verdict)
    ).status_code == 404
    assert laid.operator is not None
    assert (await laid.operator.get("/v1/enrollment-denials")).status_code == 403


@pytest.mark.parametrize("denial_first", [True, False])
async def test_a_claim_filed_beside_a_denial_is_held(registry: Registry, denial_first: bool) -> None:
    """Neither sees the other's row; the lock makes the second wait, and then it does."""
    laid = await closed_class(registry)
    citizen = await registry.citizen(laid.persons[0])
    claim_id, owner = uuid7(), await registry.owner()
    await owner.execute(_KEY, laid.persons[0], claim_id)
    await owner.execute(_SLOT, laid.persons[0], claim_id)
    deny = (
        "SELECT deny_enrollment($1, $2, $3, '\\x01')",
        citizen.actor.principal_id,
        laid.opening_id,
        uuid7(),
    )
    file = (_CLAIM, laid.persons[0], claim_id, "S110105-2026-00000074")
    first, second = (deny, file) if denial_first else (file, deny)
    rival = await asyncpg.connect(
        registry.cluster.address.dsn(registry.database), server_settings={"search_path": "registry,public"}
    )
    try:
        async with owner.transaction():
            await owner.execute(*first)
            waiting = asyncio.create_task(rival.execute(*second))
            await asyncio.sleep(0.1)
            assert not waiting.done()
        await waiting
    finally:
        await rival.close()
    assert await held(registry) == {claim_id}


async def test_a_denial_holds_what_is_claimed_on_the_certificate_of_that_class(registry: Registry) -> None:
    """技能提升补贴 on a certificate that was linked to the class, filed before the denial or after it (M37)."""
    laid = await closed_class(registry)
    owner = await registry.owner()
    claims = []
    for place, serial in ((0, 81), (0, 82), (1, 83)):
        claims.append(await certificate_claim(registry, laid, laid.persons[place], serial))
        if serial == 81:
            citizen = await registry.citizen(laid.persons[0])
            deny = f"/v1/me/enrollments/{laid.opening_id}:deny"
            assert (await citizen.post(deny, json={})).status_code == 200
            assert await held(registry) == {claims[0]}
    assert await held(registry) == set(claims[:2])
    # A certificate that came from nowhere near the class is nothing to it.
    await owner.execute(
        "UPDATE certificate_link SET unlinked_at = now(), unlinked_by = linked_by, unlink_reason = '错连'"
    )
    apart = await certificate_claim(registry, laid, laid.persons[0], 84, linked=False)
    assert apart not in await held(registry)


async def certificate_claim(
    registry: Registry, laid: FinishedClass, person_id: UUID, serial: int, *, linked: bool = True
) -> UUID:
    """A claim on a certificate linked to what the person completed in the class; the claim."""
    owner = await registry.owner()
    claim_id = uuid7()
    sealed = seal_number(registry.house.keys, f"S000011990001{serial:09}", person_id)
    system = await owner.fetchval("SELECT principal_id FROM principal WHERE kind = 'system'")
    check = await owner.fetchval("SELECT check_id FROM identity_check WHERE person_id = $1", person_id)
    level = f"level_{serial % 3 + 3}"
    line = f"2015:6-18-02-0{serial % 5 + 1}"
    await owner.execute(_CERTIFICATE, person_id, claim_id, system, sealed, level)
    await owner.execute(
        "INSERT INTO certificate_holder (number_id, person_id, certificate_id) VALUES ($2, $1, $2)",
        person_id, claim_id,
    )  # fmt: skip
    await owner.execute(
        _CERTIFICATE_ENTRY, person_id, claim_id, check, system, f"R110105-2026-{serial:08}-X", level
    )
    if linked:
        await owner.execute(_LINK, person_id, claim_id, laid.opening_id, system)
    await owner.execute(
        "INSERT INTO benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin)"
        " VALUES ($1, $2, 'training_or_upgrade', $3, $4, 'life', 'claim')",
        person_id, claim_id, line, level,
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO benefit_slot (person_id, slot_id, key_id, slot_group, scope, nth, cap, shortage_extra,"
        " is_shortage, rule_division) VALUES ($1, $2, $2, 'skill_upgrade', '2026', $3, 9, 0, false, '000000')",
        person_id, claim_id, serial - 80,
    )  # fmt: skip
    await owner.execute(
        "INSERT INTO claim (person_id, claim_id, claim_number, kind, entry_kind, entry_id, key_group, key_id,"
        " benefit_line, skill_level, period, slot_group, slot_id, division_code, payee_kind, submitted_by)"
        " VALUES ($1, $2, $3, 'skill_upgrade', 'certificate', $2, 'training_or_upgrade', $2, $4, $5, 'life',"
        " 'skill_upgrade', $2, '110105', 'person', $6)",
        person_id, claim_id, f"S110105-2026-{serial:08}", line, level, system,
    )  # fmt: skip
    return claim_id
