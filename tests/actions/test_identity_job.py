"""The real-name check job: provisional until there is an answer, evidence for every answer, safe to kill anywhere."""

import asyncio
from dataclasses import replace

import pytest

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.gateways.cardholder_base import CardholderBase, IdentityAnswer, IdentityOutcome
from app.gateways.circuit import CircuitBreaker
from app.gateways.http import Pace
from app.gateways.message_signatures import SharedKey
from app.jobs.identity_checks import run_due_checks
from app.kernel.clock import utc_now
from app.policy.values import value_of
from app.training.rosters.actions.lease_due_lines import lease_due_lines
from app.training.rosters.actions.store_check_answers import store_check_answers
from tests.builders.rosters import Trainee, lay_draft, trainees
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio


def known(registry: Registry, trainee: Trainee, **told: str) -> Trainee:
    """Make the card-holder base know the trainee."""
    registry.sandbox.register(
        **{
            "social_security_number": trainee.identity_number,
            "name": trainee.name,
            "card_number": trainee.card_number or "S90000001",
            "state": "normal",
            **told,
        }
    )
    return trainee


async def lease(registry: Registry) -> list:
    async with system_unit(registry.house.engines, DatabaseRole.WORKER) as unit:
        _, lines = await lease_due_lines(unit, registry.house.keys)
    return lines


async def store(registry: Registry, lines: list, outcome: IdentityOutcome = IdentityOutcome.MATCHED) -> int:
    answer = IdentityAnswer(outcome=outcome, evidence_id="evidence-0001", checked_at=utc_now())
    async with system_unit(registry.house.engines, DatabaseRole.WORKER) as unit:
        return await store_check_answers(unit, registry.house.keys, [(line, answer) for line in lines])


async def test_a_match_leaves_evidence_name_and_card(registry: Registry) -> None:
    draft = await lay_draft(registry)
    trainee = known(registry, Trainee(serial=931, card_number="S93100001"))
    await draft.submit(trainee)
    assert await run_due_checks(registry.house) == 1
    line = only((await draft.roster())["items"])
    assert (line["state"], line["state_label"]) == ("matched", "已核验")
    owner, keys = await registry.owner(), registry.house.keys
    check = await owner.fetchrow("SELECT * FROM identity_check")
    assert (check["outcome"], check["source"]) == ("matched", "cardholder_base")
    name = await owner.fetchrow("SELECT * FROM person_name")
    assert keys.open(name["name_sealed"], name="person_name.name", owner=name["person_id"]) == trainee.name
    card = await owner.fetchrow("SELECT * FROM social_security_card")
    sealed = keys.open(card["number_sealed"], name="social_security_card.number", owner=card["person_id"])
    assert sealed == "S93100001"
    assert await run_due_checks(registry.house) == 0


async def test_matching_again_repeats_neither_name_nor_card_and_a_new_card_ends_the_old(
    registry: Registry,
) -> None:
    trainee = known(registry, Trainee(serial=932, card_number="S93200001"))
    for _ in range(2):
        await (await lay_draft(registry)).submit(trainee)
    await run_due_checks(registry.house)
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM identity_check") == 2
    assert await owner.fetchval("SELECT count(*) FROM person_name") == 1
    assert await owner.fetchval("SELECT count(*) FROM social_security_card") == 1
    renewed = known(registry, trainee.but(card_number="S93200002"))
    await (await lay_draft(registry)).submit(renewed)
    await run_due_checks(registry.house)
    assert await owner.fetchval("SELECT count(*) FROM social_security_card WHERE ended_at IS NULL") == 1
    assert await owner.fetchval("SELECT count(*) FROM social_security_card") == 2


