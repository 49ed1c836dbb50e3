"""审计导出: all of a claim, provable offline, told to the person, and nothing that an auditor could write."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.access.actor import Permission
from app.access.tokens import TokenRing
from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.kernel.clock import utc_now
from app.oversight.exports.rules import STATEMENT_TYPE, signed_claims
from app.verifier.command import main
from app.verifier.exports import SECTIONS
from tests.builders.overseen import Overseen, lay_overseen
from tests.builders.payments import granted
from tests.registry_server import Caller, Registry

pytestmark = pytest.mark.anyio

NOWHERE = "00000000-0000-0000-0000-000000000000"
CASE = {"case_number": "测审〔2026〕0001号"}
SCHEMA = json.loads(Path("openapi/claim-export.schema.json").read_text())


async def keys_file(registry: Registry, folder: Path) -> str:
    answer = (await registry.client.get("/v1/log/keys")).raise_for_status().json()
    path = folder / "keys"
    path.write_text("\n".join(item["verifier"] for item in answer["items"]))
    jwks = (await registry.client.get("/.well-known/jwks.json")).raise_for_status()
    (folder / "jwks").write_text(jwks.text)
    return str(path)


def verify(export: dict[str, Any], keys: str, folder: Path) -> int:
    path = folder / "export.json"
    path.write_text(json.dumps(export, ensure_ascii=False))
    return main(["export", str(path), "--key", keys, "--jwks", str(folder / "jwks")])


async def exported(world: Overseen, auditor: Caller) -> dict[str, Any]:
    answer = await auditor.post(f"/v1/claims/{world.claim_id}:export", json=CASE)
    assert answer.status_code == 200, answer.text
    assert not re.search(
        r"(?<![0-9A-Za-z])[0-9]{17}[0-9Xx](?![0-9A-Za-z])", answer.text.replace(str(world.claim_id), "")
    )
    assert world.claimant.trainee.number not in answer.text
    assert world.claimant.trainee.name not in answer.text
    assert "_sealed" not in answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_an_auditor_carries_a_claim_away_and_others_check_it(
    registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = await lay_overseen(registry)
    auditor = await granted(registry, Permission.AUDIT)
    export = await exported(world, auditor)
    jsonschema_rs.Draft202012Validator(SCHEMA).validate(export)
    kinds = [json.loads(proof["leaf"])["type"] for proof in export["proofs"]]
    assert {
        "entry",
        "claim_decision",
        "benefit",
        "payment",
        "payment_end",
        "recovery",
        "recovery_step",
        "policy_edition",
    } <= set(kinds)
    [review] = export["reviews"]
    assert (
        review["facts"]["facts"]["certificate"]["certificate_id"]
        == export["certificates"][0]["certificate_id"]
    )
    assert any(
        version["citation"]["clause"] for reason in review["reasons"] for version in reason["versions"]
    )
    assert [each["kind"] for each in export["ledger"]] == ["instruction", "settlement", "repayment"]
    keys = await keys_file(registry, tmp_path)
    assert verify(export, keys, tmp_path) == 0
    assert "整份导出的签名有效" in capsys.readouterr().out
    check_tampered(export, keys, tmp_path, registry.house.tokens)
    check_forged(export, keys, tmp_path)
    check_unsigned(export, keys, tmp_path, capsys)
    await check_period(world, auditor, keys, tmp_path)
    await check_looks(world)
    await check_bounds(world, auditor)


def signed_anew(export: dict[str, Any], tokens: TokenRing) -> dict[str, Any]:
    """As somebody could who holds the registry's signing key, and not that of the log."""
    whole = {name: value for name, value in export.items() if name != "statement"}
    claims = signed_claims(whole)
    return {
        **whole,
        "statement": tokens.sign_statement(claims, typ=STATEMENT_TYPE, now=utc_now(), expires=None),
    }


def without(export: dict[str, Any], sections: set[str], kinds: set[str]) -> None:
    export.update({section: [] for section in sections})
    export["proofs"] = [each for each in export["proofs"] if json.loads(each["leaf"])["type"] not in kinds]


