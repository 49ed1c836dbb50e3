"""Links that come of something else than an answer: a class closes, persons are merged, and parted again."""

import asyncio
import json
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.access.actor import Permission
from app.db.roles import DatabaseRole
from app.jobs.certificate_links import run_certificate_links
from tests.builders import certificates as papers
from tests.builders.finished_class import FinishedClass, Trainee, lay_finished_class, lay_person
from tests.builders.identity import end, merge, officers
from tests.registry_server import Caller, Registry, codes, only

pytestmark = pytest.mark.anyio
ANNA, BO = Trainee(serial=961), Trainee(serial=962)


async def links(registry: Registry) -> int:
    return await run_certificate_links(registry.house)


async def matched_and_trained(registry: Registry) -> tuple[UUID, Caller, str, FinishedClass]:
    """Anna has a certificate and no training; Bo, who is Anna under an older number, has been trained."""
    anna, _ = await lay_person(registry, ANNA)
    laid = await papers.closed_class(registry, [BO])
    citizen = await registry.citizen(anna)
    certificate = await papers.printed(registry)
    papers.on_network(registry, ANNA, certificate)
    certificate_id = await papers.report(citizen, certificate)
    await papers.check(registry)
    await links(registry)
    shown = await papers.mine(citizen, certificate_id)
    assert (shown["state"], shown["link"]) == ("matched", None)
    return anna, citizen, certificate_id, laid


