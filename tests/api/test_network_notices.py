"""Pushes of the network: only signed ones, each once, with the effects of a change read from the feed."""

import asyncio
import json
import secrets
import time
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.jobs.certificate_sync import run_certificate_sync
from app.sandbox.message_signatures import push_headers
from tests.builders.certificates import check, mine, on_network, printed, report
from tests.builders.finished_class import Trainee, lay_person
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio
URL = "http://registry.test/v1/network-notices"


def notice(*items: dict[str, Any], event_id: str = "event-0000000000001") -> bytes:
    told = {"event_id": event_id, "sent_at": "2099-01-01T00:00:00+00:00", "items": list(items)}
    return json.dumps(told, ensure_ascii=False).encode()


def change(
    shown: dict[str, Any], kind: str, *, at: str, revision: int = 2, **certificate: Any
) -> dict[str, Any]:
    return {
        "change_id": f"CH-test-{kind}-{revision}",
        "sequence": 900_000 + revision,
        "kind": kind,
        "recorded_at": at,
        "holder": shown["holder"],
        "certificate": {**shown["certificate"], "revision": revision, **certificate},
    }


def later(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime(time.time() + seconds))


def revoked(shown: dict[str, Any], *, at: str | None = None, revision: int = 2) -> dict[str, Any]:
    state = {"state": "revoked", "revoked_on": "2026-11-20"}
    return change(shown, "revoked", at=at or later(60), revision=revision, **state)


async def push(
    registry: Registry, body: bytes, *, age: int = 0, url: str = URL, **headers: str
) -> httpx.Response:
    signed = push_headers(
        url,
        body,
        key_id=registry.sandbox.config.assessment_key_id,
        secret=registry.sandbox.config.assessment_secret.encode(),
        created=int(time.time()) - age,
        nonce=secrets.token_hex(16),
    )
    return await registry.client.post(
        "/v1/network-notices", content=body, headers={"Content-Type": "application/json", **signed, **headers}
    )


async def held(registry: Registry, serial: int) -> tuple[Caller, str, dict[str, Any]]:
    person = Trainee(serial=serial)
    person_id, _ = await lay_person(registry, person)
    citizen, paper = await registry.citizen(person_id), await printed(registry)
    shown = on_network(registry, person, paper)
    certificate_id = await report(citizen, paper)
    await check(registry)
    return citizen, certificate_id, shown


async def test_a_pushed_revocation_takes_effect_at_once_with_evidence_and_announcement(
    registry: Registry,
) -> None:
    citizen, certificate_id, shown = await held(registry, 431)
    answer = await push(registry, notice(revoked(shown)))
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await mine(citizen, certificate_id))["state"] == "revoked"
    owner = await registry.owner()
    stored = await owner.fetchrow(
        "SELECT outcome, evidence_id FROM certificate_answer WHERE channel = 'push' AND certificate_id = $1",
        UUID(certificate_id),
    )
    assert tuple(stored) == ("revoked", "CH-test-revoked-2")
    topics = await owner.fetch("SELECT topic FROM outbox_message WHERE topic = 'certificate.revoked'")
    assert len(topics) == 1
    assert await owner.fetchval("SELECT count(*) FROM network_cursor") == 0


async def test_repeats_are_acknowledged_and_have_no_effect(registry: Registry) -> None:
    citizen, certificate_id, shown = await held(registry, 432)
    body = notice(revoked(shown))
    together = await asyncio.gather(*(push(registry, body) for _ in range(4)))
    assert [answer.status_code for answer in together] == [204] * 4
    restored = notice(change(shown, "restored", at=later(90), revision=3))  # the same event, another content
    assert (await push(registry, restored)).status_code == 204
    assert (await mine(citizen, certificate_id))["state"] == "revoked"
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM network_notice") == 1
    assert await owner.fetchval("SELECT count(*) FROM certificate_answer WHERE channel = 'push'") == 1


async def test_pushes_out_of_order_end_with_the_newest(registry: Registry) -> None:
    citizen, certificate_id, shown = await held(registry, 433)
    newer = change(shown, "restored", at=later(120), revision=3)
    await push(registry, notice(newer, event_id="event-newer"))
    await push(registry, notice(revoked(shown), event_id="event-older"))
    assert (await mine(citizen, certificate_id))["state"] == "matched"


async def test_what_was_pushed_and_is_read_from_the_feed_as_well_is_announced_once(
    registry: Registry,
) -> None:
    citizen, certificate_id, shown = await held(registry, 434)
    registry.sandbox.control.post(f"/sandbox/certificates/{shown['id']}:revoke").raise_for_status()
    page = await registry.house.assessment_network.changes(None)
    while page.has_more:
        page = await registry.house.assessment_network.changes(page.next_cursor)
    told = page.items[-1]
    item = {**revoked(shown, at=told.recorded_at.isoformat()), "change_id": told.change_id}
    await push(registry, notice(item))
    await run_certificate_sync(registry.house)
    assert (await mine(citizen, certificate_id))["state"] == "revoked"
    owner = await registry.owner()
    topics = await owner.fetch("SELECT topic FROM outbox_message WHERE topic = 'certificate.revoked'")
    assert len(topics) == 1


async def test_only_what_the_network_signed_for_this_address_now_is_read(registry: Registry) -> None:
    citizen, certificate_id, shown = await held(registry, 435)
    body = notice(revoked(shown))
    refused = [
        await registry.client.post("/v1/network-notices", content=body),
        await push(registry, body, age=400),
        await push(registry, body, url="http://elsewhere.test/v1/network-notices"),
        await push(registry, body, Signature=f"upstream=:{'A' * 43}=:"),
    ]
    assert [(answer.status_code, codes(answer)) for answer in refused] == [
        (401, ["notice_signature_invalid"])
    ] * 4
    assert (await mine(citizen, certificate_id))["state"] == "matched"
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM network_notice") == 0


async def test_signed_but_not_as_the_contract_says(registry: Registry) -> None:
    for body in (b"{", b'{"event_id": "event-0000000000001"}', notice(), b"[]"):
        answer = await push(registry, body)
        assert (answer.status_code, codes(answer)) == (422, ["notice_malformed"])
    too_long = await push(registry, b" " * 1_100_000)
    assert (too_long.status_code, codes(too_long)) == (413, ["notice_too_large"])
