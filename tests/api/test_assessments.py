"""结业考核 over the API: scheduled, entered, confirmed by a second person; resits only for those who need one."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.access.actor import Actor, Permission, PrincipalKind
from tests.builders.attendance import OpenClass, lay_open_class
from tests.builders.guards import set_aside
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio


async def scheduled(registry: Registry, method: str = "combined", **traits: Any) -> tuple[OpenClass, str]:
    """A class whose completion assessment has just been held, and the address of its assessments."""
    laid = await lay_open_class(registry, **traits)
    address = f"/v1/openings/{laid.opening_id}/assessments"
    await schedule(laid, days=1, method=method)
    await registry.advance(days=1, hours=3)
    return laid, address


async def schedule(laid: OpenClass, *, days: float, method: str = "combined") -> None:
    at = await laid.registry.now() + timedelta(days=days, hours=2.9)
    answer = await laid.operator.post(
        f"/v1/openings/{laid.opening_id}/assessments",
        json={"scheduled_at": at.isoformat(), "venue": "测试考场", "method": method},
    )
    assert answer.status_code == 201, answer.text


def given(laid: OpenClass, *outcomes: str) -> dict[str, Any]:
    """Results in the order of the lines; exempt and absent without a score."""
    return {
        "results": [
            {"line_id": str(line), "outcome": outcome}
            | ({"score_hundredths": 8650} if outcome in {"pass", "fail"} else {})
            | ({"exemption_reason": "持有同级证书"} if outcome == "exempt" else {})
            for line, outcome in zip(laid.lines, outcomes, strict=False)
        ]
    }


async def test_results_are_entered_by_one_and_confirmed_by_another(registry: Registry) -> None:
    laid, address = await scheduled(registry, trainees=4)
    entered = await laid.operator.post(f"{address}/1/results", json=given(laid, "pass", "fail", "absent"))
    assert entered.json() == {"attempt": 1, "entered": 3, "unchanged": 0}
    own = await laid.operator.post(f"{address}/1/results:confirm", json={})
    assert set(codes(own)) == {"second_person_required"}
    assert len(codes(own)) == 3
    confirmed = await laid.second_operator.post(f"{address}/1/results:confirm", json={})
    assert confirmed.json() == {"attempt": 1, "confirmed": 3}
    counted = only((await laid.operator.get(address)).json()["items"])
    assert (counted["candidates"], counted["entered"], counted["confirmed"], counted["missing"]) == (
        4,
        3,
        3,
        1,
    )
    assert (counted["passed"], counted["failed"], counted["absent"], counted["exempt"]) == (1, 1, 1, 0)
    missing = (await laid.operator.get(f"{address}/1/results", params={"state": "missing"})).json()
    assert only(missing["items"])["line_id"] == str(laid.lines[3])
    owner = await registry.owner()
    entered_by, confirmed_by = await owner.fetchrow(
        "SELECT DISTINCT entered_by, confirmed_by FROM assessment_confirmation"
    )
    assert (entered_by, confirmed_by) == (
        laid.operator.actor.principal_id,
        laid.second_operator.actor.principal_id,
    )


async def test_a_confirmed_result_is_final(registry: Registry) -> None:
    laid, address = await scheduled(registry, trainees=2)
    await laid.operator.post(f"{address}/1/results", json=given(laid, "fail"))
    await laid.second_operator.post(f"{address}/1/results:confirm", json={})
    changed = await laid.operator.post(f"{address}/1/results", json=given(laid, "pass", "pass"))
    assert changed.status_code == 409
    assert codes(changed) == ["result_confirmed"]
    seen = (await laid.operator.get(f"{address}/1/results")).json()["items"]
    assert sorted(each["outcome"] or "" for each in seen) == ["", "fail"], "nothing of the batch was kept"
    again = await laid.second_operator.post(
        f"{address}/1/results:confirm", json={"results": [{"line_id": str(laid.lines[0]), "revision": 1}]}
    )
    assert codes(again) == ["result_confirmed"]


async def test_entering_again_is_a_new_revision_and_stale_eyes_confirm_nothing(registry: Registry) -> None:
    laid, address = await scheduled(registry)
    await laid.operator.post(f"{address}/1/results", json=given(laid, "fail"))
    same = await laid.operator.post(f"{address}/1/results", json=given(laid, "fail"))
    assert same.json() == {"attempt": 1, "entered": 0, "unchanged": 1}
    await laid.operator.post(f"{address}/1/results", json=given(laid, "pass"))
    result = only((await laid.operator.get(f"{address}/1/results")).json()["items"])
    assert (result["revision"], result["outcome"], result["state"]) == (2, "pass", "entered")
    confirm = f"{address}/1/results:confirm"
    seen = {"results": [{"line_id": str(laid.lines[0]), "revision": 1}]}
    assert codes(await laid.second_operator.post(confirm, json=seen)) == ["result_changed"]
    seen["results"][0]["revision"] = 2
    assert (await laid.second_operator.post(confirm, json=seen)).json()["confirmed"] == 1
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM assessment_result") == 2, "the first revision stays"


async def test_every_defect_of_every_row_is_said(registry: Registry) -> None:
    laid, address = await scheduled(registry, trainees=3)
    body = given(laid, "pass", "exempt", "absent")
    del body["results"][0]["score_hundredths"]
    del body["results"][1]["exemption_reason"]
    body["results"][2]["score_hundredths"] = 1
    body["results"].append({"line_id": str(uuid4()), "outcome": "pass", "score_hundredths": 6000})
    refused = await laid.operator.post(f"{address}/1/results", json=body)
    assert [(each["code"], each["field"]) for each in refused.json()["reasons"]] == [
        ("score_required", "results.0.score_hundredths"),
        ("exemption_reason_required", "results.1.exemption_reason"),
        ("score_unexpected", "results.2.score_hundredths"),
        ("trainee_not_on_roster", "results.3.line_id"),
    ]
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM assessment_result") == 0


async def test_results_wait_for_the_assessment(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    await schedule(laid, days=2)
    early = await laid.operator.post(
        f"/v1/openings/{laid.opening_id}/assessments/1/results", json=given(laid, "pass")
    )
    assert codes(early) == ["assessment_not_held"]
    unscheduled = await laid.operator.post(
        f"/v1/openings/{laid.opening_id}/assessments/2/results", json=given(laid, "pass")
    )
    assert unscheduled.status_code == 404


async def test_an_assessment_follows_the_training_and_needs_a_class_on_record(registry: Registry) -> None:
    laid = await lay_open_class(registry)
    address = f"/v1/openings/{laid.opening_id}/assessments"

    async def attempt(after: timedelta) -> list[str]:
        body = {"scheduled_at": (laid.starts[0] + after).isoformat(), "venue": "考场", "method": "theory"}
        answer = await laid.operator.post(address, json=body)
        return codes(answer) if answer.status_code == 409 else [str(answer.status_code)]

    assert await attempt(timedelta(minutes=80)) == ["assessment_before_training_ends"]
    assert await attempt(timedelta(days=40)) == ["assessment_too_late"]
    await laid.set_state("filed")
    assert await attempt(timedelta(days=1)) == ["opening_not_running"]


async def test_a_resit_is_for_those_who_failed_or_were_absent(registry: Registry) -> None:
    laid, address = await scheduled(registry, trainees=3)
    body = {
        "scheduled_at": (await registry.now() + timedelta(days=3)).isoformat(),
        "venue": "考场",
        "method": "combined",
    }
    open_results = await laid.operator.post(address, json=body)
    assert codes(open_results) == ["previous_results_open"]
    await laid.operator.post(f"{address}/1/results", json=given(laid, "pass", "fail", "absent"))
    await laid.second_operator.post(f"{address}/1/results:confirm", json={})
    resit = await laid.operator.post(address, json=body)
    assert (resit.status_code, resit.json()["attempt"]) == (201, 2)
    await registry.advance(days=4)
    passed = await laid.operator.post(f"{address}/2/results", json=given(laid, "pass", "pass", "pass"))
    assert codes(passed) == ["not_a_resit_candidate"]
    resat = given(laid, "pass", "pass", "fail")
    resat["results"].pop(0)
    assert (await laid.operator.post(f"{address}/2/results", json=resat)).json()["entered"] == 2
    await laid.second_operator.post(f"{address}/2/results:confirm", json={})
    third = await laid.operator.post(
        address, json=body | {"scheduled_at": (await registry.now() + timedelta(days=3)).isoformat()}
    )
    assert codes(third) == ["resit_limit_reached"]
    listed = (await laid.operator.get(f"{address}/2/results")).json()["items"]
    assert {each["line_id"] for each in listed} == {str(line) for line in laid.lines[1:]}


async def test_a_withdrawn_trainee_has_no_result(registry: Registry) -> None:
    laid, address = await scheduled(registry, trainees=2)
    owner = await registry.owner()
    async with set_aside(owner, "roster_line", "filed_trainee_stays"):
        await owner.execute(
            "UPDATE roster_line SET withdrawn_at = registry_now(), withdrawn_by = added_by, withdrawal_reason = '退学'"
            " WHERE line_id = $1",
            laid.lines[1],
        )
    refused = await laid.operator.post(f"{address}/1/results", json=given(laid, "pass", "pass"))
    assert codes(refused) == ["trainee_not_on_roster"]
    assert only((await laid.operator.get(address)).json()["items"])["candidates"] == 1


async def test_strangers_find_nothing_and_officers_see_counts_only(registry: Registry) -> None:
    laid, address = await scheduled(registry)
    await laid.operator.post(f"{address}/1/results", json=given(laid, "pass"))
    stranger = (await lay_open_class(registry)).operator
    assert (await stranger.get(address)).status_code == 404
    assert (await stranger.get(f"{address}/1/results")).status_code == 404
    assert (await stranger.post(f"{address}/1/results", json=given(laid, "fail"))).status_code == 404
    assert (await stranger.post(f"{address}/1/results:confirm", json={})).status_code == 404
    near = await registry.officer(Permission.FILING, division_code="110000")
    far = await registry.officer(Permission.FILING, division_code="320100")
    assert only((await near.get(address)).json()["items"])["entered"] == 1
    assert (await near.get(f"{address}/1/results")).status_code == 403
    assert (await far.get(address)).status_code == 404


async def test_the_same_request_twice_is_one_entry(registry: Registry) -> None:
    laid, address = await scheduled(registry)
    headers = {"Idempotency-Key": "results-of-the-test-class"}
    first = await laid.operator.post(f"{address}/1/results", json=given(laid, "pass"), headers=headers)
    second = await laid.operator.post(f"{address}/1/results", json=given(laid, "pass"), headers=headers)
    assert (first.json(), second.headers["idempotency-replayed"]) == (second.json(), "true")


async def test_a_batch_holds_two_thousand_results_and_no_more(registry: Registry) -> None:
    laid, address = await scheduled(registry)
    over = {"results": [{"line_id": str(laid.lines[0]), "outcome": "absent"}] * 2001}
    assert (await laid.operator.post(f"{address}/1/results", json=over)).status_code == 422
    over["results"].pop()
    repeated = await laid.operator.post(f"{address}/1/results", json=over)
    assert len(codes(repeated)) == 2000


async def test_a_pass_below_the_filed_pass_mark_is_no_pass(registry: Registry) -> None:
    laid, address = await scheduled(registry, trainees=3, method="theory")
    body = given(laid, "pass", "fail", "pass")
    body["results"][0]["score_hundredths"] = 5999
    refused = await laid.operator.post(f"{address}/1/results", json=body)
    assert refused.status_code == 409
    assert [(each["code"], each["field"], each["value"]) for each in refused.json()["reasons"]] == [
        ("score_below_pass_mark", "results.0.score_hundredths", "59.99 分"),
        ("score_reaches_pass_mark", "results.1.score_hundredths", "86.50 分"),
    ]
    assert refused.json()["reasons"][0]["citation"]["clause"] == "三(三)"


async def test_the_pass_mark_is_read_again_when_results_are_confirmed(registry: Registry) -> None:
    """What got in past the entering is stopped by the second person's act."""
    laid, address = await scheduled(registry)
    owner = await registry.owner()
    await owner.execute(
        "INSERT INTO assessment_result (person_id, opening_id, attempt, revision, outcome, score_hundredths,"
        " entered_by) VALUES ($1, $2, 1, 1, 'pass', 100, $3)",
        laid.persons[0],
        laid.opening_id,
        laid.operator.actor.principal_id,
    )
    refused = await laid.second_operator.post(f"{address}/1/results:confirm", json={})
    assert codes(refused) == ["score_below_pass_mark"]


async def test_a_system_enters_results_and_only_a_person_confirms_them(registry: Registry) -> None:
    """With the institution's system as second person one human could do both."""
    laid, address = await scheduled(registry)
    owner = await registry.owner()
    principal_id = await owner.fetchval(
        "INSERT INTO principal (kind, display_name, institution_id) VALUES ('institution_client', '教务系统', $1)"
        " RETURNING principal_id",
        laid.institution_id,
    )
    system = registry.sign_in(
        Actor(
            principal_id=principal_id,
            kind=PrincipalKind.INSTITUTION_CLIENT,
            display_name="教务系统",
            institution_id=laid.institution_id,
        )
    )
    await laid.operator.post(f"{address}/1/results", json=given(laid, "pass"))
    refused = await system.post(f"{address}/1/results:confirm", json={})
    assert refused.status_code == 409
    assert codes(refused) == ["person_required"]
    body = given(laid, "pass")
    body["results"][0]["score_hundredths"] = 9000
    assert (await system.post(f"{address}/1/results", json=body)).json()["entered"] == 1
    assert (await laid.operator.post(f"{address}/1/results:confirm", json={})).json()["confirmed"] == 1
