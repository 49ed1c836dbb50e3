"""Openings through the API: drafted with all parts, filed once complete, returned or put on record, in scope only."""

from datetime import timedelta
from uuid import uuid4

import pytest

from app.access.actor import Permission
from app.policy.values import value_of
from app.reference.calendar import due_after
from tests.builders.directory import designation_body, ready_directory, today
from tests.builders.openings import (
    draft_opening,
    filed_opening,
    first_day_of,
    lay_roster_line,
    opening_on_record,
    ready_opening,
    session_bodies,
)
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio


async def test_an_empty_draft_is_told_everything_it_lacks_at_once(registry: Registry) -> None:
    opening = await draft_opening(registry)
    told = await opening.defects()
    assert [reason["code"] for reason in told["reasons"]] == [
        "teaching_plan_missing",
        "teachers_missing",
        "teaching_materials_missing",
        "assessment_plan_missing",
        "roster_missing",
        "sessions_missing",
    ]
    assert {reason["citation"]["clause"] for reason in told["reasons"]} == {"三(三)"}
    assert not told["ready"]
    refused = await opening.file(commitment=None)
    assert refused.status_code == 409
    assert codes(refused) == [*(reason["code"] for reason in told["reasons"]), "commitment_missing"]
    assert refused.json()["reasons"][-1]["citation"]["clause"] == "五(十一)"


async def test_a_complete_draft_is_filed_and_put_on_record(registry: Registry) -> None:
    opening = await ready_opening(registry)
    told = await opening.defects()
    assert told["ready"], told["reasons"]
    assert told["overlapping_trainees"] is None
    filed = await opening.file()
    assert filed.status_code == 200, filed.text
    assert (filed.json()["state"], filed.json()["filing_no"]) == ("filed", 1)
    due_on, days = (
        filed.json()["review_due_on"],
        value_of("filing_review_working_days", on=await today(registry)),
    )
    assert due_on == due_after(await today(registry), days.number).on.isoformat()
    recorded = await opening.put_on_record()
    assert recorded.status_code == 200, recorded.text
    body = recorded.json()
    assert body["review_due_on"] is None
    year = (await today(registry)).year
    assert body["state"] == "on_record"
    assert body["record_number"] == f"K110105{year}000001"
    owner = await registry.owner()
    row = await owner.fetchrow("SELECT * FROM opening_filing WHERE opening_id = $1", opening.opening_id)
    assert row["trainee_count"] == 2
    assert row["designated_division_code"] == "110000"
    assert row["filed_at"] < row["first_session_at"]
    acts = await owner.fetch(
        "SELECT action FROM audit_event WHERE subject_id = $1 ORDER BY event_id", str(opening.opening_id)
    )
    assert [act["action"] for act in acts][-2:] == ["opening:filed", "opening:put_on_record"]


async def test_filing_after_the_first_session_is_refused_by_server_time(registry: Registry) -> None:
    opening = await ready_opening(registry)
    await registry.advance(days=4)
    refused = await opening.file()
    assert refused.status_code == 409
    assert "filing_late" in codes(refused)


async def test_a_record_after_the_first_session_is_refused(registry: Registry) -> None:
    opening = await filed_opening(registry)
    await registry.advance(days=4)
    refused = await opening.put_on_record()
    assert (refused.status_code, codes(refused)) == (409, ["filing_late"])


async def test_the_lead_time_is_a_policy_value_without_source(registry: Registry) -> None:
    now = await registry.now()
    opening = await ready_opening(registry, first_day=now + timedelta(hours=5))
    refused = await opening.file()
    assert "lead_time_short" in codes(refused)
    reason = next(reason for reason in refused.json()["reasons"] if reason["code"] == "lead_time_short")
    assert (reason["citation"]["document"], reason["citation"]["clause"]) == ("unsourced", "")
    assert "没有文件规定" in reason["citation"]["note"]


async def test_a_suspended_institution_cannot_file_and_a_restored_one_can(registry: Registry) -> None:
    opening = await ready_opening(registry, first_day=await first_day_of(registry, in_days=9))
    base = f"/v1/institutions/{opening.directory.institution_id}"
    tomorrow = (await today(registry) + timedelta(days=1)).isoformat()
    suspended = await opening.directory.officer.post(
        f"{base}:suspend", json={"reason": "限期整改", "effective_on": tomorrow}
    )
    assert suspended.status_code == 200, suspended.text
    await registry.advance(days=1)
    refused = await opening.file()
    assert codes(refused) == ["institution_not_active"]
    restored = await opening.directory.officer.post(
        f"{base}:restore",
        json={
            "reason": "整改合格",
            "effective_on": (await today(registry) + timedelta(days=1)).isoformat(),
        },
    )
    assert restored.status_code == 200, restored.text
    await registry.advance(days=1)
    assert (await opening.file()).status_code == 200


async def test_without_designation_nothing_is_filed(registry: Registry) -> None:
    opening = await ready_opening(registry, await ready_directory(registry, designated=False))
    assert codes(await opening.file()) == ["not_designated"]


