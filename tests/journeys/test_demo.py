"""The demo itself: the check drives opening to record through the public API, the province can be used and stopped."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from app.db.embedded import EmbeddedPostgres
from app.db.file_lock import FileLock
from app.demo.client import Answer, Unexpected
from app.demo.ground import AlreadyRunning, running_demo
from app.demo.journal import Journal
from app.demo.processes import Children
from app.demo.stack import REGISTRY_COMMAND, Ports

CHECK_S = 300
READY_S = 240
PROMISED_REFUSALS = {
    "assessment_missing", "certificate_already_archived", "certificate_already_linked",
    "certificate_number_not_checkable", "certificate_still_archived",
    "certificate_still_linked", "credit_code_check_digit", "deceased", "double_presence", "filing_late", "forbidden",
    "idempotency_key_reused", "identity_number_check_digit", "identity_number_lost_digits", "inflated_too_large",
    "institution_unknown", "invalid_grant", "name_mismatch", "not_designated", "notice_signature_invalid",
    "number_held_by_another", "number_not_confirmed", "number_of_another_body", "opening_not_found",
    "same_person_different_values", "second_person_required", "source_revoked", "token_no_longer_valid",
    "version_outdated",
}  # fmt: skip

PROMISED_CLAUSES = {
    "claim_window", "insured_months", "certificate_level", "benefit_already_held", "voucher_not_holders", "not_both",
    "no_pension", "payer_place", "eligible_group", "payee", "certificate_found", "allowance_group", "who_and_where",
    "entry_unknown", "claim_approval_second_person", "objection_decided_by_others",
}  # fmt: skip
CLAIM_REFUSALS = {
    "decided_by_payer",
    "no_downgrade",
    "record_paid_needs_recovery",
    "verdict_undecided",
    "yearly_cap_reached",
}
GATES = {"benefit_entry_in_force", "benefit_entry_sealed"}
CLAIM_STATES = {
    "submitted", "supplement_requested", "accepted", "not_accepted", "reviewed", "approved", "refused", "noticed",
    "payable", "ordered", "paid", "failed", "withdrawn",
}  # fmt: skip

PROMISED_CERTIFICATES = {
    "linked": ("matched", True),
    "linked_elsewhere": ("matched", True),
    "by_officer": ("matched", False),
    "undecided": ("matched", None),
    "pending": ("pending_upload", None),
    "misnamed": ("name_mismatch", None),
    "forged": ("not_found_final", None),
    "revoked": ("revoked", True),
}
CASE = {"purpose": "subsidy_review", "case_number": "测试0001"}


def registry(*arguments: str) -> list[str]:
    return [sys.executable, *REGISTRY_COMMAND, *arguments]


def test_the_check_drives_the_main_job_and_leaves_nothing_behind(tmp_path: Path) -> None:
    done = subprocess.run(
        registry("demo", "--check"),
        capture_output=True,
        text=True,
        timeout=CHECK_S,
        env={
            "PATH": "/usr/bin:/bin",
            "TMPDIR": str(tmp_path),
            "REGISTRY_DATABASE_URL": "postgresql://nowhere/x",
        },
        check=False,
    )
    *steps, last = done.stdout.splitlines()
    summary = json.loads(last)
    assert (done.returncode, summary["ok"]) == (0, True), f"{done.stdout}\n{done.stderr[-6000:]}"
    assert all(step.startswith("✓ 步骤") for step in steps)
    assert set(summary["refusals"]) >= PROMISED_REFUSALS | GATES | CLAIM_REFUSALS
    assert {code for codes in summary["clauses"].values() for code in codes} >= PROMISED_CLAUSES
    assert len(summary["clauses"]) >= 12
    assert summary["counts"]["ledger_differences"] == 0
    assert summary["claims"]["skill_upgrade:paid"] >= 4
    counted = (
        "openings", "roster_rows_accepted", "roster_rows_refused", "sessions", "results", "records", "lookups",
        "accesses_shown", "certificate_links_automatic", "certificate_links_by_officer", "certificates_archived",
        "certificates_imported", "certificates_matched", "certificates_mismatched", "certificates_not_found",
        "certificates_revoked", "claim_window_extended_days", "completion_certificates_shown", "evaluation_bodies",
        "network_pushes_delivered", "records_sealed", "advances", "appeals", "bank_timeouts_after_paying",
        "claims_approved", "claims_in_batches", "claims_refused", "earlier_benefits", "messages_delivered", "notices",
        "objections", "payments_rejected", "payments_settled", "payments_tried_by_sql", "recovered_fen",
        "vouchers_issued",
    )  # fmt: skip
    assert all(summary["counts"][name] > 0 for name in counted)
    assert list(tmp_path.glob("registry-check-*")) == []


@contextmanager
def started_demo(folder: Path) -> Iterator[tuple[subprocess.Popen[str], Path]]:
    ports = Ports.free()
    said = folder.parent / "said.txt"
    arguments = ["--port", str(ports.api), "--sandbox-port", str(ports.sandbox), "--data-dir", str(folder)]
    with said.open("w") as output:
        # As a script starts what it puts behind "&": with SIGINT ignored.
        process = subprocess.Popen(
            ["/bin/sh", "-c", "trap '' INT; exec \"$@\"", "sh", *registry("demo", *arguments)],
            stdout=output,
            stderr=output,
            text=True,
        )
    try:
        deadline = time.monotonic() + READY_S
        while "Ctrl-C" not in said.read_text():
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < deadline, said.read_text()
            time.sleep(0.2)
        yield process, said
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(60)


def test_the_province_can_be_used_with_what_was_noted_and_is_filled_once(tmp_path: Path) -> None:
    folder = tmp_path / "一个 带空格的目录" / "data"
    folder.parent.mkdir()
    with started_demo(folder) as (process, _):
        notes = json.loads((folder / "demo.json").read_text())
        assert (folder / "demo.json").stat().st_mode & 0o777 == 0o600
        states = {opening["key"] for opening in notes["openings"]}
        assert states >= {"draft", "returned", "filed", "on_record", "running", "closed"}
        assert found_in(notes) == [True]
        assert certificates_in(notes) == PROMISED_CERTIFICATES
        assert {claim["state"] for claim in notes["claims"]} == CLAIM_STATES
        assert notices_open(notes) == [notes["open_notice"]["notice_id"]]
        children = json.loads((folder / "children.json").read_text())
        process.kill()  # as kill -9: the next start has to cope with what is left
        process.wait(30)
    with started_demo(folder) as (process, said):
        assert "遗留的 3 个进程" in said.read_text()
        again = json.loads((folder / "demo.json").read_text())
        assert again["openings"] == notes["openings"]
        assert found_in(again) == [True]
        assert certificates_in(again) == PROMISED_CERTIFICATES
        claimed = len(notes["claim_certificates"])
        assert certificates_on_network(again) == {"valid": 6 + claimed, "revoked": 1}
        assert again["claims"] == notes["claims"]
        assert notices_open(again) == [notes["open_notice"]["notice_id"]]
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
    assert not any(psutil.pid_exists(child["pid"]) for child in children)
    assert not (folder / "children.json").exists()
    with started_demo(folder) as (process, said):
        children = json.loads((folder / "children.json").read_text())
        server = EmbeddedPostgres(folder / "postgres").server()
        assert server is not None
        server.kill()
        assert process.wait(60) == 2
        assert "“数据库”（PostgreSQL）意外退出" in said.read_text()
    assert not any(psutil.pid_exists(child["pid"]) for child in children)


@contextmanager
def looking_up(notes: dict[str, Any]) -> Iterator[httpx.Client]:
    """The machine client of an agency elsewhere, signed in with what was noted."""
    with httpx.Client(base_url=notes["addresses"]["api"], trust_env=False) as client:
        form = {"grant_type": "client_credentials", **notes["credentials"]["clients"]["lookup_other_city"]}
        token = client.post("/v1/oauth/token", data=form).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def found_in(notes: dict[str, Any]) -> list[bool]:
    """A machine client looks up the first citizen of the notes."""
    with looking_up(notes) as client:
        answer = client.post("/v1/records:lookup", json={**CASE, "subjects": notes["citizens"][:1]})
    return [each["found"] for each in answer.raise_for_status().json()["items"]]


def certificates_in(notes: dict[str, Any]) -> dict[str, tuple[str, bool | None]]:
    """State, and whether the link is automatic (None: no link), of every certificate of the notes."""
    found = {}
    with looking_up(notes) as client:
        for each in notes["certificates"]:
            asked = {"certificate_number": each["certificate_number"], "name": each["holder"]["name"]}
            answer = client.post("/v1/certificates:lookup", json={**CASE, **asked}).raise_for_status()
            (shown,) = answer.json()["items"]
            found[each["key"]] = (shown["state"], shown["link"] and shown["link"]["is_automatic"])
    return found


def notices_open(notes: dict[str, Any]) -> list[str]:
    """What anybody sees of public notices."""
    answer = httpx.get(f"{notes['addresses']['api']}/v1/public-notices", trust_env=False).raise_for_status()
    return [each["notice_id"] for each in answer.json()["items"]]


def certificates_on_network(notes: dict[str, Any]) -> Counter[str]:
    """Of the certificates that were entered, hidden ones included: how many in which state."""
    sandbox = notes["addresses"]["sandbox"]
    answer = httpx.get(f"{sandbox}/sandbox/certificates?limit=60", trust_env=False).raise_for_status()
    entered = [each for each in answer.json()["certificates"] if each["id"].startswith("R")]
    return Counter(each["certificate"]["state"] for each in entered)


def test_a_taken_port_is_said_with_the_way_to_another(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = str(taken.getsockname()[1])
        command = registry(
            "demo", "--port", port, "--sandbox-port", "1", "--data-dir", str(tmp_path / "data")
        )
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert f"端口 {port} 已被占用" in done.stderr
    assert "--port" in done.stderr


def test_one_folder_serves_one_demo(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "demo.lock")
    assert lock.try_exclusive()
    with (
        pytest.raises(AlreadyRunning, match="--data-dir"),
        running_demo(tmp_path, Ports.free(), database_at=never),
    ):
        pass
    lock.release()


def never(folder: Path) -> object:
    raise AssertionError("the database must not be started")


def test_leftovers_are_known_by_start_time_not_by_number_alone(tmp_path: Path) -> None:
    killed = Children(tmp_path)
    child = killed.start("sleeper", ["-c", "import time; time.sleep(600)"], {})
    remembered = json.loads((tmp_path / "children.json").read_text())
    reused = [{**remembered[0], "started": remembered[0]["started"] - 100}]
    (tmp_path / "children.json").write_text(json.dumps(reused))
    assert Children(tmp_path).stop_leftovers() == 0
    assert child.process.poll() is None
    (tmp_path / "children.json").write_text(json.dumps(remembered))
    assert Children(tmp_path).stop_leftovers() == 1
    assert not psutil.pid_exists(child.process.pid)
    child.process.wait(10)  # lets its Popen know


def test_a_refusal_for_another_reason_fails_the_check() -> None:
    content = json.dumps({"code": "not_found", "reasons": []}).encode()
    answer = Answer("GET /v1/x", 404, {"content-type": "application/problem+json"}, content)
    journal = Journal()
    journal.refused(answer, 404, "not_found")
    with pytest.raises(Unexpected, match="forbidden"):
        journal.refused(answer, 404, "forbidden")
    with pytest.raises(Unexpected, match="403"):
        journal.refused(answer, 403, "not_found")
    with pytest.raises(RuntimeError), journal.step("会失败的一步"):
        raise RuntimeError
    assert json.loads(journal.summary()) == {
        "ok": False,
        "counts": {},
        "refusals": {"not_found": 1},
        "claims": {},
        "clauses": {},
        "failed_step": "步骤1 会失败的一步",
    }
