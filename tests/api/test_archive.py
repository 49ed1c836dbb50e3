"""Closing a class appends what was earned; the citizen reads it; agencies look it up and every look is shown."""

from uuid import UUID, uuid4

import pytest

from app.access.actor import Permission
from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.training.completion.actions.append_late_records import append_late_records
from tests.builders.finished_class import FinishedClass, Trainee, enter_result, lay_finished_class
from tests.registry_server import Caller, Registry, codes, only

pytestmark = pytest.mark.anyio
LOOKUP = {"purpose": "subsidy_review", "case_number": "测试案件0001"}


async def close(registry: Registry, laid: FinishedClass) -> dict:
    await registry.advance(hours=1)
    answer = await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def look_up(officer: Caller, *subjects: Trainee, name: str | None = None) -> list[dict]:
    answer = await officer.post(
        "/v1/records:lookup",
        json={
            **LOOKUP,
            "subjects": [{"identity_number": each.number, "name": name or each.name} for each in subjects],
        },
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def test_closing_appends_an_entry_to_each_who_earned_it(registry: Registry) -> None:
    trainees = [
        Trainee(serial=901),
        Trainee(serial=902, outcome="exempt"),
        Trainee(serial=903, outcome="fail"),
        Trainee(serial=904, outcome="absent"),
        Trainee(serial=905, credited_minutes=100),
        Trainee(serial=906, state="unavailable"),
    ]
    laid = await lay_finished_class(registry, trainees)
    closed = await close(registry, laid)
    verdicts = {item["line_id"]: item for item in closed["trainees"]}
    assert closed["records_appended"] == 2
    assert sorted(item["verdict"] for item in verdicts.values()) == [
        "earned",
        "earned",
        "identity_pending",
        "not_earned",
        "not_earned",
        "not_earned",
    ]
    said = {reason["code"] for item in verdicts.values() for reason in item["reasons"]}
    assert said == {"assessment_not_passed", "hours_not_met", "identity_not_yet_matched"}
    everything = (await laid.operator.get(f"/v1/openings/{laid.opening_id}/records")).json()["items"]
    attended = [record for record in everything if record["kind"] == "attended_period"]
    assert len(attended) == 5, "whoever came and is matched, passed or not"
    assert {record["attended_days"] for record in attended} == {1}
    records = [record for record in everything if record["kind"] == "completion"]
    assert len(records) == 2
    assert all(record["state"] == "in_force" for record in records)
    earned = {item["line_id"] for item in verdicts.values() if item["verdict"] == "earned"}
    assert {record["line_id"] for record in records} == earned
    assert (
        {record["masked_name"] for record in records}
        == {"测*"}
        == {item["masked_name"] for item in verdicts.values()}
    )


async def test_nobody_without_an_outcome_and_everything_said_at_once(registry: Registry) -> None:
    laid = await lay_finished_class(
        registry, [Trainee(serial=901, outcome=None), Trainee(serial=902, is_confirmed=False)]
    )
    answer = await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    assert answer.status_code == 409
    assert sorted(codes(answer)) == ["assessment_missing", "result_not_confirmed"]
    assert [reason["value"] for reason in answer.json()["reasons"]] == ["测*", "测*"]
    assert answer.json()["reasons"][0]["citation"]["document"] == "人社部发〔2025〕10号"
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM opening_closure") == 0


async def test_a_class_closes_once_and_only_by_its_own_institution(registry: Registry) -> None:
    laid = await lay_finished_class(registry)
    stranger = (await lay_finished_class(registry, [Trainee(serial=950)])).operator
    assert (await stranger.post(f"/v1/openings/{laid.opening_id}:close")).status_code == 404
    assert (await stranger.get(f"/v1/openings/{laid.opening_id}/records")).status_code == 404
    await close(registry, laid)
    again = await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    assert codes(again) == ["opening_already_closed"]


async def test_a_late_match_gets_its_entry_once(registry: Registry) -> None:
    laid = await lay_finished_class(registry, [Trainee(serial=901), Trainee(serial=902, state="unavailable")])
    await close(registry, laid)
    owner = await registry.owner()
    await registry.advance(hours=2)
    check_id = uuid4()
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
    for appended in (1, None):
        async with system_unit(registry.house.engines, DatabaseRole.WORKER) as unit:
            assert (await append_late_records(unit, registry.house.keys)).get(laid.opening_id) == appended
    citizen = await registry.citizen(laid.persons[1])
    entries = (await citizen.get("/v1/me/record")).json()["entries"]
    assert sorted(each["kind"] for each in entries) == ["attended_period", "completion"]


async def test_citizen_reads_the_own_record_and_who_looked(registry: Registry) -> None:
    trainee = Trainee()
    laid = await lay_finished_class(registry, [trainee, Trainee(serial=902)])
    await close(registry, laid)
    officer = await registry.officer(Permission.LOOKUP, division_code="440000", agency="测试省外机构")
    found = only(await look_up(officer, trainee))
    assert found["found"]
    assert found["entries"][0]["program_name"] == "测试项目"
    assert trainee.number not in str(found)

    citizen = await registry.citizen(laid.persons[0])
    entries = (await citizen.get("/v1/me/record")).json()["entries"]
    assert {each["record_number"] for each in entries} == {each["record_number"] for each in found["entries"]}
    access = only((await citizen.get("/v1/me/accesses")).json()["items"])
    assert access["agency_name"] == "测试省外机构"
    assert access["case_number"] == LOOKUP["case_number"]
    assert access["officer"] == "测*"
    other = await registry.citizen(laid.persons[1])
    assert (await other.get("/v1/me/accesses")).json()["items"] == []


async def test_absent_and_other_name_are_the_same_answer(registry: Registry) -> None:
    trainee = Trainee()
    await lay_finished_class(registry, [trainee])
    officer = await registry.officer(Permission.LOOKUP)
    wrong_name = only(await look_up(officer, trainee, name="另一个人"))
    absent = only(await look_up(officer, Trainee(serial=999), name="另一个人"))
    for answer in (wrong_name, absent):
        del answer["masked_number"]
    assert wrong_name == absent == {"index": 0, "found": False, "entries": []}


async def test_a_look_up_needs_purpose_case_and_a_valid_number(registry: Registry) -> None:
    officer = await registry.officer(Permission.LOOKUP)
    subject = {"identity_number": "110000195001019019", "name": "测试学员"}
    answer = await officer.post("/v1/records:lookup", json={"subjects": [subject]})
    assert answer.status_code == 422
    assert {reason["field"] for reason in answer.json()["reasons"]} == {"purpose", "case_number"}
    bad = await officer.post(
        "/v1/records:lookup",
        json={
            **LOOKUP,
            "subjects": [{**subject, "identity_number": "110000195001019011"}],
        },
    )
    assert bad.status_code == 422
    assert codes(bad) == ["identity_number_check_digit"]
    assert "110000195001019011" not in bad.text


async def correction(
    registry: Registry, laid: FinishedClass, kind: str, changes: dict | None = None, *, of: int = 0
) -> tuple[str, Caller, dict]:
    records = (await laid.operator.get(f"/v1/openings/{laid.opening_id}/records")).json()["items"]
    number = records[of]["record_number"]
    maker = await registry.officer(Permission.REVIEW, Permission.APPROVAL, division_code="110105")
    answer = await maker.post(
        f"/v1/records/{number}/corrections",
        json={
            "kind": kind,
            "changes": changes or {},
            "reason": "成绩登记有误",
            "case_number": "更正0001",
        },
    )
    assert answer.status_code == 201, answer.text
    return number, maker, answer.json()


async def test_corrections_that_wait_come_in_pages(registry: Registry) -> None:
    laid = await lay_finished_class(registry, [Trainee(serial=901 + place) for place in range(3)])
    await close(registry, laid)
    wanted = [(await correction(registry, laid, "revoke", of=place))[0] for place in range(3)]
    checker = await registry.officer(Permission.APPROVAL, division_code="110000")
    first = (await checker.get("/v1/record-corrections?limit=2")).json()
    following = {"limit": 2, "cursor": first["next_cursor"]}
    second = (await checker.get("/v1/record-corrections", params=following)).json()
    assert [item["record_number"] for item in first["items"] + second["items"]] == wanted
    assert second["next_cursor"] is None


async def test_a_correction_appends_and_a_second_person_decides(registry: Registry) -> None:
    laid = await lay_finished_class(registry)
    await close(registry, laid)
    number, maker, proposed = await correction(registry, laid, "supersede", {"score_hundredths": 9100})
    path = f"/v1/record-corrections/{proposed['correction_id']}:decide"
    verdict = {"decision": "accepted", "reason": "核对无误"}
    assert codes(await maker.post(path, json=verdict)) == ["second_person_required"]
    checker = await registry.officer(Permission.APPROVAL, division_code="110000")
    waiting = (await checker.get("/v1/record-corrections")).json()["items"]
    assert only(waiting)["record_number"] == number
    decided = (await checker.post(path, json=verdict)).json()
    assert decided["new_record_number"] != number
    assert codes(await checker.post(path, json=verdict)) == ["correction_already_decided"]

    citizen = await registry.citizen(laid.persons[0])
    entries = (await citizen.get("/v1/me/record")).json()["entries"]
    assert [
        (each["state"], each["score_hundredths"]) for each in entries if each["kind"] == "completion"
    ] == [
        ("superseded", 8800),
        ("in_force", 9100),
    ]


async def test_a_revoked_entry_stays_and_says_so(registry: Registry) -> None:
    laid = await lay_finished_class(registry)
    await close(registry, laid)
    number, _, proposed = await correction(registry, laid, "revoke")
    checker = await registry.officer(Permission.APPROVAL, Permission.LOOKUP, division_code="110000")
    path = f"/v1/record-corrections/{proposed['correction_id']}:decide"
    assert (await checker.post(path, json={"decision": "accepted", "reason": "查实作弊"})).status_code == 200
    entry = (await checker.post(f"/v1/records/{number}:read", json=LOOKUP)).json()
    assert entry["state"] == "revoked"
    assert entry["appended_at"].endswith("Z"), "one time format, also of what comes out of a door as JSON"
    assert entry["revoked_at"].endswith("Z")
    maker = await registry.officer(Permission.REVIEW, division_code="110105")
    again = await maker.post(
        f"/v1/records/{number}/corrections",
        json={
            "kind": "revoke",
            "reason": "再次撤销",
            "case_number": "更正0002",
        },
    )
    assert codes(again) == ["record_not_in_force"]


async def test_a_refused_correction_changes_nothing(registry: Registry) -> None:
    laid = await lay_finished_class(registry)
    await close(registry, laid)
    number, _, proposed = await correction(registry, laid, "revoke")
    checker = await registry.officer(Permission.APPROVAL, Permission.LOOKUP, division_code="110000")
    path = f"/v1/record-corrections/{proposed['correction_id']}:decide"
    assert (await checker.post(path, json={"decision": "refused", "reason": "理由不足"})).status_code == 200
    assert (await checker.post(f"/v1/records/{number}:read", json=LOOKUP)).json()["state"] == "in_force"


async def test_another_region_can_neither_correct_nor_decide(registry: Registry) -> None:
    laid = await lay_finished_class(registry)
    await close(registry, laid)
    number, _, proposed = await correction(registry, laid, "revoke")
    foreign = await registry.officer(Permission.REVIEW, Permission.APPROVAL, division_code="440000")
    answer = await foreign.post(
        f"/v1/records/{number}/corrections",
        json={
            "kind": "revoke",
            "reason": "越权撤销",
            "case_number": "更正0003",
        },
    )
    assert answer.status_code == 404
    path = f"/v1/record-corrections/{proposed['correction_id']}:decide"
    assert (await foreign.post(path, json={"decision": "accepted", "reason": "越权"})).status_code == 404
    assert (await foreign.get("/v1/record-corrections")).json()["items"] == []


async def test_who_may_correct_reads_what_would_be_corrected_and_no_more(registry: Registry) -> None:
    laid = await lay_finished_class(registry)
    await close(registry, laid)
    owner = await registry.owner()
    number = await owner.fetchval("SELECT record_number FROM record_entry LIMIT 1")
    own, foreign = [
        await registry.officer(Permission.REVIEW, division_code=division) for division in ("110105", "440000")
    ]
    for officer, purpose, status in (
        (own, "record_correction", 200),
        (own, "inspection", 404),
        (foreign, "record_correction", 404),
    ):
        answer = await officer.post(
            f"/v1/records/{number}:read", json={"purpose": purpose, "case_number": "更正0004"}
        )
        assert answer.status_code == status, answer.text


async def test_a_mistyped_record_number_is_told_from_an_absent_one(registry: Registry) -> None:
    officer = await registry.officer(Permission.LOOKUP)
    mistyped = await officer.post("/v1/records/R110105-2026-00000001-1:read", json=LOOKUP)
    assert codes(mistyped) == ["record_number_check_character"]


async def test_enrollments_show_the_citizen_every_class(registry: Registry) -> None:
    laid = await lay_finished_class(registry)
    citizen = await registry.citizen(laid.persons[0])
    enrollment = only((await citizen.get("/v1/me/enrollments")).json()["items"])
    assert enrollment["opening_name"] == "测试班"
    assert UUID(enrollment["opening_id"]) == laid.opening_id


async def test_late_results_of_someone_else_do_not_slip_in(registry: Registry) -> None:
    """An entry rests on this person's confirmed pass: the key is composite, so another's does not serve."""
    laid = await lay_finished_class(registry, [Trainee(serial=901), Trainee(serial=902, outcome=None)])
    await enter_result(registry, laid, laid.persons[1], "fail")
    closed = await close(registry, laid)
    assert closed["records_appended"] == 1
