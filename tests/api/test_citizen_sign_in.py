"""Citizens sign in through the gateway of the social-security card and are the same person each time."""

import asyncio

import httpx
import pytest

from tests.builders.accounts import (
    me,
)
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio


async def citizen_callback(registry: Registry, number: str, **login: str) -> dict[str, str]:
    """Start a sign-in and let the sandbox's card holder agree; the callback's parameters."""
    started = await registry.client.post("/v1/citizen-sign-ins")
    assert started.status_code == 201
    answer = registry.sandbox.control.post(
        "/oidc/sandbox-login",
        json={
            "authorization_url": started.json()["authorization_url"],
            "social_security_number": number,
            **login,
        },
    )
    query = httpx.URL(answer.json()["redirect_to"]).params
    assert query["state"] == started.json()["state"]
    return {name: query[name] for name in ("state", "code", "iss")}


async def complete(registry: Registry, callback: dict[str, str]) -> httpx.Response:
    return await registry.client.post("/v1/citizen-sign-ins:complete", json=callback)


async def test_a_citizen_signs_in_and_is_the_same_person_again(registry: Registry) -> None:
    number = registry.sandbox.person()["social_security_number"]
    people = []
    for _ in range(2):
        answer = await complete(registry, await citizen_callback(registry, number))
        assert answer.status_code == 200, answer.text
        shown = (await me(registry, answer.json()["access_token"])).json()
        assert (shown["kind"], shown["display_name"]) == ("citizen", "劳动者")
        people.append((shown["principal_id"], shown["person_id"]))
    assert people[0] == people[1]
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM person") == 1
    checks = await owner.fetch("SELECT outcome, source FROM identity_check")
    assert [tuple(check) for check in checks] == [("matched", "citizen_sign_in")]
    assert await owner.fetchval("SELECT count(*) FROM person_name") == 1


async def test_two_first_sign_ins_at_once_make_one_person(registry: Registry) -> None:
    number = registry.sandbox.person(offset=1)["social_security_number"]
    callbacks = [await citizen_callback(registry, number) for _ in range(3)]
    answers = await asyncio.gather(*(complete(registry, callback) for callback in callbacks))
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM citizen_principal") == 1
    assert await owner.fetchval("SELECT count(*) FROM principal WHERE kind = 'citizen'") == 1


async def test_a_lost_card_signs_in_but_proves_nothing(registry: Registry) -> None:
    number = registry.sandbox.person(state="card_lost")["social_security_number"]
    answer = await complete(registry, await citizen_callback(registry, number))
    assert answer.status_code == 200
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM identity_check") == 0


async def test_a_callback_serves_once_for_ten_minutes_and_for_its_own_state(registry: Registry) -> None:
    number = registry.sandbox.person()["social_security_number"]
    callback = await citizen_callback(registry, number)
    assert codes(await complete(registry, callback | {"state": "x" * 43})) == ["citizen_sign_in_outdated"]
    assert (await complete(registry, callback)).status_code == 200
    assert codes(await complete(registry, callback)) == ["citizen_sign_in_outdated"]
    late = await citizen_callback(registry, number)
    await registry.advance(minutes=10)
    assert codes(await complete(registry, late)) == ["citizen_sign_in_outdated"]


async def test_a_low_assurance_and_a_foreign_issuer_are_refused(registry: Registry) -> None:
    number = registry.sandbox.person()["social_security_number"]
    low = await complete(registry, await citizen_callback(registry, number, assurance="basic"))
    assert codes(low) == ["citizen_assurance_too_low"]
    callback = await citizen_callback(registry, number)
    foreign = await complete(registry, callback | {"iss": "https://attacker.test"})
    assert codes(foreign) == ["citizen_sign_in_outdated"]


async def test_a_gateway_that_is_down_is_said_and_nothing_is_stored(registry: Registry) -> None:
    callback = await citizen_callback(registry, registry.sandbox.person()["social_security_number"])
    registry.sandbox.behave("citizen_identity", down=True)
    try:
        answer = await complete(registry, callback)
    finally:
        registry.sandbox.behave("citizen_identity")
    assert (answer.status_code, codes(answer)) == (503, ["citizen_identity_unavailable"])
    owner = await registry.owner()
    assert await owner.fetchval("SELECT count(*) FROM person") == 0


async def test_a_suspended_citizen_is_told(registry: Registry) -> None:
    number = registry.sandbox.person()["social_security_number"]
    assert (await complete(registry, await citizen_callback(registry, number))).status_code == 200
    owner = await registry.owner()
    await owner.execute("UPDATE principal SET suspended_at = now() WHERE kind = 'citizen'")
    answer = await complete(registry, await citizen_callback(registry, number))
    assert codes(answer) == ["citizen_account_suspended"]
