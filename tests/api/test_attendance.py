"""Events become presence; what is late, repeated, misplaced or double is said one by one."""

import pytest

from tests.builders.attendance import (
    Lesson,
    lay_open_class,
    merge,
    registered_source,
    results,
    send,
    two_at_once,
)
from tests.builders.guards import set_aside
from tests.registry_server import Registry, only

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


async def test_nobody_is_at_two_sessions_at_once(registry: Registry) -> None:
    first, second, device = await two_at_once(registry)
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
