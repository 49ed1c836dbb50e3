"""Keeping certificates true: the feed of changes, through failures, delays, duplicates and a lost place."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.access.actor import SYSTEM_PRINCIPAL
from app.access.unit import system_unit
from app.archive.certificates.actions.apply_changes import apply_changes
from app.archive.certificates.states import AnswerChannel
from app.db.roles import DatabaseRole
from app.gateways.assessment_network import AssessmentNetwork
from app.gateways.circuit import CircuitBreaker
from app.gateways.http import Pace
from app.gateways.message_signatures import SharedKey
from app.jobs.certificate_links import run_certificate_links
from app.jobs.certificate_sync import run_certificate_sync
from app.web.house import House
from tests.builders.certificates import (
    Printed,
    act,
    check,
    closed_class,
    lay_confirmed,
    mine,
    new_number,
    on_network,
    printed,
    report,
)
from tests.builders.finished_class import Trainee, lay_person
from tests.registry_server import Caller, Registry, only

pytestmark = pytest.mark.anyio
SYSTEM = "assessment_network"


async def read_to_the_end(registry: Registry) -> None:
    """As if everything so far had been read; the shared sandbox behaves."""
    registry.sandbox.behave(SYSTEM)
    owner = await registry.owner()
    page = await registry.house.assessment_network.changes(None)
    while page.has_more:
        page = await registry.house.assessment_network.changes(page.next_cursor)
    await owner.execute(
        "INSERT INTO network_cursor (feed, cursor) VALUES ('assessment_network', $1)", page.next_cursor
    )


@pytest.fixture
async def synced(registry: Registry) -> AsyncIterator[Registry]:
    """A registry that has read everything so far; the shared sandbox behaves again afterwards."""
    await read_to_the_end(registry)
    yield registry
    registry.sandbox.behave(SYSTEM)


async def held(registry: Registry, serial: int, **trainee: str) -> tuple[Caller, str, dict[str, Any]]:
    """A citizen whose certificate has been matched: caller, certificate, and the network's entry."""
    person = Trainee(serial=serial, **trainee)
    person_id, _ = await lay_person(registry, person)
    citizen = await registry.citizen(person_id)
    paper = await printed(registry)
    shown = on_network(registry, person, paper)
    certificate_id = await report(citizen, paper)
    await check(registry)
    assert (await mine(citizen, certificate_id))["state"] == "matched"
    return citizen, certificate_id, shown


async def state(citizen: Caller, certificate_id: str) -> str:
    return str((await mine(citizen, certificate_id))["state"])


async def answers(registry: Registry, certificate_id: str, channel: str = "sync") -> list[str]:
    owner = await registry.owner()
    rows = await owner.fetch(
        "SELECT outcome FROM certificate_answer WHERE certificate_id = $1 AND channel = $2 ORDER BY answered_at",
        UUID(certificate_id),
        channel,
    )
    return [row["outcome"] for row in rows]


async def announced(registry: Registry, topic: str) -> int:
    owner = await registry.owner()
    return await owner.fetchval("SELECT count(*) FROM outbox_message WHERE topic = $1", topic)


async def test_revocation_correction_and_restoration_arrive_with_evidence_and_announcement(
    synced: Registry,
) -> None:
    citizen, certificate_id, shown = await held(synced, 411)
    before = (await mine(citizen, certificate_id))["last_confirmed_at"]
    act(synced, shown, "revoke")
    assert await run_certificate_sync(synced.house) == 2  # the issue as well, told before by the query
    assert await state(citizen, certificate_id) == "revoked"
    assert await answers(synced, certificate_id) == ["matched", "revoked"]
    assert await announced(synced, "certificate.revoked") == 1
    assert (await mine(citizen, certificate_id))["last_confirmed_at"] > before
    act(synced, shown, "restore")
    act(synced, shown, "correct", level="level_4")
    assert await run_certificate_sync(synced.house) == 2
    assert await state(citizen, certificate_id) == "matched"
    assert (await mine(citizen, certificate_id))["skill_level"] == "level_4"
    assert (await answers(synced, certificate_id))[2:] == ["matched", "corrected"]
    assert await announced(synced, "certificate.restored") == 1
    owner = await synced.owner()
    told = await owner.fetch("SELECT payload::text FROM outbox_message WHERE topic = 'certificate.corrected'")
    corrected = json.loads(only(told)[0])
    archived_as = (await mine(citizen, certificate_id))["archived_as"]
    assert corrected == {
        "certificate_id": certificate_id,
        "fields": ["skill_level"],
        "record_numbers": [archived_as],
    }
    assert await run_certificate_sync(synced.house) == 0


