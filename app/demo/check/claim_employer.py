"""以工代训 and 学徒制: an enterprise lists persons, an officer confirms, the enterprise claims; and an advance."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.demo.actors.institution import ClassPlan, InstitutionActor
from app.demo.actors.sign_in import sign_in
from app.demo.check.cast import Cast
from app.demo.check.claim_cast import ClaimPlay
from app.demo.check.claim_classes import claim_batch, group_attested, open_institution_account
from app.demo.check.claim_gate import try_claim
from app.demo.check.claim_people import wait_until_sealed
from app.demo.check.claim_refusals import cite_verdict, require_amount
from app.demo.check.claim_steps import CASE, all_done
from app.demo.check.directory_steps import Directory
from app.demo.check.roster_steps import Classes
from app.demo.client import until
from app.demo.identities import Person
from app.demo.journal import require
from app.demo.province_data import (
    COUNTY,
    DICTIONARY_EDITION,
    ELECTRICIAN_CLASS,
    INSTITUTIONS,
    PROGRAMS,
)
from app.kernel.clock import law_date

_ENTERPRISE = next(plan for plan in INSTITUTIONS if plan.key == "enterprise")
_ELECTRICIANS = next(plan for plan in PROGRAMS if plan.key == "electrician")
_POOR, _NOT_POOR, _APPRENTICE = ELECTRICIAN_CLASS
_YEAR = timedelta(days=364)
_ON_JOB = {"fact": "worked", "value": True, "evidence": "工资发放记录第0001号"}


def found_enterprise(cast: Cast) -> tuple[InstitutionActor, list[str]]:
    """An enterprise in the directory with listings that the worker checks meanwhile; returns actor and listings."""
    with cast.journal.step("登记企业；企业报送以工代训月份名单、学徒年度名单，逐行实名核验"):
        enterprise_id = cast.directory.register(_ENTERPRISE)
        login = cast.directory.open_operator(enterprise_id, "enterprise.deng", "邓人事")
        actor = InstitutionActor(sign_in(cast.api, login))
        cast.sandbox.employ(_ENTERPRISE.credit_code, ELECTRICIAN_CLASS, COUNTY)
        today = law_date(cast.clock.now())
        month = (today.replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        last = today - timedelta(days=30)
        listings = [
            _list(actor, [_POOR, _NOT_POOR], kind="work_month", period=month),
            _list(
                actor,
                [_APPRENTICE],
                kind="apprenticeship_year",
                period="year-1",
                starts_on=(last - _YEAR).isoformat(),
                ends_on=last.isoformat(),
                occupation_edition=DICTIONARY_EDITION,
                occupation_code=_ELECTRICIANS.occupation_code,
                skill_level="level_4",
            ),
        ]
        cast.journal.counts["institutions"] += 1
        cast.journal.counts["employer_listings"] += len(listings)
    return actor, listings


def confirm_listings(cast: Cast, listings: Sequence[str]) -> None:
    """Read with purpose and case, then confirmed into the archive."""
    with cast.journal.step("经办人凭事由和案件编号查阅名单并确认，即时归档；机构自己确认：拒绝"):
        officer = cast.filing.caller
        for listing_id in listings:
            path = f"/v1/employer-listings/{listing_id}"
            read = {"purpose": "subsidy_review", "case_number": CASE}
            _wait_until_checked(cast, path)
            lines = officer.post(f"{path}:read", read).expect(200)["items"]
            appended = officer.post(f"{path}:confirm").expect(200)["records_appended"]
            require(appended == len(lines), f"应归档 {len(lines)} 条，实为 {appended}")
            cast.journal.counts["records"] += appended
        again = officer.post(f"/v1/employer-listings/{listings[0]}:confirm")
        cast.journal.refused(again, 409, "listing_already_decided")


def claim_unsealed(play: ClaimPlay, actor: InstitutionActor, listings: Sequence[str]) -> list[str]:
    """While nothing is sealed the enterprise may file, but nobody can decide, and no SQL pays; returns the claims."""
    journal = play.cast.journal
    open_institution_account(play, actor, "enterprise", "330100000000000003")
    with play.cast.stack.without_worker():
        confirm_listings(play.cast, listings)
        with journal.step("企业申领以工代训、学徒制补贴；档案尚未封存：不能作出审核结论"):
            worked = _submit(play, actor, "work_based", [_POOR, _NOT_POOR])
            trained = _submit(play, actor, "apprenticeship", [_APPRENTICE])
            claim_ids = [*worked, *trained]
            all_done(play.review.steps("accept", claim_ids))
            attested = [group_attested("poor_worker"), _ON_JOB]
            early = play.review.step(worked[0], "review", attested=attested)
            journal.refused(early, 409, "verdict_undecided")
            require("record_gate" in {reason["field"] for reason in early["reasons"]}, early.in_words())
        try_claim(play, "档案尚未封存的申领", worked[0], "benefit_entry_sealed")
    return claim_ids


def judge_employer(play: ClaimPlay, claim_ids: Sequence[str]) -> None:
    """Sealed meanwhile: what the enterprise did is attested and decided; one person is in no group."""
    journal, (poor, not_poor, apprentice) = play.cast.journal, claim_ids
    wait_until_sealed(play.cast)
    with journal.step("封存之后：经办人认定身份、在岗、合同，由另一人批准；不在范围的不予发放"):
        eligible = _review(play, poor, [group_attested("poor_worker"), _ON_JOB])
        against = _review(play, not_poor, [_ON_JOB])
        contract = {"fact": "contract", "value": True, "evidence": "劳动合同和培养协议"}
        months = {"fact": "months_served", "value": 12, "evidence": "培训台账"}
        trained = _review(play, apprentice, [contract, months])
        require_amount(eligible, 50_000)
        require_amount(trained, 400_000)
        all_done(play.approval.steps("approve", [poor, apprentice]))
        play.approval.step(not_poor, "refuse").expect(200)
        play.classes["work_based"], play.classes["apprenticeship"] = poor, apprentice
        journal.counts["claims_approved"] += 2
        journal.counts["claims_refused"] += 1
    cite_verdict(journal, against, "who_and_where")


def advance_money(play: ClaimPlay, actor: InstitutionActor, directory: Directory, classes: Classes) -> None:
    """预拨 for a class of the enterprise, by three officers; not for an ordinary class."""
    journal, budget = play.cast.journal, play.budgets["employment_fund"]
    with journal.step("企业开展的培训先行拨付：三名经办人提出、审批、拨付，不超过当地比例；普通班次不预拨"):
        ordinary = {"opening_id": classes.online, "budget_id": budget}
        refused = play.review.caller.post("/v1/advances", ordinary)
        journal.refused(refused, 409)
        opening_id = _file_class(play.cast, actor, directory)
        wanted = {"opening_id": opening_id, "budget_id": budget}
        over = play.review.caller.post("/v1/advances", {**wanted, "amount_fen": 10_000_000})
        journal.refused(over, 409, "advance_over_share")
        made = play.review.caller.post("/v1/advances", wanted).expect(201)
        require(made["amount_fen"] == 3 * 150_000 * 3 // 10, f"预计补贴的三成：{made.in_words()}")
        path = f"/v1/advances/{made['advance_id']}"
        play.approval.caller.post(f"{path}:approve").expect(200)
        play.payment.caller.post(f"{path}:order").expect(200)
        play.advances.append(made["advance_id"])
        journal.counts["advances"] += 1
    reason = refused.body["reasons"][0]
    journal.refused_by_clause(reason["code"], reason["citation"], reason["message"])


def _file_class(cast: Cast, actor: InstitutionActor, directory: Directory) -> str:
    day = law_date(cast.clock.now()) + timedelta(days=3)
    plan = ClassPlan(
        name=f"{_ENTERPRISE.name}电工岗位技能提升培训",
        program=_ELECTRICIANS,
        program_id=directory.programs["electrician"],
        division_code=COUNTY,
        day=day,
        venue="工业路5号培训室",
        teachers=("秦示范", "许演示"),
    )
    opening_id = actor.draft(replace(plan, size=len(ELECTRICIAN_CLASS)))
    actor.complete(opening_id, plan)
    actor.submit_roster(opening_id, ELECTRICIAN_CLASS).expect(201)
    actor.wait_until_checked(opening_id, unverified=0)
    actor.file(opening_id).expect(200)
    cast.filing.put_on_record(opening_id).expect(200)
    cast.journal.counts["openings"] += 1
    return opening_id


def _list(actor: InstitutionActor, people: Sequence[Person], **head: Any) -> str:
    lines = [{"name": person.name, "identity_number": person.number} for person in people]
    body = {"division_code": COUNTY, **head, "lines": lines}
    filed = actor.caller.post("/v1/employer-listings", body).expect(201)
    require(filed["filed"] == len(people), f"逐行报送：{filed.in_words()}")
    listing_id: str = filed["listing_id"]
    return listing_id


def _submit(play: ClaimPlay, actor: InstitutionActor, kind: str, people: Sequence[Person]) -> list[str]:
    """Claims of the enterprise on the entries that its workers see in their records."""
    entry_kind = {"work_based": "work_month", "apprenticeship": "apprenticeship_year"}[kind]
    records = [
        entry["record_number"]
        for person in people
        for entry in play.cast.citizen(person).record()["entries"]
        if entry["kind"] == entry_kind
    ]
    answered = claim_batch(actor, kind, record_numbers=records)
    require(answered["submitted"] == len(people), f"逐行提交：{answered}")
    return [line["claim_id"] for line in answered["lines"]]


def _wait_until_checked(cast: Cast, path: str) -> None:
    until(
        lambda: cast.filing.caller.get(path).expect(200).body,
        lambda shown: shown["matched"] == shown["lines"],
        "名单应核验完毕",
    )


def _review(play: ClaimPlay, claim_id: str, attested: list[dict[str, Any]]) -> dict[str, Any]:
    verdict: dict[str, Any] = play.review.step(claim_id, "review", attested=attested).expect(200)["verdict"]
    return verdict
