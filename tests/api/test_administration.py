"""三员 at work: two administrators for every right, accounts of institutions, suspension, lost factors, the trail."""

from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest

from app.access.actor import AdministratorKind, Permission
from tests.builders.accounts import (
    activated,
    invited_officer,
    me,
    officer_account,
    refresh,
    token,
)
from tests.registry_server import Caller, Registry, codes

pytestmark = pytest.mark.anyio
SECURITY, SYSTEM, AUDIT = AdministratorKind.SECURITY, AdministratorKind.SYSTEM, AdministratorKind.AUDIT


async def two_security_administrators(registry: Registry) -> tuple[Caller, Caller]:
    return await registry.administrator(SECURITY), await registry.administrator(SECURITY)


async def grants_of(security: Caller, principal_id: str) -> list[dict[str, Any]]:
    answer = await security.get("/v1/permission-grants", params={"principal_id": principal_id})
    return answer.json()["items"]


async def confirm(security: Caller, grant: dict[str, Any]) -> httpx.Response:
    return await security.post(f"/v1/permission-grants/{grant['grant_id']}:confirm")


async def rights(registry: Registry, access_token: str) -> list[str]:
    return (await me(registry, access_token)).json()["permissions"]


async def institution(registry: Registry, division_code: str = "110105") -> str:
    owner = await registry.owner()
    system = "00000000-0000-7000-8000-000000000001"
    return str(
        await owner.fetchval(
            "INSERT INTO training_institution (unified_social_credit_code, name, kind, division_code, address,"
            " contact_phone, registered_by) VALUES ($1, '测试职业培训学校', 'training_school', $2, '测试路1号',"
            " '010-00000000', $3) RETURNING institution_id",
            "52110105MJ00000000",
            division_code,
            system,
        )
    )


async def test_a_right_holds_once_a_second_administrator_confirmed_it_and_dies_at_once(
    registry: Registry,
) -> None:
    first, second = await two_security_administrators(registry)
    account = await activated(registry, await invited_officer(registry, Permission.FILING, by=first))
    issued = (await account.sign_in()).json()
    assert await rights(registry, issued["access_token"]) == []
    (grant,) = await grants_of(first, account.principal_id)
    assert grant["state"] == "proposed"

    own = await confirm(first, grant)
    assert (own.status_code, codes(own)) == (409, ["second_person_required"])
    assert (await confirm(second, grant)).json()["state"] == "confirmed"
    assert (await me(registry, issued["access_token"])).status_code == 401
    issued = (await refresh(registry, issued["refresh_token"])).json()
    assert await rights(registry, issued["access_token"]) == ["filing"]

    again = await confirm(first, grant)
    assert codes(again) == ["permission_grant_not_open", "second_person_required"]
    revoked = await first.post(f"/v1/permission-grants/{grant['grant_id']}:revoke")
    assert revoked.json()["state"] == "revoked"
    assert (await me(registry, issued["access_token"])).status_code == 401
    issued = (await refresh(registry, issued["refresh_token"])).json()
    assert await rights(registry, issued["access_token"]) == []
    repeated = await second.post(f"/v1/permission-grants/{grant['grant_id']}:revoke")
    assert codes(repeated) == ["permission_grant_ended"]


async def test_the_same_right_is_not_proposed_twice_while_it_lives(registry: Registry) -> None:
    first, _ = await two_security_administrators(registry)
    invitation = await invited_officer(registry, by=first)
    body = {"principal_id": invitation["principal_id"], "permission": "lookup"}
    grant = await first.post("/v1/permission-grants", json=body)
    assert grant.status_code == 201
    assert codes(await first.post("/v1/permission-grants", json=body)) == ["permission_already_granted"]
    await first.post(f"/v1/permission-grants/{grant.json()['grant_id']}:revoke")
    assert (await first.post("/v1/permission-grants", json=body)).status_code == 201
    listed = await first.get("/v1/permission-grants", params={"state": "revoked"})
    assert [each["grant_id"] for each in listed.json()["items"]] == [grant.json()["grant_id"]]


@pytest.mark.parametrize("office", list(AdministratorKind))
async def test_administrators_hold_no_business_right(registry: Registry, office: AdministratorKind) -> None:
    first, _ = await two_security_administrators(registry)
    administrator = await registry.administrator(office)
    body = {"principal_id": str(administrator.actor.principal_id), "permission": "payment"}
    answer = await first.post("/v1/permission-grants", json=body)
    assert codes(answer) == ["permission_holder_not_agency"]
    owner = await registry.owner()
    with pytest.raises(asyncpg.CheckViolationError, match="permission_grant_business_only"):
        await owner.execute(
            "INSERT INTO permission_grant (principal_id, principal_kind, permission, proposed_by)"
            " VALUES ($1, 'administrator', 'payment', $2)",
            administrator.actor.principal_id,
            first.actor.principal_id,
        )


