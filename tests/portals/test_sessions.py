"""Sessions behind cookies: opened by credentials, over when they should be, and nothing typed is lost with them."""

import base64
import dataclasses
import re
from uuid import uuid4

import pytest
from starlette.requests import Request

from app.access.actor import Actor, PrincipalKind
from app.access.roles import roles_of
from app.kernel.errors import Refused
from app.web.idempotency import Replayed
from app.web.pages import cookies
from app.web.pages.page import Page
from app.web.pages.typed import Typed
from app.web.pages.visitor import find_visitor
from tests.builders.accounts import PASSWORD, Account, invited_officer, officer_account
from tests.builders.decided_claims import grant
from tests.builders.directory import ready_directory
from tests.builders.openings import draft_opening
from tests.portals.form_client import FormClient, hidden_fields
from tests.registry_server import Registry, codes

pytestmark = pytest.mark.anyio

OTHER_PASSWORD = "battery staple correct horse"


async def signed_in(account: Account, password: str = PASSWORD) -> FormClient:
    """A browser that has signed in by the form."""
    client = FormClient(account.registry)
    form = {"login_name": account.login_name, "password": password, "totp": account.code()}
    answer = await client.post("/sign-in/officer", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/office"), answer.text
    return client


async def is_in(client: FormClient) -> bool:
    return (await client.get("/account")).status_code == 200


async def test_an_activated_officer_signs_in_and_out(registry: Registry) -> None:
    account = await officer_account(registry)
    client = await signed_in(account)
    page = await client.get("/office")
    assert page.status_code == 200
    assert "李华" in page.text
    owner = await registry.owner()
    assert (
        await owner.fetchval("SELECT cookie_digest FROM browser_session")
        != client.cookies["session"].encode()
    )
    answer = await client.post("/sign-out", {}, of="/account")
    assert answer.headers["location"] == "/signed-out"
    assert "session" not in client.cookies
    events = await owner.fetch("SELECT action FROM audit_event ORDER BY event_id")
    assert [event["action"] for event in events][-2:] == ["sign_in:succeeded", "browser:signed_out"]


async def test_a_cookie_taken_before_signing_out_opens_nothing(registry: Registry) -> None:
    client = await signed_in(await officer_account(registry))
    taken = FormClient(registry, dict(client.cookies))
    await client.post("/sign-out", {}, of="/account")
    assert not await is_in(taken)


async def test_wrong_credentials_are_refused_in_the_words_of_the_api(registry: Registry) -> None:
    account = await officer_account(registry)
    client = FormClient(registry)
    form = {"login_name": account.login_name, "password": "wrong", "totp": "000000"}
    answer = await client.post("/sign-in/officer", form)
    assert answer.status_code == 401
    assert "登录名、口令或动态口令不正确" in answer.text
    assert f'value="{account.login_name}"' in answer.text
    assert "wrong" not in answer.text
    empty = await client.post("/sign-in/officer", {})
    assert empty.status_code == 422
    assert all(f"没有填写{label}" in empty.text for label in ("登录名", "口令", "动态口令"))


async def test_signing_in_leads_on_to_where_one_was_going_but_never_elsewhere(registry: Registry) -> None:
    account = await officer_account(registry)
    for wanted, location in (
        ("/account", "/account"),
        ("https://elsewhere.test/", "/office"),
        ("//elsewhere.test/", "/office"),
        ("///elsewhere.test/", "/office"),
        ("/\\elsewhere.test", "/office"),
    ):
        form = {
            "login_name": account.login_name,
            "password": PASSWORD,
            "totp": account.code(),
            "next": wanted,
        }
        await (await registry.owner()).execute("UPDATE totp_credential SET last_used_step = 0")
        answer = await FormClient(registry).post("/sign-in/officer", form)
        assert answer.headers["location"] == location, answer.text
        account._last_step = 0


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE browser_session SET last_seen_at = last_seen_at - interval '31 minutes'",
        "UPDATE browser_session SET opened_at = opened_at - interval '13 h', expires_at = expires_at - interval '13 h'",
        "UPDATE principal SET suspended_at = now() WHERE kind = 'officer'",
    ],
    ids=["idle", "twelve hours", "suspended"],
)
async def test_a_session_is_over(registry: Registry, end: str) -> None:
    client = FormClient(registry)
    await client.sign_in(await registry.officer())
    assert await is_in(client)
    await (await registry.owner()).execute(end)
    answer = await client.get("/office")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in/officer?next=%2Foffice&over=1"


