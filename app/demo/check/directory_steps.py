"""The two directories: institutions and programs go in, what does not belong there is refused."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from uuid_utils.compat import uuid7

from app.demo.actors.institution import InstitutionActor
from app.demo.actors.sign_in import Login, sign_in_client
from app.demo.check.cast import Cast
from app.demo.founding import HASHED_AT_ONCE, sign_all_in
from app.demo.journal import require
from app.demo.province_data import INSTITUTIONS, PROGRAMS, PROVINCE, InstitutionPlan, ProgramPlan

_PLANS = {plan.key: plan for plan in INSTITUTIONS}
_PROGRAMS = {plan.key: plan for plan in PROGRAMS}

_OPERATORS = {
    "school": ("school", "school.wang", "王教务"),
    "school_second": ("school", "school.zhao", "赵考务"),
    "base": ("long_name", "base.li", "李教务"),
    "base_second": ("long_name", "base.qian", "钱考务"),
    "online": ("platform", "online.sun", "孙教务"),
    "online_second": ("platform", "online.zhou", "周考务"),
    "other_school": ("other_school", "chengdu.wu", "吴教务"),
}
"""Who acts for whom: field of ``Directory`` → institution, login name, name."""


@dataclass(frozen=True, slots=True)
class Directory:
    """What is in the directories now, and who acts for the institutions."""

    institutions: dict[str, str]
    programs: dict[str, str]
    school: InstitutionActor
    school_second: InstitutionActor
    school_system: InstitutionActor
    base: InstitutionActor
    base_second: InstitutionActor
    online: InstitutionActor
    online_second: InstitutionActor
    other_school: InstitutionActor

    def plan(self, key: str) -> ProgramPlan:
        """The plan of a program."""
        return _PROGRAMS[key]


def fill_directory(cast: Cast) -> Directory:
    """Register institutions and programs, open accounts of institutions."""
    with cast.journal.step("登记培训机构并定点，发布培训项目"):
        institutions = {
            key: cast.directory.register(_PLANS[key]) for key in ("school", "long_name", "platform")
        }
        institutions["other_school"] = cast.other_directory.register(_PLANS["other_school"])
        programs = {plan.key: cast.directory.publish(plan, PROVINCE) for plan in PROGRAMS}
        cast.journal.counts["institutions"] = len(institutions)
        cast.journal.counts["programs"] = len(programs)
    _meet_refusals(cast, _PLANS["technical"])
    with cast.journal.step("公开目录可查，不含个人信息"):
        found = cast.api.get("/v1/institutions", text=_PLANS["long_name"].name).expect(200)["items"]
        require([one["name"] for one in found] == [_PLANS["long_name"].name], "按40字的机构全称查到一家")
        published = cast.api.get(f"/v1/programs/{programs['nursing']}").expect(200)["versions"][0]
        require(len(published["published"]) == 5, "项目公布五项内容")
    with cast.journal.step("开设机构操作员账号和接入系统，机构登录"):
        return _open_accounts(cast, institutions, programs)


def _meet_refusals(cast: Cast, plan: InstitutionPlan) -> None:
    journal, directory = cast.journal, cast.directory
    with journal.step("目录拒绝：校验码错误、外省机构、查无此机构、幂等键重用"):
        wrong = plan.credit_code[:-1] + ("0" if plan.credit_code[-1] != "0" else "1")
        body = directory.institution_body(replace(plan, credit_code=wrong))
        journal.refused(directory.caller.post("/v1/institutions", body), 422, "credit_code_check_digit")
        body = directory.institution_body(plan)
        journal.refused(
            cast.other_directory.caller.post("/v1/institutions", body), 422, "division_out_of_scope"
        )
        journal.refused(cast.api.get(f"/v1/institutions/{uuid7()}"), 404, "institution_unknown")
        key = {"Idempotency-Key": str(uuid7())}
        first = directory.caller.send("POST", "/v1/institutions", body=body, headers=key).expect(201)
        again = directory.caller.send("POST", "/v1/institutions", body=body, headers=key).expect(201)
        require(again.content == first.content, "同一请求重发得到同一答复")
        other = {**body, "address": "浙江省杭州市另一条路9号"}
        reused = directory.caller.send("POST", "/v1/institutions", body=other, headers=key)
        journal.refused(reused, 409, "idempotency_key_reused")
        twice = directory.caller.post("/v1/institutions", body)
        journal.refused(twice, 409, "institution_already_registered")


def _open_accounts(cast: Cast, institutions: dict[str, str], programs: dict[str, str]) -> Directory:
    def open_account(operator: tuple[str, str, str]) -> Login:
        key, login_name, display_name = operator
        officer = cast.other_directory if key == "other_school" else cast.directory
        return officer.open_operator(institutions[key], login_name, display_name)

    with ThreadPoolExecutor(HASHED_AT_ONCE) as pool:
        logins = dict(zip(_OPERATORS, pool.map(open_account, _OPERATORS.values()), strict=True))
    actors = {name: InstitutionActor(caller) for name, caller in sign_all_in(cast.api, logins).items()}
    system = cast.directory.open_client(institutions["school"], "教务系统")
    return Directory(
        institutions=institutions,
        programs=programs,
        school_system=InstitutionActor(sign_in_client(cast.api, system)),
        **actors,
    )