async def test_a_repeated_request_repeats_the_account_but_not_the_secret(registry: Registry) -> None:
    first, _ = await two_security_administrators(registry)
    agency_id = str(await registry.agency())
    key = {"Idempotency-Key": "opening-one-account"}
    officer = {"agency_id": agency_id, "login_name": "li.hua", "display_name": "李华"}
    answers = [await first.post("/v1/officers", json=officer, headers=key) for _ in range(2)]
    assert answers[0].json()["activation_code"]
    assert answers[1].json() == {**answers[0].json(), "activation_code": None}
    assert answers[1].headers["idempotency-replayed"] == "true"
    client = {"agency_id": agency_id, "display_name": "核验系统", "permissions": ["lookup"]}
    key = {"Idempotency-Key": "opening-one-client"}
    answers = [await first.post("/v1/agency-clients", json=client, headers=key) for _ in range(2)]
    assert answers[1].json() == {**answers[0].json(), "client_secret": None}
    taken = await first.post("/v1/officers", json=officer)
    assert codes(taken) == ["login_name_taken"]


async def test_officers_are_listed_page_by_page(registry: Registry) -> None:
    first, _ = await two_security_administrators(registry)
    for name in ("an.yi", "bo.er", "chen.san"):
        await invited_officer(registry, Permission.REVIEW, login_name=name, by=first)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = (
            await first.get("/v1/officers", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        ).json()
        seen += [officer["login_name"] for officer in page["items"]]
        assert all([grant["permission"] for grant in each["grants"]] == ["review"] for each in page["items"])
        assert not any(officer["is_activated"] for officer in page["items"])
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["an.yi", "bo.er", "chen.san"]


async def test_suspension_takes_everything_at_once(registry: Registry) -> None:
    first, _ = await two_security_administrators(registry)
    account = await officer_account(registry)
    issued = (await account.sign_in()).json()
    address = f"/v1/principals/{account.principal_id}"
    assert (await first.post(f"{address}:suspend", json={"reason": "调离岗位"})).status_code == 204
    assert (await me(registry, issued["access_token"])).status_code == 401
    assert (await refresh(registry, issued["refresh_token"])).status_code == 401
    code = account.code()
    assert (await account.sign_in(totp=code)).status_code == 401
    assert codes(await first.post(f"{address}:suspend", json={"reason": "重复"})) == ["principal_suspended"]
    assert (await first.post(f"{address}:restore", json={"reason": "查明无误"})).status_code == 204
    assert (await refresh(registry, issued["refresh_token"])).status_code == 401
    await registry.advance(minutes=1)
    assert (await account.sign_in(totp=code)).status_code == 200
    assert codes(await first.post(f"{address}:restore", json={"reason": "重复"})) == [
        "principal_not_suspended"
    ]


async def test_nobody_decides_on_oneself_and_the_registry_cannot_be_suspended(registry: Registry) -> None:
    first, _ = await two_security_administrators(registry)
    own = await first.post(f"/v1/principals/{first.actor.principal_id}:suspend", json={"reason": "试试"})
    assert codes(own) == ["own_account"]
    for other in ("00000000-0000-7000-8000-000000000001", str(uuid4())):
        answer = await first.post(f"/v1/principals/{other}:suspend", json={"reason": "试试"})
        assert answer.status_code == 404


async def test_an_identity_number_in_a_reason_is_refused(registry: Registry) -> None:
    first, _ = await two_security_administrators(registry)
    invitation = await invited_officer(registry, by=first)
    reason = {"reason": "证件号110105194910010018"}
    answer = await first.post(f"/v1/principals/{invitation['principal_id']}:suspend", json=reason)
    assert codes(answer) == ["identity_number_in_text"]
    assert "19491001" not in answer.text


async def reset(security: Caller, principal_id: str) -> dict[str, Any]:
    body = {"principal_id": principal_id, "reason": "手机遗失，已当面核对工作证"}
    answer = await security.post("/v1/second-factor-resets", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_lost_second_factor_needs_two_administrators_and_ends_the_old_one(registry: Registry) -> None:
    first, second = await two_security_administrators(registry)
    lost = await officer_account(registry)
    issued = (await lost.sign_in()).json()
    proposal = await reset(first, lost.principal_id)
    address = f"/v1/second-factor-resets/{proposal['activation_id']}:confirm"
    assert codes(await first.post(address)) == ["second_person_required"]
    assert (await me(registry, issued["access_token"])).status_code == 200
    confirmed = await second.post(address)
    assert confirmed.status_code == 200
    assert (await me(registry, issued["access_token"])).status_code == 401
    assert (await refresh(registry, issued["refresh_token"])).status_code == 401
    assert codes(await second.post(address)) == ["second_factor_reset_not_open"]
    found = await activated(registry, confirmed.json(), "another long pass phrase")
    assert found.totp_secret != lost.totp_secret
    assert (await found.sign_in()).status_code == 200
    assert (await lost.sign_in()).status_code == 401


async def test_a_reset_is_confirmed_within_a_day_and_never_by_its_subject(registry: Registry) -> None:
    first, second = await two_security_administrators(registry)
    owner = await registry.owner()
    await owner.execute(
        "INSERT INTO password_credential (principal_id, login_name) VALUES ($1, 'security-two')",
        second.actor.principal_id,
    )
    proposal = await reset(first, str(second.actor.principal_id))
    address = f"/v1/second-factor-resets/{proposal['activation_id']}:confirm"
    assert codes(await second.post(address)) == ["own_account"]
    await registry.advance(hours=24)
    assert codes(await second.post(address)) == ["second_factor_reset_not_open", "own_account"]
    body = {"principal_id": str(await _client_principal(first, registry)), "reason": "密钥遗失"}
    answer = await first.post("/v1/second-factor-resets", json=body)
    assert codes(answer) == ["principal_without_password"]


async def _client_principal(security: Caller, registry: Registry) -> str:
    body = {"agency_id": str(await registry.agency()), "display_name": "核验系统"}
    return (await security.post("/v1/agency-clients", json=body)).json()["principal_id"]


async def test_a_first_code_is_not_confirmed_as_a_reset(registry: Registry) -> None:
    first, second = await two_security_administrators(registry)
    await invited_officer(registry, by=first)
    owner = await registry.owner()
    activation = await owner.fetchval("SELECT activation_id FROM activation")
    assert (await second.post(f"/v1/second-factor-resets/{activation}:confirm")).status_code == 404


async def test_an_institution_gets_operators_and_systems_from_its_own_area_only(registry: Registry) -> None:
    institution_id = await institution(registry)
    near = await registry.officer(Permission.DIRECTORY, division_code="110000")
    far = await registry.officer(Permission.DIRECTORY, division_code="310000")
    operator = {"login_name": "wang.fang", "display_name": "王芳"}
    address = f"/v1/institutions/{institution_id}"
    unknown = await near.post(f"/v1/institutions/{uuid4()}/operators", json=operator)
    elsewhere = await far.post(f"{address}/operators", json=operator)
    assert unknown.status_code == elsewhere.status_code == 404
    assert unknown.json() | {"request_id": 0} == elsewhere.json() | {"request_id": 0}

    invited = await near.post(f"{address}/operators", json=operator)
    assert invited.status_code == 201, invited.text
    account = await activated(registry, invited.json())
    shown = (await me(registry, (await account.sign_in()).json()["access_token"])).json()
    assert (shown["kind"], shown["institution_id"]) == ("institution_operator", institution_id)

    assert (await far.post(f"{address}/clients", json={"display_name": "教务系统"})).status_code == 404
    client = (await near.post(f"{address}/clients", json={"display_name": "教务系统"})).json()
    issued = await token(
        registry,
        grant_type="client_credentials",
        client_id=client["client_id"],
        client_secret=client["client_secret"],
    )
    shown = (await me(registry, issued.json()["access_token"])).json()
    assert (shown["kind"], shown["institution_id"]) == ("institution_client", institution_id)


TAKE_OVERS = {
    "a second first code": "INSERT INTO activation (principal_id, purpose, code_digest, expires_at)"
    " VALUES ($1, 'first_sign_in', sha256('x'), now() + interval '1 day')",
    "a reset with a code": "INSERT INTO activation (principal_id, purpose, code_digest, expires_at)"
    " VALUES ($1, 'second_factor_lost', sha256('x'), now() + interval '1 day')",
    "a confirmed reset": "INSERT INTO activation (principal_id, purpose, code_digest, proposed_by, confirmed_by,"
    " expires_at) VALUES ($1, 'second_factor_lost', sha256('x'), $1, $1, now())",
    "another code": "UPDATE activation SET code_digest = sha256('x') WHERE principal_id = $1",
    "another password": "UPDATE password_credential SET password_hash = '$argon2id$x' WHERE principal_id = $1",
    "a permission": "INSERT INTO permission_grant (principal_id, principal_kind, permission, proposed_by)"
    " VALUES ($1, 'officer', 'payment', $1)",
    "an office": "INSERT INTO administrator_assignment (principal_id, kind) VALUES ($1, 'security')",
    "the stored secrets": "SELECT password_hash FROM password_credential WHERE principal_id = $1",
    "the signing keys": "SELECT private_key_sealed FROM signing_key WHERE $1::uuid IS NOT NULL",
    "a life after suspension": "UPDATE principal SET suspended_at = NULL WHERE principal_id = $1",
}


@pytest.mark.parametrize("name", TAKE_OVERS)
@pytest.mark.parametrize("role", ["app_agency", "app_inst", "app_citizen", "app_public"])
async def test_no_channel_takes_over_an_account_in_sql(registry: Registry, name: str, role: str) -> None:
    account = await invited_officer(registry)
    attacker = await asyncpg.connect(registry.cluster.dsn(role, registry.database))
    try:
        with pytest.raises(asyncpg.PostgresError) as refused:
            await attacker.execute(TAKE_OVERS[name], account["principal_id"])
    finally:
        await attacker.close()
    assert refused.value.sqlstate in {"42501", "23505", "23514"}


async def test_a_second_secret_for_a_system_is_refused_in_sql(registry: Registry) -> None:
    first, _ = await two_security_administrators(registry)
    principal_id = await _client_principal(first, registry)
    attacker = await asyncpg.connect(registry.cluster.dsn("app_agency", registry.database))
    try:
        with pytest.raises(asyncpg.UniqueViolationError, match="client_credential_live"):
            await attacker.execute(
                "INSERT INTO client_credential (client_id, principal_id, principal_kind, secret_digest)"
                " SELECT 'c', principal_id, kind, sha256('s') FROM principal WHERE principal_id = $1",
                principal_id,
            )
    finally:
        await attacker.close()


async def test_agencies_are_registered_with_every_defect_said_at_once(registry: Registry) -> None:
    system = await registry.administrator(SYSTEM)
    body: dict[str, Any] = {"name": "北京市人力资源和社会保障局", "division_code": "110000"}
    city = await system.post("/v1/agencies", json=body)
    assert city.status_code == 201
    wrong = {"name": "某局", "division_code": "119999", "parent_id": str(uuid4())}
    assert codes(await system.post("/v1/agencies", json=wrong)) == [
        "division_not_in_force",
        "parent_agency_unknown",
    ]
    elsewhere = {"name": "某局", "division_code": "310000", "parent_id": city.json()["agency_id"]}
    assert codes(await system.post("/v1/agencies", json=elsewhere)) == ["parent_agency_elsewhere"]
    below = {"name": "朝阳区局", "division_code": "110105", "parent_id": city.json()["agency_id"]}
    assert (await system.post("/v1/agencies", json=below)).status_code == 201
    assert codes(await system.post("/v1/agencies", json=body)) == ["agency_name_taken"]
    page = (await registry.client.get("/v1/agencies", params={"limit": 1})).json()
    rest = (await registry.client.get("/v1/agencies", params={"cursor": page["next_cursor"]})).json()
    assert [each["name"] for each in page["items"] + rest["items"]] == [body["name"], "朝阳区局"]


async def test_the_audit_administrator_reads_who_did_what_page_by_page(registry: Registry) -> None:
    first, second = await two_security_administrators(registry)
    account = await activated(registry, await invited_officer(registry, Permission.FILING, by=first))
    await account.sign_in()
    await account.sign_in(password="wrong wrong wrong")
    (grant,) = await grants_of(first, account.principal_id)
    await confirm(second, grant)
    auditor = await registry.administrator(AUDIT)
    everything = await auditor.get("/v1/audit-events", params={"subject_id": account.principal_id})
    assert [event["action"] for event in everything.json()["items"]] == [
        "permission:confirmed",
        "sign_in:refused",
        "sign_in:succeeded",
        "activation:redeemed",
        "permission:proposed",
        "officer:proposed",
    ]
    confirmed = everything.json()["items"][0]
    assert confirmed["principal_id"] == str(second.actor.principal_id)
    assert confirmed["request_id"]
    page = await auditor.get(
        "/v1/audit-events", params={"principal_id": str(first.actor.principal_id), "limit": 1}
    )
    rest = await auditor.get(
        "/v1/audit-events",
        params={"principal_id": str(first.actor.principal_id), "cursor": page.json()["next_cursor"]},
    )
    acts = [event["action"] for answer in (page, rest) for event in answer.json()["items"]]
    assert acts == ["permission:proposed", "officer:proposed"]
    before = {"until": "2020-01-01T00:00:00+08:00"}
    assert (await auditor.get("/v1/audit-events", params=before)).json()["items"] == []
    assert (await auditor.get("/v1/audit-events", params={"cursor": "bm90aGluZw"})).status_code == 422
