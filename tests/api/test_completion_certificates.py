"""培训合格证书: issued with the entry they prove, in the transaction that closes the class, by one door alone."""

import json
import re
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from app.access.actor import SYSTEM_PRINCIPAL, Permission
from app.access.unit import system_unit
from app.archive.certificates.queries.sealed_numbers import digests_of_number, open_number
from app.archive.certificates.rules.completion_number import is_completion_number
from app.archive.certificates.rules.numbers import Declared, judge_format
from app.archive.certificates.states import CertificateKind
from app.db.roles import DatabaseRole
from app.kernel.clock import law_date
from app.training.completion.actions.append_late_records import append_late_records
from tests.builders.finished_class import FinishedClass, Trainee, lay_finished_class
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio

DOOR = "SELECT certificate_id FROM issue_completion_certificates($1, $2, $3, $4, $5, $6, $7, $8)"


async def close(registry: Registry, laid: FinishedClass) -> dict[str, Any]:
    await registry.advance(hours=1)
    answer = await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def mine(registry: Registry, person_id: UUID) -> list[dict[str, Any]]:
    answer = await (await registry.citizen(person_id)).get("/v1/me/completion-certificates")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_who_earned_an_entry_holds_a_certificate_with_every_field_of_the_rule(
    registry: Registry,
) -> None:
    earned = Trainee(name="测试学员甲", serial=901)
    laid = await lay_finished_class(
        registry,
        [earned, Trainee(serial=902, outcome="fail"), Trainee(serial=903, credited_minutes=0)],
    )
    await close(registry, laid)
    owner, keys = await registry.owner(), registry.house.keys
    row = only(await owner.fetch("SELECT * FROM certificate"))
    entry = only(await owner.fetch("SELECT * FROM record_entry WHERE kind = 'completion'"))
    number = open_number(keys, row["number_sealed"], row["person_id"])
    assert is_completion_number(number)
    assert number.startswith("H110105-")
    declared = Declared(
        kind=CertificateKind.TRAINING_COMPLETION,
        on=row["issued_on"],
        issued_on=row["issued_on"],
        body_division=entry["division_code"],
    )
    assert judge_format(number, declared, network_says_matched=False) == ((), ())
    shown = only(await mine(registry, laid.persons[0]))
    assert shown == {
        "certificate_id": str(row["certificate_id"]),
        "certificate_number": number,
        "name": "测试学员甲",
        "identity_number_masked": f"110***********{earned.number[-4:]}",
        "program_name": "测试项目",
        "starts_on": entry["starts_on"].isoformat(),
        "ends_on": entry["ends_on"].isoformat(),
        "institution_name": entry["institution_name"],
        "issued_on": law_date(await registry.now()).isoformat(),
        "state": "matched",
        "state_label": "已核实",
        "record_number": entry["record_number"],
    }
    assert await mine(registry, laid.persons[1]) == await mine(registry, laid.persons[2]) == []


async def test_certificate_holder_answer_and_link_stand_together(registry: Registry) -> None:
    laid = await lay_finished_class(registry, [Trainee(serial=901), Trainee(serial=902)])
    await close(registry, laid)
    owner, keys = await registry.owner(), registry.house.keys
    certificates = await owner.fetch(
        "SELECT certificate.*, entry_id, record_number FROM certificate"
        " JOIN record_entry AS entry USING (person_id, opening_id)"
        " WHERE entry.kind = 'completion' ORDER BY record_number"
    )
    assert len(certificates) == 2
    for row in certificates:
        key = (row["person_id"], row["certificate_id"])
        assert (row["kind"], row["source"], row["state"]) == ("training_completion", "registry", "matched")
        assert row["last_confirmed_at"] is not None
        assert row["check_due_at"] is None  # there is no network to ask about it
        of_it = "FROM {} WHERE person_id = $1 AND certificate_id = $2"
        holder = await owner.fetchrow("SELECT * " + of_it.format("certificate_holder"), *key)
        number = open_number(keys, row["number_sealed"], row["person_id"])
        digest = await owner.fetchval(
            "SELECT digest FROM certificate_number_key WHERE number_id = $1", holder["number_id"]
        )
        assert holder["number_id"] == row["number_id"]
        assert digest == digests_of_number(keys, number)[0]
        answer = await owner.fetchrow("SELECT * " + of_it.format("certificate_answer"), *key)
        assert (answer["outcome"], answer["channel"]) == ("matched", "registry")
        assert answer["evidence_id"] == row["record_number"]
        link = await owner.fetchrow("SELECT * " + of_it.format("certificate_link"), *key)
        assert (link["entry_id"], link["is_automatic"]) == (row["entry_id"], True)
        assert link["reasons"] == '["same_person", "same_class"]'
    said = await owner.fetchrow("SELECT * FROM audit_event WHERE action = 'certificate:issued'")
    assert (said["subject_id"], said["principal_id"]) == (
        str(laid.opening_id),
        laid.operator.actor.principal_id,
    )
    assert not re.search(r"H[0-9]{6}-", said["details"])
    assert await owner.fetchval("SELECT count(*) FROM outbox_message WHERE topic = 'certificate.issued'") == 1


