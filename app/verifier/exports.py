"""Exports of claims (``openapi/claim-export.schema.json``): every proof holds, and says what the export says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.verifier.bundles import check_bundle
from app.verifier.notes import VerifierKey
from app.verifier.refusals import DoesNotHold, Unreadable

FORMAT = "training-record-registry/claim-export/v1"
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


@dataclass(frozen=True, slots=True)
class ProvedExport:
    """How many proofs hold, of how many kinds; ``unproved`` names paid or decided rows that have none."""

    claim_number: str
    proofs: int
    unproved: tuple[str, ...]


def check_export(export: Any, keys: Sequence[VerifierKey]) -> ProvedExport:
    """Everything that the export claims. Raises Unreadable or DoesNotHold."""
    if not isinstance(export, dict) or export.get("format") != FORMAT:
        raise Unreadable(f"不是 {FORMAT} 格式的导出文件")
    proofs, claim = export.get("proofs"), export.get("claim")
    if not isinstance(proofs, list) or not isinstance(claim, dict):
        raise Unreadable("导出文件中没有 claim 或 proofs")
    proved: set[tuple[str, str]] = set()
    for proof in proofs:
        held = check_bundle(proof, keys)
        kind = held.said["type"]
        if held.content is None or kind not in _PLACES:
            continue
        section, name = _PLACES[kind]
        _check_row(export, kind, held.content)
        proved.add((section, str(held.content[name])))
    return ProvedExport(str(claim.get("claim_number")), len(proofs), tuple(_unproved(export, proved)))


def _check_row(export: dict[str, Any], kind: str, content: dict[str, Any]) -> None:
    section, name = _PLACES[kind]
    row = _row(export, section, lambda told: told.get(name) == content[name])
    if row is None:
        raise DoesNotHold(f"日志中的{kind} {content[name]} 在导出文件中不见了")
    said = dict(row)
    if kind == "claim_decision":
        said.update({"kind": export["claim"].get("kind"), "entry_id": export["claim"].get("entry_id")})
        if content.get("verdict") is not None:
            review = _row(export, "reviews", lambda told: told.get("round") == content["round"])
            said.update({each: (review or {}).get(each) for each in _REVIEWED})
    for field, sealed in content.items():
        # Instants are written in two ways; what the log seals of them is in the proof itself.
        if field in said and not field.endswith("_at") and said[field] != sealed:
            raise DoesNotHold(f"导出文件中 {section} 的 {field} 与日志所封存的不一致（{content[name]}）")


def _row(export: dict[str, Any], section: str, wanted: Any) -> dict[str, Any] | None:
    rows = export.get(section)
    if not isinstance(rows, list):
        raise Unreadable(f"导出文件中没有 {section}")
    return next((row for row in rows if isinstance(row, dict) and wanted(row)), None)


def _unproved(export: dict[str, Any], proved: set[tuple[str, str]]) -> list[str]:
    kinds = ("entry", "benefit", "payment", "recovery", "recovery_step")
    return [
        f"{_PLACES[kind][0]} {row.get(_PLACES[kind][1])}"
        for kind in kinds
        for row in export.get(_PLACES[kind][0], [])
        if (_PLACES[kind][0], str(row.get(_PLACES[kind][1]))) not in proved
    ]