async def linked(registry: Registry, serial: int) -> tuple[Caller, str, dict[str, Any], Printed]:
    """A citizen whose certificate the registry itself linked to their training; the network's entry, the paper."""
    person = Trainee(serial=serial)
    laid = await closed_class(registry, [person])
    citizen, paper = await registry.citizen(laid.persons[0]), await printed(registry)
    shown = on_network(registry, person, paper)
    certificate_id = await report(citizen, paper)
    await check(registry)
    assert (await mine(citizen, certificate_id))["link"]["is_automatic"] is True
    return citizen, certificate_id, shown, paper


@pytest.mark.parametrize(
    "corrected",
    [
        {"level": "level_4"},
        {"issued_on": "2016-05-11"},
        {"occupation_code": "4-07-03-04", "occupation_name": "另一职业"},
    ],
    ids=["level", "day", "occupation"],
)
async def test_a_correction_undoes_the_link_it_makes_untrue_and_a_second_one_makes_it_again(
    synced: Registry, corrected: dict[str, str]
) -> None:
    citizen, certificate_id, shown, paper = await linked(synced, 428)
    before = (await mine(citizen, certificate_id))["link"]
    act(synced, shown, "correct", **corrected)
    await run_certificate_sync(synced.house)
    await run_certificate_links(synced.house)
    assert (await mine(citizen, certificate_id))["link"] is None
    owner = await synced.owner()
    ended = await owner.fetch(
        "SELECT unlink_reason, unlinked_by FROM certificate_link WHERE certificate_id = $1",
        UUID(certificate_id),
    )
    assert tuple(only(ended)) == ("certificate_corrected", SYSTEM_PRINCIPAL)
    told = {
        row["topic"]: json.loads(row["payload"])
        for row in await owner.fetch(
            "SELECT topic, payload::text FROM outbox_message WHERE topic ~ '^certificate.(corrected|unlinked)$'"
        )
    }
    assert before["record_number"] in told["certificate.corrected"]["record_numbers"], "told before it ended"
    assert told["certificate.unlinked"] == {
        "certificate_id": certificate_id,
        "record_number": before["record_number"],
        "reason": "certificate_corrected",
    }
    printed_so = {"level": paper.level, "issued_on": paper.issued_on.isoformat()}
    act(synced, shown, "correct", **printed_so, occupation_code=paper.code, occupation_name="焊工")
    await run_certificate_sync(synced.house)
    again = (await mine(citizen, certificate_id))["link"]
    assert (again["record_number"], again["reasons"]) == (before["record_number"], before["reasons"])


async def test_a_correction_that_changes_no_reason_leaves_the_link(synced: Registry) -> None:
    citizen, certificate_id, shown, paper = await linked(synced, 429)
    before = (await mine(citizen, certificate_id))["link"]
    day_before = (paper.issued_on - timedelta(days=1)).isoformat()
    act(synced, shown, "correct", issued_on=day_before)
    await run_certificate_sync(synced.house)
    assert await announced(synced, "certificate.corrected") == 1
    assert (await mine(citizen, certificate_id))["link"] == before


async def test_an_entry_that_a_correction_frees_goes_to_the_certificate_that_waited(synced: Registry) -> None:
    citizen, certificate_id, shown, _ = await linked(synced, 430)
    paper = await printed(synced)
    on_network(synced, Trainee(serial=430), paper)
    waiting = await report(citizen, paper)
    await check(synced)
    assert (await mine(citizen, waiting))["link"] is None, "the entry is proved by the other"
    act(synced, shown, "correct", level="level_4")
    await run_certificate_sync(synced.house)
    assert await run_certificate_links(synced.house) == 1
    assert (await mine(citizen, certificate_id))["link"] is None
    assert (await mine(citizen, waiting))["link"] is not None


