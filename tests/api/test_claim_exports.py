"""审计导出: all of a claim, provable offline, told to the person, and nothing that an auditor could write."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.access.actor import Permission
from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.verifier.command import main
from tests.builders.overseen import Overseen, lay_overseen
from tests.builders.payments import granted
from tests.registry_server import Caller, Registry

pytestmark = pytest.mark.anyio

CASE = {"case_number": "测审〔2026〕0001号"}
SCHEMA = json.loads(Path("openapi/claim-export.schema.json").read_text())


async def keys_file(registry: Registry, folder: Path) -> str:
    answer = (await registry.client.get("/v1/log/keys")).raise_for_status().json()
    path = folder / "keys"
    path.write_text("\n".join(item["verifier"] for item in answer["items"]))
    return str(path)


def verify(export: dict[str, Any], keys: str, folder: Path) -> int:
    path = folder / "export.json"
    path.write_text(json.dumps(export, ensure_ascii=False))
    return main(["export", str(path), "--key", keys])


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
    assert "没有日志证明" not in capsys.readouterr().out
    await check_tampered(export, keys, tmp_path)
    await check_period(world, auditor, keys, tmp_path)
    await check_looks(world)
    await check_bounds(world, auditor)


async def check_tampered(export: dict[str, Any], keys: str, folder: Path) -> None:
    """Whatever the log seals cannot be said otherwise in the file."""
    for section, field, value in (
        ("reviews", "amount_fen", 1),
        ("reviews", "facts", {}),
        ("moves", "to_state", "refused"),
        ("benefits", "amount_fen", 1),
        ("instructions", "amount_fen", 1),
        ("answers", "outcome", "rejected"),
        ("recoveries", "amount_fen", 1),
        ("entries", "skill_level", "level_1"),
    ):
        changed = json.loads(json.dumps(export))
        for row in changed[section]:
            row[field] = value
        assert verify(changed, keys, folder) == 1, (section, field)
        changed[section] = []
        assert verify(changed, keys, folder) == 1, section
    broken = json.loads(json.dumps(export))
    broken["proofs"][0]["content"][
        "skill_level" if "skill_level" in broken["proofs"][0]["content"] else "kind"
    ] = "x"
    assert verify(broken, keys, folder) == 1
    assert verify({**export, "format": "x"}, keys, folder) == 2


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
    assert main(["export", str(folder / "period.ndjson"), "--key", keys]) == 0
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
