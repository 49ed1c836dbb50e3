"""Certificates through the API: reported, checked with the network, linked, decided about, and never guessed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.access.actor import Permission
from app.kernel.clock import law_date
from app.policy.values import value_of
from tests.builders.certificates import (
    CASE,
    act,
    check,
    closed_class,
    mine,
    on_network,
    printed,
    report,
)
from tests.builders.finished_class import Trainee, lay_finished_class, lay_person
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio
ANNA, BO = Trainee(serial=911), Trainee(serial=912)


async def test_a_reported_certificate_is_matched_and_linked_with_its_reasons(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    certificate = await printed(registry)
    on_network(registry, ANNA, certificate)
    certificate_id = await report(citizen, certificate)
    assert (await mine(citizen, certificate_id))["state"] == "submitted"
    assert await check(registry) == 1
    shown = await mine(citizen, certificate_id)
    assert (shown["state"], shown["state_label"]) == ("matched", "已核实")
    assert shown["last_confirmed_at"] is not None
    assert shown["certificate_number"] == certificate.number
    # What the network knows replaces what was left open.
    assert (shown["occupation_code"], shown["skill_level"]) == ("6-18-02-04", "level_5")
    assert shown["link"]["is_automatic"] is True
    assert {"同一人", "职业相同", "等级相同", "核发日期在结业后的期限内"} <= set(shown["link"]["reasons"])
    records = (await citizen.get("/v1/me/record")).json()["entries"]
    numbers = {each["kind"]: each["record_number"] for each in records}
    assert (shown["link"]["record_number"], shown["archived_as"]) == (
        numbers["completion"],
        numbers["certificate"],
    )
    assert shown["claim_window"]["stopped_because"] is None
    assert 360 <= shown["claim_window"]["days_left"] <= 366


async def test_the_same_number_again_is_the_same_certificate(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    certificate = await printed(registry)
    first = await report(citizen, certificate)
    spelled = f"{certificate.number[:5].lower()} {certificate.number[5:]}"
    again = await citizen.post("/v1/me/certificates", json=certificate.body(certificate_number=spelled))
    assert again.json() == {**again.json(), "certificate_id": first, "is_new": False}
    line = (await laid.operator.get(f"/v1/openings/{laid.opening_id}/roster")).json()["items"][0]["line_id"]
    batch = await laid.operator.post(
        f"/v1/openings/{laid.opening_id}/certificates",
        json={"lines": [{"line_id": line, **certificate.body()}] * 2},
    )
    assert {each["certificate_id"] for each in batch.json()["items"]} == {first}


async def test_nobody_waits_for_more_answers_than_the_policy_says(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    now = law_date(await registry.now())
    most = value_of("certificate_pending_max", on=now).number
    first = await printed(registry)
    on_network(registry, ANNA, first)
    await report(citizen, first)
    for _ in range(most - 2):
        await report(citizen, await printed(registry))
    await report(citizen, await printed(registry))
    refused = await citizen.post("/v1/me/certificates", json=(await printed(registry)).body())
    assert refused.status_code == 409
    assert codes(refused) == ["certificates_pending_too_many"]
    assert f"最多{most}本" in refused.json()["reasons"][0]["message"]
    again = await citizen.post("/v1/me/certificates", json=first.body())
    assert again.json()["is_new"] is False, "what is known already is no further one"
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM certificate WHERE source = 'citizen'") == most
    # Who has an answer waits no longer.
    await owner.execute("UPDATE certificate SET check_due_at = NULL WHERE source = 'citizen'")
    await owner.execute(
        "UPDATE certificate SET check_due_at = registry_now() WHERE certificate_id = $1",
        UUID(again.json()["certificate_id"]),
    )
    assert await check(registry) == 1
    await report(citizen, await printed(registry))


async def test_what_can_never_be_checked_is_refused_all_at_once(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    certificate = await printed(registry)
    answer = await citizen.post(
        "/v1/me/certificates",
        json=certificate.body(
            certificate_number="不详",
            kind="training_completion",
            issued_on="2199-01-01",
            valid_until="2026-01-01",
            occupation_code="1-01-01-01",
            occupation_edition=2022,
        ),
    )
    assert answer.status_code == 422
    assert codes(answer) == [
        "certificate_number_not_checkable",
        "certificate_of_registry",
        "certificate_issued_in_future",
        "certificate_validity_backward",
        "occupation_unknown",
    ]


async def test_a_wrong_format_is_a_warning_until_the_network_has_spoken(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    certificate = await printed(registry)
    odd = certificate.body(certificate_number="XQ20260001")
    answer = await citizen.post("/v1/me/certificates", json=odd)
    assert answer.status_code == 201
    assert answer.json()["number_warnings"]
    shown = await mine(citizen, answer.json()["certificate_id"])
    assert shown["number_errors"]
    assert not any("XQ20260001" in each["message"] for each in shown["number_errors"])


async def test_not_found_today_waits_and_the_clock_stands(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    certificate = await printed(registry)
    hidden = on_network(registry, ANNA, certificate, hidden=True)
    certificate_id = await report(citizen, certificate)
    await check(registry)
    before = await mine(citizen, certificate_id)
    assert before["state"] == "pending_upload"
    assert before["claim_window"]["stopped_because"] == "核发机构尚未将数据传至评价工作网"
    await registry.advance(days=10)
    await check(registry)
    stopped = await mine(citizen, certificate_id)
    assert stopped["state"] == "pending_upload"
    assert stopped["claim_window"]["stopped_days"] == 10
    assert stopped["claim_window"]["days_left"] == before["claim_window"]["days_left"]
    act(registry, hidden, "publish")
    await registry.advance(days=2)
    await check(registry)
    running = await mine(citizen, certificate_id)
    assert running["state"] == "matched"
    assert running["claim_window"]["stopped_because"] is None
    assert running["claim_window"]["stopped_days"] == 12
    assert running["link"] is not None


async def test_final_only_when_the_network_has_everything(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    # Issued so long ago that the network says it has everything of that time and the allowance is over.
    certificate = await printed(registry, days_ago=200)
    certificate_id = await report(citizen, certificate)
    await check(registry)
    shown = await mine(citizen, certificate_id)
    assert (shown["state"], shown["state_label"]) == ("not_found_final", "查无此证")
    assert shown["claim_window"] is None


async def test_another_name_is_a_mismatch_and_a_revocation_announces_its_entries(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA, BO])
    anna, bo = [await registry.citizen(person) for person in laid.persons]
    theirs, mine_too = await printed(registry), await printed(registry)
    on_network(registry, ANNA, theirs, name="赵旧名")
    shown = on_network(registry, BO, mine_too)
    mismatched, matched = await report(anna, theirs), await report(bo, mine_too)
    await check(registry)
    assert (await mine(anna, mismatched))["state"] == "name_mismatch"
    entry = (await mine(bo, matched))["link"]["record_number"]
    act(registry, shown, "revoke")
    await registry.advance(days=31)
    await check(registry)
    assert (await mine(bo, matched))["state"] == "revoked"
    owner = await registry.owner()
    message = await owner.fetchrow(
        "SELECT payload::text FROM outbox_message WHERE topic = 'certificate.revoked'"
    )
    assert matched in message[0]
    assert entry in message[0]


async def test_validity_ends_by_the_calendar(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    certificate = await printed(registry)
    last_day = certificate.issued_on + timedelta(days=5)
    on_network(registry, ANNA, certificate, valid_until=last_day.isoformat())
    certificate_id = await report(citizen, certificate)
    await check(registry)
    assert (await mine(citizen, certificate_id))["state"] == "matched"
    await registry.advance(days=(last_day - law_date(await registry.now())).days)
    await check(registry)
    assert (await mine(citizen, certificate_id))["state"] == "matched", "the last day still counts"
    registry.sandbox.behave("assessment_network", down=True)
    try:
        await registry.advance(days=1, hours=1)
        await check(registry)
    finally:
        registry.sandbox.behave("assessment_network")
    assert (await mine(citizen, certificate_id))["state"] == "expired"


async def test_an_institution_does_not_learn_that_another_holds_a_number(registry: Registry) -> None:
    laid = await closed_class(registry, [BO])
    anna, _ = await lay_person(registry, ANNA)
    certificate = await printed(registry)
    shown = on_network(registry, ANNA, certificate)
    await report(await registry.citizen(anna), certificate)
    await check(registry)
    act(registry, shown, "correct", identity_number=BO.number, name=BO.name)
    path = f"/v1/openings/{laid.opening_id}"
    line = only((await laid.operator.get(f"{path}/roster")).json()["items"])["line_id"]
    named = {"lines": [{"line_id": line, **certificate.body()}]}
    submitted = only((await laid.operator.post(f"{path}/certificates", json=named)).json()["items"])
    await check(registry)
    assert (await mine(await registry.citizen(laid.persons[0]), submitted["certificate_id"]))["conflict"]
    seen = (await laid.operator.get(f"{path}/certificates")).json()["items"]
    (theirs,) = [each for each in seen if each["certificate_id"] == submitted["certificate_id"]]
    assert (theirs["state"], theirs["conflict"]) == ("submitted", None)


async def test_an_institution_submits_and_sees_only_what_is_its_matter(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    stranger = (await lay_finished_class(registry, [Trainee(serial=950)])).operator
    path = f"/v1/openings/{laid.opening_id}/certificates"
    line = (await laid.operator.get(f"/v1/openings/{laid.opening_id}/roster")).json()["items"][0]["line_id"]
    good, private = await printed(registry), await printed(registry)
    body: dict[str, Any] = {
        "lines": [
            {"line_id": line, **good.body()},
            {"line_id": "00000000-0000-7000-8000-00000000ffff", **good.body(issued_on="2199-01-01")},
        ]
    }
    assert (await stranger.post(path, json=body)).status_code == 404
    assert (await stranger.get(path)).status_code == 404
    answer = (await laid.operator.post(path, json=body)).json()
    assert (answer["accepted"], answer["refused"]) == (1, 1)
    assert [each["code"] for each in answer["items"][1]["reasons"]] == [
        "roster_line_not_found",
        "certificate_issued_in_future",
    ]
    await report(await registry.citizen(laid.persons[0]), private)
    listed = (await laid.operator.get(path)).json()["items"]
    submitted = only(each for each in listed if each["kind"] == "skill_level")
    assert submitted["certificate_id"] == answer["items"][0]["certificate_id"]
    assert good.number not in str(listed)


async def test_agencies_look_up_with_purpose_and_learn_nothing_by_a_wrong_name(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    officer = await registry.officer(Permission.LOOKUP, Permission.REVIEW)
    certificate = await printed(registry)
    on_network(registry, ANNA, certificate)
    person = {"identity_number": ANNA.number, "name": ANNA.name}
    entered = {**CASE, **person, "certificate": certificate.body()}
    assert (await officer.post("/v1/certificates", json={**entered, "name": "别人"})).status_code == 404
    certificate_id = (await officer.post("/v1/certificates", json=entered)).json()["certificate_id"]
    await check(registry)
    by_number = {**CASE, "certificate_number": certificate.number, "name": ANNA.name}
    for asked in (by_number, {**CASE, **person}):
        found = await officer.post("/v1/certificates:lookup", json=asked)
        kinds = {each["certificate_id"]: each for each in found.json()["items"]}
        assert kinds[certificate_id]["state"] == "matched"
        assert kinds[certificate_id]["last_confirmed_at"] is not None
        assert certificate.number not in found.text
        other = await officer.post("/v1/certificates:lookup", json={**asked, "name": "别人"})
        assert other.json() == {"items": []}
    both = await officer.post("/v1/certificates:lookup", json={**by_number, **person})
    assert codes(both) == ["lookup_by_one"]
    seen = (await citizen.get("/v1/me/accesses")).json()["items"]
    assert len(seen) == 6, "every look, the ones by a wrong name too"


async def test_match_rates_are_counts_by_body(registry: Registry) -> None:
    laid = await closed_class(registry, [ANNA])
    citizen = await registry.citizen(laid.persons[0])
    matched = await printed(registry, is_body_known=False)
    lost = await printed(registry, days_ago=200, is_body_known=False)
    on_network(registry, ANNA, matched)
    await report(citizen, matched)
    await report(citizen, lost)
    await check(registry)
    officer = await registry.officer(Permission.LOOKUP)
    rates = only((await officer.get("/v1/certificate-statistics")).json()["items"])
    assert (rates["certificates"], rates["matched"], rates["not_found"]) == (2, 1, 1)
    assert rates["match_rate_bp"] == 5000
    assert rates["body_id"] is None
