"""What a leaf of the log says of an archive entry, and whether an entry is the one a leaf speaks of. Pure.

A leaf is canonical JSON (RFC 8785) of commitments only, in UTF-8, in this form, version 1::

    {"commitment":"<64 hex>","kind":"completion","type":"entry","v":1}

``kind`` stands in leaves of entries alone; the other types (``FIELDS``) say no more than that something of the type
happened.
``commitment`` is SHA-256 over 32 random bytes (the entry's salt, table ``leaf_salt``) followed by the canonical JSON
of the row's content: an object of exactly the names that ``FIELDS`` gives its type, each present, absent values null,
identifiers as lower-case RFC 9562 text, dates as ``YYYY-MM-DD``, instants in UTC with six decimals and ``Z``, whole
numbers as numbers. The content names the person by our own identifier, never by a number or name. Without the salt the
leaf cannot be tied to it by trying: erasing the salt makes the leaf meaningless and leaves the log whole
(个人信息保护法 第四十七条).

What is set later (a revocation, that it was superseded) is no content: the entry sealed is the one that was appended.
The leaf's hash in the tree is that of RFC 6962 section 2.1: SHA-256 over a zero byte and the leaf.
"""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import orjson
import rfc8785

Json = Any
"""What canonical JSON can say."""

_MOST_WHOLE = 2**53 - 1
_NESTED = frozenset({"claim_decision"})
LEAF_VERSION = 1
SALT_BYTES = 32
PROMISED_DELAY_S = 60
"""An entry is sealed within this many seconds of being appended (RFC 6962: maximum merge delay)."""
ALARM_DELAY_S = 300
"""Unsealed for longer than this, somebody has to look: the payment gate stays shut for these entries."""

SEALED_FIELDS = (
    "person_id",
    "entry_id",
    "kind",
    "record_number",
    "appended_at",
    "appended_by",
    "identity_check_id",
    "opening_id",
    "attempt",
    "outcome",
    "program_id",
    "program_version",
    "program_name",
    "occupation_edition",
    "occupation_code",
    "skill_level",
    "institution_id",
    "institution_name",
    "division_code",
    "starts_on",
    "ends_on",
    "planned_minutes",
    "credited_minutes",
    "score_hundredths",
    "certificate_id",
    "attended_days",
    "listing_id",
    "period",
    "supersedes",
    "correction_id",
)
"""The content of an entry in version 1. A column that entries gain later is sealed by a version of its own."""


FIELDS: Mapping[str, tuple[str, ...]] = {
    "entry": SEALED_FIELDS,
    "revocation": ("person_id", "entry_id", "revoked_at", "revoked_by", "revocation_id"),
    "supersession": ("person_id", "entry_id", "superseded_at"),
    "claim_decision": (
        "person_id",
        "claim_id",
        "move_id",
        "kind",
        "entry_id",
        "from_state",
        "to_state",
        "round",
        "step",
        "moved_at",
        "moved_by",
        "verdict",
        "amount_fen",
        "edition_id",
        "facts",
        "reasons",
        "reviewed_by",
    ),
    "appeal_decision": (
        "person_id",
        "appeal_id",
        "claim_id",
        "round",
        "channel",
        "outcome",
        "outcome_reason",
        "decided_at",
        "decided_by",
    ),
    "benefit": (
        "person_id",
        "benefit_id",
        "claim_id",
        "round",
        "kind",
        "entry_kind",
        "entry_id",
        "order_id",
        "budget_id",
        "amount_fen",
        "advance_id",
        "offset_fen",
        "reviewed_by",
        "approved_by",
        "ordered_by",
        "instructed_at",
    ),
    "benefit_cancellation": ("person_id", "benefit_id", "canceled_at"),
    "payment": (
        "instruction_id",
        "person_id",
        "benefit_id",
        "advance_id",
        "attempt",
        "amount_fen",
        "payee_kind",
        "account_id",
        "payee_institution_id",
        "stored_at",
    ),
    "payment_end": (
        "instruction_id",
        "answer_id",
        "outcome",
        "channel",
        "evidence_id",
        "reject_code",
        "contradicts",
        "answered_at",
        "recorded_at",
    ),
    "recovery": (
        "person_id",
        "recovery_id",
        "recovery_number",
        "benefit_id",
        "benefit_fen",
        "cause",
        "reason",
        "amount_fen",
        "due_on",
        "ordered_at",
        "ordered_by",
    ),
    "recovery_step": (
        "person_id",
        "recovery_id",
        "step_id",
        "kind",
        "amount_fen",
        "evidence",
        "happened_on",
        "recorded_at",
        "recorded_by",
        "approved_by",
    ),
    "certificate_change": (
        "person_id",
        "certificate_id",
        "change_id",
        "from_state",
        "to_state",
        "reason_code",
        "changed_at",
        "changed_by",
    ),
    "policy_edition": ("edition_id", "content_digest", "published_at", "published_by"),
    "key_change": ("change_id", "purpose", "key_id", "change", "public_key", "changed_at"),
    "access_digest": ("digest_id", "day", "accesses", "digest", "made_at"),
}
"""The content of each kind of leaf in version 1. A row is fixed by the time it is sealed: none of these changes later.

``facts`` and ``reasons`` of a decision are the JSON that the review stored; bytes are lower-case hex.
"""


