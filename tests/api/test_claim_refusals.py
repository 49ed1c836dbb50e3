"""Every answer of the door that claims enter by: the code, the clause, and what can be done; nothing is left behind."""

from typing import Any

import pytest

from app.access.actor import SYSTEM_PRINCIPAL
from app.subsidies.claims.states import ENTRY_KIND_OF, PAYEES_OF
from tests.builders.certificates import revoke_entry
from tests.builders.claims import DIVISION, Claimant, lay_claimant
from tests.builders.guards import set_aside
from tests.registry_server import Registry, codes, only

pytestmark = pytest.mark.anyio


async def refused(claimant: Claimant, code: str, **changes: Any) -> dict[str, Any]:
    """The reason of a claim that was not taken; neither key nor slot nor number is left behind."""
    owner = await claimant.registry.owner()
    before = await left_behind(owner)
    answer = await claimant.submit(**changes)
    assert (answer.status_code, codes(answer)) == (409, [code]), answer.text
    assert await left_behind(owner) == before
    reason: dict[str, Any] = only(answer.json()["reasons"])
    assert reason["remedy"]
    return reason


async def left_behind(owner: Any) -> list[int]:
    return list(
        await owner.fetchrow(
            "SELECT (SELECT count(*) FROM claim), (SELECT count(*) FROM claim_number),"
            " (SELECT count(*) FROM benefit_key WHERE released_at IS NULL),"
            " (SELECT count(*) FROM benefit_slot WHERE released_at IS NULL)"
        )
    )


async def test_an_entry_that_is_not_the_callers(registry: Registry) -> None:
    claimant, stranger = await lay_claimant(registry), await lay_claimant(registry)
    await refused(claimant, "entry_unknown", record_number=stranger.record_number)
    await refused(claimant, "entry_unknown", record_number="R110105-2026-99999999-X")


