"""分享: whoever holds the link sees what was chosen and as it stands now; every look is counted and told."""

import asyncio
import json
from typing import Any
from uuid import UUID

import httpx
import pytest

from app.exchange.codes.rules import MISSES_PER_HOUR
from tests.builders.finished_class import FinishedClass, Trainee, lay_finished_class
from tests.registry_server import Caller, Registry, codes, only

pytestmark = pytest.mark.anyio

NAME = "阿卜杜热依木·买买提吐尔逊"
EVERYTHING = ["period", "program", "occupation", "institution", "hours", "score", "certificate_number"]


async def archived(registry: Registry, serial: int = 931) -> tuple[FinishedClass, Caller, str]:
    """A class with one entry in the archive, its citizen, and the number of the entry."""
    laid = await lay_finished_class(registry, [Trainee(name=NAME, serial=serial)])
    closed = await laid.operator.post(f"/v1/openings/{laid.opening_id}:close")
    assert closed.status_code == 200, closed.text
    citizen = await registry.citizen(laid.persons[0])
    record = await citizen.get("/v1/me/record")
    return laid, citizen, completion(record.json()["entries"])["record_number"]


def completion(entries: list[dict[str, Any]]) -> dict[str, Any]:
    """Beside it stands that the class was attended."""
    found: dict[str, Any] = only(entry for entry in entries if entry["kind"] == "completion")
    return found


async def shared(citizen: Caller, **wish: Any) -> dict[str, Any]:
    body = {"scope": "record", "fields": EVERYTHING, **wish}
    answer = await citizen.post("/v1/me/shares", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def opened(registry: Registry, code: str) -> httpx.Response:
    return await registry.client.post("/v1/shares:open", json={"code": code})


async def revoke_entry(registry: Registry, number: str) -> None:
    """As two officers would have decided it."""
    owner = await registry.owner()
    await owner.execute("SET session_replication_role = replica")
    await owner.execute(
        "UPDATE record_entry SET revoked_at = registry_now(), revoked_by = appended_by, revocation_id = entry_id,"
        " revocation_kind = 'revoke', revocation_decision = 'accepted' WHERE record_number = $1",
        number,
    )
    await owner.execute("SET session_replication_role = DEFAULT")


async def test_the_whole_record_by_link_until_taken_back(registry: Registry) -> None:
    _, citizen, number = await archived(registry)
    made = await shared(citizen, name_shown="full", label="给应聘单位")
    assert made["link"].endswith(f"/share#{made['code']}")
    assert made["qr_svg"].startswith("<svg")
    first = await opened(registry, made["code"].lower())
    assert first.status_code == 200, first.text
    entry = completion(first.json()["entries"])
    assert (first.json()["name"], first.json()["looks"]) == (NAME, 1)
    assert (entry["record_number"], entry["state"], entry["credited_minutes"]) == (number, "in_force", 240)
    assert entry["institution"].startswith("测试职业培训学校")
    assert "11000019500101" not in first.text
    await revoke_entry(registry, number)
    now = await opened(registry, made["code"])
    assert completion(now.json()["entries"])["state"] == "revoked"
    listed = only((await citizen.get("/v1/me/shares")).json()["items"])
    assert (listed["label"], listed["looks"], listed["state"]) == ("给应聘单位", 2, "open")
    looks = (await citizen.get(f"/v1/me/shares/{made['share_id']}/looks")).json()["items"]
    assert [(look["nth"], look["source_no"]) for look in looks] == [(2, 1), (1, 1)]
    told = (await citizen.get("/v1/me/accesses")).json()["items"]
    assert [(each["channel"], each["proof_id"]) for each in told] == [("share", made["share_id"])] * 2
    assert (await citizen.post(f"/v1/me/shares/{made['share_id']}:revoke")).status_code == 200
    assert (await citizen.post(f"/v1/me/shares/{made['share_id']}:revoke")).status_code == 404
    assert codes(await opened(registry, made["code"])) == ["share_revoked"]
    assert len((await citizen.get("/v1/me/accesses")).json()["items"]) == 2
    # The code itself is nowhere: not in the rows, not in the answer kept for a repetition.
    owner = await registry.owner()
    for table in (
        "idempotency_key",
        "share_code",
        "record_share",
        "audit_event",
        "outbox_message",
        "code_attempt",
    ):
        kept = await owner.fetch(f"SELECT to_jsonb(kept)::text AS text FROM {table} AS kept")
        stored = "".join(row["text"] for row in kept)
        assert made["code"] not in stored
        assert made["code"].encode().hex() not in stored


async def test_only_what_was_chosen_leaves_the_database(registry: Registry) -> None:
    """The door itself leaves the rest out: a fault in what answers cannot show what the database never said."""
    _, citizen, number = await archived(registry)
    made = await shared(citizen, scope="entries", record_numbers=[number], fields=["program"])
    shown = (await opened(registry, made["code"])).json()
    assert shown["name"] == "阿*"
    entry = only(shown["entries"])
    assert entry["title"]
    assert [entry[each] for each in ("starts_on", "institution", "score_hundredths", "occupation")] == [
        None
    ] * 4
    owner = await registry.owner()
    digest = await owner.fetchval("SELECT code_digest FROM share_code")
    async with owner.transaction():
        row = await owner.fetchrow("SELECT * FROM open_share($1, '\\x01', 'x', 9, 9, NULL)", digest)
    assert row is not None
    assert set(only(json.loads(row["entries"]))) == {
        "record_number", "kind", "entry_id", "appended_at", "revoked_at", "superseded_by", "program_name",
        "certificate_kind",
    }  # fmt: skip


async def test_counted_expiring_and_nobody_elses(registry: Registry) -> None:
    _, citizen, number = await archived(registry)
    _, stranger, foreign = await archived(registry, serial=932)
    wishes = {
        "share_entry_unknown": {"scope": "entries", "record_numbers": [foreign]},
        "share_empty": {"scope": "entries"},
        "share_too_long": {"valid_days": 91},
        "share_looks_too_many": {"looks_max": 501},
    }
    for code, wish in wishes.items():
        refused = await citizen.post("/v1/me/shares", json={"scope": "record", "fields": ["period"], **wish})
        assert (refused.status_code, codes(refused)) == (409, [code]), refused.text
    twice = await shared(citizen, scope="entries", record_numbers=[number], looks_max=2, valid_days=1)
    # At once: exactly as many as were allowed.
    answers = await asyncio.gather(*(opened(registry, twice["code"]) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200, 200] + [409] * 6
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"share_used_up"}
    short = await shared(citizen, valid_days=1)
    for path in (f"/v1/me/shares/{short['share_id']}/looks", f"/v1/me/shares/{UUID(int=0)}/looks"):
        assert (await stranger.get(path)).status_code == 404
    assert (await stranger.post(f"/v1/me/shares/{short['share_id']}:revoke")).status_code == 404
    await registry.advance(days=1)
    assert codes(await opened(registry, short["code"])) == ["share_expired"]
    states = {each["state"] for each in (await citizen.get("/v1/me/shares")).json()["items"]}
    assert states == {"expired"}


async def test_codes_are_not_tried_out(registry: Registry) -> None:
    _, citizen, _ = await archived(registry)
    made = await shared(citizen)
    for nth in range(MISSES_PER_HOUR):
        assert (await opened(registry, f"0{nth:025}")).status_code == 404
    tired = await opened(registry, made["code"])
    assert tired.status_code == 429
    assert tired.headers["Retry-After"] == "3600"
    await registry.advance(hours=1)
    assert (await opened(registry, made["code"])).status_code == 200
