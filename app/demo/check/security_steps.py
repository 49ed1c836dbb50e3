"""Who may do what: wrong second factors, dead tokens, foreign roles, and the trace that all of it leaves."""

from app.demo.actors.citizen import Citizen
from app.demo.actors.sign_in import ClientKey, sign_in_citizen, sign_in_client
from app.demo.check.cast import Cast
from app.demo.check.teaching_steps import LONG_NAMED
from app.demo.client import Caller
from app.demo.journal import require


def try_doors(cast: Cast) -> None:
    """Every door that has to stay shut."""
    _try_sign_in(cast)
    _try_tokens(cast)
    _try_roles(cast)
    with cast.journal.step("审计管理员看到全过程的操作记录，其中没有证件号码"):
        events = cast.founded.administration.audit.get("/v1/audit-events", limit="200").expect(200)
        require(len(events["items"]) == 200, "操作记录至少一页")
        require(LONG_NAMED.number not in events.content.decode(), "操作记录中没有证件号码")
        cast.journal.counts["audit_events_read"] += len(events["items"])


def _try_sign_in(cast: Cast) -> None:
    journal = cast.journal
    with journal.step("动态口令错误、系统密钥错误：不能登录"):
        login = cast.founded.officers["identity.hz"]
        form = {
            "grant_type": "password",
            "username": login.login_name,
            "password": login.password,
            "totp": f"{(int(login.code()) + 1) % 10**6:06d}",
        }
        answer = cast.api.send("POST", "/v1/oauth/token", form=form)
        journal.refused(answer, 401, "invalid_grant")
        form = {"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "wrong"}
        journal.refused(cast.api.send("POST", "/v1/oauth/token", form=form), 401, "invalid_client")


def _try_tokens(cast: Cast) -> None:
    journal, administration = cast.journal, cast.founded.administration
    with journal.step("没有令牌、伪造的令牌、已退出的令牌、已停用账号的令牌：一律不认"):
        journal.refused(cast.api.get("/v1/me"), 401, "unauthenticated")
        header, payload, _ = cast.lookup.caller.token.split(".")
        forged = Caller(cast.api, f"{header}.{payload}.{'A' * 86}")
        journal.refused(forged.get("/v1/me"), 401, "token_invalid")
        leaving = sign_in_citizen(cast.api, cast.sandbox.base_url, LONG_NAMED.number)
        leaving.post("/v1/oauth/revoke").expect(204)
        journal.refused(leaving.get("/v1/me/record"), 401, "token_no_longer_valid")
        agency_id = cast.founded.agencies["other_city"]
        key: ClientKey = administration.create_agency_client("成都核验系统", agency_id, "lookup")
        system = sign_in_client(cast.api, key)
        principal_id = system.get("/v1/me").expect(200)["principal_id"]
        suspended = {"reason": "系统下线"}
        administration.security.post(f"/v1/principals/{principal_id}:suspend", suspended).expect(204)
        journal.refused(system.get("/v1/me"), 401, "token_no_longer_valid")


def _try_roles(cast: Cast) -> None:
    journal, administration = cast.journal, cast.founded.administration
    with journal.step("越权：劳动者登记机构、系统管理员授权、一名安全管理员自己确认授权"):
        citizen = Citizen(sign_in_citizen(cast.api, cast.sandbox.base_url, LONG_NAMED.number))
        journal.refused(citizen.caller.post("/v1/institutions", {}), 403, "forbidden")
        principal_id = cast.identity.get("/v1/me").expect(200)["principal_id"]
        grant = {"principal_id": principal_id, "permission": "lookup"}
        journal.refused(administration.system.post("/v1/permission-grants", grant), 403, "forbidden")
        proposed = administration.security.post("/v1/permission-grants", grant).expect(201)
        path = f"/v1/permission-grants/{proposed['grant_id']}:confirm"
        journal.refused(administration.security.post(path), 409, "second_person_required")
        person = {"purpose": "subsidy_review", "case_number": "杭人社核〔2026〕第0009号"}
        subjects = [{"identity_number": LONG_NAMED.number, "name": LONG_NAMED.name}]
        early = cast.identity.post("/v1/records:lookup", {**person, "subjects": subjects})
        journal.refused(early, 403, "forbidden")
