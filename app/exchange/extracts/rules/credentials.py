"""Open Badges 3.0 credentials as VC-JWT, and the status list that takes them back. Pure: claims, no signatures.

Open Badges 3.0 section 8.2 (the payload is the credential itself, with ``iss``, ``jti``, ``nbf`` and ``sub``), W3C
Verifiable Credentials Data Model 2.0, W3C Bitstring Status List 1.0.

The holder is named by a salted hash of the *name* (``IdentityObject``): who knows the name can check it. No form of the
identity number is in it, because a salt that travels along does not protect eighteen digits: all numbers of a county
can be tried in a minute. Whoever must know that the number is the same asks ``POST /v1/verifications``.
"""

import base64
import gzip
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from app.archive.records.states import EntryKind, EntryState
from app.exchange.shares.rules import ShownEntry
from app.kernel.errors import UNSOURCED, Reason
from app.kernel.names import normalize_name

REGISTRY_NAME = "实名制职业技能培训档案登记系统"
LIST_BITS = 131_072
"""The least a status list may have (Bitstring Status List 1.0 section 3.2): a bit must not point at a person."""
LIST_VALID_S = 86_400
LIST_TTL_MS = 300_000
_CONTEXT = [
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
]
_ACHIEVEMENT_TYPES = {EntryKind.CERTIFICATE: "Certificate", EntryKind.COMPLETION: "CertificateOfCompletion"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Badge:
    """What a credential is made of. ``at`` is a wall-clock instant: whoever verifies has no other clock."""

    issuer: str
    credential_id: UUID
    subject_id: UUID
    name: str = field(repr=False)
    salt: str
    entry: ShownEntry
    list_no: int
    slot: int
    at: datetime


def reasons_against_credential(entry: ShownEntry) -> tuple[Reason, ...]:
    """What can become a credential: a completion or a certificate, in force."""
    reasons = []
    if entry.kind not in _ACHIEVEMENT_TYPES:
        reasons.append(
            _reason(
                "credential_kind", f"“{entry.kind_label}”不能开具电子凭证", "请选择培训结业或证书类的档案"
            )
        )
    if entry.state is not EntryState.IN_FORCE:
        reasons.append(_reason("record_not_in_force", "这条档案已被更正或撤销", "请选择当前有效的那一条"))
    return tuple(reasons)


def status_list_url(issuer: str, list_no: int) -> str:
    """Where the list is served."""
    return f"{issuer}/v1/credential-status/{list_no}"


def credential_claims(badge: Badge) -> dict[str, Any]:
    """The payload, without what the signer adds (``iss``, ``iat``)."""
    entry, credential_id, subject_id = (
        badge.entry,
        f"urn:uuid:{badge.credential_id}",
        f"urn:uuid:{badge.subject_id}",
    )
    listed = status_list_url(badge.issuer, badge.list_no)
    subject: dict[str, Any] = {
        "id": subject_id,
        "type": ["AchievementSubject"],
        "identifier": [
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": identity_hash(badge.name, badge.salt),
                "identityType": "name",
                "salt": badge.salt,
            }
        ],
        "achievement": _achievement(entry),
    }
    if entry.starts_on is not None and entry.ends_on is not None:
        subject["activityStartDate"] = _midnight(entry.starts_on)
        subject["activityEndDate"] = _midnight(entry.ends_on)
    return {
        "@context": _CONTEXT,
        "id": credential_id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": _title(entry),
        "issuer": {"id": badge.issuer, "type": ["Profile"], "name": REGISTRY_NAME},
        "validFrom": _instant(badge.at),
        "credentialSubject": subject,
        "credentialStatus": {
            "id": f"{listed}#{badge.slot}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(badge.slot),
            "statusListCredential": listed,
        },
        "jti": credential_id,
        "sub": subject_id,
        "nbf": int(badge.at.timestamp()),
    }


def status_list_claims(issuer: str, list_no: int, revoked: Iterable[int], at: datetime) -> dict[str, Any]:
    """The status list as a credential of its own."""
    url = status_list_url(issuer, list_no)
    return {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer,
        "validFrom": _instant(at),
        "validUntil": _instant(datetime.fromtimestamp(at.timestamp() + LIST_VALID_S, UTC)),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": "revocation",
            "encodedList": encoded_list(revoked),
            "ttl": LIST_TTL_MS,
        },
    }


def encoded_list(revoked: Iterable[int]) -> str:
    """Multibase base64url of the gzipped bits; bit 0 is the left-most of the first byte (section 3.4)."""
    bits = bytearray(LIST_BITS // 8)
    for slot in revoked:
        bits[slot // 8] |= 0x80 >> slot % 8
    packed = gzip.compress(bytes(bits), mtime=0)
    return "u" + base64.urlsafe_b64encode(packed).rstrip(b"=").decode()


def identity_hash(name: str, salt: str) -> str:
    """Open Badges 3.0 ``IdentityHash``: ``sha256$`` and the hexadecimal digest of the identity followed by the salt."""
    return "sha256$" + hashlib.sha256((normalize_name(name) + salt).encode()).hexdigest()


def _achievement(entry: ShownEntry) -> dict[str, Any]:
    institution = "" if entry.institution is None else f"，机构：{entry.institution}"
    level = "" if entry.level is None else f"，等级：{entry.level}"
    return {
        "id": f"urn:training-record:{entry.record_number}",
        "type": ["Achievement"],
        "achievementType": _ACHIEVEMENT_TYPES[entry.kind],
        "name": _title(entry),
        "description": f"{entry.kind_label}，档案编号{entry.record_number}{level}{institution}",
        "criteria": {"narrative": "已实名核验并归入终身职业技能培训档案"},
        "humanCode": entry.record_number,
    }


def _title(entry: ShownEntry) -> str:
    return " ".join(each for each in (entry.title or entry.kind_label, entry.occupation, entry.level) if each)


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00+08:00"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _reason(code: str, message: str, remedy: str) -> Reason:
    return Reason(code=code, field="record_number", message=message, remedy=remedy, citation=UNSOURCED)
