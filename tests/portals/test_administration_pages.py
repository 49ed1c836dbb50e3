"""The registry administers itself on pages: other registries, systems, keys, payments closed after a restoration."""

import base64
import json
import re
from typing import Any

import pytest

from app.access.actor import AdministratorKind, Permission
from app.archive.records.rules import record_number
from app.exchange.peers.rules import thumbprint
from app.jobs.sealing import run_sealing
from tests.builders.decided_claims import officer
from tests.builders.verified import lay_known, lay_record
from tests.portals.form_client import FormClient, signed_in
from tests.registry_server import Registry

pytestmark = pytest.mark.anyio
SECRET = base64.b64encode(bytes(range(32))).decode()
REGISTRIES = "/office/administration/registries"
RULES = "/office/administration/asking-rules"
PEER = {
    "name": "测试省职业技能培训登记中心",
    "division_code": "上海市",
    "issuer": "https://registry.example.cn/",
    "base_url": "https://registry.example.cn",
    "token_secret": SECRET,
    "hourly_budget": "5000",
}


async def two(registry: Registry) -> list[FormClient]:
    return [
        await signed_in(registry, await registry.administrator(AdministratorKind.SECURITY)) for _ in range(2)
    ]


async def proposed(first: FormClient) -> str:
    made = await first.post(REGISTRIES, PEER, of=f"{REGISTRIES}/new")
    assert made.status_code == 303, made.text
    return str(made.headers["location"])


def key_of(registry: Registry) -> dict[str, Any]:
    return dict(registry.house.tokens.public_jwks()["keys"][0])


async def test_a_registry_of_another_region_takes_two_persons(registry: Registry) -> None:
    first, second = await two(registry)
    refused = await first.post(REGISTRIES, {**PEER, "token_secret": "短"}, of=f"{REGISTRIES}/new")
    assert refused.status_code == 422
    assert "32字节" in refused.text
    assert "短" not in refused.text.partition("<form")[2]
    peer = await proposed(first)
    page = (await first.get(peer)).text
    assert "上海市" in page
    assert "须由另一名安全管理员登录后确认" in page
    assert SECRET not in page
    own = await first.get(f"{peer}/confirm")
    assert "不能由您办理" in own.text
    forced = await first.post(f"{peer}/confirm", {}, of=REGISTRIES + "/new")
    assert (forced.status_code, "提出人不能自己确认" in forced.text) == (409, True)
    waiting = (await second.get("/office/administration")).text
    assert "1项等您确认" in waiting
    asked = (await second.get(f"{peer}/confirm")).text
    assert "每小时最多5,000次" in asked
    assert (await second.post(f"{peer}/confirm", {})).headers["location"] == peer
    assert "使用中" in (await second.get(peer)).text
    assert "项等您确认" not in (await second.get("/office/administration")).text
    assert (await first.post(f"{peer}/end", {})).status_code == 303
    assert "已停用" in (await first.get(REGISTRIES)).text


async def test_a_key_is_confirmed_by_its_thumbprint(registry: Registry) -> None:
    first, second = await two(registry)
    peer = await proposed(first)
    days = {"valid_from": "2026-01-01", "valid_until": "2099-01-01"}
    key = key_of(registry)
    bad = await first.post(f"{peer}/keys", {**days, "public_jwk": "{乱"}, of=f"{peer}/keys/new")
    assert (bad.status_code, "不是一把公钥" in bad.text) == (422, True)
    late = {"valid_from": "2026-01-02", "valid_until": "2026-01-01", "public_jwk": json.dumps(key)}
    assert "不晚于起点" in (await first.post(f"{peer}/keys", late, of=f"{peer}/keys/new")).text
    published = json.dumps({"keys": [key]})
    made = await first.post(f"{peer}/keys", {**days, "public_jwk": published}, of=f"{peer}/keys/new")
    assert made.status_code == 303, made.text
    path = f"{peer}/keys/{key['kid']}"
    assert "不能由您办理" in (await first.get(f"{path}/confirm")).text
    assert thumbprint(key) in (await second.get(f"{path}/confirm")).text
    assert (await second.post(f"{path}/confirm", {})).status_code == 303
    assert (await first.post(f"{path}/revoke", {})).status_code == 303
    again = await second.post(f"{path}/revoke", {})
    assert (again.status_code, "已作废" in again.text) == (409, True)
    assert (await first.get(f"{peer}/keys/unknown/revoke")).status_code == 404


def test_a_thumbprint_is_that_of_rfc_7638() -> None:
    public = {"kty": "EC", "crv": "P-256", "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0"}
    public["y"] = "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps"
    assert thumbprint({**public, "kid": "a"}) == thumbprint({**public, "use": "sig"})
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", thumbprint(public))


