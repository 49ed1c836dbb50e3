"""One person verified: minimum fields by purpose, every look on the person's list, one answer for all that is not."""

import asyncio
import hashlib
from base64 import urlsafe_b64decode
from collections import Counter
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.access.actor import SYSTEM_PRINCIPAL, Permission
from app.access.tokens import PublicKey, StatementKeys
from app.exchange.verification.actions.take_allowance import Allowances, Budget
from app.exchange.verification.rules import DISCLOSURES
from app.exchange.verification.states import VerificationPurpose
from app.kernel.clock import utc_now
from app.kernel.errors import TooMany
from tests.builders.finished_class import Trainee
from tests.builders.verified import Known, lay_certificate, lay_known, lay_record
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio
RECORD = "R110105-2026-00000001-5"
CERTIFICATE = "S000032011002261000011"


async def officer(registry: Registry) -> Caller:
    return await registry.officer(Permission.LOOKUP, division_code="320000")


async def ask(caller: Caller, known: Known, **changes: Any) -> dict[str, Any]:
    answer = await caller.post("/v1/verifications", json=known.asked(**changes))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def looks(registry: Registry, known: Known) -> int:
    owner = await registry.owner()
    return await owner.fetchval("SELECT count(*) FROM access_event WHERE person_id = $1", known.person_id)


def outline(answer: httpx.Response) -> tuple[Any, ...]:
    """All of an answer that is not its id or time."""
    said = {
        name: value
        for name, value in answer.json().items()
        if name not in {"verification_id", "answered_at", "expires_at", "statement", "salt"}
    }
    headers = sorted(set(answer.headers) - {"x-request-id", "date"})
    return answer.status_code, said, headers, len(answer.content)