def copied(export: dict[str, Any], change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    fresh: dict[str, Any] = json.loads(json.dumps(export))
    change(fresh)
    return fresh


MONEY = {"benefits", "instructions", "answers", "recoveries", "recovery_steps"}
MONEY_LEAVES = {"benefit", "payment", "payment_end", "recovery", "recovery_step"}
SEALED_FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "amount of the review": lambda told: told["reviews"][0].update(amount_fen=1),
    "facts of the review": lambda told: told["reviews"][0].update(facts={}),
    "what was decided": lambda told: [each.update(to_state="refused") for each in told["moves"]],
    "amount paid": lambda told: told["benefits"][0].update(amount_fen=1),
    "amount as a fraction": lambda told: told["benefits"][0].update(
        amount_fen=float(told["benefits"][0]["amount_fen"])
    ),
    "amount sent": lambda told: told["instructions"][0].update(amount_fen=1),
    "answer of the bank": lambda told: told["answers"][0].update(outcome="rejected"),
    "instant of the answer": lambda told: told["answers"][0].update(recorded_at="2020-01-01T00:00:00+08:00"),
    "amount owed": lambda told: told["recoveries"][0].update(amount_fen=1),
    "level": lambda told: told["entries"][0].update(skill_level="level_1"),
    "sealed field left out": lambda told: told["benefits"][0].pop("amount_fen"),
    "sealed field renamed": lambda told: told["benefits"][0].update(
        amount=told["benefits"][0].pop("amount_fen")
    ),
    "another claim": lambda told: told["claim"].update(claim_id=NOWHERE),
    "another entry": lambda told: told["claim"].update(entry_id=NOWHERE),
    "another kind": lambda told: told["claim"].update(kind="living_allowance"),
    "another person": lambda told: told["claim"].update(person_id=NOWHERE),
    "second benefit of the same id": lambda told: told["benefits"].append(
        {**told["benefits"][0], "amount_fen": 99_999_900}
    ),
    "second benefit of its own id": lambda told: told["benefits"].append(
        {**told["benefits"][0], "benefit_id": NOWHERE}
    ),
    "second review of the round": lambda told: told["reviews"].append(
        {**told["reviews"][0], "amount_fen": 1}
    ),
    "money gone with its proofs": lambda told: without(told, MONEY, MONEY_LEAVES),
    "answer gone with its proof": lambda told: without(told, {"answers"}, {"payment_end"}),
    "decision gone with its proof": lambda told: without(told, {"moves"}, {"claim_decision"}),
    "entry gone with its proof": lambda told: without(told, {"entries"}, {"entry"}),
    "proof of the benefit gone": lambda told: without(told, set(), {"benefit"}),
    "no proofs": lambda told: told.update(proofs=[]),
}
SIGNED_FORGERIES: dict[str, Callable[[dict[str, Any]], object]] = {
    "claim number": lambda told: told["claim"].update(claim_number="S999999-2026-00000099"),
    "amount added": lambda told: told["claim"].update(amount_fen=1),
    "case": lambda told: told.update(case_number="测审〔2026〕9999号"),
    "time": lambda told: told.update(made_at="2020-01-01T00:00:00+00:00"),
    "approval": lambda told: told["approvals"][0].update(amount_fen=1, approved_by=NOWHERE),
    "ledger emptied": lambda told: told.update(ledger=[], statement_lines=[]),
    "tail of the account": lambda told: [each.update(number_tail="9999") for each in told["accounts"]],
    "signature of another export": lambda told: told.update(statement=told["statement"][:-4] + "AAAA"),
}


def check_tampered(export: dict[str, Any], keys: str, folder: Path, tokens: TokenRing) -> None:
    """Whatever the log seals cannot be said otherwise in the file, even by the registry's own signature."""
    assert verify(signed_anew(export, tokens), keys, folder) == 0
    for name, forge in SEALED_FORGERIES.items():
        assert verify(copied(export, forge), keys, folder) == 1, name
        forged = copied(export, forge)
        # A fraction has no canonical text to be signed.
        if name != "amount as a fraction":
            forged = signed_anew(forged, tokens)
        assert verify(forged, keys, folder) == 1, name
    broken = json.loads(json.dumps(export))
    broken["proofs"][0]["content"][
        "skill_level" if "skill_level" in broken["proofs"][0]["content"] else "kind"
    ] = "x"
    assert verify(broken, keys, folder) == 1


