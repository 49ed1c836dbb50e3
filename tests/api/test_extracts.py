"""打印件: a PDF that says what stood then, and a code by which anybody learns what stands now; every look is told."""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest
import rfc8785

from app.jobs.sealing import run_sealing
from tests.api.test_shares import NAME, archived, completion, revoke_entry
from tests.builders.finished_class import Trainee
from tests.foreign.tools import tool
from tests.registry_server import Caller, Registry, codes, only

pytestmark = pytest.mark.anyio


def run(name: str, *arguments: str) -> str:
    return subprocess.run([tool(name), *arguments], capture_output=True, text=True, check=True).stdout


def words(pdf: bytes, folder: Path) -> str:
    """The text of the pages, by a program that is not ours."""
    path = folder / "printed.pdf"
    path.write_bytes(pdf)
    return run("pdftotext", "-layout", str(path), "-")


async def printed(citizen: Caller, **wish: Any) -> dict[str, Any]:
    answer = await citizen.post("/v1/me/extracts", json=wish)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def verified(registry: Registry, code: str) -> Any:
    return await registry.client.post("/v1/printed-documents:verify", json={"code": code})


def root_of(proof: dict[str, Any]) -> str:
    """RFC 6962 section 2.1.1, written down once more; shares nothing with the log."""
    leaf = bytes.fromhex(proof["leaf"])
    content = rfc8785.dumps(proof["content"])
    commitment = hashlib.sha256(bytes.fromhex(proof["salt"]) + content).hexdigest()
    assert orjson.loads(leaf)["commitment"] == commitment
    at, last, node = proof["leaf_index"], proof["tree_size"] - 1, hashlib.sha256(b"\0" + leaf).digest()
    for step in map(bytes.fromhex, proof["path"]):
        if at % 2 or at == last:
            node = hashlib.sha256(b"\1" + step + node).digest()
            while at and not at % 2:
                at, last = at // 2, last // 2
        else:
            node = hashlib.sha256(b"\1" + node + step).digest()
        at, last = at // 2, last // 2
    return node.hex()


async def test_printed_sealed_and_verified(registry: Registry, tmp_path: Path) -> None:
    _, citizen, number = await archived(registry)
    await run_sealing(registry.house)
    made = await printed(citizen)
    pdf = await citizen.get(made["pdf"])
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"] == f'attachment; filename="{made["file_name"]}"'
    assert pdf.content == (await citizen.get(made["pdf"])).content
    text = words(pdf.content, tmp_path)
    for expected in (NAME, number, made["code"], "第1页", Trainee(serial=931).number[-4:]):
        assert expected in text
    assert Trainee(serial=931).number not in text
    proofs = (await citizen.get(f"/v1/me/extracts/{made['document_id']}/proofs")).json()
    assert {each["record_number"] for each in proofs["entries"]} >= {number}
    assert all(root_of(each) == each["root"] for each in proofs["entries"])
    run("pdfdetach", "-saveall", "-o", str(tmp_path), str(tmp_path / "printed.pdf"))
    assert orjson.loads((tmp_path / "record-proof.json").read_bytes()) == proofs
    found = await verified(registry, made["code"].replace("-", " ").lower())
    assert (found.status_code, found.json()["standing"], found.json()["name"]) == (200, "valid", "阿*")
    assert completion(found.json()["entries"])["record_number"] == number
    await revoke_entry(registry, number)
    assert (await verified(registry, made["code"])).json()["standing"] == "superseded"
    assert (await citizen.post(f"/v1/me/extracts/{made['document_id']}:revoke")).status_code == 200
    assert (await verified(registry, made["code"])).json()["standing"] == "revoked"
    unknown = await verified(registry, "0000-0000-0000-0000-0000")
    assert (unknown.status_code, codes(unknown)) == (404, ["document_code_unknown"])
    told = (await citizen.get("/v1/me/accesses")).json()["items"]
    assert [(each["channel"], each["proof_id"]) for each in told] == [("document", made["document_id"])] * 3
    listed = only((await citizen.get("/v1/me/extracts")).json()["items"])
    assert listed["looks"] == 3


async def test_nobody_prints_what_is_somebody_elses(registry: Registry) -> None:
    _, citizen, _ = await archived(registry)
    _, stranger, foreign = await archived(registry, serial=932)
    refused = await citizen.post("/v1/me/extracts", json={"record_numbers": [foreign]})
    assert codes(refused) == ["extract_entry_unknown"]
    made = await printed(stranger)
    for path in (made["pdf"], f"/v1/me/extracts/{made['document_id']}/proofs"):
        assert (await citizen.get(path)).status_code == 404
    assert (await citizen.post(f"/v1/me/extracts/{made['document_id']}:revoke")).status_code == 404
    missing = await citizen.post("/v1/me/extracts", json={"notice_number": "N110105-2026-00000001"})
    assert missing.status_code == 404