async def test_the_list_of_those_to_be_asked_begins_and_ends_by_two_persons(registry: Registry) -> None:
    first, second = await two(registry)
    peer_id = (await proposed(first)).rpartition("/")[2]
    rule = {
        "peer_id": peer_id,
        "kind": "skill_upgrade",
        "division_code": "北京市",
        "starts_on": "2026-01-01",
        "document": "两省数据共享协议",
        "clause": "第三条",
    }
    missing = await first.post(RULES, {**rule, "clause": "", "division_code": "火星"}, of=f"{RULES}/new")
    assert missing.status_code == 422
    assert "条款：缺少必填项" in missing.text
    assert "没有叫这个名称的地区" in missing.text
    assert (await first.post(RULES, rule, of=f"{RULES}/new")).headers["location"] == RULES
    listed = (await second.get(RULES)).text
    assert "技能提升补贴" in listed
    found = re.search(rf"{RULES}/([0-9a-f-]{{36}})/confirm", listed)
    assert found is not None
    path = f"{RULES}/{found[1]}"
    assert "不能由您办理" in (await first.get(f"{path}/confirm")).text
    assert "未经它确认的不能拨付" in (await second.get(f"{path}/confirm")).text
    assert (await second.post(f"{path}/confirm", {})).status_code == 303
    early = await first.post(f"{path}/end", {"ends_before": "2025-01-01"})
    assert (early.status_code, "停止日期早于开始日期" in early.text) == (409, True)
    assert (await first.post(f"{path}/end", {"ends_before": "2027-01-01"})).status_code == 303
    assert "不能由您办理" in (await first.get(f"{path}/confirm-end")).text
    assert (await second.post(f"{path}/confirm-end", {})).status_code == 303
    assert "已停用" in (await first.get(RULES)).text


async def test_a_system_is_shown_its_secret_once(registry: Registry) -> None:
    agency = await registry.agency()
    first, second = await two(registry)
    new = "/office/administration/clients/new"
    fields = {"agency_id": str(agency), "display_name": "资金管理系统", "permissions": "lookup"}
    made = await first.post("/office/administration/clients", fields, of=new)
    client, secret = re.findall(r'class="secret">([^<]+)<', made.text)
    assert "档案查询" in made.text
    granted = (await second.get("/office/administration/grants")).text
    assert "资金管理系统" in granted
    assert secret not in granted
    asked = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
    token = await registry.client.post("/v1/oauth/token", data=asked)
    assert token.status_code == 200


@pytest.mark.parametrize("is_compromised", ["false", "true"])
async def test_the_key_of_tokens_is_changed(registry: Registry, is_compromised: str) -> None:
    system = await signed_in(registry, await registry.administrator(AdministratorKind.SYSTEM))
    path = "/office/administration/signing-keys"
    before = key_of(registry)["kid"]
    unsaid = await system.post(path, {})
    assert (unsaid.status_code, "没有选择为什么更换" in unsaid.text) == (422, True)
    assert key_of(registry)["kid"] == before
    assert (await system.post(path, {"is_compromised": is_compromised})).headers["location"] == path
    names = [key["kid"] for key in registry.house.tokens.public_jwks()["keys"]]
    assert (before in names) == (is_compromised == "false")
    assert names[-1] in (await system.get(path)).text


async def test_payments_closed_after_a_restoration_open_by_two_officers(registry: Registry) -> None:
    owner = await registry.owner()
    payer, approver = [
        await signed_in(registry, await officer(registry, permission, division_code="000000"))
        for permission in (Permission.PAYMENT, Permission.APPROVAL)
    ]
    path = "/office/money/restorations"
    closed = await owner.fetchval("SELECT payments_closed()")
    await owner.execute(
        "SELECT notice_restoration('log', '{\"log_behind\": \"已公布到第9条，本地只到第5条\"}')"
    )
    for page in ("/office", "/office/money"):
        assert "付款通道已关闭" in (await payer.get(page)).text
    shown = (await approver.get(path)).text
    assert "本地日志落后于已经公布的日志" in shown
    assert "已公布到第9条" in shown
    assert "等待有拨付权限的经办人核对" in shown
    found = re.search(rf"{path}/([0-9a-f-]{{36}})/propose", (await payer.get(path)).text)
    assert found is not None
    one = f"{path}/{found[1]}"
    assert "还没有人提出核对结果" in (await approver.get(f"{one}/reopen")).text
    assert "核对结果：" in (await payer.post(f"{one}/propose", {"finding": ""})).text
    assert (await payer.post(f"{one}/propose", {"finding": "逐笔核对，没有遗失"})).status_code == 303
    assert "逐笔核对，没有遗失" in (await approver.get(f"{one}/reopen")).text
    done = await approver.post(f"{one}/reopen", {})
    assert done.status_code == 303, done.text
    assert await owner.fetchval("SELECT payments_closed()") == closed
    assert "逐笔核对，没有遗失" in (await payer.get(path)).text


async def test_a_queue_of_the_log_that_is_late_is_told_where_payments_are_explained(
    registry: Registry,
) -> None:
    payer = await signed_in(registry, await officer(registry, Permission.PAYMENT, division_code="000000"))
    page = "/office/money/restorations"
    await lay_record(registry, await lay_known(registry), record_number("110105", 2026, 1))
    await run_sealing(registry.house)
    assert "付款通道开放" in (await payer.get(page)).text
    await lay_record(registry, await lay_known(registry, 902), record_number("110105", 2026, 2))
    await registry.advance(seconds=600)
    assert "超过了300秒没有封存" in (await payer.get(page)).text
