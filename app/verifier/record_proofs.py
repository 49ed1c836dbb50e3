"""Proofs of a printed record (``GET /v1/me/extracts/{document_id}/proofs``): every entry, each under its tree head."""

import base64
from collections.abc import Sequence
from typing import Any

from app.verifier.bundles import FORMAT, Proved, check_bundle
from app.verifier.notes import VerifierKey
from app.verifier.refusals import DoesNotHold, Unreadable

TYPE = "record_proof"
_VERSION = 1


def is_record_proof(document: Any) -> bool:
    """Whether this is one, rather than the proof of a single entry."""
    return isinstance(document, dict) and document.get("type") == TYPE


def check_record_proof(document: Any, keys: Sequence[VerifierKey]) -> list[Proved]:
    """Each entry as proved, in their order. Raises Unreadable, or DoesNotHold when any of them does not."""
    entries = document.get("entries")
    if document.get("v") != _VERSION or not isinstance(entries, list) or not entries:
        raise Unreadable("打印件的日志证明没有条目，或者版本不认识")
    return [_checked(number, entry, keys) for number, entry in enumerate(entries, start=1)]


def _checked(number: int, entry: Any, keys: Sequence[VerifierKey]) -> Proved:
    try:
        bundle = {
            "format": FORMAT,
            "leaf": bytes.fromhex(entry["leaf"]).decode(),
            "leaf_index": entry["leaf_index"],
            "tree_size": entry["tree_size"],
            "inclusion_path": [base64.b64encode(bytes.fromhex(each)).decode() for each in entry["path"]],
            "checkpoint": entry["checkpoint"],
            "content": entry["content"],
            "salt": entry["salt"],
        }
        said_root, said_number = entry["root"], entry["record_number"]
    except (KeyError, TypeError, ValueError):
        raise Unreadable(f"第 {number} 条证明缺少内容或不是十六进制") from None
    try:
        proved = check_bundle(bundle, keys)
    except DoesNotHold as refusal:
        raise DoesNotHold(f"第 {number} 条：{refusal}") from None
    if proved.head.root.hex() != said_root:
        raise DoesNotHold(f"第 {number} 条所写的根不是检查点的根")
    if proved.content is None or proved.content.get("record_number") != said_number:
        raise DoesNotHold(f"第 {number} 条的内容不是档案 {said_number} 的")
    return proved