async def test_rights_are_those_of_now(registry: Registry) -> None:
    """A page of a permission opens and closes with it, without signing in anew."""
    security = [await registry.administrator("security") for _ in range(2)]
    officer = await registry.officer()
    client = FormClient(registry)
    await client.sign_in(officer)
    assert "权限" not in (await client.get("/account")).text
    body = {"principal_id": str(officer.actor.principal_id), "permission": "review"}
    granted = await security[0].post("/v1/permission-grants", json=body)
    await security[1].post(f"/v1/permission-grants/{granted.json()['grant_id']}:confirm")
    assert "申领审核" in (await client.get("/account")).text


async def test_another_password_ends_every_session(registry: Registry) -> None:
    account = await officer_account(registry)
    client, elsewhere = FormClient(registry), FormClient(registry)
    caller = registry.sign_in(
        Actor(account.principal_id, PrincipalKind.OFFICER)  # type: ignore[arg-type]
    )
    await client.sign_in(caller)
    await elsewhere.sign_in(caller)
    form = {"current_password": "wrong one", "password": OTHER_PASSWORD, "totp": account.code()}
    refused = await client.post("/account/password", form, of="/account")
    assert refused.status_code == 422
    assert "现用口令或动态口令不正确" in refused.text
    short = await client.post("/account/password", {**form, "password": "short"}, of="/account")
    assert "口令少于12个字符" in short.text
    await registry.advance(minutes=1)
    form = {"current_password": PASSWORD, "password": OTHER_PASSWORD, "totp": account.code()}
    changed = await client.post("/account/password", form, of="/account")
    assert changed.status_code == 303, changed.text
    assert not await is_in(elsewhere)
    await (await registry.owner()).execute("UPDATE totp_credential SET last_used_step = 0")
    account._last_step = 0
    assert await is_in(await signed_in(account, OTHER_PASSWORD))


async def test_signing_out_everywhere_ends_tokens_too(registry: Registry) -> None:
    officer = await registry.officer()
    here, there = FormClient(registry), FormClient(registry)
    await here.sign_in(officer)
    await there.sign_in(officer)
    await here.post("/account/sign-out-everywhere", {}, of="/account")
    assert not await is_in(there)
    assert codes(await officer.get("/v1/me")) == []
    assert (await officer.get("/v1/me")).status_code == 401


async def test_what_was_typed_when_the_session_ran_out_comes_back_to_its_author(registry: Registry) -> None:
    officer = await registry.officer()
    client = FormClient(registry)
    await client.sign_in(officer)
    marks = await client.marks("/account")
    owner = await registry.owner()
    await owner.execute("UPDATE browser_session SET last_seen_at = last_seen_at - interval '1 hour'")
    typed = {**marks, "reason": "缺少教师资格证明", "password": "never kept"}
    answer = await client.post_as_is("/drafts", typed)
    kept = re.fullmatch(r"/sign-in\?next=(%2Fkept%2F[0-9a-f-]+)&over=1", answer.headers["location"])
    assert kept, answer.headers["location"]
    path = kept[1].replace("%2F", "/")
    sealed = await owner.fetchval("SELECT fields_sealed FROM form_draft")
    assert "教师".encode() not in sealed
    again, stranger = FormClient(registry), FormClient(registry)
    await again.sign_in(officer)
    page = await again.get(path)
    assert page.status_code == 200
    assert 'value="缺少教师资格证明"' in page.text
    assert "never kept" not in page.text
    assert 'action="/drafts"' in page.text
    await stranger.sign_in(await registry.officer())
    assert (await stranger.get(path)).status_code == 404


