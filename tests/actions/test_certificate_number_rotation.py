"""While a digest key rotates, a certificate number stays one number: found before, during and after, held by one."""

from datetime import date
from uuid import UUID

import anyio
import asyncpg
import pytest

from app.access.actor import Permission
from app.access.unit import system_unit
from app.archive.certificates.actions.register_numbers import register_numbers
from app.archive.certificates.actions.store_answers import Told, store_answers
from app.archive.certificates.actions.submit_certificates import Submission, submit_certificates
from app.archive.certificates.queries.sealed_numbers import open_number
from app.archive.certificates.rules.submitting import Claim
from app.archive.certificates.states import AnswerChannel, AnswerOutcome, CertificateKind, CertificateSource
from app.db.crypto import KeyRing
from app.db.roles import DatabaseRole
from app.jobs.certificate_sync import run_certificate_sync
from app.kernel.clock import law_date
from app.reference.skill_levels import SkillLevel
from tests.actions.test_certificate_sync import read_to_the_end
from tests.actions.test_key_rotation import command, ring
from tests.builders.certificates import (
    CASE,
    closed_class,
    decide,
    lay_confirmed,
    mine,
    new_number,
    on_network,
    printed,
    report,
)
from tests.builders.finished_class import Trainee, lay_finished_class, lay_person
from tests.registry_server import Caller, Registry

pytestmark = pytest.mark.anyio
ANNA, BO = Trainee(serial=951), Trainee(serial=952)


async def submit(registry: Registry, person: UUID, number: str, keys: KeyRing | None = None) -> UUID:
    claim = Claim(
        certificate_number=number,
        kind=CertificateKind.SKILL_LEVEL,
        occupation_edition=None,
        occupation_code=None,
        trade_name=None,
        skill_level=SkillLevel.LEVEL_5,
        body_code=None,
        body_name="样例评价机构",
        issued_on=date(2025, 5, 11),
        valid_until=None,
        review_due_on=None,
    )
    async with system_unit(registry.house.engines, DatabaseRole.WORKER) as unit:
        given = [Submission(person, claim)]
        [submitted] = await submit_certificates(
            unit, keys or registry.house.keys, CertificateSource.CITIZEN, given
        )
    return submitted.certificate_id


async def confirm(registry: Registry, person: UUID, certificate_id: UUID) -> None:
    """As the network's answer does: state and holder."""
    async with system_unit(registry.house.engines, DatabaseRole.WORKER) as unit:
        await store_answers(
            unit,
            [
                Told(
                    person_id=person,
                    certificate_id=certificate_id,
                    outcome=AnswerOutcome.MATCHED,
                    channel=AnswerChannel.QUERY,
                    evidence_id=str(certificate_id),
                    answered_at=unit.now,
                )
            ],
        )


async def found(officer: Caller, trainee: Trainee, number: str) -> list[str]:
    body = {"certificate_number": number, "name": trainee.name, **CASE}
    answer = await officer.post("/v1/certificates:lookup", json=body)
    assert answer.status_code == 200, answer.text
    return [each["certificate_id"] for each in answer.json()["items"]]


async def stored(registry: Registry, number: str) -> list[tuple[str, int]]:
    """Key and how often it has a digest of ``number``, by what every ring on the file finds."""
    owner = await registry.owner()
    digests = [digest for _, digest in ring(registry).digests(number, purpose="certificate_number")]
    rows = await owner.fetch(
        "SELECT key_id, count(*) FROM certificate_number_key WHERE digest = ANY($1) GROUP BY key_id", digests
    )
    return sorted((row["key_id"], row["count"]) for row in rows)