async def test_what_was_matched_before_the_class_closed_is_linked_by_its_closing(registry: Registry) -> None:
    laid = await lay_finished_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    certificate = await papers.printed(registry)
    papers.on_network(registry, ANNA, certificate)
    certificate_id = await papers.report(citizen, certificate)
    assert await papers.check(registry) == 1
    assert (await papers.mine(citizen, certificate_id))["link"] is None, "there is no entry yet"
    await registry.advance(hours=1)
    assert (await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")).status_code == 200
    asked = registry.sandbox.stats("assessment_network")
    assert await links(registry) == 1
    assert await links(registry) == 0
    assert registry.sandbox.stats("assessment_network") == asked, "nobody had to be asked again"
    link = (await papers.mine(citizen, certificate_id))["link"]
    assert link["is_automatic"] is True
    assert {"证书种类与培训项目相称", "职业相同", "等级相同"} <= set(link["reasons"])
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM linking_request") == 0
    topics = await owner.fetch("SELECT payload::text FROM outbox_message WHERE topic = 'certificate.linked'")
    assert certificate_id in only(topics)[0]


async def test_an_answer_that_is_being_stored_while_the_class_closes_is_waited_for(
    registry: Registry,
) -> None:
    """Its transaction has not seen the entry; the worker must not look past it and forget the request."""
    laid = await lay_finished_class(registry, [ANNA])
    certificate = await papers.printed(registry)
    certificate_id = await papers.lay_confirmed(
        registry, laid.persons[0], certificate.number, certificate.issued_on
    )
    owner = await registry.owner()
    await owner.execute(
        "UPDATE certificate SET state = 'submitted' WHERE certificate_id = $1", certificate_id
    )
    await owner.execute(
        "INSERT INTO certificate_holder (number_id, person_id, certificate_id)"
        " SELECT number_id, person_id, certificate_id FROM certificate WHERE certificate_id = $1",
        certificate_id,
    )
    storing = await asyncpg.connect(
        registry.cluster.dsn(DatabaseRole.WORKER, registry.database),
        server_settings={"search_path": "registry"},
    )
    try:
        answer = storing.transaction()
        await answer.start()
        await storing.execute(
            "UPDATE certificate SET state = 'matched' WHERE certificate_id = $1", certificate_id
        )
        await registry.advance(hours=1)
        assert (await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")).status_code == 200
        linking = asyncio.create_task(links(registry))
        await asyncio.wait({linking}, timeout=0.3)
        assert not linking.done()
        await answer.commit()
        assert await linking == 1
    finally:
        await storing.close()


async def test_of_two_certificates_that_come_together_one_is_linked(registry: Registry) -> None:
    laid = await papers.closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    ids = []
    for _ in range(2):
        certificate = await papers.printed(registry)
        papers.on_network(registry, ANNA, certificate)
        ids.append(await papers.report(citizen, certificate))
    assert await papers.check(registry) == 2
    shown = [await papers.mine(citizen, each) for each in ids]
    assert [each["state"] for each in shown] == ["matched", "matched"]
    assert sum(each["link"] is not None for each in shown) == 1, "an officer decides about the other"


async def test_a_body_that_the_directory_does_not_know_leaves_the_link_to_an_officer(
    registry: Registry,
) -> None:
    laid = await papers.closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    certificate = await papers.printed(registry, is_body_known=False)
    papers.on_network(registry, ANNA, certificate)
    certificate_id = await papers.report(citizen, certificate)
    await papers.check(registry)
    shown = await papers.mine(citizen, certificate_id)
    assert (shown["state"], shown["link"]) == ("matched", None)
    assert shown["archived_as"] is not None, "the network has confirmed it all the same"
    reviewer = await registry.officer(Permission.REVIEW)
    read = await reviewer.post(f"/v1/certificates/{certificate_id}/candidates:read", json=papers.CASE)
    candidate = only(read.json()["candidates"])
    assert candidate["reasons_against"] == ["评价机构未列入评价机构目录，无从核对备案范围"]
    linked = await papers.decide(reviewer, certificate_id, "link", record_number=candidate["record_number"])
    assert linked.status_code == 200, codes(linked)


async def test_merged_persons_are_one_for_links_until_they_part(registry: Registry) -> None:
    anna, citizen, certificate_id, laid = await matched_and_trained(registry)
    maker, checker = await officers(registry)
    alias = await merge(maker, checker, anna, laid.persons[0])
    assert await links(registry) == 1
    link = (await papers.mine(citizen, certificate_id))["link"]
    assert "同一人（两个身份已合并）" in link["reasons"]
    assert "同一人" not in link["reasons"]
    owner = await registry.owner()
    row = await owner.fetchrow("SELECT * FROM certificate_link WHERE NOT own_entry_id IS NOT NULL")
    assert (row["person_id"], row["entry_person_id"]) == (anna, laid.persons[0])
    listed = (await laid.operator.get(f"/v1/openings/{laid.opening_id}/certificates")).json()["items"]
    assert certificate_id in {each["certificate_id"] for each in listed}, "it proves an entry of this class"
    assert (await end(maker, checker, alias)).status_code == 200
    assert await links(registry) == 0
    assert (await papers.mine(citizen, certificate_id))["link"] is None
    listed = (await laid.operator.get(f"/v1/openings/{laid.opening_id}/certificates")).json()["items"]
    assert certificate_id not in {each["certificate_id"] for each in listed}, "nor is it the class's matter"
    ended = await owner.fetchrow("SELECT * FROM certificate_link WHERE link_id = $1", row["link_id"])
    assert (ended["unlink_reason"], ended["unlinked_by"]) == (
        "person_merge_ended",
        checker.actor.principal_id,
    )
    message = await owner.fetch(
        "SELECT payload::text FROM outbox_message WHERE topic = 'certificate.unlinked'"
    )
    assert certificate_id in only(message)[0]
    # Nobody has decided against the link itself: merged again, it is made again.
    await merge(maker, checker, anna, laid.persons[0])
    assert await links(registry) == 1


async def test_an_officer_sees_and_links_entries_of_merged_persons(registry: Registry) -> None:
    anna, citizen, certificate_id, laid = await matched_and_trained(registry)
    reviewer = await registry.officer(Permission.REVIEW)
    alone = await reviewer.post(f"/v1/certificates/{certificate_id}/candidates:read", json=papers.CASE)
    assert alone.json()["candidates"] == []
    maker, checker = await officers(registry)
    await merge(maker, checker, anna, laid.persons[0])
    owner = await registry.owner()
    await owner.execute("DELETE FROM linking_request")
    read = await reviewer.post(f"/v1/certificates/{certificate_id}/candidates:read", json=papers.CASE)
    candidate = only(read.json()["candidates"])
    assert candidate["reasons_against"] == []
    looked_at = await owner.fetch(
        "SELECT DISTINCT person_id FROM access_event WHERE principal_id = $1", reviewer.actor.principal_id
    )
    assert {row["person_id"] for row in looked_at} == {anna, laid.persons[0]}, "both are told who looked"
    number = candidate["record_number"]
    assert (await papers.decide(reviewer, certificate_id, "link", record_number=number)).status_code == 200
    assert (await papers.mine(citizen, certificate_id))["link"]["record_number"] == number
    assert (await papers.decide(reviewer, certificate_id, "unlink")).json()["record_number"] == number


async def test_a_link_and_the_end_of_the_merge_meet(registry: Registry) -> None:
    """Whoever comes first: no link lives between two who are read apart."""
    anna, _ = await lay_person(registry, ANNA)
    laid = await papers.closed_class(registry, [BO])
    bo = laid.persons[0]
    maker, checker = await officers(registry)
    reviewer = await registry.officer(Permission.REVIEW)
    owner = await registry.owner()
    entry = await owner.fetchval("SELECT record_number FROM record_entry WHERE person_id = $1", bo)
    outcomes = set()
    for _ in range(8):
        alias = await merge(maker, checker, anna, bo)
        certificate = await papers.printed(registry)
        certificate_id = await papers.lay_confirmed(registry, anna, certificate.number, certificate.issued_on)
        await maker.post(
            f"/v1/person-merges/{alias}:propose-end",
            json={"reason": "合并有误", "case_number": "测试案件0001"},
        )
        linked, ended = await asyncio.gather(
            papers.decide(reviewer, certificate_id, "link", record_number=entry),
            checker.post(f"/v1/person-merges/{alias}:confirm-end"),
        )
        assert ended.status_code == 200, ended.text
        assert linked.status_code in {200, 404, 409}, linked.text
        outcomes.add(linked.status_code)
        assert not await owner.fetch(
            "SELECT FROM certificate_link WHERE unlinked_at IS NULL"
            " AND entry_person_id NOT IN (SELECT person_group(person_id))"
        )
    assert outcomes


async def test_the_end_of_a_merge_needs_its_two_officers_for_the_links_too(registry: Registry) -> None:
    anna, citizen, certificate_id, laid = await matched_and_trained(registry)
    maker, checker = await officers(registry)
    alias = await merge(maker, checker, anna, laid.persons[0])
    await links(registry)
    early = await checker.post(f"/v1/person-merges/{alias}:confirm-end")
    assert early.status_code == 409
    proposed = await maker.post(
        f"/v1/person-merges/{alias}:propose-end", json={"reason": "合并有误", "case_number": "测试案件0001"}
    )
    assert proposed.status_code == 200
    assert (await maker.post(f"/v1/person-merges/{alias}:confirm-end")).status_code == 409
    assert (await papers.mine(citizen, certificate_id))["link"] is not None
    door = "SELECT count(*) FROM unlink_parting($1, $2)"
    connection = await asyncpg.connect(
        registry.cluster.dsn(DatabaseRole.APP_AGENCY, registry.database),
        server_settings={"search_path": "registry"},
    )
    try:
        assert await connection.fetchval(door, maker.actor.principal_id, UUID(alias)) == 0, (
            "whoever proposed it"
        )
    finally:
        await connection.close()


async def test_an_archived_certificate_is_freed_by_the_revocation_of_its_entry_alone(
    registry: Registry,
) -> None:
    anna, citizen, certificate_id, _ = await matched_and_trained(registry)
    reviewer = await registry.officer(Permission.REVIEW)
    number = (await papers.mine(citizen, certificate_id))["archived_as"]
    assert codes(await papers.decide(reviewer, certificate_id, "release-number")) == [
        "certificate_still_archived"
    ]
    changed = await reviewer.post(
        f"/v1/records/{number}/corrections",
        json={
            "reason": "证书不属于本人",
            "case_number": "测试案件0001",
            "kind": "supersede",
            "changes": {"ends_on": "2026-01-01"},
        },
    )
    assert "certificate_entry_as_told" in codes(changed)
    await papers.revoke_entry(registry, number)
    assert (await papers.mine(citizen, certificate_id))["archived_as"] is None
    assert (await papers.decide(reviewer, certificate_id, "release-number")).status_code == 200
    assert (await papers.decide(reviewer, certificate_id, "take-number")).status_code == 200
    await links(registry)
    await registry.advance(days=31)
    await papers.check(registry)
    assert (await papers.mine(citizen, certificate_id))["archived_as"] is None, (
        "what two officers revoked stays so"
    )
    again = await reviewer.post(f"/v1/certificates/{certificate_id}:archive", json=papers.CASE)
    assert again.status_code == 200, again.text
    owner = await registry.owner()
    entries = await owner.fetch(
        "SELECT record_number, revoked_at FROM record_entry WHERE person_id = $1", anna
    )
    assert {row["record_number"]: row["revoked_at"] is None for row in entries} == {
        number: False,
        again.json()["record_number"]: True,
    }


async def test_a_certificate_with_an_entry_of_its_own_is_linked_besides(registry: Registry) -> None:
    anna, citizen, certificate_id, laid = await matched_and_trained(registry)
    assert (await papers.mine(citizen, certificate_id))["archived_as"] is not None
    maker, checker = await officers(registry)
    await merge(maker, checker, anna, laid.persons[0])
    assert await links(registry) == 1
    assert (await papers.mine(citizen, certificate_id))["link"] is not None


async def test_a_certificate_of_somebody_proved_later_is_archived_then(registry: Registry) -> None:
    """An issuer's list brings in persons whom nobody has matched yet."""
    anna, _ = await lay_person(registry, ANNA)
    owner = await registry.owner()
    await owner.execute("ALTER TABLE identity_check DISABLE TRIGGER ALL")
    await owner.execute("UPDATE identity_check SET outcome = 'unknown' WHERE person_id = $1", anna)
    await owner.execute("ALTER TABLE identity_check ENABLE TRIGGER ALL")
    await owner.execute("ALTER TABLE identity_check ENABLE ALWAYS TRIGGER asks_for_certificates")
    certificate = await papers.printed(registry)
    papers.on_network(registry, ANNA, certificate)
    certificate_id = await papers.report(await registry.citizen(anna), certificate)
    await papers.check(registry)
    count = "SELECT count(*) FROM record_entry WHERE certificate_id = $1"
    assert await owner.fetchval(count, UUID(certificate_id)) == 0
    await owner.execute(
        "INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at)"
        " VALUES ($1, $2, 'matched', 'cardholder_base', 'later', '\\x01', registry_now())",
        anna,
        uuid4(),
    )
    await links(registry)
    assert await owner.fetchval(count, UUID(certificate_id)) == 1


async def test_a_link_across_waits_for_the_end_of_the_merge_and_is_refused(registry: Registry) -> None:
    """The guard locks both persons: what it has seen of them holds until the link is there."""
    anna, _, _, laid = await matched_and_trained(registry)
    maker, checker = await officers(registry)
    alias = await merge(maker, checker, anna, laid.persons[0])
    why = {"reason": "合并有误", "case_number": "测试案件0001"}
    assert (await maker.post(f"/v1/person-merges/{alias}:propose-end", json=why)).status_code == 200
    agency = await asyncpg.connect(
        registry.cluster.dsn(DatabaseRole.APP_AGENCY, registry.database),
        server_settings={"search_path": "registry"},
    )
    try:
        ending = agency.transaction()
        await ending.start()
        assert await agency.fetchval(
            "SELECT end_merge($1, $2, $3)", checker.actor.principal_id, anna, UUID(alias)
        )
        linking = asyncio.create_task(links(registry))
        await asyncio.wait({linking}, timeout=0.3)
        assert not linking.done()
        await ending.commit()
        with pytest.raises(asyncpg.RestrictViolationError) as refused:
            await linking
        assert refused.value.constraint_name == "certificate_link_one_person"
    finally:
        await agency.close()
    assert await links(registry) == 0, "the request is still there, and now nothing fits"
    owner = await registry.owner()
    assert not await owner.fetch("SELECT FROM certificate_link WHERE entry_person_id <> person_id")


async def test_a_revocation_names_the_entry_of_the_merged_person_and_what_took_its_place(
    registry: Registry,
) -> None:
    anna, _ = await lay_person(registry, ANNA)
    laid = await papers.closed_class(registry, [BO])
    citizen, certificate = await registry.citizen(anna), await papers.printed(registry)
    shown = papers.on_network(registry, ANNA, certificate)
    certificate_id = await papers.report(citizen, certificate)
    maker, checker = await officers(registry)
    await merge(maker, checker, anna, laid.persons[0])
    assert await papers.check(registry) == 1
    shown_as = await papers.mine(citizen, certificate_id)
    number = shown_as["link"]["record_number"]
    reviewer, approver = (
        await registry.officer(Permission.REVIEW),
        await registry.officer(Permission.APPROVAL),
    )
    proposed = await reviewer.post(
        f"/v1/records/{number}/corrections",
        json={
            "kind": "supersede",
            "reason": "项目名称有误",
            "case_number": "测试案件0001",
            "changes": {"program_name": "更正后的项目"},
        },
    )
    decided = await approver.post(
        f"/v1/record-corrections/{proposed.json()['correction_id']}:decide",
        json={"decision": "accepted", "reason": "经复核"},
    )
    papers.act(registry, shown, "revoke")
    await registry.advance(days=31)
    await papers.check(registry)
    owner = await registry.owner()
    told = only(
        await owner.fetch("SELECT payload::text FROM outbox_message WHERE topic = 'certificate.revoked'")
    )
    assert json.loads(told["payload"]) == {
        "certificate_id": certificate_id,
        "record_numbers": sorted([number, decided.json()["new_record_number"], shown_as["archived_as"]]),
    }
