"""Accounts: sealed, shown by four digits, asked about at the bank; institutions' confirmed by the directory."""

import pytest

from app.access.actor import Permission
from app.jobs.account_checks import run_account_checks
from tests.builders.certificates import closed_class
from tests.builders.claims import ACCOUNT, DIVISION, lay_claimant
from tests.builders.payments import granted
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio

PATH = "/v1/me/accounts"
CARD = {"kind": "bank_card", "bank_name": "示例银行", "account_number": ACCOUNT}


async def test_an_account_is_kept_sealed_and_checked_at_the_bank(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    account_id = await claimant.account()
    listed = await claimant.citizen.get(PATH)
    account = only(listed.json()["items"])
    assert (account["account_id"], account["number_tail"]) == (account_id, ACCOUNT[-4:])
    assert (account["check_outcome"], account["check_label"]) == ("matched", "户名与本人一致")
    assert ACCOUNT not in listed.text
    owner = await registry.owner()
    stored = await owner.fetchrow("SELECT number_sealed, check_evidence_id FROM payee_account")
    assert ACCOUNT.encode() not in stored["number_sealed"]
    assert stored["check_evidence_id"]
    assert await owner.fetchval("SELECT count(*) FROM account_key") == 1


async def test_an_account_of_another_holder_is_told_and_leaves_the_claim_undecided(
    registry: Registry,
) -> None:
    claimant = await lay_claimant(registry)
    await claimant.account(holder="别人")
    assert only((await claimant.citizen.get(PATH)).json()["items"])["check_outcome"] == "holder_differs"
    dry = await claimant.citizen.post(
        "/v1/eligibility:evaluate", json={"record_number": claimant.record_number, "kind": "skill_upgrade"}
    )
    verdict = dry.json()["verdict"]
    assert "payee" in {reason["code"] for reason in verdict["reasons"] if reason["result"] != "passed"}
    assert verdict["amount_fen"] == 0


async def test_a_wrong_digit_is_told_before_the_bank_is_asked(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    wrong = ACCOUNT[:-1] + str((int(ACCOUNT[-1]) + 1) % 10)
    refused = await claimant.citizen.post(PATH, json={**CARD, "account_number": wrong})
    assert (refused.status_code, codes(refused)) == (422, ["bank_card_check_digit"])
    assert wrong not in refused.text
    passbook = await claimant.citizen.post(PATH, json={**CARD, "kind": "passbook", "account_number": "123"})
    assert codes(passbook) == ["account_number_form"]


async def test_a_silent_bank_leaves_the_account_due(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    registry.sandbox.open_account(account_number=ACCOUNT, holder_name=claimant.trainee.name)
    registry.sandbox.behave("bank", down=True)
    try:
        assert (await claimant.citizen.post(PATH, json=CARD)).status_code == 201
        assert await run_account_checks(registry.house) == 0
    finally:
        registry.sandbox.behave("bank")
    assert only((await claimant.citizen.get(PATH)).json()["items"])["check_label"] == "等待银行核对"
    owner = await registry.owner()
    assert await owner.fetchval("SELECT check_due_at > registry_now() FROM payee_account")


async def test_an_ended_account_is_nobodys_choice(registry: Registry) -> None:
    claimant, stranger = await lay_claimant(registry), await lay_claimant(registry)
    account_id = await claimant.account()
    claim_id = await claimant.submitted()
    path = f"{PATH}/{account_id}:end"
    assert (await stranger.citizen.post(path)).status_code == 404
    assert (await claimant.citizen.post(path)).status_code == 200
    assert (await claimant.citizen.post(path)).status_code == 404
    choice = {"account_id": account_id}
    named = await claimant.citizen.post(f"/v1/me/claims/{claim_id}:name-account", json=choice)
    assert (named.status_code, codes(named)) == (409, ["account_not_usable"])


async def test_another_account_is_named_before_review(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    await claimant.account()
    claim_id = await claimant.submitted()
    second = await claimant.account("6222000000000010003")
    named = await claimant.citizen.post(f"/v1/me/claims/{claim_id}:name-account", json={"account_id": second})
    assert named.status_code == 200, named.text
    assert (await claimant.claim(claim_id))["account_id"] == second


async def test_an_institutions_account_is_confirmed_by_the_directory_of_its_area(registry: Registry) -> None:
    laid = await closed_class(registry)
    filed = await laid.operator.post(
        "/v1/institution-accounts",
        json={"bank_name": "示例银行", "account_number": "1100 0000 0000 0001"},
    )
    assert filed.status_code == 201, filed.text
    account_id = filed.json()["account_id"]
    path = f"/v1/institution-accounts/{account_id}:confirm"
    elsewhere = await granted(registry, Permission.DIRECTORY, division_code="310101")
    assert (await elsewhere.post(path)).status_code == 404
    ungranted = await registry.officer(Permission.DIRECTORY, division_code=DIVISION)
    assert (await ungranted.post(path)).status_code == 404
    here = await granted(registry, Permission.DIRECTORY, division_code=DIVISION)
    waiting = await here.get("/v1/institution-accounts")
    assert only(waiting.json()["items"])["account_id"] == account_id
    assert (await here.post(path)).status_code == 200
    assert (await here.get("/v1/institution-accounts")).json()["items"] == []
    second = await granted(registry, Permission.DIRECTORY, division_code=DIVISION)
    for again in (here, second):
        assert codes(await again.post(path)) == ["institution_account_confirmed"]
    own = only((await laid.operator.get("/v1/institution-accounts")).json()["items"])
    assert own["confirmed_at"] is not None
    assert (own["number_tail"], "110000000000" in str(own)) == ("0001", False)
    assert (await laid.operator.post(f"/v1/institution-accounts/{account_id}:end")).status_code == 200
    assert codes(await second.post(path)) == ["institution_account_ended"]
