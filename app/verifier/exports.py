"""Exports of claims (``openapi/claim-export.schema.json``): signed whole by the registry, sealed in parts by the log.

The log seals the legal events; everything else in an export (number, approvals, ledger, bank statements) rests on the
registry's signature over the whole. What neither covers does not pass.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.verifier.bundles import check_bundle
from app.verifier.canonical import canonical
from app.verifier.implied import implied_proofs
from app.verifier.notes import VerifierKey
from app.verifier.refusals import DoesNotHold, Unreadable
from app.verifier.statements import check_statement

FORMAT = "training-record-registry/claim-export/v1"
STATEMENT_KIND = "registry-export+jws"
SECTIONS = (
    "entries", "identity_checks", "certificates", "certificate_changes", "keys", "slots", "accounts",
    "moves", "supplements", "commitments", "acceptances", "reviews", "approvals", "holds", "withdrawals",
    "appeals", "notices", "public_notices", "clearances", "order_lines", "retries", "benefits",
    "instructions", "answers", "statement_lines", "recoveries", "recovery_steps", "ledger", "editions",
    "proofs",
)  # fmt: skip
_TEXTS = ("made_at", "case_number", "statement")
_MEMBERS = {"format", "claim", *_TEXTS, *SECTIONS}
_CLAIM_TEXTS = ("claim_id", "claim_number", "person_id", "kind", "entry_id", "entry_kind", "state")
_PLACES: Mapping[str, tuple[str, str]] = {
    "entry": ("entries", "entry_id"),
    "revocation": ("entries", "entry_id"),
    "supersession": ("entries", "entry_id"),
    "certificate_change": ("certificate_changes", "change_id"),
    "claim_decision": ("moves", "move_id"),
    "appeal_decision": ("appeals", "appeal_id"),
    "benefit": ("benefits", "benefit_id"),
    "benefit_cancellation": ("benefits", "benefit_id"),
    "payment": ("instructions", "instruction_id"),
    "payment_end": ("answers", "answer_id"),
    "recovery": ("recoveries", "recovery_id"),
    "recovery_step": ("recovery_steps", "step_id"),
    "policy_edition": ("editions", "edition_id"),
}
_REVIEWED = ("verdict", "amount_fen", "facts", "reasons", "edition_id", "reviewed_by")
_LEFT_OUT = {("payment", "account_id")}
"""Sealed, and in no export: it would tell the account apart."""
_OF_CLAIM = frozenset({"claim_decision", "appeal_decision", "benefit"})
_LEADS_TO: Mapping[str, tuple[str, str]] = {
    "payment": ("benefits", "benefit_id"),
    "payment_end": ("instructions", "instruction_id"),
    "recovery": ("benefits", "benefit_id"),
    "recovery_step": ("recoveries", "recovery_id"),
}
"""The row of the same export that a row of this kind belongs to."""


@dataclass(frozen=True, slots=True)
class ProvedExport:
    """How many proofs of the log hold; the registry's signature covers the rest."""

    claim_number: str
    proofs: int


def check_export(export: Any, keys: Sequence[VerifierKey], jwks: Any, *, now: datetime) -> ProvedExport:
    """Everything that the export says. ``jwks``: the registry's key set, None when there is none at hand.

    Raises Unreadable or DoesNotHold, the latter also when something in it is covered by no proof.
    """
    _check_form(export)
    claim, proofs = export["claim"], export["proofs"]
    proved: set[tuple[str, str]] = set()
    for proof in proofs:
        held = check_bundle(proof, keys)
        kind = held.said["type"]
        if held.content is None or kind not in _PLACES:
            continue
        _check_row(export, kind, held.content)
        proved.add((kind, held.content[_PLACES[kind][1]]))
    missing = [each for each in implied_proofs(export) if each not in proved]
    if missing:
        told = "；".join(f"{_PLACES[kind][0]} {subject}（{kind}）" for kind, subject in missing)
        raise DoesNotHold(f"以下各项没有日志证明：{told}。刚办理的，请在日志封存后重新导出")
    _check_signature(export, jwks, now)
    return ProvedExport(claim["claim_number"], len(proofs))


def _check_form(export: Any) -> None:
    """As the schema has it. Raises Unreadable."""
    if not isinstance(export, dict) or export.get("format") != FORMAT:
        raise Unreadable(f"不是 {FORMAT} 格式的导出文件")
    _check_members(export)
    for section in SECTIONS:
        rows = export[section]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Unreadable(f"导出文件的 {section} 不是记录的列表")
    for section, name in dict.fromkeys(_PLACES.values()):
        ids = [row.get(name) for row in export[section]]
        if not all(isinstance(each, str) for each in ids):
            raise Unreadable(f"导出文件的 {section} 中有一行没有 {name}")
        for each in ids:
            if ids.count(each) > 1:
                raise DoesNotHold(f"导出文件的 {section} 中 {each} 出现了不止一次")


def _check_members(export: dict[str, Any]) -> None:
    absent = sorted(_MEMBERS - export.keys() - {"statement"})
    if absent:
        raise Unreadable(f"导出文件缺少 {'、'.join(absent)}，请重新导出")
    unknown = sorted(export.keys() - _MEMBERS)
    if unknown:
        raise Unreadable(f"导出文件中有格式没有的 {'、'.join(unknown)}")
    claim = export["claim"]
    if not isinstance(claim, dict) or not all(isinstance(claim.get(name), str) for name in _CLAIM_TEXTS):
        raise Unreadable(f"导出文件的 claim 须有 {'、'.join(_CLAIM_TEXTS)}")
    for name in _TEXTS:
        if name in export and not isinstance(export[name], str):
            raise Unreadable(f"导出文件的 {name} 不是文字")


