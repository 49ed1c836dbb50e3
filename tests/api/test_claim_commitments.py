"""告知承诺制: a promise stands for papers, its check is owed; a broken one holds and costs the credit."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.access.actor import Permission
from app.jobs.evidence_alarms import run_evidence_alarms
from app.jobs.sealing import run_sealing
from tests.builders.certificates import closed_class
from tests.builders.claims import Office, lay_office
from tests.builders.decided_claims import officer
from tests.builders.finished_class import FinishedClass, Trainee
from tests.builders.guards import set_aside
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio

PLACE = "640104"
FEE = 120_000


async def project_class(
    registry: Registry, division: str = PLACE, training_type: str = "project_based", serial: int = 971
) -> FinishedClass:
    """A closed class of two in ``division`` whose entries are sealed, each said to be of a key group."""
    laid = await closed_class(
        registry, (Trainee(serial=serial), Trainee(serial=serial + 1)), division_code=division
    )
    owner = await registry.owner()
    await rewrite(owner, f"UPDATE training_program_version SET training_type = '{training_type}'")
    async with set_aside(owner, "roster_line_group"):
        await owner.execute(
            "INSERT INTO roster_line_group (person_id, opening_id, key_group_code) SELECT person_id, opening_id,"
            " 'registered_unemployed' FROM roster_line WHERE opening_id = $1",
            laid.opening_id,
        )
    await run_sealing(registry.house)
    return laid


async def rewrite(owner: asyncpg.Connection, statement: str) -> None:
    """History is not edited; a test makes another one."""
    await owner.execute(
        f"SET session_replication_role = replica; {statement}; RESET session_replication_role"
    )


async def text_of(laid: FinishedClass, **asked: Any) -> dict[str, Any]:
    answer = await laid.operator.get(f"/v1/openings/{laid.opening_id}/claim-commitment", params=asked)
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def file(laid: FinishedClass, **commitment: Any) -> Any:
    body = {
        "kind": "training",
        "payee_kind": "institution",
        "opening_id": str(laid.opening_id),
        "commitment": commitment,
    }
    return await laid.operator.post("/v1/claim-batches", json=body)


async def promised(laid: FinishedClass) -> list[str]:
    """The class claimed for on promise; the claims."""
    shown = await text_of(laid, fee_fen=FEE)
    filed = await file(laid, version=shown["version"], digest=shown["digest"], fee_fen=FEE)
    assert filed.status_code == 201, filed.text
    assert filed.json()["submitted"] == 2, filed.text
    return [line["claim_id"] for line in filed.json()["lines"]]


async def reviewed(office: Office, claim_id: str) -> dict[str, str]:
    """The rules as the reviewer is answered, by code."""
    assert (await office.step(claim_id, "accept")).status_code == 200
    answer = await office.step(claim_id, "review")
    return {reason["code"]: reason["result"] for reason in answer.json()["verdict"]["reasons"]}


async def test_a_promise_is_stored_word_for_word_and_stands_for_the_identity(registry: Registry) -> None:
    laid = await project_class(registry)
    shown = await text_of(laid, fee_fen=FEE)
    assert (shown["credit"], shown["may_promise"], shown["reasons"]) == ("good", True, [])
    assert "1200.00元" in shown["text"]
    assert str(laid.opening_id) in shown["text"]
    other_fee = await file(laid, version=shown["version"], digest=shown["digest"], fee_fen=FEE + 1)
    assert (other_fee.status_code, codes(other_fee)) == (409, ["commitment_outdated"])
    first, second = await promised(laid)
    owner = await registry.owner()
    stored = await owner.fetchrow("SELECT * FROM claim_commitment WHERE claim_id = $1", UUID(first))
    assert (stored["content"], stored["credit"], stored["fee_fen"]) == (shown["text"], "good", FEE)
    office = await lay_office(registry, PLACE)
    rules = await reviewed(office, first)
    # The identity nobody looked into is promised; what systems have to say is asked as ever.
    assert (rules["eligible_group"], rules["commitment"], rules["no_pension"]) == (
        "passed",
        "passed",
        "unknown",
    )
    assert second != first


async def test_without_a_promise_the_identity_has_to_be_proved(registry: Registry) -> None:
    laid = await project_class(registry)
    body = {"kind": "training", "payee_kind": "institution", "opening_id": str(laid.opening_id)}
    filed = (await laid.operator.post("/v1/claim-batches", json=body)).json()
    rules = await reviewed(await lay_office(registry, PLACE), filed["lines"][0]["claim_id"])
    assert (rules["eligible_group"], rules.get("commitment")) == ("unknown", None)
    checker = await officer(registry, Permission.INSPECTION, division_code=PLACE)
    assert (await checker.get("/v1/post-checks")).json()["items"] == []


async def test_every_reason_against_a_promise_is_told_at_once_and_nothing_is_filed(
    registry: Registry,
) -> None:
    laid = await project_class(registry, "110105", "key_group")
    owner = await registry.owner()
    async with set_aside(owner, "institution_standing", "only_shortened"):
        await rewrite(
            owner, "UPDATE institution_standing SET in_force = daterange(law_date(registry_now()) - 60, NULL)"
        )
    shown = await text_of(laid)
    wanted = ["commitment_not_practiced", "commitment_for_projects_only", "credit_not_good"]
    assert [reason["code"] for reason in shown["reasons"]] == wanted
    assert all(reason["remedy"] and reason["citation"] for reason in shown["reasons"])
    refused = await file(laid, version=shown["version"], digest=shown["digest"])
    assert (refused.status_code, codes(refused)) == (409, wanted)
    assert await owner.fetchval("SELECT count(*) FROM claim") == 0
    no_class = await laid.operator.post(
        "/v1/claim-batches",
        json={
            "kind": "training",
            "payee_kind": "person",
            "opening_id": str(laid.opening_id),
            "commitment": {"version": "2026-1", "digest": "0" * 64},
        },
    )
    assert (no_class.status_code, codes(no_class)) == (422, ["commitment_names_a_class"])
    other = await project_class(registry, serial=975)
    strange = await other.operator.get(f"/v1/openings/{laid.opening_id}/claim-commitment")
    assert strange.status_code == 404


async def test_the_check_is_owed_by_others_and_a_broken_promise_holds_and_costs_the_credit(
    registry: Registry,
) -> None:
    laid = await project_class(registry)
    first, second = await promised(laid)
    checker = await officer(registry, Permission.INSPECTION, division_code=PLACE)
    owed = (await checker.get("/v1/post-checks")).json()["items"]
    assert {row["claim_id"] for row in owed} == {first, second}
    assert not any(row["is_overdue"] for row in owed)
    elsewhere = await officer(registry, Permission.INSPECTION, division_code="110105")
    assert (await elsewhere.get("/v1/post-checks")).json()["items"] == []
    failed = {"outcome": "failed", "findings": "名册所填登记失业身份没有登记记录"}
    path = f"/v1/post-checks/{first}:decide"
    assert (await elsewhere.post(path, json=failed)).status_code == 404
    refused = await laid.operator.post(path, json=failed)
    assert (refused.status_code, codes(refused)) == (403, ["permission_missing"])
    told = only(refused.json()["reasons"])
    assert "有“申领审核”权限的经办人、有“监督检查”权限的经办人" in told["message"]
    assert "安全保密管理员" in told["remedy"]
    decided = await checker.post(path, json=failed)
    assert (decided.status_code, decided.json()["outcome_label"]) == (200, "核查不符")
    assert codes(await checker.post(path, json={**failed, "outcome": "confirmed"})) == ["post_check_decided"]
    owner = await registry.owner()
    held = await owner.fetch("SELECT claim_id FROM claim_hold WHERE reason_code = 'commitment_broken'")
    assert [str(row["claim_id"]) for row in held] == [first]
    assert only((await checker.get("/v1/post-checks")).json()["items"])["claim_id"] == second
    looks = "SELECT count(*) FROM access_event WHERE principal_id = $1"
    assert await owner.fetchval(looks, checker.actor.principal_id) == 1
    # Who broke a promise promises no more.
    later = await project_class(registry, serial=977)
    assert (await text_of(later))["may_promise"]
    shown = await text_of(laid)
    assert [reason["code"] for reason in shown["reasons"]] == ["credit_not_good"]
    assert "核查与承诺不符" in shown["reasons"][0]["message"]


async def test_who_decided_the_claim_does_not_check_it(registry: Registry) -> None:
    laid = await project_class(registry)
    first, _ = await promised(laid)
    office = await lay_office(registry, PLACE)
    owner = await registry.owner()
    person = await owner.fetchval("SELECT person_id FROM claim WHERE claim_id = $1", UUID(first))
    reviewer = office.reviewer.actor.principal_id
    edition = await owner.fetchval("SELECT edition_id FROM policy_edition LIMIT 1")
    assert (await office.step(first, "accept")).status_code == 200
    await owner.execute(
        "INSERT INTO claim_review (person_id, claim_id, round, verdict, amount_fen, facts, reasons, edition_id,"
        " reviewed_by) VALUES ($1, $2, 1, 'eligible', 100, '{}', '[{}]', $3, $4)",
        person,
        UUID(first),
        edition,
        reviewer,
    )
    path = f"/v1/post-checks/{first}:decide"
    fine = {"outcome": "confirmed", "findings": "身份证明与承诺一致"}
    assert codes(await office.reviewer.post(path, json=fine)) == ["post_check_by_others"]
    assert (await office.approver.post(path, json=fine)).status_code == 403
    other = await officer(registry, Permission.REVIEW, division_code=PLACE)
    assert (await other.post(path, json=fine)).status_code == 200
    assert await owner.fetchval("SELECT count(*) FROM claim_hold") == 0
    assert await run_evidence_alarms(registry.house) is not None