async def test_late_upload_is_matched_by_the_feed_alone(synced: Registry) -> None:
    person = Trainee(serial=412)
    person_id, _ = await lay_person(synced, person)
    citizen, paper = await synced.citizen(person_id), await printed(synced)
    shown = on_network(synced, person, paper, hidden=True)
    certificate_id = await report(citizen, paper)
    await check(synced)
    assert await state(citizen, certificate_id) == "pending_upload"
    act(synced, shown, "publish")
    await run_certificate_sync(synced.house)
    assert await state(citizen, certificate_id) == "matched"


async def test_a_certificate_corrected_to_another_holder_is_no_longer_theirs(synced: Registry) -> None:
    citizen, certificate_id, shown = await held(synced, 413)
    act(synced, shown, "correct", name="赵样另")
    await run_certificate_sync(synced.house)
    assert await state(citizen, certificate_id) == "name_mismatch"
    owner = await synced.owner()
    topics = (
        "SELECT topic FROM outbox_message WHERE payload ->> 'certificate_id' = $1 AND topic ~ 'owned|re[sv]'"
    )
    assert [row["topic"] for row in await owner.fetch(topics, certificate_id)] == ["certificate.disowned"]
    act(synced, shown, "correct", identity_number=Trainee(serial=414).number, name="赵样另", level="level_3")
    act(synced, shown, "revoke")
    await run_certificate_sync(synced.house)
    # Another person's revocation says nothing to them.
    assert await answers(synced, certificate_id) == [
        "matched",
        "name_mismatch",
        "number_mismatch",
        "number_mismatch",
    ]
    assert await state(citizen, certificate_id) == "name_mismatch"
    assert (await mine(citizen, certificate_id))["skill_level"] == "level_5", "nor does their level"
    assert await announced(synced, "certificate.revoked") == 0


async def test_the_same_changes_read_again_change_nothing(synced: Registry) -> None:
    citizen, certificate_id, shown = await held(synced, 415)
    owner = await synced.owner()
    cursor = await owner.fetchval("SELECT cursor FROM network_cursor")
    act(synced, shown, "revoke")
    act(synced, shown, "restore")
    act(synced, shown, "revoke")
    synced.sandbox.behave(SYSTEM, duplicate_rate=1.0)
    for _ in range(2):
        await owner.execute("UPDATE network_cursor SET cursor = $1", cursor)
        assert await run_certificate_sync(synced.house) == 4
    assert await state(citizen, certificate_id) == "revoked"
    assert len(await answers(synced, certificate_id)) == 4
    assert await announced(synced, "certificate.revoked") == 1
    changes = await owner.fetch("SELECT to_state FROM certificate_state_change ORDER BY change_id")
    assert [row["to_state"] for row in changes] == ["matched", "revoked", "matched", "revoked"]


async def test_a_change_recorded_before_the_last_answer_does_not_turn_it_back(synced: Registry) -> None:
    citizen, certificate_id, shown = await held(synced, 416)
    act(synced, shown, "revoke")
    act(synced, shown, "restore")
    owner = await synced.owner()
    await owner.execute("UPDATE certificate SET check_due_at = registry_now()")
    await check(synced)
    await run_certificate_sync(synced.house)
    assert await state(citizen, certificate_id) == "matched"
    assert await answers(synced, certificate_id) == ["matched", "revoked", "matched"]
    assert await announced(synced, "certificate.revoked") == 0


async def test_a_clock_that_runs_ahead_outdates_no_later_answer(synced: Registry) -> None:
    citizen, certificate_id, shown = await held(synced, 427)
    act(synced, shown, "revoke")
    network = synced.house.assessment_network
    owner = await synced.owner()
    page = await network.changes(await owner.fetchval("SELECT cursor FROM network_cursor"))
    ahead = [replace(each, recorded_at=page.answered_at + timedelta(days=40)) for each in page.items]
    async with system_unit(synced.house.engines, DatabaseRole.WORKER) as unit:
        await apply_changes(
            unit, synced.house.keys, ahead, channel=AnswerChannel.SYNC, told_at=page.answered_at
        )
    assert await state(citizen, certificate_id) == "revoked"
    act(synced, shown, "restore")
    await owner.execute("UPDATE certificate SET check_due_at = registry_now()")
    await check(synced)
    assert await state(citizen, certificate_id) == "matched"


