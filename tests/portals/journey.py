"""The people of the whole journey from an opening to money on an account, each doing their part through pages."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from playwright.sync_api import Page, expect

from app.access.actor import Permission
from app.jobs.account_checks import run_account_checks
from app.jobs.certificate_checks import run_certificate_checks
from app.jobs.certificate_links import run_certificate_links
from app.jobs.identity_checks import run_due_checks
from app.jobs.notices import run_clearance
from app.jobs.payments import run_payments
from app.jobs.sealing import run_sealing
from app.kernel.clock import law_date
from tests.builders.certificates import new_number
from tests.builders.claims import ACCOUNT, DIVISION
from tests.builders.decided_claims import officer
from tests.builders.directory import OCCUPATION, Directory, ready_directory
from tests.builders.openings import first_day_of
from tests.builders.rosters import Trainee
from tests.portals.forms import KINDS, PLAN, choose, fill, press, save
from tests.portals.portal_server import Portal
from tests.portals.walking import Walk
from tests.registry_server import Caller, Registry

TRAINEE = Trainee(serial=977, name="阿卜杜热依木·买买提吐尔逊", born="19700301")
SESSIONS = (
    ("theory", 0, "09:00", "10:30"),
    ("practice", 0, "13:00", "16:00"),
    ("safety", 1, "09:00", "10:30"),
)
BODY = "样例技能评价中心"
DEVICE = "201教室考勤机"


@dataclass(slots=True)
class Journey:
    """Who takes part, each with a browser of their own; what they learn of each other stands on their pages."""

    portal: Portal
    walk: Walk
    directory: Directory
    first_day: datetime
    operator: Page
    colleague: Page
    filing: Page
    reviewer: Page
    approver: Page
    payer: Page
    payer_caller: Caller
    citizen: Page | None = None
    opening: str = ""

    @property
    def registry(self) -> Registry:
        return self.portal.registry

    def job(self, run: Any) -> None:
        """What the worker does by itself, once."""
        self.portal.run(run(self.portal.registry.house))

    def wait_until(self, instant: datetime) -> None:
        """Time passes; nobody may wait for it in a test."""
        now = self.portal.run(self.registry.now())
        self.portal.run(self.registry.advance(seconds=(instant - now).total_seconds()))

    def at(self, days: int, clock: str) -> datetime:
        """A time of a day of the class, in Beijing."""
        hour, minute = map(int, clock.split(":"))
        midnight = self.first_day - timedelta(hours=9)
        return midnight + timedelta(days=days, hours=hour, minutes=minute)

    def day(self, days: int) -> str:
        """A day of the class as a date field takes it."""
        return law_date(self.first_day + timedelta(days=days)).isoformat()


def begin(walk: Walk, portal: Portal) -> Journey:
    """The directories hold an institution, a program and an evaluation body; the sandboxes know the person."""
    registry, sandbox = portal.registry, portal.sandbox
    directory = portal.run(ready_directory(registry))
    number = TRAINEE.identity_number
    sandbox.register(social_security_number=number, name=TRAINEE.name, state="normal")
    sandbox.insure(number, spells=[{"starts_on": "2015-01-01", "division_code": DIVISION}])
    sandbox.open_account(account_number=ACCOUNT, holder_name=TRAINEE.name, holder_number=number)
    payer = portal.run(officer(registry, Permission.PAYMENT, division_code="110000"))

    def somebody(permission: Permission) -> Page:
        return walk.as_somebody(portal.run(officer(registry, permission)))

    return Journey(
        portal=portal,
        walk=walk,
        directory=directory,
        first_day=portal.run(first_day_of(registry, in_days=5)),
        operator=walk.as_somebody(directory.operator),
        colleague=walk.as_somebody(portal.run(registry.operator(directory.institution_id))),
        filing=somebody(Permission.FILING),
        reviewer=somebody(Permission.REVIEW),
        approver=somebody(Permission.APPROVAL),
        payer=walk.as_somebody(payer),
        payer_caller=payer,
    )


def register_device(journey: Journey) -> None:
    """The institution proposes, the filing officer registers; the credential is shown once."""
    journey.operator.goto("/institution/sources")
    fill(journey.operator, {"name": DEVICE})
    press(journey.operator, "申报", "已申报")
    journey.filing.goto("/office/sources")
    journey.filing.get_by_role("button", name=f"登记：{DEVICE}").click()
    expect(journey.filing.get_by_text("凭证只显示这一次")).to_be_visible()


def file_class(journey: Journey) -> None:
    """The five parts and the sessions, then the commitment."""
    page = journey.operator
    page.goto("/institution/openings/new")
    choose(page, {"program_id": str(journey.directory.program_id), "division_code": DIVISION})
    fill(page, {"name": "养老护理员培训2026年第1期", "planned_size": "30", "venue": "201教室"})
    press(page, "建立草稿", "草稿")
    journey.opening = page.url
    page.get_by_role("link", name="教学计划").click()
    fill(page, {**PLAN, "starts_on": journey.day(0), "ends_on": journey.day(2)})
    choose(page, KINDS)
    save(page)
    page.get_by_role("link", name="授课师资").click()
    at = "teachers.0"
    fill(
        page, {f"{at}.name": "赵示范", f"{at}.qualification": "养老护理员二级/技师", f"{at}.subject": "照护"}
    )
    save(page)
    page.get_by_role("link", name="课次安排").click()
    for number, (kind, days, starts, ends) in enumerate(SESSIONS):
        at = f"sessions.{number}"
        times = {f"{at}.on": journey.day(days), f"{at}.starts_at": starts, f"{at}.ends_at": ends}
        fill(page, {**times, f"{at}.venue": "201教室"})
        choose(page, {f"{at}.hours_kind": kind})
        page.locator(f"[name='{at}.teacher_id']").select_option(index=1)
    save(page)
    page.get_by_role("link", name="教材教学资源清单").click()
    fill(page, {"items.0.title": "养老护理员教程", "items.0.source": "自编", "items.0.quantity": "30"})
    choose(page, {"items.0.kind": "textbook"})
    save(page)
    page.get_by_role("link", name="考核方案").click()
    page.get_by_label("理论和实操").check()
    fill(page, {"planned_on": journey.day(2), "pass_score": "60", "description": "理论闭卷，实操现场考核"})
    save(page)
    page.get_by_role("link", name="学员名册").click()
    page.locator("[name=pasted]").fill(f"姓名\t证件号码\n{TRAINEE.name}\t{TRAINEE.identity_number}")
    press(page, "登入粘贴的名册", "登入1名学员")
    journey.job(run_due_checks)
    page.goto(f"{journey.opening}/file")
    page.get_by_label("我已阅读承诺书").check()
    press(page, "申报开班备案", "已申报")


def put_on_record(journey: Journey) -> None:
    """The rules found nothing; the officer agrees."""
    page = journey.filing
    page.goto("/office/openings")
    page.get_by_role("link", name="养老护理员培训2026年第1期").click()
    expect(page.get_by_text("规则没有查出缺项")).to_be_visible()
    press(page, "备案", "已备案")


def attend(journey: Journey) -> None:
    """The code on the screen in the room, typed by the person: in and out of every session."""
    journey.citizen = journey.walk.as_somebody(journey.portal.run(enrolled(journey.registry)))
    for _, days, starts, ends in SESSIONS:
        journey.wait_until(journey.at(days, starts))
        sign(journey, f"{starts}–{ends}", "签到")
        journey.wait_until(journey.at(days, ends))
        sign(journey, f"{starts}–{ends}", "签退")
    journey.operator.goto(f"{journey.opening}/calendar")
    expect(journey.operator.get_by_role("cell", name="1 / 1")).to_have_count(len(SESSIONS))
    journey.operator.locator("tbody").get_by_role("link", name="09:00–10:30").first.click()
    expect(journey.operator.get_by_role("row", name=TRAINEE.name)).to_contain_text("09:00–10:30")


def sign(journey: Journey, lesson: str, what: str) -> None:
    """One code, read off one screen and typed into another."""
    room, phone = journey.operator, journey.citizen
    assert phone is not None
    room.goto(f"{journey.opening}/calendar")
    room.get_by_role("link", name=re.compile(f"显示签到码.*{lesson}")).click()
    code = room.locator("[data-code-digits]").inner_text()
    phone.goto("/my/check-in")
    phone.get_by_label("签到码").fill(code)
    phone.get_by_role("radio", name=what).check()
    press(phone, "确定", f"已{what}")


async def enrolled(registry: Registry) -> Caller:
    """The person whom the roster made known, signed in."""
    owner = await registry.owner()
    person_id: UUID = await owner.fetchval("SELECT person_id FROM roster_line")
    return await registry.citizen(person_id)


def assess_and_close(journey: Journey) -> None:
    """One enters the result, another confirms it, and the class is closed."""
    page, results = journey.operator, f"{journey.opening}/results"
    page.goto(results)
    fill(page, {"on": journey.day(2), "at": "09:00", "venue": "实训中心"})
    page.locator("[name=method]").last.check()
    press(page, "安排考核", "已安排第1次考核")
    journey.wait_until(journey.at(2, "12:00"))
    page.goto(f"{results}/1")
    choose(page, {"results.0.outcome": "pass"})
    fill(page, {"results.0.score": "88.5"})
    press(page, "保存成绩", "已录入1名学员的成绩")
    journey.colleague.goto(f"{results}/1")
    press(journey.colleague, "确认本页成绩", "已确认1名学员的成绩")
    page.goto(f"{journey.opening}/closing")
    press(page, "办理结班", "1名学员的培训档案已归档")


def link_certificate(journey: Journey) -> None:
    """The person reports the certificate, the network confirms it, and it stands in the archive."""
    issued_on = law_date(journey.portal.run(journey.registry.now()))
    number = new_number(issued_on)
    journey.portal.run(know_body(journey, number))
    issue(journey, number, issued_on.isoformat())
    page = journey.citizen
    assert page is not None
    page.goto("/my/certificates/new")
    fill(page, {"certificate_number": number, "body_name": BODY, "issued_on": issued_on.isoformat()})
    press(page, "提交查验", "证书已登记")
    for run in (run_certificate_checks, run_certificate_links, run_sealing):
        journey.job(run)
    page.goto("/my/record")
    expect(page.get_by_role("link", name="职业技能等级证书 · 五级/初级工")).to_be_visible()


async def know_body(journey: Journey, number: str) -> None:
    """The body that the number names is in the directory, with the occupation in its scope."""
    keeper = journey.directory.officer
    body = {"body_code": number[:13], "kind": "social_body", "name": BODY, "division_code": "110000"}
    made = await keeper.post("/v1/evaluation-bodies", json=body)
    assert made.status_code == 201, made.text
    scope = {
        "occupation_edition": OCCUPATION[0],
        "occupation_code": OCCUPATION[1],
        "lowest_level": "level_5",
        "highest_level": "level_3",
        "starts_on": law_date(await journey.registry.now()).isoformat(),
        "document_number": "测人社评〔2026〕1号",
    }
    path = f"/v1/evaluation-bodies/{made.json()['body_id']}/scopes"
    answer = await keeper.post(path, json=scope)
    assert answer.status_code == 201, answer.text


def issue(journey: Journey, number: str, issued_on: str) -> None:
    """The network has it."""
    content = {
        "identity_number": TRAINEE.identity_number,
        "name": TRAINEE.name,
        "certificate_number": number,
        "occupation_code": OCCUPATION[1],
        "occupation_edition": str(OCCUPATION[0]),
        "occupation_name": "家政服务员",
        "level": "level_5",
        "issued_on": issued_on,
        "issuer_code": number[:13],
    }
    control = journey.portal.sandbox.control
    control.post("/sandbox/certificates", json={"certificates": [content]}).raise_for_status()


def claim(journey: Journey) -> None:
    """From what one can claim, over an account of one's own, to a number."""
    page = journey.citizen
    assert page is not None
    page.goto("/my/benefits")
    page.get_by_role("link", name="技能提升补贴").click()
    page.get_by_role("link", name="开始申领").click()
    page.get_by_role("link", name="登记账户").click()
    page.get_by_label("银行卡").check()
    page.get_by_label("开户银行").fill("示例银行")
    page.get_by_label("账号或卡号").fill(ACCOUNT)
    page.get_by_role("button", name="登记").click()
    journey.job(run_account_checks)
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="提交申领").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("已提交申领")