async def test_a_late_match_gets_its_certificate_once(registry: Registry) -> None:
    laid = await lay_finished_class(registry, [Trainee(serial=901), Trainee(serial=902, state="unavailable")])
    await close(registry, laid)
    owner, check_id = await registry.owner(), uuid4()
    assert await owner.fetch("SELECT person_id FROM certificate") == [(laid.persons[0],)]
    await registry.advance(hours=2)
    await owner.execute(
        "INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at)"
        " VALUES ($1, $2, 'matched', 'cardholder_base', 'late', $3, registry_now())",
        laid.persons[1],
        check_id,
        registry.house.keys.digest(Trainee().name, purpose="name"),
    )
    await owner.execute(
        "UPDATE roster_line SET state = 'matched', check_id = $2, check_outcome = 'matched' WHERE person_id = $1",
        laid.persons[1],
        check_id,
    )
    for _ in range(2):
        async with system_unit(registry.house.engines, DatabaseRole.WORKER) as unit:
            await append_late_records(unit, registry.house.keys)
    assert len(await mine(registry, laid.persons[1])) == 1
    assert await owner.fetchval("SELECT count(*) FROM certificate") == 2


async def test_a_class_that_cannot_close_issues_nothing(registry: Registry) -> None:
    laid = await lay_finished_class(registry, [Trainee(serial=901), Trainee(serial=902, outcome=None)])
    await registry.advance(hours=1)
    refused = await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    assert codes(refused) == ["assessment_missing"]
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM certificate") == 0


