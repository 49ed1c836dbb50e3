"""Fills two provinces once: institutions, programs, and classes in every state, each reached by the acts it needs."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from app.demo.actors.agency import CertificateOfficer, FilingOfficer, LookupOfficer
from app.demo.actors.directory import DirectoryOfficer
from app.demo.actors.institution import ClassPlan, InstitutionActor, failed, passed
from app.demo.actors.sign_in import ClientKey, Login, sign_in_client
from app.demo.actors.source import AttendanceSource, attended
from app.demo.client import Api, Caller
from app.demo.clock import LawClock
from app.demo.founding import Founded, found_registry, sign_all_in
from app.demo.identities import Person
from app.demo.province_certificates import CertificateFilling, FilledCertificate
from app.demo.province_claims import ClaimFilling, FilledClaims
from app.demo.province_data import (
    COOKING_CLASS,
    COUNTY,
    ELECTRICIAN_CLASS,
    HOUSEKEEPING_CLASS,
    INSTITUTIONS,
    NURSING_CLASS,
    OTHER_COUNTY,
    OTHER_PROGRAMS,
    OTHER_PROVINCE,
    PROGRAMS,
    PROVINCE,
    WELDING_CLASS,
)
from app.demo.sandbox_control import SandboxControl
from app.demo.stack import Stack
from app.demo.timetable import at, lessons_on
from app.kernel.clock import law_date

Progress = Callable[[str], None]
_PLANS = {plan.key: plan for plan in INSTITUTIONS}
_PROGRAMS = {plan.key: plan for plan in (*PROGRAMS, *OTHER_PROGRAMS)}
_OF_OTHER_PROVINCE = frozenset({"other_school"})


@dataclass(slots=True)
class Province:
    """What was filled in, as it goes into ``demo.json``."""

    founded: Founded
    operators: dict[str, Login] = field(default_factory=dict)
    clients: dict[str, ClientKey] = field(default_factory=dict)
    sources: dict[str, ClientKey] = field(default_factory=dict)
    institutions: dict[str, str] = field(default_factory=dict)
    programs: dict[str, str] = field(default_factory=dict)
    openings: dict[str, str] = field(default_factory=dict)
    record_numbers: list[str] = field(default_factory=list)
    evaluation_bodies: dict[str, str] = field(default_factory=dict)
    certificates: list[FilledCertificate] = field(default_factory=list)
    claims: FilledClaims = field(default_factory=FilledClaims)


def fill_province(
    api: Api, stack: Stack, sandbox: SandboxControl, clock: LawClock, say: Progress
) -> Province:
    """Everything, through the public API; the clock of law is moved forward by some ten days."""
    say("设立三员、经办机构和经办人")
    founded = found_registry(api, stack)
    filling = _Filling(api, clock, Province(founded), sign_all_in(api, founded.officers))
    say("登记机构、定点、发布项目、开设机构账号")
    filling.register_institutions()
    filling.open_accounts()
    say("申报开班备案")
    filling.file_first_classes()
    say("拨动系统时钟上课、考核、结班归档")
    filling.teach_and_close()
    say("其余班次：待审、退回、已备案、草稿、取消")
    filling.leave_in_every_state()
    filling.look_up()
    say("登记评价机构，补报、查验、关联证书")
    filling.fill_certificates(sandbox)
    claims = filling.claims(stack, sandbox)
    say("申领补贴")
    claims.file()
    say("受理、审核、审批、公示、拨付，每种状态各留一件")
    claims.decide()
    claims.note()
    filling.province.claims = claims.filled
    return filling.province


class _Filling:
    def __init__(self, api: Api, clock: LawClock, province: Province, officers: dict[str, Caller]) -> None:
        self.province = province
        self._api = api
        self._clock = clock
        self._officers = officers
        self._today = law_date(clock.now())
        self._day = self._today + timedelta(days=2)
        self._directory = DirectoryOfficer(officers["directory.zj"], self._today)
        self._other_directory = DirectoryOfficer(officers["directory.sc"], self._today)
        self._filing = FilingOfficer(officers["filing.hz"])
        self._other_filing = FilingOfficer(officers["filing.sc"])
        self._lookup = LookupOfficer(officers["lookup.hz"])
        self._other_lookup = LookupOfficer(officers["lookup.cd"])
        self._certificates = CertificateOfficer(officers["review.zj"], "浙人社证〔2026〕第0001号")
        self._actors: dict[str, InstitutionActor] = {}
        self._sources: dict[str, AttendanceSource] = {}

    def register_institutions(self) -> None:
        province = self.province
        for plan in INSTITUTIONS:
            province.institutions[plan.key] = self._directory_of(plan.key).register(plan)
        for program in PROGRAMS:
            province.programs[program.key] = self._directory.publish(program, PROVINCE)
        for program in OTHER_PROGRAMS:
            province.programs[program.key] = self._other_directory.publish(program, OTHER_PROVINCE)

    def open_accounts(self) -> None:
        """Two operators for whom has to confirm results, one for everybody else; a system for the school."""
        province = self.province
        for plan in INSTITUTIONS:
            names = {plan.key: "教务"}
            if plan.key in {"school", "other_school"}:
                names[f"{plan.key}_second"] = "考务"
            for key, name in names.items():
                login_name = f"op.{key.replace('_', '-')}"
                institution_id = province.institutions[plan.key]
                officer = self._directory_of(plan.key)
                province.operators[key] = officer.open_operator(
                    institution_id, login_name, f"{plan.name[:4]}{name}"
                )
        for key, caller in sign_all_in(self._api, province.operators).items():
            self._actors[key] = InstitutionActor(caller)
        system = self._directory.open_client(province.institutions["school"], "教务系统")
        province.clients["school"] = system
        self._sources["school"] = self._register_source("school", "device", "201教室考勤机", self._filing)
        self._sources["online"] = self._register_source("platform", "platform", "直播授课平台", self._filing)
        self._sources["other_school"] = self._register_source(
            "other_school", "device", "实训室考勤机", self._other_filing
        )
        administration = province.founded.administration
        for key, name in (("city", "杭州核验系统"), ("other_city", "成都核验系统")):
            agency_id = province.founded.agencies[key]
            province.clients[f"lookup_{key}"] = administration.create_agency_client(name, agency_id, "lookup")

    def file_first_classes(self) -> None:
        """Three classes that will be taught: they go on record first."""
        nursing = self._plan(
            "nursing", f"杭州市西湖区养老护理员培训{self._day.year}年第1期", COUNTY, self._day
        )
        housekeeping = self._plan(
            "housekeeping",
            f"杭州市西湖区家政服务员培训{self._day.year}年第1期",
            COUNTY,
            self._day + timedelta(days=1),
        )
        cooking = self._plan(
            "cooking", f"成都市武侯区中式烹调师培训{self._day.year}年第1期", OTHER_COUNTY, self._day
        )
        self._file("closed", "school", nursing, NURSING_CLASS)
        self._file("running", "school", housekeeping, HOUSEKEEPING_CLASS)
        self._file("closed_elsewhere", "other_school", cooking, COOKING_CLASS)
        for key, officer in (
            ("closed", self._filing),
            ("running", self._filing),
            ("closed_elsewhere", self._other_filing),
        ):
            officer.put_on_record(self.province.openings[key]).expect(200)

    def teach_and_close(self) -> None:
        """The teaching day, the assessment on the day after, and the first lesson of the class that goes on."""
        exam_at = at(self._day + timedelta(days=1), 9, 30)
        self._clock.advance_to(at(self._day, 18))
        for key, source in (("closed", "school"), ("closed_elsewhere", "other_school")):
            self._attend(key, source)
            self._actors[source].schedule_assessment(self.province.openings[key], exam_at, "考场一")
        self._clock.advance_to(exam_at + timedelta(hours=3))
        self._begin("running", "school")
        self._assess_and_close("closed", "school", failing={NURSING_CLASS[-1].name})
        self._assess_and_close("closed_elsewhere", "other_school", failing=set())

    def leave_in_every_state(self) -> None:
        """Filed, returned with reasons, on record, canceled, and drafts."""
        later = law_date(self._clock.now()) + timedelta(days=3)
        electrician = self._plan("electrician", "杭州演示电力设备有限公司电工岗位技能提升培训", COUNTY, later)
        self._file("on_record", "enterprise", electrician, ELECTRICIAN_CLASS)
        self._filing.put_on_record(self.province.openings["on_record"]).expect(200)
        welding = self._plan(
            "welding", f"杭州市焊工培训{self._day.year}年第1期", "330100", later + timedelta(days=1)
        )
        self._file("filed", "technical", welding, WELDING_CLASS[:3])
        base = replace(welding, name=f"杭州市西湖区焊工培训{self._day.year}年第2期", division_code=COUNTY)
        self._file("returned", "long_name", base, WELDING_CLASS[3:])
        self._filing.give_back(
            self.province.openings["returned"], "assessment_plan", "考核方案没有写明实操评分标准和考评人员"
        ).expect(200)
        canceled = replace(
            electrician, name="杭州演示电力设备有限公司电工培训（已取消）", day=later + timedelta(days=2)
        )
        self._file("canceled", "enterprise", canceled, ELECTRICIAN_CLASS[:1])
        path = f"/v1/openings/{self.province.openings['canceled']}:cancel"
        self._actors["enterprise"].caller.post(path, {"reason": "报名人数不足，与上一班合并"}).expect(200)
        mechanic = self._plan("mechanic", f"杭州市汽车维修工培训{self._day.year}年第1期", "330100", later)
        self.province.openings["draft"] = self._actors["college"].draft(mechanic)
        marketing = self._plan("marketing", f"杭州市互联网营销师培训{self._day.year}年第1期", "330100", later)
        online = replace(marketing, delivery="online")
        self.province.openings["draft_complete"] = self._actors["platform"].draft(online)
        self._actors["platform"].complete(self.province.openings["draft_complete"], online)

    def look_up(self) -> None:
        """Two agencies verify, so that citizens see who looked."""
        self._lookup.look_up(
            NURSING_CLASS[:2], purpose="subsidy_review", case_number="杭人社补〔2026〕第0001号"
        ).expect(200)
        self._other_lookup.look_up(
            NURSING_CLASS[:1], purpose="complaint", case_number="成人社核〔2026〕第0007号"
        ).expect(200)

    def fill_certificates(self, sandbox: SandboxControl) -> None:
        """One certificate in every state, in two provinces."""
        province = self.province
        filling = CertificateFilling(
            api=self._api,
            sandbox=sandbox,
            officer=self._certificates,
            today=law_date(self._clock.now()),
        )
        province.evaluation_bodies = filling.register_bodies(self._directory, self._other_directory)
        closed, elsewhere = province.openings["closed"], province.openings["closed_elsewhere"]
        filling.submit(self._actors["school"], closed, self._actors["other_school"], elsewhere)
        filling.let_things_happen()
        province.certificates = filling.filled

    def claims(self, stack: Stack, sandbox: SandboxControl) -> ClaimFilling:
        """Whoever fills claims in."""
        return ClaimFilling(
            api=self._api, stack=stack, sandbox=sandbox, clock=self._clock, officers=self._officers
        )

    def _directory_of(self, institution: str) -> DirectoryOfficer:
        return self._other_directory if institution in _OF_OTHER_PROVINCE else self._directory

    def _plan(self, program: str, name: str, division_code: str, day: date) -> ClassPlan:
        return ClassPlan(
            name=name,
            program=_PROGRAMS[program],
            program_id=self.province.programs[program],
            division_code=division_code,
            day=day,
            venue="教学楼201教室",
            teachers=("赵示范", "钱演示"),
        )

    def _file(self, key: str, institution: str, plan: ClassPlan, people: tuple[Person, ...]) -> None:
        actor = self._actors[institution]
        opening_id = self.province.openings[key] = actor.draft(plan)
        actor.complete(opening_id, plan)
        actor.submit_roster(opening_id, people).expect(201)
        actor.wait_until_checked(opening_id, unverified=0)
        actor.file(opening_id).expect(200)

    def _register_source(
        self, institution: str, kind: str, name: str, officer: FilingOfficer
    ) -> AttendanceSource:
        _, key = officer.register_source(self._actors[institution].propose_source(kind, name))
        self.province.sources[institution] = key
        return AttendanceSource(sign_in_client(self._api, key))

    def _attend(self, key: str, source: str) -> None:
        actor, opening_id = self._actors[source], self.province.openings[key]
        sessions, lines = actor.sessions(opening_id), actor.lines(opening_id)
        for lesson in lessons_on(self._day):
            events = attended(sessions[lesson.hours_kind], lesson, lines.values())
            self._sources[source].send(events).expect(200)

    def _begin(self, key: str, source: str) -> None:
        actor, opening_id = self._actors[source], self.province.openings[key]
        lesson = lessons_on(self._day + timedelta(days=1))[0]
        session_id = actor.sessions(opening_id)["theory"]
        events = attended(session_id, lesson, actor.lines(opening_id).values())
        self._sources[source].send(events).expect(200)

    def _assess_and_close(self, key: str, institution: str, *, failing: set[str]) -> None:
        actor, opening_id = self._actors[institution], self.province.openings[key]
        results = [
            failed(line_id, 4300) if name in failing else passed(line_id, 8000 + 150 * position)
            for position, (name, line_id) in enumerate(sorted(actor.lines(opening_id).items()))
        ]
        actor.enter_results(opening_id, 1, results).expect(201)
        self._actors[f"{institution}_second"].confirm_results(opening_id, 1).expect(201)
        actor.close(opening_id).expect(200)
        records = actor.completions(opening_id)
        self.province.record_numbers += [record["record_number"] for record in records]