async def test_two_workers_read_each_page_once(synced: Registry) -> None:
    citizen, certificate_id, shown = await held(synced, 417)
    act(synced, shown, "revoke")
    read = await asyncio.gather(*(run_certificate_sync(synced.house) for _ in range(4)))
    assert sum(read) == 2
    assert await announced(synced, "certificate.revoked") == 1
    assert await state(citizen, certificate_id) == "revoked"


@pytest.mark.parametrize("position", ["1", "999999999"])
async def test_a_lost_place_asks_about_every_certificate_anew(synced: Registry, position: str) -> None:
    citizen, certificate_id, shown = await held(synced, 418)
    owner = await synced.owner()
    person_id = await owner.fetchval("SELECT person_id FROM certificate")
    untouched = await lay_confirmed(synced, person_id, new_number(), (await synced.now()).date())
    act(synced, shown, "revoke")
    cursor = await owner.fetchval("SELECT cursor FROM network_cursor")
    before, _, _ = cursor.rpartition("c")
    await owner.execute("UPDATE network_cursor SET cursor = $1", f"{position}.c{position}")
    assert await run_certificate_sync(synced.house) > 2
    assert (await owner.fetchval("SELECT cursor FROM network_cursor")).startswith(before[:1])
    due = "SELECT check_due_at <= registry_now() FROM certificate WHERE certificate_id = $1"
    assert await owner.fetchval(due, untouched) is True
    assert await state(citizen, certificate_id) == "revoked"
    assert await run_certificate_sync(synced.house) == 0


async def test_an_interrupted_page_leaves_cursor_and_certificates_as_they_were(synced: Registry) -> None:
    citizen, certificate_id, shown = await held(synced, 419)
    act(synced, shown, "revoke")
    owner = await synced.owner()
    cursor = await owner.fetchval("SELECT cursor FROM network_cursor")
    await owner.execute(
        "CREATE FUNCTION break_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$;"
        "CREATE TRIGGER break_it BEFORE INSERT ON certificate_state_change FOR EACH ROW EXECUTE FUNCTION break_it()"
    )
    with pytest.raises(Exception, match="broken"):
        await run_certificate_sync(synced.house)
    assert await owner.fetchval("SELECT cursor FROM network_cursor") == cursor
    assert await answers(synced, certificate_id) == []
    await owner.execute("DROP TRIGGER break_it ON certificate_state_change")
    await run_certificate_sync(synced.house)
    assert await state(citizen, certificate_id) == "revoked"


def impatient(registry: Registry) -> House:
    """The same registry, whose client and breaker wait in milliseconds where operation waits in seconds."""
    secret = registry.sandbox.config.assessment_secret.encode()
    network = AssessmentNetwork(
        base_url=registry.sandbox.url,
        key=SharedKey(registry.sandbox.config.assessment_key_id, secret),
        pace=Pace(attempt_seconds=0.15, backoff_seconds=0.01, response_bytes_max=2_097_152),
        circuit=CircuitBreaker(open_seconds=0.05),
    )
    return replace(registry.house, assessment_network=network)


async def test_through_failures_and_delays_everything_arrives_once_and_nothing_is_final_by_mistake(
    synced: Registry,
) -> None:
    papers = [await held(synced, serial) for serial in range(420, 426)]
    house = impatient(synced)
    synced.sandbox.behave(SYSTEM, error_rate=0.3, delay_ms=[0, 200], duplicate_rate=0.5, seed=7)
    for _, _, shown in papers[:3]:
        act(synced, shown, "revoke")
    read = 0
    for _ in range(200):
        read += await run_certificate_sync(house)
        if read >= 9:
            break
    await house.assessment_network.aclose()
    assert read == 9
    states = [await state(citizen, certificate_id) for citizen, certificate_id, _ in papers]
    assert states == ["revoked"] * 3 + ["matched"] * 3
    assert await announced(synced, "certificate.revoked") == 3
    owner = await synced.owner()
    assert await owner.fetchval("SELECT count(*) FROM certificate_answer WHERE channel = 'sync'") == 9


async def test_without_a_network_there_is_nothing_to_read(registry: Registry) -> None:
    settings = registry.house.settings.model_copy(update={"assessment_network_url": None})
    assert await run_certificate_sync(replace(registry.house, settings=settings)) == 0