async def test_a_number_is_found_before_during_and_after(registry: Registry) -> None:
    officer = await registry.officer(Permission.LOOKUP, division_code="110000")
    person, _ = await lay_person(registry, ANNA)
    early, late = new_number(), new_number()
    certificate = await submit(registry, person, early)
    assert await found(officer, ANNA, early) == [str(certificate)]
    old = ring(registry).digest_key_ids[0]
    assert (await command(registry, "rotate-digests", "begin"))[0] == 0
    assert await found(officer, ANNA, early) == [str(certificate)]
    assert await submit(registry, person, early) == certificate
    second = await submit(registry, person, late)
    new = ring(registry).digest_key_ids[0]
    assert await stored(registry, late) == sorted([(new, 1), (old, 1)])
    assert await stored(registry, early) == sorted([(new, 1), (old, 1)])  # the second submission brought it
    code, told = await command(registry, "rotate-digests", "fill")
    assert code == 0, told
    assert (await command(registry, "rotate-digests", "finish"))[0] == 0
    for number, certificate_id in ((early, certificate), (late, second)):
        assert await found(officer, ANNA, number) == [str(certificate_id)]
        assert await stored(registry, number) == [(new, 1)]
        assert await submit(registry, person, number) == certificate_id
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM certificate_number") == 2


async def test_sync_tells_a_certificate_once_whichever_keys_its_number_has(registry: Registry) -> None:
    """Through a rotation: a number under the old key alone, and one under both."""
    await read_to_the_end(registry)
    person, _ = await lay_person(registry, ANNA)
    citizen = await registry.citizen(person)
    early, late = await printed(registry), await printed(registry)
    reported = [await report(citizen, early)]
    await command(registry, "rotate-digests", "begin")
    reported.append(await report(citizen, late))
    for certificate in (early, late):
        on_network(registry, ANNA, certificate)
    assert await run_certificate_sync(registry.house) == 2
    owner = await registry.owner()
    for certificate_id in reported:
        assert (await mine(citizen, certificate_id))["state"] == "matched"
    assert await owner.fetchval("SELECT count(*) FROM certificate_answer") == 2
    assert await owner.fetchval("SELECT count(*) FROM certificate_holder") == 2
    assert await owner.fetchval("SELECT count(*) FROM certificate_number_key") == 3


