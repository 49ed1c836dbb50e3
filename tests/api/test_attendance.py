"""Events become presence; what is late, repeated, misplaced or double is said one by one."""

from datetime import timedelta

import pytest

from app.access.actor import Permission
from tests.builders.attendance import (
    DIVISION,
    Lesson,
    OpenClass,
    lay_open_class,
    merge,
    registered_source,
    results,
    send,
)
from tests.builders.guards import set_aside
from tests.registry_server import Caller, Registry, codes, only

pytestmark = pytest.mark.anyio


async def test_sign_in_and_out_become_presence_and_the_class_runs(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    await laid.go_to(100)
    assert await laid.state() == "on_record"
    first = await send(device, laid.event("in", "sign_in", -5))
    assert results(first) == ["accepted"]
    assert await laid.state() == "running"
    assert await laid.presences() == [], "a sign-in alone proves no presence"
    assert results(await send(device, laid.event("out", "sign_out", 50))) == ["accepted"]
    assert only(await laid.presences())["credited_minutes"] == 50, "clipped to the start of the session"
    await send(device, laid.event("out2", "sign_out", 95))
    presence = only(await laid.presences())
    assert presence["credited_minutes"] == 90, "a later sign-out lengthens it, up to the end of the session"
    owner = await registry.owner()
    begun = await owner.fetchval("SELECT count(*) FROM audit_event WHERE action = 'opening:begun'")
    assert begun == 1


async def test_a_repeated_batch_changes_nothing_and_an_id_stands_for_one_content(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    await laid.go_to(60)
    batch = [laid.event("e1", "sign_in", 0), laid.event("e2", "sign_out", 40)]
    assert results(await send(device, *batch)) == ["accepted", "accepted"]
    assert results(await send(device, *batch)) == ["repeated", "repeated"]
    changed = await send(device, laid.event("e2", "sign_out", 59), laid.event("e3", "sign_in", 3))
    assert results(changed) == ["event_id_reused", "accepted"]
    twice = await send(device, laid.event("e4", "sign_out", 41), laid.event("e4", "sign_out", 42))
    assert results(twice) == ["accepted", "event_id_reused"]
    assert changed.json() | {"answers": None} == {"accepted": 1, "repeated": 0, "refused": 1, "answers": None}
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM attendance_event") == 4
    assert only(await laid.presences())["credited_minutes"] == 41


async def test_late_and_out_of_order_events_are_taken_and_marked(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    await laid.go_to(90)
    answer = await send(device, laid.event("out", "sign_out", 100 - 15), laid.event("in", "sign_in", 1))
    assert [each["marks"] for each in answer.json()["answers"]] == [[], ["late", "out_of_order"]]
    assert only(await laid.presences())["credited_minutes"] == 84
    early = await send(device, laid.event("early", "sign_in", -10))
    assert "outside_session" in only(early.json()["answers"])["marks"]


async def test_every_reason_against_an_event_is_said(registry: Registry) -> None:
    laid = await lay_open_class(registry, trainees=2, lessons=(Lesson(), Lesson(begins=400)))
    foreign = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    await laid.go_to(30)
    owner = await registry.owner()
    async with set_aside(owner, "roster_line", "filed_trainee_stays"):
        await owner.execute(
            "UPDATE roster_line SET withdrawn_at = registry_now() - interval '20 minutes', withdrawn_by = added_by,"
            " withdrawal_reason = '退学' WHERE line_id = $1",
            laid.lines[1],
        )
    stranger = laid.event("s1", "sign_in", 1) | {"line_id": str(foreign.lines[0])}
    other_class = foreign.event("s2", "sign_in", 1)
    answer = await send(
        device,
        laid.event("f", "sign_in", 40),
        laid.event("b", "sign_in", -61),
        stranger,
        other_class,
        laid.event("w", "sign_in", 20, line=1),
        laid.event("m", "study_record", 5),
        laid.event("n", "sign_in", 5, minutes=3, score_hundredths=100),
        laid.event("t", "test", 5),
        laid.event("l", "sign_in", 0, session=1),
    )
    assert results(answer) == [
        "event_from_future",
        "session_not_begun",
        "trainee_not_on_roster",
        "session_unknown",
        "trainee_withdrawn",
        "minutes_required",
        "minutes_unexpected+score_unexpected",
        "score_required",
        "event_from_future",
    ]
    assert answer.json()["answers"][4]["reasons"][0]["field"] == "events.4.line_id"
    assert await laid.presences() == []
    assert await owner.fetchval("SELECT count(*) FROM attendance_receipt") == 0, (
        "refused ids can be used again"
    )
    assert await laid.state() == "on_record"


@pytest.mark.parametrize(
    ("state", "code"),
    [("filed", "opening_not_on_record"), ("closed", "opening_closed"), ("draft", "opening_not_on_record")],
)
async def test_only_a_class_on_record_is_attended(registry: Registry, state: str, code: str) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    await laid.go_to(10)
    await laid.set_state(state)
    assert results(await send(device, laid.event("e", "sign_in", 1))) == [code]
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM session_held") == 0


async def test_a_session_is_over_after_its_margin_and_reception_ends(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    await laid.go_to(200)
    assert results(await send(device, laid.event("a", "sign_out", 90 + 61))) == ["session_over"]
    await laid.go_to(90 + 16 * 24 * 60)
    assert results(await send(device, laid.event("b", "sign_out", 80))) == ["reception_over"]


async def test_online_presence_needs_all_three_kinds(registry: Registry) -> None:
    laid = await lay_open_class(registry, lessons=(Lesson(delivery="online"),))
    platform = await registered_source(registry, laid, kind="platform")
    await laid.go_to(89)
    await send(
        platform,
        laid.event("in", "sign_in", 0),
        laid.event("r1", "study_record", 40, minutes=40),
        laid.event("r2", "study_record", 80, minutes=35),
    )
    assert await laid.presences() == []
    seen = (await laid.operator.get(f"/v1/openings/{laid.opening_id}/attendance")).json()
    assert only(only(seen["items"])["sessions"])["missing"] == ["test"]
    await send(platform, laid.event("t", "test", 85, score_hundredths=8000))
    assert only(await laid.presences())["credited_minutes"] == 75


async def _double(registry: Registry) -> tuple[OpenClass, OpenClass, Caller]:
    """Two classes at the same time in two institutions, and the first confirmed for the same person."""
    first = await lay_open_class(registry)
    second = await lay_open_class(registry, persons=first.persons)
    device = await registered_source(registry, first)
    await first.go_to(60)
    await send(device, first.event("in", "sign_in", 0), first.event("out", "sign_out", 55))
    return first, second, await registered_source(registry, second)


async def test_nobody_is_at_two_sessions_at_once(registry: Registry) -> None:
    first, second, device = await _double(registry)
    answer = await send(device, second.event("in", "sign_in", 5), second.event("out", "sign_out", 50))
    assert results(answer) == ["double_presence", "double_presence"]
    assert str(first.opening_id) not in answer.text
    assert "测试班" not in answer.text, "which class is not said"
    assert await second.presences() == []
    assert len(await first.presences()) == 1
    owner = await registry.owner()
    assert (
        await owner.fetchval("SELECT count(*) FROM attendance_event WHERE opening_id = $1", second.opening_id)
        == 2
    ), "the events are kept as evidence"
    refused = await owner.fetchrow("SELECT * FROM refused_presence")
    assert refused["opening_id"] == second.opening_id
    assert results(await send(device, second.event("in", "sign_in", 5))) == ["repeated"]
    seen = (await second.operator.get(f"/v1/openings/{second.opening_id}/attendance")).json()
    assert only(only(seen["items"])["sessions"])["is_refused_double"] is True


async def test_a_merged_person_is_one_person(registry: Registry) -> None:
    first = await lay_open_class(registry)
    second = await lay_open_class(registry)
    await merge(registry, second.persons[0], first.persons[0])
    one, other = await registered_source(registry, first), await registered_source(registry, second)
    await first.go_to(60)
    await send(one, first.event("in", "sign_in", 0), first.event("out", "sign_out", 55))
    answer = await send(other, second.event("in", "sign_in", 5), second.event("out", "sign_out", 50))
    assert results(answer) == ["double_presence", "double_presence"]
    assert await second.presences() == []


async def test_a_lengthening_that_would_overlap_keeps_what_was_confirmed(registry: Registry) -> None:
    first = await lay_open_class(registry, lessons=(Lesson(begins=60, minutes=120),))
    second = await lay_open_class(registry, persons=first.persons, lessons=(Lesson(begins=120, minutes=60),))
    one, other = await registered_source(registry, first), await registered_source(registry, second)
    await first.go_to(119)
    await send(one, first.event("in", "sign_in", 0), first.event("out", "sign_out", 50))
    await send(other, second.event("in2", "sign_in", 0), second.event("out2", "sign_out", 40))
    answer = await send(one, first.event("out3", "sign_out", 110))
    assert results(answer) == ["double_presence"]
    assert only(await first.presences())["credited_minutes"] == 50


async def test_attendance_is_derived_per_trainee_and_paged(registry: Registry) -> None:
    laid = await lay_open_class(registry, trainees=3, lessons=(Lesson(), Lesson(begins=200, minutes=30)))
    device = await registered_source(registry, laid)
    await laid.go_to(95)
    await send(device, laid.event("in", "sign_in", 0), laid.event("out", "sign_out", 90))
    address = f"/v1/openings/{laid.opening_id}/attendance"
    found, cursor = [], None
    for _ in range(3):
        page = (
            await laid.operator.get(address, params={"limit": 1} | ({"cursor": cursor} if cursor else {}))
        ).json()
        assert page["planned_minutes"] == 120
        found.append(only(page["items"]))
        cursor = page["next_cursor"]
    assert cursor is None
    first = next(each for each in found if each["line_id"] == str(laid.lines[0]))
    assert (first["credited_minutes"], first["attendance_rate_bp"]) == (90, 7500)
    assert first["sessions"][1]["missing"] == ["sign_in", "sign_out"]
    stranger = await lay_open_class(registry)
    assert (await stranger.operator.get(address)).status_code == 404


async def test_a_citizen_signs_in_with_the_code_of_the_room(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    citizen = await registry.citizen(laid.persons[0])
    await laid.go_to(1)
    shown = (await device.get(f"/v1/source/sessions/{laid.sessions[0]}/code")).json()
    body = {"code": shown["code"], "kind": "sign_in"}
    signed = await citizen.post("/v1/me/check-ins", json=body)
    assert signed.json() == {
        "session_id": str(laid.sessions[0]),
        "kind": "sign_in",
        "result": "accepted",
    }, signed.text
    assert (await citizen.post("/v1/me/check-ins", json=body)).json()["result"] == "repeated"
    await laid.go_to(80)
    assert (await citizen.post("/v1/me/check-ins", json=body)).status_code == 409, (
        "an old code is worth nothing"
    )
    shown = (await device.get(f"/v1/source/sessions/{laid.sessions[0]}/code")).json()
    left = await citizen.post(
        "/v1/me/check-ins",
        json={"code": shown["code"], "kind": "sign_out", "session_id": str(laid.sessions[0])},
    )
    assert left.json()["result"] == "accepted", left.text
    assert only(await laid.presences())["credited_minutes"] >= 78
    owner = await registry.owner()
    senders = await owner.fetch("SELECT DISTINCT source_id FROM attendance_event")
    assert only(senders)["source_id"] == device.actor.principal_id, (
        "the device is the source, not the citizen"
    )


async def test_wrong_codes_are_counted_and_paced(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    citizen = await registry.citizen(laid.persons[0])
    await laid.go_to(1)
    shown = (await device.get(f"/v1/source/sessions/{laid.sessions[0]}/code")).json()["code"]
    wrong = f"{(int(shown) + 1) % 10**8:08}"
    for _ in range(5):
        answer = await citizen.post("/v1/me/check-ins", json={"code": wrong, "kind": "sign_in"})
        assert answer.status_code == 409
        assert codes(answer) == ["check_in_code_wrong"]
    paced = await citizen.post("/v1/me/check-ins", json={"code": shown, "kind": "sign_in"})
    assert paced.status_code == 429
    assert int(paced.headers["retry-after"]) > 0
    await registry.advance(minutes=11)
    fresh = (await device.get(f"/v1/source/sessions/{laid.sessions[0]}/code")).json()["code"]
    assert (
        await citizen.post("/v1/me/check-ins", json={"code": fresh, "kind": "sign_in"})
    ).status_code == 200


async def test_a_code_serves_only_trainees_and_only_devices_of_the_institution(registry: Registry) -> None:
    laid, other = await lay_open_class(registry), await lay_open_class(registry)
    device = await registered_source(registry, laid)
    foreign_device = await registered_source(registry, other)
    platform = await registered_source(registry, laid, kind="platform", name="线上平台")
    address = f"/v1/source/sessions/{laid.sessions[0]}/code"
    assert (await foreign_device.get(address)).status_code == 404
    assert (await platform.get(address)).status_code == 403
    await laid.go_to(1)
    code = (await device.get(address)).json()["code"]
    outsider = await registry.citizen(
        (await lay_open_class(registry, lessons=(Lesson(begins=9000),))).persons[0]
    )
    refused = await outsider.post(
        "/v1/me/check-ins", json={"code": code, "kind": "sign_in", "session_id": str(laid.sessions[0])}
    )
    assert codes(refused) == ["no_session_now"]


async def _proposed(laid: OpenClass, **more: object) -> tuple[str, Caller]:
    body = {
        "session_id": str(laid.sessions[0]),
        "line_id": str(laid.lines[0]),
        "present_from": laid.starts[0].isoformat(),
        "present_until": (laid.starts[0] + timedelta(minutes=80)).isoformat(),
        "reason": "考勤机断电",
    } | more
    answer = await laid.operator.post(f"/v1/openings/{laid.opening_id}/presence-corrections", json=body)
    assert answer.status_code == 201, answer.text
    officer = await laid.registry.officer(Permission.FILING, division_code=DIVISION)
    address = f"/v1/openings/{laid.opening_id}/presence-corrections/{answer.json()['correction_id']}:decide"
    return address, officer


async def test_a_correction_stands_only_when_an_officer_accepts_it(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    await laid.go_to(100)
    address, officer = await _proposed(laid)
    assert await laid.presences() == []
    assert (await laid.operator.post(address, json={"decision": "accepted"})).status_code == 403
    elsewhere = await registry.officer(Permission.FILING, division_code="320100")
    assert (await elsewhere.post(address, json={"decision": "accepted"})).status_code == 404
    assert codes(await officer.post(address, json={"decision": "refused"})) == ["decision_reason_required"]
    assert (await officer.post(address, json={"decision": "accepted"})).status_code == 200
    presence = only(await laid.presences())
    assert (presence["credited_minutes"], presence["correction_decision"]) == (80, "accepted")
    assert await laid.state() == "running"
    assert codes(await officer.post(address, json={"decision": "accepted"})) == ["correction_decided"]
    late = await send(device, laid.event("in", "sign_in", 0), laid.event("out", "sign_out", 10))
    assert results(late) == ["accepted", "accepted"]
    assert only(await laid.presences())["credited_minutes"] == 80, (
        "events no longer change what was corrected"
    )


async def test_an_accepted_strike_takes_the_presence_away(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    await laid.go_to(100)
    await send(device, laid.event("in", "sign_in", 0), laid.event("out", "sign_out", 60))
    address, officer = await _proposed(laid, present_from=None, present_until=None, strikes=True)
    await officer.post(address, json={"decision": "accepted"})
    assert await laid.presences() == []
    await send(device, laid.event("out2", "sign_out", 70))
    assert await laid.presences() == [], "a struck presence does not come back with a later event"


async def test_a_correction_cannot_make_a_double_presence(registry: Registry) -> None:
    first, second, _ = await _double(registry)
    await first.go_to(100)
    address, officer = await _proposed(second)
    refused = await officer.post(address, json={"decision": "accepted"})
    assert refused.status_code == 409
    assert codes(refused) == ["double_presence"]
    assert await second.presences() == []
    ended = await officer.post(address, json={"decision": "refused", "reason": "另一处到课属实"})
    assert ended.status_code == 200, "it stays open and can be refused"


async def test_every_reason_against_a_correction_is_said(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    address = f"/v1/openings/{laid.opening_id}/presence-corrections"
    await laid.go_to(50)
    body = {"session_id": str(laid.sessions[0]), "line_id": str(laid.opening_id), "reason": "补记"}
    early = await laid.operator.post(address, json=body)
    assert codes(early) == ["span_required", "session_not_over", "trainee_not_on_roster"]
    await laid.go_to(100)
    await _proposed(laid)
    outside = await laid.operator.post(
        address,
        json=body
        | {
            "line_id": str(laid.lines[0]),
            "present_from": (laid.starts[0] - timedelta(minutes=1)).isoformat(),
            "present_until": laid.starts[0].isoformat(),
        },
    )
    assert codes(outside) == ["span_outside_session", "correction_pending"]
    await laid.go_to(90 + 16 * 24 * 60)
    late = await laid.operator.post(address, json=body | {"line_id": str(laid.lines[0]), "strikes": True})
    assert codes(late) == ["correction_window_over", "correction_pending", "presence_absent"]
    stranger = await lay_open_class(registry)
    assert (await stranger.operator.post(address, json=body)).status_code == 404


async def test_an_officers_look_at_corrections_is_shown_to_the_trainee(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    await laid.go_to(100)
    _, officer = await _proposed(laid)
    address = f"/v1/openings/{laid.opening_id}/presence-corrections"
    own = only((await laid.operator.get(address)).json()["items"])
    assert (own["name"], own["decision"]) == ("张测试", None)
    seen = await officer.post(
        f"{address}:read", json={"purpose": "filing_review", "case_number": "测试2026-7"}
    )
    assert only(seen.json()["items"])["line_id"] == str(laid.lines[0])
    owner = await registry.owner()
    access = await owner.fetchrow("SELECT * FROM access_event")
    assert (access["person_id"], access["subject"]) == (laid.persons[0], "attendance")
    elsewhere = await registry.officer(Permission.FILING, division_code="320100")
    hidden = await elsewhere.post(
        f"{address}:read", json={"purpose": "filing_review", "case_number": "测试2026-7"}
    )
    assert hidden.status_code == 404


async def test_a_full_batch_is_answered_in_order(registry: Registry) -> None:
    laid = await lay_open_class(registry, trainees=5)
    device = await registered_source(registry, laid)
    await laid.go_to(89)
    events = [
        laid.event(f"e{number}", "sign_in" if number < 250 else "sign_out", number // 7, line=number % 5)
        for number in range(500)
    ]
    answer = await send(device, *events)
    assert answer.json()["accepted"] == 500
    assert [each["event_id"] for each in answer.json()["answers"]] == [f"e{n}" for n in range(500)]
    assert len(await laid.presences()) == 5
    over = await device.post("/v1/attendance-events", json={"events": [*events, events[0]]})
    assert over.status_code == 422


async def test_a_malformed_event_is_refused_by_itself(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    await laid.go_to(30)
    good = laid.event("good", "sign_in", 1)
    bad = laid.event("bad", "sing_in", 2) | {"minutes": 0, "line_id": "x", "extra": 1}
    nameless = laid.event("有 空格", "sign_in", 2)
    answer = await send(device, bad, good, nameless, "x", None)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["accepted"], told["refused"]) == (1, 4)
    assert [each["event_id"] for each in told["answers"]] == ["bad", "good", None, None, None]
    fields = {reason["field"] for reason in told["answers"][0]["reasons"]}
    assert fields == {f"events.0.{name}" for name in ("kind", "minutes", "line_id", "extra")}
    assert told["answers"][3]["reasons"][0]["field"] == "events.3"
    for unreadable in ({"events": {}}, {"events": []}, {}, [good]):
        assert (await device.post("/v1/attendance-events", json=unreadable)).status_code == 422
    only_bad = await send(device, bad)
    assert (only_bad.status_code, only_bad.json()["refused"]) == (200, 1)
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM attendance_event") == 1


async def test_far_years_are_refused_in_form(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    device = await registered_source(registry, laid)
    for year in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        far = laid.event("far", "sign_in", 0) | {"occurred_at": year}
        answer = await send(device, far)
        assert results(answer) == ["input_value_error"]
        assert only(only(answer.json()["answers"])["reasons"])["field"] == "events.0.occurred_at"
    assert (await device.get("/v1/source/sessions", params={"on": "0001-01-01"})).status_code == 422
    assert (await device.get("/v1/source/sessions", params={"on": "9999-12-31"})).status_code == 422