async def test_a_designation_of_elsewhere_does_not_cover_the_class(registry: Registry) -> None:
    directory = await ready_directory(registry, designated=False)
    named = await directory.officer.post(
        f"/v1/institutions/{directory.institution_id}/designations",
        json=designation_body(await today(registry), division_code="110106"),
    )
    assert named.status_code == 201, named.text
    assert codes(await (await ready_opening(registry, directory)).file()) == ["not_designated"]


async def test_an_expired_qualification_stands_in_the_way(registry: Registry) -> None:
    soon = await today(registry) + timedelta(days=2)
    license_ = {
        "kind": "school_license",
        "document_number": "人社民0000001号",
        "issued_by": "某区人社局",
        "starts_on": "2020-01-01",
        "ends_before": soon.isoformat(),
    }
    directory = await ready_directory(registry, institution={"qualification": license_})
    opening = await ready_opening(registry, directory, first_day=await first_day_of(registry, in_days=9))
    await registry.advance(days=3)
    assert codes(await opening.file()) == ["qualification_invalid"]


async def test_unmatched_lines_block_and_unavailable_ones_do_not(registry: Registry) -> None:
    opening = await ready_opening(registry, trainees=0)
    await opening.lay_line(state="unavailable", sheet_line=3)
    assert (await opening.defects())["ready"]
    await opening.lay_line(state="not_matched", sheet_line=17)
    await opening.lay_line(state="unverified", sheet_line=18)
    refused = await opening.file()
    assert codes(refused) == ["roster_unverified", "roster_not_matched"]
    assert "第17行" in refused.json()["reasons"][1]["message"]


async def test_the_commitment_must_be_the_one_of_this_class(registry: Registry) -> None:
    opening = await ready_opening(registry)
    other = await draft_opening(registry, opening.directory)
    text = (await other.defects())["commitment"]
    refused = await opening.file(commitment={"version": text["version"], "digest": text["digest"]})
    assert codes(refused) == ["commitment_outdated"]


async def test_a_return_tells_everything_and_the_draft_opens_again(registry: Registry) -> None:
    opening = await filed_opening(registry)
    owner = await registry.owner()
    await owner.execute(
        "UPDATE roster_line SET state = 'not_matched', check_outcome = NULL, check_id = NULL WHERE line_id = $1",
        opening.line_ids[0],
    )
    returned = await opening.officer.post(
        f"{opening.path}:return", json={"reasons": [{"part": "assessment_plan", "message": "缺少评分标准"}]}
    )
    assert returned.status_code == 200, returned.text
    shown = await opening.show()
    assert shown["state"] == "returned"
    assert [(reason["part"], reason["code"]) for reason in shown["returned_reasons"]] == [
        ("assessment_plan", "found_on_review"),
        ("roster", "roster_not_matched"),
    ]
    await owner.execute("DELETE FROM roster_line WHERE line_id = $1", opening.line_ids[0])
    again = await opening.file()
    assert again.status_code == 200, again.text
    assert again.json()["filing_no"] == 2
    assert (await opening.put_on_record()).json()["state"] == "on_record"


async def test_what_was_filed_is_not_edited(registry: Registry) -> None:
    opening = await filed_opening(registry)
    await opening.show()
    assert codes(await opening.patch(name="另一个班")) == ["opening_not_editable"]
    assert codes(await opening.file()) == ["opening_not_editable"]
    await opening.put_on_record()
    assert codes(await opening.put_on_record()) == ["opening_not_filed"]


async def test_a_draft_is_changed_on_its_newest_version_only(registry: Registry) -> None:
    opening = await draft_opening(registry)
    assert (await opening.patch(planned_size=20)).status_code == 200
    stale = await opening.put(
        "teachers", {"teachers": [{"name": "钱示范", "qualification": "三级", "subject": "照护"}]}, version=1
    )
    assert (stale.status_code, stale.json()["code"]) == (412, "version_outdated")
    missing = await opening.operator.patch(opening.path, json={"planned_size": 5})
    assert missing.status_code == 422
    shown = await opening.operator.get(opening.path)
    assert shown.headers["etag"] == '"2"'
    assert shown.json()["planned_size"] == 20


async def test_sessions_keep_their_id_while_they_say_the_same(registry: Registry) -> None:
    opening = await ready_opening(registry)
    before = (await opening.show())["sessions"]
    bodies = session_bodies(before[0]["teacher_id"], await first_day_of(registry))
    bodies[2]["venue"] = "实训室"
    after = (await opening.put("sessions", {"sessions": bodies})).json()["sessions"]
    assert [session["session_id"] for session in after[:2]] == [
        session["session_id"] for session in before[:2]
    ]
    assert after[2]["session_id"] != before[2]["session_id"]
    bodies[1]["starts_at"] = bodies[0]["starts_at"]
    overlapping = await opening.put("sessions", {"sessions": bodies})
    assert (overlapping.status_code, codes(overlapping)) == (422, ["sessions_overlap"])