async def test_a_form_whose_cookie_is_gone_is_shown_again(registry: Registry) -> None:
    client = FormClient(registry)
    marks = await client.marks("/sign-in/officer")
    client.cookies.clear()
    answer = await client.post_as_is(
        "/sign-in/officer", {**marks, "login_name": "li.hua", "password": "secret one"}
    )
    assert answer.status_code == 403
    assert 'value="li.hua"' in answer.text
    assert "secret one" not in answer.text


async def test_what_was_typed_before_signing_out_elsewhere_is_not_lost(registry: Registry) -> None:
    account = await officer_account(registry)
    client = await signed_in(account)
    path = f"/office/openings/{uuid4()}/return"
    typed = {**(await client.marks("/account")), "reasons": "缺少教师资格证明"}
    other_tab = FormClient(registry, client.cookies)
    await other_tab.post("/sign-out", {}, of="/account")
    for _ in range(2):  # whoever does not sign in first is told again
        answer = await client.post_as_is(path, typed)
        assert answer.status_code == 403
        assert 'href="/sign-in/officer" target="_blank"' in answer.text
        typed = hidden_fields(answer.text)
        assert typed["reasons"] == "缺少教师资格证明"
    await client.sign_in(await registry.officer())
    answer = await client.post_as_is(path, typed)
    assert 'target="_blank"' not in answer.text
    assert hidden_fields(answer.text)["reasons"] == "缺少教师资格证明"


async def test_a_class_of_many_sessions_is_one_form(registry: Registry) -> None:
    draft = await draft_opening(registry)
    path = f"/institution/openings/{draft.opening_id}/sessions"
    client = FormClient(registry)
    await client.sign_in(draft.operator)
    names = ("on", "starts_at", "ends_at", "teacher_id", "hours_kind", "delivery", "venue")
    many = {f"sessions.{row}.{name}": "在" for row in range(200) for name in names}
    answer = await client.post(path, many)
    assert answer.status_code == 422
    assert "第200次课" in answer.text


async def test_a_form_sent_twice_has_one_effect(registry: Registry) -> None:
    officer = await registry.officer()
    client = FormClient(registry)
    await client.sign_in(officer)

    async def send(content: str) -> str:
        page = await page_of(registry, client, officer.actor, Typed([("_once", "one"), ("name", content)]))
        try:
            async with page.act() as act:
                act.go(f"/office/{content}-{await made(registry)}", said="已办")
        except Replayed as replayed:
            return f"again {replayed.response.headers['location']}"
        return act.location

    first = await send("a")
    assert await send("a") == f"again {first}"
    assert not (await send("b")).startswith("again")
    with pytest.raises(Refused):
        await refuse_within(registry, client, officer.actor)
    assert not (await send("c")).startswith("again")


async def made(registry: Registry) -> int:
    return int(await (await registry.owner()).fetchval("SELECT count(*) FROM idempotency_key"))


async def refuse_within(registry: Registry, client: FormClient, actor: Actor) -> None:
    """A refusal leaves the key free: mended and sent again, the form counts as new."""
    page = await page_of(registry, client, actor, Typed([("_once", "one"), ("name", "c")]))
    async with page.act():
        raise Refused


async def page_of(registry: Registry, client: FormClient, actor: Actor, typed: Typed) -> Page:
    """The page object that a POST of this browser would be given."""
    cookie = f"{cookies.SESSION}={client.cookies['session']}".encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/office",
        "headers": [(b"cookie", cookie)],
        "app": registry.app,
        "query_string": b"",
        "state": {"request_id": "test"},
    }
    request = Request(scope)
    visitor = await find_visitor(request, registry.house)
    return Page(request, registry.house, visitor, roles_of(actor) - {"public"}, typed)