def _check_row(export: dict[str, Any], kind: str, content: dict[str, Any]) -> None:
    section, name = _PLACES[kind]
    row = _row(export, section, name, content.get(name))
    if row is None:
        raise DoesNotHold(f"日志中的{kind} {content.get(name)} 在导出文件中不见了")
    said = _with_decision(export, row) if kind == "claim_decision" else row
    for field, sealed in content.items():
        if (kind, field) in _LEFT_OUT:
            continue
        if field not in said or not _is_same(field, said[field], sealed):
            raise DoesNotHold(f"导出文件中 {section} 的 {field} 与日志所封存的不一致（{content[name]}）")
    _check_belongs(export, kind, content)


def _check_belongs(export: dict[str, Any], kind: str, content: dict[str, Any]) -> None:
    """A proof of something else holds too, and says nothing of this claim."""
    claim = export["claim"]
    if content.get("person_id", claim["person_id"]) not in (claim["person_id"], None):
        raise DoesNotHold(f"日志证明（{kind}）是另一人的")
    if kind in _OF_CLAIM and content["claim_id"] != claim["claim_id"]:
        raise DoesNotHold(f"日志证明（{kind}）是另一件申领 {content['claim_id']} 的")
    if kind in ("claim_decision", "benefit"):
        for field in ("kind", "entry_id"):
            if content[field] != claim[field]:
                raise DoesNotHold(f"申领的 {field} 与日志所封存的不一致（{kind}）")
    if (
        kind == "entry"
        and content["entry_id"] == claim["entry_id"]
        and content["kind"] != claim["entry_kind"]
    ):
        raise DoesNotHold("申领所依据的档案类别与日志所封存的不一致")
    if kind in _LEADS_TO:
        section, name = _LEADS_TO[kind]
        if _row(export, section, name, content[name]) is None:
            raise DoesNotHold(f"日志证明（{kind}）所属的 {content[name]} 不在导出文件的 {section} 中")


def _with_decision(export: dict[str, Any], move: dict[str, Any]) -> dict[str, Any]:
    """What is sealed of a decision stands in the move, the claim, and the review or acceptance that it rests on."""
    said = {**dict.fromkeys(_REVIEWED), **{name: export["claim"][name] for name in ("kind", "entry_id")}}
    if move.get("step") == "claim_approval":
        told = _row(export, "reviews", "round", move.get("round")) or {}
        said.update({each: told.get(each) for each in _REVIEWED})
    elif move.get("step") == "claim_acceptance":
        told = _row(export, "acceptances", "claim_id", export["claim"]["claim_id"]) or {}
        said["reasons"] = told.get("reasons")
    return {**move, **said}


def _row(export: dict[str, Any], section: str, name: str, wanted: Any) -> dict[str, Any] | None:
    rows = [row for row in export[section] if row.get(name) == wanted]
    if len(rows) > 1:
        raise DoesNotHold(f"导出文件的 {section} 中 {name} {wanted} 出现了不止一次")
    return rows[0] if rows else None


def _is_same(field: str, said: Any, sealed: Any) -> bool:
    """By type and value: 1, 1.0 and true are three things. Instants are one in any offset."""
    if field.endswith("_at") and isinstance(said, str) and isinstance(sealed, str):
        try:
            return datetime.fromisoformat(said) == datetime.fromisoformat(sealed)
        except ValueError:
            return False
    try:
        return canonical(said) == canonical(sealed)
    except Unreadable:
        return False


def _check_signature(export: dict[str, Any], jwks: Any, now: datetime) -> None:
    """The registry's own signature over the whole. Raises DoesNotHold, also when it cannot be checked."""
    if jwks is None or "statement" not in export:
        sealed = {section for section, _ in _PLACES.values()} | {"proofs"}
        rest = [name for name in SECTIONS if name not in sealed and export[name]]
        why = (
            "没有给出登记机关的公钥（--jwks）" if jwks is None else "导出文件没有登记机关的签名（statement）"
        )
        raise DoesNotHold(
            f"{why}：日志证明只及于所封存的内容，以下部分没有任何证明："
            f"made_at、case_number、claim（编号、状态等）、{'、'.join(rest)}，以及其余各行中未封存的字段"
        )
    said = check_statement(export["statement"], jwks, now=now, kinds=(STATEMENT_KIND,)).claims
    whole = {name: value for name, value in export.items() if name != "statement"}
    claim = export["claim"]
    expected = {
        "claim_id": claim["claim_id"],
        "claim_number": claim["claim_number"],
        "case_number": export["case_number"],
        "made_at": export["made_at"],
        "sha256": hashlib.sha256(canonical(whole)).hexdigest(),
    }
    differing = [name for name, value in expected.items() if said.get(name) != value]
    if differing:
        told = "内容已被改动" if differing == ["sha256"] else f"{'、'.join(differing)} 不符"
        raise DoesNotHold(f"导出文件与登记机关所签署的不一致：{told}")