async def test_other_tenants_and_other_provinces_see_nothing(registry: Registry) -> None:
    opening = await filed_opening(registry)
    stranger = (await ready_directory(registry)).operator
    elsewhere = await registry.officer(Permission.FILING, division_code="330000")
    county = await registry.officer(Permission.FILING, division_code="110106")
    unknown = f"/v1/openings/{uuid4()}"
    headers = {"If-Match": '"1"'}
    for caller in (stranger, elsewhere, county):
        theirs, none = await caller.get(opening.path), await caller.get(unknown)
        assert (theirs.status_code, theirs.json()["code"]) == (404, none.json()["code"])
        assert (await caller.get(f"{opening.path}/defects")).status_code == 404
        assert (await caller.get("/v1/openings")).json()["items"] == []
    for officer in (elsewhere, county):
        assert (await officer.post(f"{opening.path}:put-on-record")).status_code == 404
    assert (await stranger.patch(opening.path, json={"name": "x"}, headers=headers)).status_code == 404
    assert (await stranger.post(f"{opening.path}:file", json={})).status_code == 404
    assert (await stranger.post(f"{opening.path}:put-on-record")).status_code == 403


async def test_an_officers_work_list_is_by_age_and_without_drafts(registry: Registry) -> None:
    directory = await ready_directory(registry)
    first = await filed_opening(registry, directory)
    await registry.advance(hours=1)
    second = await filed_opening(registry, directory, officer=first.officer)
    draft = await draft_opening(registry, directory, officer=first.officer)
    page = (await first.officer.get("/v1/openings", params={"state": "filed", "limit": 1})).json()
    assert [item["opening_id"] for item in page["items"]] == [str(first.opening_id)]
    rest = (
        await first.officer.get(
            "/v1/openings", params={"state": "filed", "limit": 1, "cursor": page["next_cursor"]}
        )
    ).json()
    assert [item["opening_id"] for item in rest["items"]] == [str(second.opening_id)]
    assert rest["next_cursor"] is None
    assert page["counts"] == {**dict.fromkeys(page["counts"], 0), "filed": 2}
    assert (await first.officer.get(draft.path)).status_code == 404
    own = (await draft.operator.get("/v1/openings")).json()
    assert own["items"][0]["opening_id"] == str(draft.opening_id)
    assert own["counts"]["draft"] == 1


async def test_only_the_officer_learns_how_many_trainees_overlap(registry: Registry) -> None:
    directory = await ready_directory(registry)
    first = await filed_opening(registry, directory)
    second = await ready_opening(registry, directory, trainees=0, officer=first.officer)
    owner = await registry.owner()
    person_id = await owner.fetchval(
        "SELECT person_id FROM roster_line WHERE line_id = $1", first.line_ids[0]
    )
    await lay_roster_line(registry, second.opening_id, directory.institution_id, person_id=person_id)
    assert (await second.defects())["overlapping_trainees"] is None
    assert (await second.defects())["ready"]
    assert [flag["code"] for flag in (await second.defects())["flags"]] == ["teacher_double_booked"] * 3
    assert (await second.file()).status_code == 200
    assert (await second.defects(first.officer))["overlapping_trainees"] == 1


async def test_an_opening_is_canceled_before_it_runs_and_never_after(registry: Registry) -> None:
    opening = await opening_on_record(registry)
    canceled = await opening.operator.post(f"{opening.path}:cancel", json={"reason": "报名人数不足"})
    assert canceled.status_code == 200, canceled.text
    assert (canceled.json()["state"], canceled.json()["cancellation_reason"]) == ("canceled", "报名人数不足")
    again = await opening.operator.post(f"{opening.path}:cancel", json={"reason": "报名人数不足"})
    assert codes(again) == ["opening_not_cancelable"]
    running = await opening_on_record(registry, opening.directory, officer=opening.officer)
    owner = await registry.owner()
    await owner.execute(
        "UPDATE course_opening SET state = 'running' WHERE opening_id = $1", running.opening_id
    )
    refused = await running.operator.post(f"{running.path}:cancel", json={"reason": "报名人数不足"})
    assert codes(refused) == ["opening_not_cancelable"]


async def test_unknown_programs_and_divisions_are_told_together(registry: Registry) -> None:
    directory = await ready_directory(registry)
    body = {
        "program_id": str(uuid4()),
        "division_code": "999999",
        "name": "某班",
        "planned_size": 10,
        "venue": "教室",
    }
    refused = await directory.operator.post("/v1/openings", json=body)
    assert (refused.status_code, codes(refused)) == (409, ["program_unknown", "division_unknown"])


@pytest.mark.parametrize(
    "extra", ["state", "version", "institution_id", "filing_no", "on_record_at", "created_by"]
)
async def test_no_column_is_assigned_from_a_body(registry: Registry, extra: str) -> None:
    opening = await draft_opening(registry)
    refused = await opening.patch(**{extra: "on_record"})
    assert (refused.status_code, codes(refused)) == (422, ["input_extra_forbidden"])
    assert (await opening.show())["state"] == "draft"
