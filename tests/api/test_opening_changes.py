"""Changes after filing: proposed, decided by the authority, carried out in the same transaction, never for the past."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from app.access.actor import Permission
from tests.builders.openings import Opening, filed_opening, opening_on_record
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio


async def accepted(opening: Opening, **proposal: Any) -> dict[str, Any]:
    """Propose and accept; what the class looks like afterwards."""
    proposed = await opening.propose(**proposal)
    assert proposed.status_code == 201, proposed.text
    assert proposed.json()["decision"] is None
    before = await opening.show()
    decided = await opening.decide(proposed.json()["change_no"])
    assert decided.status_code == 200, decided.text
    assert decided.json()["decision"] == "accepted"
    after = await opening.show()
    assert after["version"] == before["version"] + 1
    return after


async def test_a_session_moves_only_when_the_authority_accepts(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    session = (await opening.show())["sessions"][0]
    starts_at = await registry.now() + timedelta(days=6)
    moved = {"starts_at": starts_at.isoformat(), "ends_at": (starts_at + timedelta(minutes=90)).isoformat()}
    proposed = await opening.propose(kind="session_time", session_id=session["session_id"], **moved)
    assert proposed.status_code == 201, proposed.text
    assert (await opening.show())["sessions"][0]["starts_at"] == session["starts_at"]
    refused = await opening.decide(1, "refused", "与考核冲突")
    assert (refused.json()["decision"], refused.json()["decision_reason"]) == ("refused", "与考核冲突")
    assert (await opening.show())["sessions"][0]["starts_at"] == session["starts_at"]
    after = await accepted(opening, kind="session_time", session_id=session["session_id"], **moved)
    times = {known["session_id"]: known["starts_at"] for known in after["sessions"]}
    assert times[session["session_id"]] != session["starts_at"]
    listed = (await opening.officer.get(f"{opening.path}/changes")).json()["items"]
    assert [change["decision"] for change in listed] == ["refused", "accepted"]


async def test_a_refusal_needs_its_reason_and_a_decision_is_final(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    await opening.propose(kind="venue", venue="实训中心")
    assert codes(await opening.decide(1, "refused")) == ["refusal_without_reason"]
    assert (await opening.decide(1)).status_code == 200
    assert codes(await opening.decide(1)) == ["change_decided"]
    assert (await opening.decide(2)).status_code == 404


async def test_a_session_that_was_held_is_not_changed(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    session = (await opening.show())["sessions"][0]
    proposed = await opening.propose(kind="venue", session_id=session["session_id"], venue="实训中心")
    assert proposed.status_code == 201, proposed.text
    owner = await registry.owner()
    await owner.execute(
        "INSERT INTO session_held (session_id, opening_id, starts_at, filed_at)"
        " SELECT session_id, opening_id, starts_at, filed_at FROM course_session"
        " JOIN opening_record USING (opening_id) WHERE session_id = $1::uuid",
        session["session_id"],
    )
    assert codes(await opening.decide(1)) == ["session_held"]
    assert codes(await opening.propose(kind="session_canceled", session_id=session["session_id"])) == [
        "session_held",
        "planned_hours_short",
    ]


async def test_canceling_must_leave_the_programs_hours(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    session = (await opening.show())["sessions"][0]
    assert codes(await opening.propose(kind="session_canceled", session_id=session["session_id"])) == [
        "planned_hours_short"
    ]
    starts_at = await registry.now() + timedelta(days=7)
    after = await accepted(
        opening,
        kind="session_added",
        teacher_id=session["teacher_id"],
        starts_at=starts_at.isoformat(),
        ends_at=(starts_at + timedelta(minutes=90)).isoformat(),
        hours_kind=session["hours_kind"],
        venue="202教室",
    )
    assert len(after["sessions"]) == 4
    after = await accepted(opening, kind="session_canceled", session_id=session["session_id"])
    assert session["session_id"] not in {known["session_id"] for known in after["sessions"]}


async def test_a_change_into_the_past_or_onto_another_session_is_refused(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    first, second, _ = (await opening.show())["sessions"]
    past = await registry.now() - timedelta(days=1)
    late = await opening.propose(
        kind="session_time",
        session_id=first["session_id"],
        starts_at=past.isoformat(),
        ends_at=(past + timedelta(minutes=90)).isoformat(),
    )
    assert codes(late) == ["change_late"]
    onto = await opening.propose(
        kind="session_time",
        session_id=first["session_id"],
        starts_at=second["starts_at"],
        ends_at=second["ends_at"],
    )
    assert codes(onto) == ["sessions_overlap"]
    unknown = await opening.propose(kind="session_canceled", session_id=str(uuid4()))
    assert codes(unknown) == ["session_unknown"]


async def test_a_new_teacher_takes_over_what_is_still_to_be_held(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    shown = await opening.show()
    old = shown["teachers"][0]["teacher_id"]
    after = await accepted(
        opening,
        kind="teacher",
        teacher_id=old,
        name="钱示范",
        qualification="三级/高级工",
        subject="照护实操",
    )
    assert [teacher["name"] for teacher in after["teachers"]] == ["钱示范"]
    new = after["teachers"][0]["teacher_id"]
    assert {session["teacher_id"] for session in after["sessions"]} == {new}


async def test_a_venue_changes_for_the_class_or_one_session(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    session = (await opening.show())["sessions"][1]
    after = await accepted(opening, kind="venue", session_id=session["session_id"], venue="实训中心")
    assert [known["venue"] for known in after["sessions"]] == ["201教室", "实训中心", "201教室"]
    assert after["venue"] == "201教室"
    after = await accepted(opening, kind="venue", venue="新校区")
    assert {after["venue"], *(known["venue"] for known in after["sessions"])} == {"新校区"}


async def test_a_trainee_leaves_through_the_door_and_only_once(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    await accepted(opening, kind="trainee_withdrawn", line_id=str(opening.line_ids[0]))
    owner = await registry.owner()
    rows = await owner.fetch(
        "SELECT line_id, withdrawn_by, withdrawal_reason FROM roster_line WHERE opening_id = $1"
        " AND withdrawn_at IS NOT NULL",
        opening.opening_id,
    )
    assert [tuple(row) for row in rows] == [
        (opening.line_ids[0], opening.officer.actor.principal_id, "教师临时外出")
    ]
    again = await opening.propose(kind="trainee_withdrawn", line_id=str(opening.line_ids[0]))
    assert codes(again) == ["trainee_not_on_roster"]


async def test_two_proposals_to_withdraw_one_trainee_are_carried_out_once(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    for _ in range(2):
        proposed = await opening.propose(kind="trainee_withdrawn", line_id=str(opening.line_ids[0]))
        assert proposed.status_code == 201
    assert (await opening.decide(1)).status_code == 200
    assert codes(await opening.decide(2)) == ["trainee_not_on_roster"]
    listed = (await opening.officer.get(f"{opening.path}/changes")).json()["items"]
    assert listed[1]["decision"] is None


async def test_before_the_record_there_is_nothing_to_change(registry: Registry) -> None:
    opening = await filed_opening(registry)
    assert codes(await opening.propose(kind="venue", venue="新校区")) == ["opening_not_changeable"]


async def test_changes_of_others_are_not_there(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    await opening.propose(kind="venue", venue="新校区")
    elsewhere = await registry.officer(Permission.FILING, division_code="330000")
    decided = await elsewhere.post(f"{opening.path}/changes/1:decide", json={"decision": "accepted"})
    assert decided.status_code == 404
    assert (await elsewhere.get(f"{opening.path}/changes")).status_code == 404
    own = await opening.operator.post(f"{opening.path}/changes/1:decide", json={"decision": "accepted"})
    assert own.status_code == 403


async def test_the_door_withdraws_nobody_without_an_accepted_change(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    await opening.propose(kind="trainee_withdrawn", line_id=str(opening.line_ids[0]))
    agency = await asyncpg.connect(
        registry.cluster.dsn("app_agency", registry.database), server_settings={"search_path": "registry"}
    )
    try:
        assert await agency.fetchval("SELECT withdraw_trainee($1, 1::smallint)", opening.opening_id) == 0
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await agency.execute("UPDATE roster_line SET withdrawn_at = registry_now()")
    finally:
        await agency.close()


async def test_accepting_judges_again_because_time_passed(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    session = (await opening.show())["sessions"][0]
    starts_at = await registry.now() + timedelta(days=6)
    ends_at = starts_at + timedelta(minutes=90)
    times = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
    proposed = await opening.propose(kind="session_time", session_id=session["session_id"], **times)
    assert proposed.status_code == 201, proposed.text
    await registry.advance(days=7)
    assert codes(await opening.decide(1)) == ["change_late"]
    assert (await opening.decide(1, "refused", "时间已过")).status_code == 200