def check_forged(export: dict[str, Any], keys: str, folder: Path) -> None:
    """What the log does not seal, the registry has signed; what the form asks for is all there."""
    for name, forge in SIGNED_FORGERIES.items():
        assert verify(copied(export, forge), keys, folder) == 1, name
    assert verify({**export, "format": "x"}, keys, folder) == 2
    assert verify({**export, "more": []}, keys, folder) == 2
    assert verify({**export, "entries": ["x"]}, keys, folder) == 2
    assert verify({"format": export["format"], "claim": export["claim"], "proofs": []}, keys, folder) == 2
    assert {*SCHEMA["required"]} == {"format", "made_at", "case_number", "claim", "statement", *SECTIONS}
    for section in SECTIONS:
        absent = {name: value for name, value in export.items() if name != section}
        assert verify(absent, keys, folder) == 2, section


def check_unsigned(
    export: dict[str, Any], keys: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the registry's key, or its signature, the rest is named and does not pass."""
    capsys.readouterr()
    unsigned = {name: value for name, value in export.items() if name != "statement"}
    assert verify(unsigned, keys, folder) == 1
    assert "approvals、" in capsys.readouterr().err
    (folder / "export.json").write_text(json.dumps(export))
    assert main(["export", str(folder / "export.json"), "--key", keys]) == 1
    told = capsys.readouterr().err
    assert "--jwks" in told
    assert "ledger" in told


async def check_period(world: Overseen, auditor: Caller, keys: str, folder: Path) -> None:
    owner = await world.registry.owner()
    submitted = await owner.fetchval("SELECT min(law_date(submitted_at)) FROM claim")
    period = {
        **CASE,
        "starts_on": str(submitted),
        "ends_before": str(submitted.replace(year=submitted.year + 1)),
    }
    answer = await auditor.post("/v1/claims:export", json=period)
    assert answer.status_code == 200, answer.text
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert len(lines) == 3
    assert [line["claim"]["claim_id"] for line in lines] == sorted(
        line["claim"]["claim_id"] for line in lines
    )
    (folder / "period.ndjson").write_text(answer.text)
    asked = ["export", str(folder / "period.ndjson"), "--key", keys, "--jwks", str(folder / "jwks")]
    assert main(asked) == 0
    early = {**period, "starts_on": "2001-01-01", "ends_before": "2001-02-01"}
    assert (await auditor.post("/v1/claims:export", json=early)).text == ""
    backwards = {**period, "ends_before": period["starts_on"]}
    assert (await auditor.post("/v1/claims:export", json=backwards)).status_code == 422


async def check_looks(world: Overseen) -> None:
    """Each export is one look that the person sees, with purpose and case."""
    looks = (await world.claimant.citizen.get("/v1/me/accesses")).raise_for_status().json()["items"]
    assert len([look for look in looks if look["case_number"] == CASE["case_number"]]) == 2


async def check_bounds(world: Overseen, auditor: Caller) -> None:
    """Elsewhere nothing, without the permission nothing, and the auditor's own role writes nothing."""
    registry, path = world.registry, f"/v1/claims/{world.claim_id}:export"
    elsewhere = await granted(registry, Permission.AUDIT, division_code="640000")
    assert (await elsewhere.post(path, json=CASE)).status_code == 404
    assert (await world.paying.reviewer.post(path, json=CASE)).status_code == 403
    assert (await auditor.post(path, json={})).status_code == 422
    owner = await registry.owner()
    tables = await owner.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'registry'::regnamespace AND relkind IN ('r', 'p')"
        " AND (has_table_privilege('auditor', oid, 'INSERT') OR has_table_privilege('auditor', oid, 'DELETE')"
        " OR has_table_privilege('auditor', oid, 'TRUNCATE') OR has_any_column_privilege('auditor', oid, 'UPDATE'))"
    )
    written = {row["relname"] for row in tables}
    assert not written & {
        "claim",
        "claim_review",
        "benefit",
        "record_entry",
        "access_event",
        "log_leaf",
        "recovery",
    }
    for statement in ("UPDATE claim SET version = 0", "DELETE FROM claim_review", "DELETE FROM access_event"):
        with pytest.raises(DBAPIError, match="permission denied"):
            async with system_unit(registry.house.engines, DatabaseRole.AUDITOR) as unit:
                await unit.session.execute(text(statement))
