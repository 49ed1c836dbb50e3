"""Attendance is corrected by two: an institution proposes with a reason, an officer decides."""

from datetime import timedelta

import pytest

from app.access.actor import Permission
from tests.builders.attendance import (
    DIVISION,
    OpenClass,
    lay_open_class,
    registered_source,
    results,
    send,
    two_at_once,
)
from tests.registry_server import Caller, Registry, codes, only

pytestmark = pytest.mark.anyio


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
    first, second, _ = await two_at_once(registry)
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