async def test_records_and_certificates_in_every_state(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    other = await lay_known(registry, serial=902)
    await lay_record(registry, known, RECORD)
    await lay_record(registry, known, "R110105-2026-00000002-3")
    await lay_record(registry, known, "R110105-2026-00000003-1", supersedes="R110105-2026-00000002-3")
    await lay_record(registry, known, "R110105-2026-00000004-X", is_revoked=True)
    await lay_record(registry, other, "R110105-2026-00000005-8")
    states = {
        "matched": "valid",
        "revoked": "revoked",
        "expired": "expired",
        "submitted": "not_found",
        "pending_upload": "not_found",
        "name_mismatch": "not_found",
        "not_found_final": "not_found",
    }
    for serial, state in enumerate(states):
        await lay_certificate(registry, known, f"S00003201100226100001{serial}", state)
    await lay_certificate(registry, known, "S000032011002261000027", is_held=False)

    async def by_record(number: str) -> tuple[str, list[str]]:
        said = await ask(caller, known, record_number=number)
        return said["outcome"], [item["number"] for item in said["items"]]

    assert await by_record(RECORD) == ("valid", [RECORD])
    assert await by_record("R110105-2026-00000002-3") == ("superseded", ["R110105-2026-00000002-3"])
    assert await by_record("R110105-2026-00000004-X") == ("revoked", ["R110105-2026-00000004-X"])
    assert await by_record("R110105-2026-00000005-8") == ("not_found", []), "another person's"
    assert await by_record("R110105-2026-00000099-9") == ("not_found", [])
    for serial, outcome in enumerate(states.values()):
        said = await ask(caller, known, certificate_number=f"S00003201100226100001{serial}")
        assert said["outcome"] == outcome
    said = await ask(caller, known, certificate_number="S000032011002261000027")
    assert said["outcome"] == "not_found", "held by nobody: the network matched it to another"
    whole = await ask(caller, known)
    assert (whole["outcome"], len(whole["items"])) == ("valid", 2)
    assert (await ask(caller, await lay_known(registry, serial=903)))["outcome"] == "not_found"


async def test_each_look_is_on_the_list_of_the_person(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    await lay_record(registry, known, RECORD)
    await ask(caller, known, record_number=RECORD)
    await ask(caller, known, name="另一人")
    listed = (await (await registry.citizen(known.person_id)).get("/v1/me/accesses")).json()["items"]
    assert len(listed) == 2
    owner = await registry.owner()
    rows = await owner.fetch("SELECT * FROM access_event WHERE person_id = $1", known.person_id)
    assert {(row["subject"], row["purpose"], row["case_number"]) for row in rows} == {
        ("verification", "subsidy_review", "测试案件0001")
    }
    assert {row["principal_id"] for row in rows} == {caller.actor.principal_id}
    assert all(row["request_id"] for row in rows)
    assert await owner.fetchval("SELECT count(*) FROM verification_miss") == 0
    stranger = Known(Trainee(serial=999), uuid4(), uuid4())
    await ask(caller, stranger)
    assert await owner.fetchval("SELECT count(*) FROM verification_miss") == 1


async def test_what_is_not_told_apart(registry: Registry) -> None:
    """Nobody, another name, another's record, no such record, nothing proved: one body, one set of headers."""
    caller, known = await officer(registry), await lay_known(registry)
    other = await lay_known(registry, serial=902)
    await lay_record(registry, known, RECORD)
    await lay_record(registry, other, "R110105-2026-00000005-8")
    stranger = Known(Trainee(serial=999), uuid4(), uuid4())
    outlines = [
        outline(await caller.post("/v1/verifications", json=body))
        for body in (
            stranger.asked(record_number=RECORD),
            known.asked(record_number=RECORD, name="另一人"),
            known.asked(record_number="R110105-2026-00000005-8"),
            known.asked(record_number="R110105-2026-00000098-9"),
        )
    ]
    assert all(each == outlines[0] for each in outlines)
    assert outlines[0][1] == {"outcome": "not_found", "items": []}


@pytest.mark.parametrize("purpose", VerificationPurpose)
async def test_only_the_fields_of_the_purpose_leave(registry: Registry, purpose: VerificationPurpose) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    await lay_record(registry, known, RECORD)
    said = await ask(caller, known, purpose=purpose, record_number=RECORD)
    assert set(said["items"][0]) == set(DISCLOSURES[purpose].fields)
    table = (await registry.client.get("/v1/verification-purposes")).json()["items"]
    assert {row["purpose"]: row["fields"] for row in table}[purpose] == list(DISCLOSURES[purpose].fields)
    assert known.trainee.number not in str(said)
    assert known.trainee.name not in str(said)


async def test_merged_persons_are_verified_as_one_and_both_are_told(registry: Registry) -> None:
    caller, one = await officer(registry), await lay_known(registry)
    other = await lay_known(registry, serial=902, name="测试旧名")
    await lay_record(registry, other, RECORD)
    assert (await ask(caller, one, record_number=RECORD))["outcome"] == "not_found"
    owner = await registry.owner()
    second = (await officer(registry)).actor.principal_id
    await owner.execute(
        "INSERT INTO person_alias (person_id, survivor_id, reason, case_number, decision_reason, proposed_by,"
        " merged_by, merged_at) VALUES ($1, $2, '同一人', '测试0001', '同一人', $3, $4, now())",
        one.person_id,
        other.person_id,
        second,
        SYSTEM_PRINCIPAL,
    )
    before = await looks(registry, one), await looks(registry, other)
    assert (await ask(caller, one, record_number=RECORD))["outcome"] == "valid"
    assert (await ask(caller, one, record_number=RECORD, name="测试旧名"))["outcome"] == "valid"
    assert (await looks(registry, one), await looks(registry, other)) == (before[0] + 2, before[1] + 2)


async def test_a_number_of_fifteen_digits_finds_the_person(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    await lay_record(registry, known, RECORD)
    number = known.trainee.number
    said = await ask(caller, known, identity_number=number[:6] + number[8:17], record_number=RECORD)
    assert said["outcome"] == "valid"


async def test_a_rotation_of_digests_hides_nobody(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    await lay_record(registry, known, RECORD)
    await lay_certificate(registry, known, CERTIFICATE)
    keys = registry.house.keys
    rotating = keys.with_new_digest_key()
    keys.digest_keys, keys.digest_key_ids = rotating.digest_keys, rotating.digest_key_ids
    assert (await ask(caller, known, record_number=RECORD))["outcome"] == "valid"
    assert (await ask(caller, known, certificate_number=CERTIFICATE))["outcome"] == "valid"
    assert await looks(registry, known) == 2, "one row a look, whatever the number of keys"


async def test_a_signed_answer_is_verified_by_others_and_names_nobody(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    await lay_record(registry, known, RECORD)
    said = await ask(caller, known, record_number=RECORD, is_signed=True)
    keys = (await registry.client.get("/.well-known/jwks.json")).json()["keys"]
    issuer = registry.house.settings.issuer
    told = StatementKeys(issuer, [PublicKey(each) for each in keys]).read(
        said["statement"], typ="verification+jwt", now=utc_now()
    )
    assert (told["outcome"], told["jti"], told["aud"]) == (
        "valid",
        said["verification_id"],
        str(caller.actor.agency_id),
    )
    assert told["exp"] - told["iat"] == 86_400
    salt = urlsafe_b64decode(said["salt"] + "==")
    subject = f"{known.trainee.number}\0{known.trainee.name}\0\0".encode()
    digest = hashlib.sha256(salt + subject).digest()
    assert urlsafe_b64decode(told["subject"] + "=") == digest
    assert known.trainee.number not in str(told)
    assert (await ask(caller, known))["statement"] is None


async def test_rights_that_end_end_at_once(registry: Registry) -> None:
    """The token is remembered; whether it still counts is asked each time."""
    caller, known = await officer(registry), await lay_known(registry)
    await lay_record(registry, known, RECORD)
    assert (await ask(caller, known))["outcome"] == "valid"
    owner = await registry.owner()
    await owner.execute(
        "UPDATE principal SET tokens_not_before = clock_timestamp() + interval '1 second' WHERE principal_id = $1",
        caller.actor.principal_id,
    )
    before = await looks(registry, known)
    refused = await caller.post("/v1/verifications", json=known.asked())
    assert (refused.status_code, refused.json()["code"]) == (401, "token_no_longer_valid")
    assert await looks(registry, known) == before


async def test_who_may_not_ask_and_what_is_no_question(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    body = known.asked()
    reviewer = await registry.officer(Permission.REVIEW)
    assert (await reviewer.post("/v1/verifications", json=body)).status_code == 403
    assert (await registry.client.post("/v1/verifications", json=body)).status_code == 401
    assert (await caller.get("/v1/verifications")).status_code == 405
    assert codes(await caller.post("/v1/verifications?x=1", json=body)) == ["parameter_unknown"]
    assert codes(await caller.post("/v1/verifications", content=b"{")) == ["input_model_attributes_type"]
    json = {"Content-Type": "application/json"}
    assert codes(await caller.post("/v1/verifications", content=b"{", headers=json)) == ["input_json_invalid"]
    assert codes(await caller.post("/v1/verifications", content=b"", headers=json)) == ["input_missing"]
    for name in ("purpose", "case_number", "name", "identity_number"):
        less = {field: value for field, value in body.items() if field != name}
        answer = await caller.post("/v1/verifications", json=less)
        assert [reason["field"] for reason in answer.json()["reasons"]] == [name]
    both = known.asked(record_number=RECORD, certificate_number=CERTIFICATE)
    assert codes(await caller.post("/v1/verifications", json=both)) == ["input_value_error"]
    wrong = known.asked(identity_number=known.trainee.number[:17] + "Y")
    assert codes(await caller.post("/v1/verifications", json=wrong)) == ["identity_number_characters"]
    assert await looks(registry, known) == 0


async def test_budgets_are_shared_and_refuse(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    await lay_record(registry, known, RECORD)
    house = registry.house
    narrow = house.settings.model_copy(update={"officer_lookups_per_day": 5, "officer_misses_per_day": 3})
    processes = [Allowances(house.engines, narrow) for _ in range(2)]

    async def spend(at: int) -> bool:
        try:
            await processes[at % 2].spend(caller.actor, "inspection")
        except TooMany:
            return False
        return True

    granted = [await spend(at) for at in range(8)]
    assert Counter(granted)[True] <= 5
    assert Counter(granted)[True] >= 4, "a portion of one process may stay unused"
    for _ in range(3):
        await processes[0].spend(caller.actor, "complaint")
        processes[0].count_miss(caller.actor, "complaint")
    with pytest.raises(TooMany, match="lookup_misses_spent"):
        await processes[0].spend(caller.actor, "complaint")
    with pytest.raises(TooMany, match="lookup_misses_spent"):
        await processes[1].spend(caller.actor, "complaint")


async def test_a_spent_budget_is_a_429_that_says_when(registry: Registry) -> None:
    caller, known = await officer(registry), await lay_known(registry)
    allowances = registry.house.verifier._allowances
    allowances._budgets = dict.fromkeys(allowances._budgets, Budget(2, 100, 100))
    first = await caller.post("/v1/verifications", json=known.asked())
    assert first.status_code == 200
    for _ in range(5):  # the minute may end meanwhile
        refused = await caller.post("/v1/verifications", json=known.asked())
        if refused.status_code != 200:
            break
    assert (refused.status_code, codes(refused)) == (429, ["lookup_rate_exceeded"])
    assert 1 <= int(refused.headers["retry-after"]) <= 60


async def test_many_at_once_get_each_their_own_answer(registry: Registry) -> None:
    caller = await officer(registry)
    people = [
        await lay_known(registry, serial=910 + at, name=f"测试甲{'一二三四五六七八'[at]}") for at in range(8)
    ]
    for at, known in enumerate(people[:6]):
        await lay_record(registry, known, f"R110105-2026-0000001{at}-5")

    async def one(at: int) -> tuple[int, str, list[str]]:
        known = people[at % 8]
        said = await ask(caller, known)
        return at % 8, said["outcome"], [item["number"] for item in said["items"]]

    allowances = registry.house.verifier._allowances
    allowances._budgets = dict.fromkeys(allowances._budgets, Budget(10_000, 10_000, 10_000))
    for who, outcome, numbers in await asyncio.gather(*(one(at) for at in range(120))):
        expected = ("valid", [f"R110105-2026-0000001{who}-5"]) if who < 6 else ("not_found", [])
        assert (outcome, numbers) == expected
    assert [await looks(registry, known) for known in people] == [15] * 8
