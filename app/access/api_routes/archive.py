"""Persons and what is kept of them for life: identity, archive, proofs, certificates."""

from collections.abc import Mapping

from app.access.roles import Role

_PUBLIC = frozenset({Role.PUBLIC})
_CITIZEN = frozenset({Role.CITIZEN})
_INSTITUTION = frozenset({Role.INSTITUTION})
_DIRECTORY = frozenset({Role.DIRECTORY})
_IDENTITY = frozenset({Role.IDENTITY})
_LOOKUP = frozenset({Role.LOOKUP})
_REVIEW = frozenset({Role.REVIEW})
_INSPECTION = frozenset({Role.INSPECTION})

ROUTES: Mapping[tuple[str, str], frozenset[Role]] = {
    # Identity (实名)
    ("POST", "/v1/persons:resolve"): _IDENTITY,
    ("POST", "/v1/persons/{person_id}/identifiers"): _IDENTITY,
    ("GET", "/v1/person-merges"): _IDENTITY,
    ("POST", "/v1/person-merges"): _IDENTITY,
    ("POST", "/v1/person-merges/{alias_id}:decide"): _IDENTITY,
    ("POST", "/v1/person-merges/{alias_id}:propose-end"): _IDENTITY,
    ("POST", "/v1/person-merges/{alias_id}:confirm-end"): _IDENTITY,
    # Archive (终身档案)
    ("GET", "/v1/openings/{opening_id}/records"): _INSTITUTION,
    ("GET", "/v1/me/record"): _CITIZEN,
    ("GET", "/v1/me/completion-certificates"): _CITIZEN,
    ("GET", "/v1/me/enrollments"): _CITIZEN,
    ("GET", "/v1/me/accesses"): _CITIZEN,
    # Proof in one's own hands
    ("GET", "/v1/me/shares"): _CITIZEN,
    ("POST", "/v1/me/shares"): _CITIZEN,
    ("GET", "/v1/me/shares/{share_id}/looks"): _CITIZEN,
    ("POST", "/v1/me/shares/{share_id}:revoke"): _CITIZEN,
    ("POST", "/v1/shares:open"): _PUBLIC,
    ("GET", "/v1/me/extracts"): _CITIZEN,
    ("POST", "/v1/me/extracts"): _CITIZEN,
    ("GET", "/v1/me/extracts/{document_id}/pdf"): _CITIZEN,
    ("GET", "/v1/me/extracts/{document_id}/proofs"): _CITIZEN,
    ("POST", "/v1/me/extracts/{document_id}:revoke"): _CITIZEN,
    ("POST", "/v1/printed-documents:verify"): _PUBLIC,
    ("GET", "/v1/me/credentials"): _CITIZEN,
    ("POST", "/v1/me/credentials"): _CITIZEN,
    ("POST", "/v1/me/credentials/{credential_id}:revoke"): _CITIZEN,
    ("GET", "/v1/credential-status/{list_no}"): _PUBLIC,
    ("GET", "/v1/me/correction-requests"): _CITIZEN,
    ("POST", "/v1/me/correction-requests"): _CITIZEN,
    ("GET", "/v1/correction-requests"): _REVIEW | _INSPECTION,
    ("POST", "/v1/correction-requests/{request_id}:read"): _REVIEW | _INSPECTION,
    ("POST", "/v1/correction-requests/{request_id}:answer"): _REVIEW,
    ("POST", "/v1/records:lookup"): _LOOKUP,
    ("POST", "/v1/records/{record_number}:read"): _LOOKUP | _REVIEW,
    ("POST", "/v1/records/{record_number}/corrections"): frozenset({Role.REVIEW}),
    ("GET", "/v1/record-corrections"): frozenset({Role.REVIEW, Role.APPROVAL}),
    ("POST", "/v1/record-corrections/{correction_id}:decide"): frozenset({Role.APPROVAL}),
    ("GET", "/v1/me/record/{record_number}/proof"): _CITIZEN,
    ("GET", "/v1/log/status"): _PUBLIC,
    ("GET", "/v1/log/keys"): _PUBLIC,
    ("GET", "/v1/log/inclusion"): _PUBLIC,
    ("GET", "/v1/log/consistency"): _PUBLIC,
    ("GET", "/log/checkpoint"): _PUBLIC,
    ("GET", "/log/tile/{tile:path}"): _PUBLIC,
    # Certificates (证书)
    ("GET", "/v1/me/certificates"): _CITIZEN,
    ("POST", "/v1/me/certificates"): _CITIZEN,
    ("GET", "/v1/openings/{opening_id}/certificates"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}/certificates"): _INSTITUTION,
    ("POST", "/v1/certificates"): _REVIEW,
    ("POST", "/v1/certificates:lookup"): _LOOKUP,
    ("POST", "/v1/certificates/{certificate_id}/candidates:read"): _LOOKUP | _REVIEW,
    ("POST", "/v1/certificates/{certificate_id}:link"): _REVIEW,
    ("POST", "/v1/certificates/{certificate_id}:unlink"): _REVIEW,
    ("POST", "/v1/certificates/{certificate_id}:take-number"): _REVIEW,
    ("POST", "/v1/certificates/{certificate_id}:release-number"): _REVIEW,
    ("POST", "/v1/certificates/{certificate_id}:archive"): _REVIEW,
    ("GET", "/v1/certificate-conflicts"): _LOOKUP | _REVIEW,
    ("GET", "/v1/certificate-statistics"): frozenset({Role.AGENCY}),
    ("POST", "/v1/evaluation-bodies/{body_id}/certificate-imports"): _DIRECTORY | _IDENTITY,
    ("GET", "/v1/certificate-imports/{import_id}"): _DIRECTORY | _IDENTITY,
    ("GET", "/v1/certificate-imports/{import_id}/defects"): _DIRECTORY | _IDENTITY,
    # The network has no token: it signs every notice (RFC 9421), and the route refuses what it did not sign.
    ("POST", "/v1/network-notices"): _PUBLIC,
}