def content_of(kind: str, row: Mapping[str, Any]) -> dict[str, Json]:
    """What a leaf of this kind commits to, as JSON values. Raises KeyError when a field of it is not in the row."""
    return {name: _plain(row[name]) for name in FIELDS[kind]}


def leaf_of(kind: str, row: Mapping[str, Any], salt: bytes) -> bytes:
    """The leaf of a row. Raises KeyError when a sealed field is not there.

    Raises ValueError when the salt is not ``SALT_BYTES`` long: a short one could be found by trying.
    """
    if len(salt) != SALT_BYTES:
        raise ValueError("salt of another length")
    commitment = hashlib.sha256(salt + _canonical(kind, content_of(kind, row))).hexdigest()
    # Its own canonical JSON: names in order, and no value that would need an escape.
    of_kind = f'"kind":"{row["kind"]}",' if kind == "entry" else ""
    return f'{{"commitment":"{commitment}",{of_kind}"type":"{kind}","v":{LEAF_VERSION}}}'.encode()


def leaf_of_entry(entry: Mapping[str, Any], salt: bytes) -> bytes:
    """The leaf of a row of ``record_entry``; raises as ``leaf_of``."""
    return leaf_of("entry", entry, salt)


def speaks_of(leaf: bytes, entry: Mapping[str, Any], salt: bytes) -> bool:
    """Whether ``leaf`` is that of this entry as it stands: false after any change of its content."""
    return hmac.compare_digest(leaf, leaf_of_entry(entry, salt))


def _canonical(kind: str, content: dict[str, Json]) -> bytes:
    """Canonical JSON (RFC 8785). Flat content of texts and whole numbers is written by orjson, ten times as fast.

    The two agree there: names are ASCII, so that both orders of names are one; escapes are the shortest and lower-case
    in both; neither takes half a surrogate pair (tests/rules/test_log_leaf.py).
    """
    if kind in _NESTED:
        return rfc8785.dumps(content)
    if any(type(value) is int and abs(value) > _MOST_WHOLE for value in content.values()):
        raise ValueError("a whole number that other parsers would round")
    return orjson.dumps(content, option=orjson.OPT_SORT_KEYS)


def _plain(value: object) -> Json:
    match value:
        case None | str() | int():
            return value
        case UUID():
            return str(value)
        case bytes():
            return value.hex()
        case Mapping() | list():
            return value
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
        case date():
            return value.isoformat()
    raise TypeError(f"no canonical form of {type(value).__name__}")