async def test_an_entry_of_another_kind(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    reason = await refused(claimant, "entry_of_other_kind", kind="training")
    assert reason["citation"]["document"] == "人社部发〔2025〕10号"


async def test_a_payee_that_the_kind_does_not_name(registry: Registry) -> None:
    await refused(await lay_claimant(registry), "payee_not_allowed", kind="apprenticeship")


async def test_an_entry_that_was_revoked(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    await revoke_entry(registry, claimant.record_number)
    await refused(claimant, "entry_not_in_force")


async def test_an_entry_without_an_occupation(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    owner = await registry.owner()
    async with set_aside(owner, "record_entry", "set_once"):
        await owner.execute(
            "UPDATE record_entry SET occupation_edition = NULL, occupation_code = NULL WHERE person_id = $1",
            claimant.person_id,
        )
    await refused(claimant, "entry_without_occupation")


@pytest.mark.parametrize("corrected", ["skill_level = 'level_3'", "issued_on = issued_on - 400"])
async def test_an_entry_that_its_certificate_has_left_behind(registry: Registry, corrected: str) -> None:
    """Key, year and place would be those of the entry, the verdict that of the certificate."""
    claimant = await lay_claimant(registry)
    owner = await registry.owner()
    await owner.execute("ALTER TABLE certificate DISABLE TRIGGER ALL")
    await owner.execute(f"UPDATE certificate SET {corrected} WHERE person_id = $1", claimant.person_id)
    await owner.execute("ALTER TABLE certificate ENABLE TRIGGER ALL")
    reason = await refused(claimant, "entry_outdated")
    assert "重新归档" in reason["remedy"]


async def test_the_same_occupation_and_level_once_for_life(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    await claimant.submitted()
    await claimant.certificate(days_ago=3)
    reason = await refused(claimant, "benefit_already_held")
    assert reason["citation"] == {"document": "国办发〔2019〕24号", "clause": "四(十二)", "note": None}
    # Another level is another key, and another year another place.
    await claimant.certificate(days_ago=400, level="level_3")
    assert (await claimant.submit()).status_code == 201


async def test_the_yearly_cap_of_the_payer(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    owner = await registry.owner()
    cap = await owner.fetchval(
        "SELECT cap FROM slot_rule WHERE slot_group = 'skill_upgrade' AND division_code = '000000'"
        " AND in_force @> law_date(registry_now())"
    )
    levels = ["level_5", "level_4", "level_3", "level_2", "level_1"]
    assert cap < len(levels)
    for level in levels[:cap]:
        await claimant.certificate(days_ago=2, level=level)
        assert (await claimant.submit()).status_code == 201
    await claimant.certificate(days_ago=2, level=levels[cap])
    reason = await refused(claimant, "yearly_cap_reached")
    assert f"每人每年{cap}次" in reason["message"]


async def test_a_payer_whose_policy_says_no_cap_for_the_day(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    owner = await registry.owner()
    await owner.execute("DELETE FROM slot_rule WHERE slot_group = 'skill_upgrade'")
    await refused(claimant, "slot_rule_missing")


async def test_an_earlier_benefit_holds_its_key_for_ever(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    owner = await registry.owner()
    earlier = await owner.fetchval(
        "WITH taken_in AS (INSERT INTO earlier_import (division_code, file_sha256, rows_total, received_by)"
        "   VALUES ('320100', sha256('x'), 1, $2) RETURNING import_id)"
        " INSERT INTO earlier_benefit (person_id, kind, division_code, paid_on, amount_fen, document_number, import_id,"
        " line) SELECT $1, 'training', '320100', '2019-06-01', 80000, '测试文号1', import_id, 1 FROM taken_in"
        " RETURNING earlier_id",
        claimant.person_id,
        SYSTEM_PRINCIPAL,
    )
    await owner.execute(
        "INSERT INTO benefit_key (person_id, key_group, benefit_line, skill_level, period, origin, earlier_id)"
        " SELECT $1, 'training_or_upgrade', benefit_line, 'level_4', 'life', 'earlier', $2 FROM occupation"
        " WHERE edition = 2022 AND code = '4-10-01-02'",
        claimant.person_id,
        earlier,
    )
    await refused(claimant, "benefit_already_held")
    dry = await claimant.citizen.post(
        "/v1/eligibility:evaluate", json={"record_number": claimant.record_number, "kind": "skill_upgrade"}
    )
    verdict = dry.json()["verdict"]
    assert verdict["outcome"] == "ineligible", [
        (reason["code"], reason["result"], reason["message"])
        for reason in verdict["reasons"]
        if reason["result"] != "passed" or "once" in reason["code"]
    ]


async def test_a_line_that_names_another_institution_as_payee(registry: Registry) -> None:
    claimant = await lay_claimant(registry)
    owner = await registry.owner()
    outcome = await owner.fetchval(
        "SELECT outcome FROM submit_claims($1, NULL, jsonb_build_array(jsonb_build_object("
        "'person_id', $2::uuid, 'claim_id', uuidv7(), 'claim_number', 'S110105-2026-99999999', 'kind', 'skill_upgrade',"
        " 'entry_id', (SELECT entry_id FROM record_entry WHERE person_id = $2), 'division_code', $3::text,"
        " 'payee_kind', 'institution', 'payee_institution_id', uuidv7())))",
        SYSTEM_PRINCIPAL,
        claimant.person_id,
        DIVISION,
    )
    assert outcome == "payee_not_of_entry"


async def test_kinds_are_declared_in_the_code_as_in_the_tables(registry: Registry) -> None:
    owner = await registry.owner()
    kinds = await owner.fetch("SELECT kind, entry_kind FROM benefit_kind")
    assert {row["kind"]: row["entry_kind"] for row in kinds} == {
        kind.value: entry.value for kind, entry in ENTRY_KIND_OF.items()
    }
    payees = await owner.fetch("SELECT kind, payee_kind FROM benefit_kind_payee")
    assert {(row["kind"], row["payee_kind"]) for row in payees} == {
        (kind.value, payee.value) for kind, allowed in PAYEES_OF.items() for payee in allowed
    }