async def test_the_doors_of_agencies_and_of_closing_name_numbers_under_both_keys(registry: Registry) -> None:
    laid = await lay_finished_class(registry, [ANNA, BO])
    early, late = await printed(registry), await printed(registry)
    known = await report(await registry.citizen(laid.persons[0]), early)
    await command(registry, "rotate-digests", "begin")
    officer = await registry.officer(Permission.REVIEW, division_code="110000")
    person = {**CASE, "identity_number": ANNA.number, "name": ANNA.name}
    named = [
        (await officer.post("/v1/certificates", json={**person, "certificate": each.body()})).json()
        for each in (early, late, late)
    ]
    assert named[0]["certificate_id"] == known
    assert named[1]["certificate_id"] == named[2]["certificate_id"] != known
    await registry.advance(hours=1)
    assert (await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")).status_code == 200
    owner, keys = await registry.owner(), ring(registry)
    rows = await owner.fetch(
        "SELECT person_id, number_sealed, key_id, digest FROM certificate"
        " JOIN certificate_number_key USING (number_id)"
    )
    assert len(rows) == 8  # the two named above and one of each trainee
    for row in rows:
        number = open_number(keys, row["number_sealed"], row["person_id"])
        assert (row["key_id"], row["digest"]) in keys.digests(number, purpose="certificate_number")


async def test_nothing_is_retired_while_a_certificate_number_lacks_its_digest(registry: Registry) -> None:
    person, _ = await lay_person(registry, ANNA)
    number = new_number()
    await submit(registry, person, number)
    await command(registry, "rotate-digests", "begin")
    code, told = await command(registry, "rotate-digests", "fill", "--batch", "1")
    assert (code, "1 个证书编号" in told) == (0, True)
    late = new_number()
    stale = ring(registry)
    await submit(registry, person, late, KeyRing(**_only(stale, stale.digest_key_ids[1])))
    code, told = await command(registry, "rotate-digests", "finish")
    assert (code, "1 个证书编号没有新密钥的摘要" in told) == (2, True)
    assert await stored(registry, number) == sorted((key, 1) for key in stale.digest_key_ids)
    assert (await command(registry, "rotate-digests", "fill"))[0] == 0
    assert (await command(registry, "rotate-digests", "finish"))[0] == 0


def _only(keys: KeyRing, key_id: str) -> dict[str, object]:
    return {
        "field_keys": keys.field_keys,
        "current_field_key": keys.current_field_key,
        "digest_keys": keys.digest_keys,
        "digest_key_ids": (key_id,),
    }


async def test_old_and_new_keys_that_race_for_a_number_name_it_once(registry: Registry) -> None:
    people = [(await lay_person(registry, each))[0] for each in (ANNA, BO)]
    stale = ring(registry)
    await command(registry, "rotate-digests", "begin")
    fresh = ring(registry)
    owner = await registry.owner()
    for _ in range(8):
        number = new_number()
        ids: dict[UUID, UUID] = {}

        async def one(person: UUID, keys: KeyRing, number: str = number, ids: dict[UUID, UUID] = ids) -> None:
            ids[person] = await submit(registry, person, number, keys)
            await confirm(registry, person, ids[person])

        async with anyio.create_task_group() as both:
            both.start_soon(one, people[0], stale)
            both.start_soon(one, people[1], fresh)
        holders = await owner.fetch(
            "SELECT certificate_id FROM certificate_holder WHERE certificate_id = ANY($1)", list(ids.values())
        )
        assert len(ids) == 2
        assert len(holders) == 1
    assert await owner.fetchval("SELECT count(*) FROM certificate_number") == 8
    assert (await command(registry, "rotate-digests", "fill"))[0] == 0
    assert (await command(registry, "rotate-digests", "finish"))[0] == 0


async def test_a_stale_process_names_no_known_number_anew(registry: Registry) -> None:
    person, _ = await lay_person(registry, ANNA)
    number = new_number()
    stale = ring(registry)
    await submit(registry, person, number)
    for step in ("begin", "fill", "finish"):
        assert (await command(registry, "rotate-digests", step))[0] == 0
    with pytest.raises(asyncpg.PostgresError) as refused:
        async with system_unit(registry.house.engines, DatabaseRole.WORKER) as unit:
            await register_numbers(unit, stale, [number])
    assert refused.value.constraint_name == "certificate_number_key_not_retired"


async def test_a_number_held_twice_is_told_and_decided(registry: Registry) -> None:
    """Each of two processes knew one key alone: only an operator's mistake leads there, and it has a way out."""
    officer = await registry.officer(Permission.REVIEW, division_code="110000")
    laid = await closed_class(registry, [ANNA, BO])
    number, keys = new_number(), registry.house.keys
    issued_on = law_date(await registry.now())
    first = await lay_confirmed(registry, laid.persons[0], number, issued_on)
    assert (await decide(officer, first, "take-number")).status_code == 200
    await command(registry, "rotate-digests", "begin")
    fresh = ring(registry)
    second = await submit(registry, laid.persons[1], number, KeyRing(**_only(fresh, fresh.digest_key_ids[0])))
    await confirm(registry, laid.persons[1], second)
    code, told = await command(registry, "rotate-digests", "fill")
    assert code == 2
    assert str(first) in told
    assert str(second) in told
    assert number not in told
    assert (await command(registry, "rotate-digests", "finish"))[0] == 2
    released = await decide(officer, second, "release-number")
    assert released.status_code == 200, released.text
    assert (await command(registry, "rotate-digests", "fill"))[0] == 0
    assert (await command(registry, "rotate-digests", "finish"))[0] == 0
    reader = await registry.officer(Permission.LOOKUP, division_code="110000")
    assert set(await found(reader, ANNA, number)) == {str(first), str(second)}  # of one name, with one number
    answer = await decide(officer, second, "take-number")
    assert answer.json()["code"] == "number_held_by_another"
    assert keys.digest_key_ids == (fresh.digest_key_ids[0],)