async def test_the_door_issues_for_entries_of_ones_own_class_and_never_twice(registry: Registry) -> None:
    laid = await lay_finished_class(registry, [Trainee(serial=901), Trainee(serial=902, outcome="fail")])
    stranger = (await lay_finished_class(registry, [Trainee(serial=950)])).operator
    await close(registry, laid)
    owner = await registry.owner()

    async def through_the_door(actor: UUID, person: UUID) -> int:
        given = (actor, laid.opening_id, [person], [uuid4()], [b"sealed"])
        given = (*given, [live_key], [uuid4().bytes * 2], '["x"]')
        connection = await asyncpg.connect(
            registry.cluster.dsn(DatabaseRole.APP_INST, registry.database),
            server_settings={"search_path": "registry"},
        )
        try:
            return len(await connection.fetch(DOOR, *given))
        finally:
            await connection.close()

    live_key = registry.house.keys.digest_key_ids[0]
    operator = laid.operator.actor.principal_id
    assert await through_the_door(operator, laid.persons[0]) == 0  # has one already
    assert await through_the_door(operator, laid.persons[1]) == 0  # has earned no entry
    # Without the one issued, only the class's own institution (or the registry itself) is let in.
    async with owner.transaction():
        await owner.execute("ALTER TABLE completion_certificate DISABLE TRIGGER USER")
        await owner.execute("DELETE FROM completion_certificate")
        for guard in ("append_only", "append_only_truncate"):
            await owner.execute(f"ALTER TABLE completion_certificate ENABLE ALWAYS TRIGGER {guard}")
    assert await through_the_door(stranger.actor.principal_id, laid.persons[0]) == 0
    assert await through_the_door(operator, laid.persons[0]) == 1
    assert await through_the_door(SYSTEM_PRINCIPAL, laid.persons[0]) == 0


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO certificate (person_id, kind, number_sealed, number_id, body_name, issued_on, source,"
        " submitted_by, opening_id) SELECT person_id, 'training_completion', 'x', uuidv7(), 'x', now(),"
        " 'registry', submitted_by, opening_id FROM certificate",
        "INSERT INTO certificate (person_id, kind, number_sealed, number_id, body_name, issued_on, source,"
        " submitted_by, state, last_confirmed_at) SELECT person_id, 'skill_level', 'x', uuidv7(), 'x', now(),"
        " 'institution', submitted_by, 'matched', now() FROM certificate",
        "INSERT INTO certificate_holder (number_id, person_id, certificate_id)"
        " SELECT uuidv7(), person_id, certificate_id FROM certificate",
        "INSERT INTO certificate_link (person_id, certificate_id, entry_person_id, entry_id, own_entry_id,"
        " is_automatic, reasons, linked_by) SELECT person_id, certificate_id, entry_person_id, entry_id, own_entry_id,"
        " true, '[1]', linked_by FROM certificate_link",
        "INSERT INTO completion_certificate DEFAULT VALUES",
        "UPDATE certificate SET state = 'matched'",
        "SELECT * FROM completion_certificate",
    ],
)
async def test_an_institution_writes_no_certificate_of_ours_itself(
    registry: Registry, statement: str
) -> None:
    laid = await lay_finished_class(registry)
    await close(registry, laid)
    connection = await asyncpg.connect(
        registry.cluster.dsn(DatabaseRole.APP_INST, registry.database),
        server_settings={"search_path": "registry"},
    )
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_an_entry_that_two_officers_revoke_takes_its_certificate_with_it(registry: Registry) -> None:
    laid = await lay_finished_class(registry, [Trainee(serial=901), Trainee(serial=902)])
    await close(registry, laid)
    owner = await registry.owner()
    number = await owner.fetchval(
        "SELECT record_number FROM record_entry WHERE person_id = $1", laid.persons[0]
    )
    for kind, decision, changes, state in (
        ("revoke", "refused", {}, "matched"),
        ("supersede", "accepted", {"program_name": "更正后的项目"}, "matched"),
        ("revoke", "accepted", {}, "revoked"),
    ):
        maker = await registry.officer(Permission.REVIEW, division_code="110105")
        body = {"kind": kind, "reason": "查实作弊", "case_number": "更正0001", "changes": changes}
        proposed = await maker.post(f"/v1/records/{number}/corrections", json=body)
        assert proposed.status_code == 201, proposed.text
        checker = await registry.officer(Permission.APPROVAL, division_code="110000")
        decided = await checker.post(
            f"/v1/record-corrections/{proposed.json()['correction_id']}:decide",
            json={"decision": decision, "reason": "经复核"},
        )
        assert decided.status_code == 200, decided.text
        number = decided.json()["new_record_number"] or number
        states = dict(await owner.fetch("SELECT person_id, state FROM certificate"))
        assert states == {laid.persons[0]: state, laid.persons[1]: "matched"}
    citizen = await registry.citizen(laid.persons[0])
    shown = only((await citizen.get("/v1/me/completion-certificates")).json()["items"])
    assert (shown["state_label"], shown["program_name"]) == ("已撤销", "测试项目")
    change = only(await owner.fetch("SELECT * FROM certificate_state_change"))
    assert (change["from_state"], change["to_state"], change["reason_code"]) == (
        "matched",
        "revoked",
        "entry_revoked",
    )
    told = only(
        await owner.fetch("SELECT payload::text FROM outbox_message WHERE topic = 'certificate.revoked'")
    )
    assert json.loads(told["payload"]) == {
        "certificate_id": str(change["certificate_id"]),
        "record_numbers": [number],
    }