@pytest.mark.parametrize(
    ("state", "name", "outcome"),
    [
        ("normal", "李样宁", "name_mismatch"),
        ("deceased", "张样安", "deceased"),
        ("card_lost", "张样安", "card_lost"),
        ("card_canceled", "张样安", "card_canceled"),
    ],
)
async def test_an_institution_learns_only_that_it_did_not_match(
    registry: Registry, state: str, name: str, outcome: str
) -> None:
    draft = await lay_draft(registry)
    trainee = Trainee(serial=933, card_number="S93300001")
    known(registry, trainee, name=name, state=state)
    await draft.submit(trainee)
    await run_due_checks(registry.house)
    answer = await draft.operator.get(draft.path)
    assert only(answer.json()["items"])["state_label"] == "未通过核验"
    assert outcome not in answer.text
    owner = await registry.owner()
    assert await owner.fetchval("SELECT check_outcome FROM roster_line") == outcome
    assert await owner.fetchval("SELECT mismatches FROM mismatch_tally") == 1
    assert await owner.fetchval("SELECT count(*) FROM person_name") == 0


async def test_a_corrected_line_is_checked_anew_and_another_phone_is_not(registry: Registry) -> None:
    draft = await lay_draft(registry)
    right = known(registry, Trainee(serial=934, name="张样安"))
    await draft.submit(right.but(name="张样按"))
    await run_due_checks(registry.house)
    assert (await draft.roster())["counts"]["not_matched"] == 1
    await draft.submit(right, params={"replace": True})
    assert (await draft.roster())["counts"]["unverified"] == 1
    await run_due_checks(registry.house)
    assert (await draft.roster())["counts"]["matched"] == 1
    await draft.submit(right.but(phone="13800000009"), params={"replace": True})
    assert (await draft.roster())["counts"]["matched"] == 1


async def test_while_the_base_is_down_a_line_stays_provisional_also_in_a_running_class(
    registry: Registry,
) -> None:
    draft = await lay_draft(registry)
    await draft.submit(known(registry, Trainee(serial=935)))
    # The circuit breaker lets the base rest by the machine's clock: here for a moment only.
    secret = b"sandbox-only-cardholder-base-secret"
    base = CardholderBase(
        base_url=registry.sandbox.url,
        key=SharedKey(registry.sandbox.config.cardholder_key_id, secret),
        pace=Pace(attempts=1),
        circuit=CircuitBreaker(failures_to_open=1, open_seconds=0.05),
    )
    house = replace(registry.house, cardholder_base=base)
    registry.sandbox.behave("cardholder_base", down=True)
    try:
        assert await run_due_checks(house) == 0
        assert (await draft.roster())["counts"]["unavailable"] == 1
        await draft.move_to("running")
        owner = await registry.owner()
        first = await owner.fetchval("SELECT check_due_at - registry_now() FROM roster_line")
        assert 25 < first.total_seconds() <= 30
        assert await run_due_checks(house) == 0  # not due: nobody hammers a base that is down
        assert await owner.fetchval("SELECT check_attempts FROM roster_line") == 1
        await registry.advance(seconds=31)
        await run_due_checks(house)
        second = await owner.fetchval("SELECT check_due_at - registry_now() FROM roster_line")
        assert 55 < second.total_seconds() <= 60
    finally:
        registry.sandbox.behave("cardholder_base")
    await registry.advance(seconds=61)
    await asyncio.sleep(0.06)
    assert await run_due_checks(house) == 1
    await base.aclose()
    assert (await draft.roster())["counts"]["matched"] == 1


async def test_a_worker_killed_after_the_question_repeats_it_later_and_stores_once(
    registry: Registry,
) -> None:
    draft = await lay_draft(registry)
    await draft.submit(known(registry, Trainee(serial=936)))
    dead = await lease(registry)  # ... and here it was killed
    assert len(dead) == 1
    assert await lease(registry) == []  # leased: nobody else asks meanwhile
    await registry.advance(minutes=3)
    assert await run_due_checks(registry.house) == 1
    assert await store(registry, dead) == 0  # the dead one's answer comes too late
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM identity_check") == 1