def decide(journey: Journey) -> None:
    """One accepts and reviews, another approves and publishes; after the notice the way is clear."""
    for page, state, button in (
        (journey.reviewer, "submitted", "受理"),
        (journey.reviewer, "accepted", "审核"),
        (journey.approver, "reviewed", "批准"),
    ):
        page.goto(f"/office/claims?state={state}")
        page.get_by_role("link", name="S110105-").first.click()
        page.locator("[data-key=a]", has_text=button).click()
        expect(page.locator(".said")).to_be_visible()
    page = journey.approver
    page.goto("/office/notices/new")
    page.get_by_label("技能提升补贴").check()
    press(page, "公示", "已公示1件")
    now = journey.portal.run(journey.registry.now())
    journey.wait_until(now + timedelta(days=20))
    for run in (run_sealing, run_clearance):
        journey.job(run)


def pay(journey: Journey) -> None:
    """A fifth person orders; the bank pays; the citizen sees it."""
    journey.portal.run(fund(journey))
    page = journey.payer
    page.goto("/office/money/orders/new")
    press(page, "全部待拨付的开单", "列入1件")
    journey.job(run_payments)
    page.reload()
    expect(page.get_by_text("已发放").first).to_be_visible()


async def fund(journey: Journey) -> None:
    """Money of the year in which it is paid."""
    year = law_date(await journey.registry.now()).year
    body = {"division_code": "110000", "year": year, "funding_source": "unemployment_insurance"}
    opened = await journey.payer_caller.post("/v1/budgets", json=body)
    assert opened.status_code == 201, opened.text
    tranche = {"amount_fen": 10_000_000, "document_number": "测财社〔2026〕1号"}
    path = f"/v1/budgets/{opened.json()['budget_id']}/tranches"
    allotted = await journey.payer_caller.post(path, json=tranche)
    assert allotted.status_code == 201, allotted.text