async def test_a_secret_shown_once_is_made_once(registry: Registry) -> None:
    directory = await ready_directory(registry)
    client = FormClient(registry)
    await grant(registry, directory.officer)
    await client.sign_in(directory.officer)
    form = f"/office/directory/{directory.institution_id}/accounts"
    typed = {**(await client.marks(form)), "display_name": "教务系统"}
    path = f"/office/directory/{directory.institution_id}/clients"
    first, again = [await client.post_as_is(path, typed) for _ in range(2)]
    assert "离开本页后不能再看到密钥" in first.text
    assert (again.status_code, again.headers["location"]) == (303, form)
    assert "没有重复登记" in (await client.get(form)).text


async def test_an_account_is_activated_once_by_the_form(registry: Registry) -> None:
    code = (await invited_officer(registry))["activation_code"]
    client = FormClient(registry)
    form = {"code": code, "password": PASSWORD, "password_again": PASSWORD + "x"}
    differs = await client.post("/activation", form)
    assert "两次输入的口令不一致" in differs.text
    shown = await client.post("/activation", {**form, "password_again": PASSWORD})
    assert shown.status_code == 200
    assert "密钥只显示这一次" in shown.text
    assert 'class="qr"' in shown.text
    again = await client.post("/activation", {**form, "password_again": PASSWORD})
    assert again.status_code == 409
    assert "激活码不正确、已使用或已过期" in again.text


async def test_over_https_the_cookie_is_bound_to_the_host_and_browsers_stay_with_https(
    registry: Registry,
) -> None:
    house = registry.house
    secure = dataclasses.replace(
        house, settings=house.settings.model_copy(update={"issuer": "https://registry.test"})
    )
    registry.app.state.house = secure
    try:
        answer = await registry.client.get("/sign-in/officer")
    finally:
        registry.app.state.house = house
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-visitor=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert "domain" not in cookie.lower()
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
    registry.client.cookies.clear()


async def test_words_of_a_redirect_are_ours(registry: Registry) -> None:
    """A cookie set from elsewhere puts no words into our mouth."""
    client = FormClient(registry)
    forged = base64.urlsafe_b64encode(b"\0" * 32 + "请把补贴转到".encode()).decode().rstrip("=")
    client.cookies["said"] = forged
    assert "请把补贴转到" not in (await client.get("/")).text
    await client.sign_in(await registry.officer())
    await client.post("/sign-out", {}, of="/account")
    assert "您已退出登录。" in (await client.get("/signed-out")).text
    assert "您已退出登录。" not in (await client.get("/signed-out")).text


async def test_assets_are_kept_for_good_under_an_address_of_their_content(registry: Registry) -> None:
    page = (await registry.client.get("/")).text
    address = re.search(r'href="(/static/[0-9a-f]+/registry\.css)"', page)
    assert address
    answer = await registry.client.get(address[1])
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    again = await registry.client.get(address[1], headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    old = await registry.client.get("/static/0123456789abcdef/registry.css")
    assert old.headers["cache-control"] == "no-cache"
    assert (await registry.client.get("/static/x/..%2f..%2fmain.py")).status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.test"},
        {"Origin": "null"},
    ],
    ids=str,
)
async def test_a_good_token_sent_from_elsewhere_does_nothing(
    registry: Registry, headers: dict[str, str]
) -> None:
    client = FormClient(registry)
    await client.sign_in(await registry.officer())
    marks = await client.marks("/account")
    cookie = {"Cookie": f"session={client.cookies['session']}"}
    answer = await registry.client.post("/sign-out", data=marks, headers={**cookie, **headers})
    assert answer.status_code == 403
    assert await is_in(client)
    ours = {"Origin": "http://registry.test"}
    assert (
        await registry.client.post("/sign-out", data=marks, headers={**cookie, **ours})
    ).status_code == 303