async def test_an_answer_about_what_the_line_no_longer_says_is_not_stored(registry: Registry) -> None:
    draft = await lay_draft(registry)
    trainee = Trainee(serial=937)
    await draft.submit(trainee)
    leased = await lease(registry)
    await draft.submit(trainee.but(name="张样宁"), params={"replace": True})
    assert await store(registry, leased) == 0
    assert (await draft.roster())["counts"]["unverified"] == 1
    again = await lease(registry)
    line_id = only((await draft.roster())["items"])["line_id"]
    await draft.operator.post(f"{draft.path}/{line_id}:withdraw", json={"reason": "放弃参训"})
    assert await store(registry, again) == 0


async def test_two_workers_do_not_take_the_same_lines(registry: Registry) -> None:
    draft = await lay_draft(registry)
    await draft.submit(*trainees(600))
    one, other = await asyncio.gather(lease(registry), lease(registry))
    taken = [line.person_id for line in one + other]
    assert len(taken) == len(set(taken)) == 600


async def test_the_mismatch_budget_ends_the_questions_of_a_day(registry: Registry) -> None:
    """Once it is used up nothing more is told today, and no roster is taken in; tomorrow both go on."""
    draft = await lay_draft(registry)
    owner = await registry.owner()
    budget = value_of("mismatch_budget_per_day", on=(await registry.now()).date(), division="110105").number
    await draft.submit(*trainees(budget + 20))
    leased = await lease(registry)
    assert await store(registry, leased, IdentityOutcome.UNKNOWN) == budget
    counts = (await draft.roster())["counts"]
    assert (counts["not_matched"], counts["unverified"]) == (budget, 20)
    assert await owner.fetchval("SELECT mismatches FROM mismatch_tally") == budget
    refused = await draft.submit(Trainee(serial=999, born="19501001"))
    assert (refused.status_code, codes(refused)) == (429, ["mismatch_budget_used"])
    assert 0 < int(refused.headers["retry-after"]) <= 86_401
    other = await lay_draft(registry)
    assert (await other.submit(Trainee(serial=998, born="19501001"))).status_code == 201
    await registry.advance(days=1)
    assert (await draft.submit(Trainee(serial=999, born="19501001"))).status_code == 201
    assert len(await lease(registry)) == 22


async def test_a_canceled_class_is_not_asked_about(registry: Registry) -> None:
    draft = await lay_draft(registry)
    await draft.submit(known(registry, Trainee(serial=938)))
    await draft.move_to("canceled")
    assert await run_due_checks(registry.house) == 0
    owner = await registry.owner()
    assert await owner.fetchval("SELECT check_due_at FROM roster_line") is None
    assert await owner.fetchval("SELECT count(*) FROM identity_check") == 0


async def test_a_damaged_line_does_not_hold_up_the_others(registry: Registry) -> None:
    draft = await lay_draft(registry)
    good, damaged = known(registry, Trainee(serial=939)), Trainee(serial=940)
    answer = await draft.submit(good, damaged)
    owner = await registry.owner()
    await owner.execute(
        "UPDATE roster_line SET number_sealed = '\\x00' WHERE line_id = $1",
        answer.json()["lines"][1]["line_id"],
    )
    assert await run_due_checks(registry.house) == 1
    states = await owner.fetch("SELECT state FROM roster_line ORDER BY state")
    assert [row["state"] for row in states] == ["matched", "unavailable"]


async def test_each_checked_class_is_announced_without_persons(registry: Registry) -> None:
    draft = await lay_draft(registry)
    await draft.submit(known(registry, Trainee(serial=941)))
    await run_due_checks(registry.house)
    owner = await registry.owner()
    message = await owner.fetchrow("SELECT topic, payload FROM outbox_message WHERE topic = 'roster.checked'")
    assert str(draft.opening_id) in message["payload"]
    assert "张样安" not in message["payload"]
