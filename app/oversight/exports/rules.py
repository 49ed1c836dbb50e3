"""The form of an export (``openapi/claim-export.schema.json``). Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.kernel.canonical_json import digest_of

FORMAT = "training-record-registry/claim-export/v1"
STATEMENT_TYPE = "registry-export+jws"
SEALED_IN: Mapping[str, tuple[str, str]] = {
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
"""Where in an export the row of each kind of leaf stands, and the member that names it."""


def subjects_of(sections: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    """Ids of every row of an export that can be in the log, each once."""
    named = {(section, name) for section, name in SEALED_IN.values()}
    return sorted({str(row[name]) for section, name in named for row in sections[section]})


def export_document(
    sections: Mapping[str, Any], proofs: Sequence[Mapping[str, Any]], *, made_at: datetime, case_number: str
) -> dict[str, Any]:
    """One claim whole. Times are RFC 3339; amounts fen; nobody's number, name or account is in it."""
    return {
        "format": FORMAT,
        "made_at": made_at.isoformat(),
        "case_number": case_number,
        **sections,
        "proofs": list(proofs),
    }


def signed_claims(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the registry signs of an export without its signature: which claim, for which case, and all of it.

    ``sha256`` is the hexadecimal digest of the document's canonical JSON (RFC 8785). The log seals the legal events; of
    the rest (numbers, approvals, ledger, bank statements) this alone is the proof.
    """
    claim = document["claim"]
    return {
        "claim_id": claim["claim_id"],
        "claim_number": claim["claim_number"],
        "case_number": document["case_number"],
        "made_at": document["made_at"],
        "sha256": digest_of(document).hex(),
    }
