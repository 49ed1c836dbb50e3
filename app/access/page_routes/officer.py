"""The officers' door: its pages and who may open them; as the API's routes to the same acts."""

from collections.abc import Mapping

from app.access.roles import Role

_AGENCY = frozenset({Role.AGENCY})
_DIRECTORY = frozenset({Role.DIRECTORY})
_FILING = frozenset({Role.FILING})
_REVIEW = frozenset({Role.REVIEW})
_LOOKUP = frozenset({Role.LOOKUP})
_APPROVAL = frozenset({Role.APPROVAL})
_INSPECTION = frozenset({Role.INSPECTION})
_PAYMENT = frozenset({Role.PAYMENT})
_CLAIMS = _REVIEW | _APPROVAL | _INSPECTION | _PAYMENT

PAGES: Mapping[tuple[str, str], frozenset[Role]] = {
    ("GET", "/office"): _AGENCY,
    # Filings
    ("GET", "/office/openings"): _FILING,
    ("GET", "/office/openings/changes"): _FILING,
    ("GET", "/office/openings/{opening_id}"): _FILING,
    ("POST", "/office/openings/{opening_id}/record"): _FILING,
    ("POST", "/office/openings/{opening_id}/return"): _FILING,
    ("POST", "/office/openings/{opening_id}/changes/{change_no}/decide"): _FILING,
    ("GET", "/office/openings/{opening_id}/documents/{document_id}"): _FILING,
    ("GET", "/office/openings/{opening_id}/roster"): _FILING,
    ("POST", "/office/openings/{opening_id}/roster"): _FILING,
    # Claims
    ("GET", "/office/claims"): _CLAIMS,
    ("POST", "/office/claims/steps"): _REVIEW | _APPROVAL,
    ("GET", "/office/claims/lapsed"): _CLAIMS,
    ("GET", "/office/claims/held"): _CLAIMS,
    ("GET", "/office/claims/appeals"): _CLAIMS,
    ("GET", "/office/claims/{claim_id}"): _CLAIMS,
    ("GET", "/office/claims/{claim_id}/history"): _CLAIMS,
    ("POST", "/office/claims/{claim_id}/history"): _CLAIMS,
    ("POST", "/office/claims/{claim_id}/accept"): _REVIEW,
    ("POST", "/office/claims/{claim_id}/supplement"): _REVIEW,
    ("POST", "/office/claims/{claim_id}/decline"): _REVIEW,
    ("POST", "/office/claims/{claim_id}/review"): _REVIEW,
    ("POST", "/office/claims/{claim_id}/approve"): _APPROVAL,
    ("POST", "/office/claims/{claim_id}/refuse"): _APPROVAL,
    ("POST", "/office/claims/{claim_id}/send-back"): _APPROVAL,
    ("POST", "/office/claims/{claim_id}/hold"): _REVIEW | _APPROVAL | _INSPECTION,
    ("POST", "/office/claims/{claim_id}/holds/{hold_id}/release"): _APPROVAL,
    ("POST", "/office/claims/{claim_id}/appeals"): _REVIEW,
    ("POST", "/office/claims/{claim_id}/appeals/{appeal_id}/decide"): _APPROVAL,
    # Notices, and what people say against claims and classes
    ("GET", "/office/notices"): _CLAIMS,
    ("GET", "/office/notices/new"): _APPROVAL,
    ("POST", "/office/notices"): _APPROVAL,
    ("GET", "/office/notices/{notice_id}"): _CLAIMS,
    ("GET", "/office/objections"): _REVIEW | _INSPECTION,
    ("GET", "/office/objections/{objection_id}"): _REVIEW | _INSPECTION,
    ("POST", "/office/objections/{objection_id}"): _REVIEW | _INSPECTION,
    ("POST", "/office/objections/{objection_id}/decide"): _REVIEW | _INSPECTION,
    ("GET", "/office/denials"): _REVIEW | _INSPECTION,
    ("GET", "/office/denials/{denial_id}"): _REVIEW | _INSPECTION,
    ("POST", "/office/denials/{denial_id}"): _REVIEW | _INSPECTION,
    ("POST", "/office/denials/{denial_id}/decide"): _REVIEW | _INSPECTION,
    # Corrections of the archive
    ("GET", "/office/corrections"): _REVIEW | _INSPECTION,
    ("GET", "/office/corrections/{request_id}"): _REVIEW | _INSPECTION,
    ("POST", "/office/corrections/{request_id}"): _REVIEW | _INSPECTION,
    ("POST", "/office/corrections/{request_id}/answer"): _REVIEW,
    ("GET", "/office/record-corrections"): _REVIEW | _APPROVAL,
    ("GET", "/office/record-corrections/{correction_id}"): _APPROVAL,
    ("POST", "/office/record-corrections/{correction_id}/decide"): _APPROVAL,
    # Directory
    ("GET", "/office/directory"): _DIRECTORY,
    ("GET", "/office/directory/programs"): _DIRECTORY,
    ("POST", "/office/directory/programs/{program_id}/withdraw"): _DIRECTORY,
    ("GET", "/office/directory/{institution_id}"): _DIRECTORY,
    ("POST", "/office/directory/{institution_id}/qualifications"): _DIRECTORY,
    ("POST", "/office/directory/{institution_id}/designations"): _DIRECTORY,
    ("POST", "/office/directory/{institution_id}/suspend"): _DIRECTORY,
    ("POST", "/office/directory/{institution_id}/restore"): _DIRECTORY,
    ("POST", "/office/directory/{institution_id}/withdraw"): _DIRECTORY,
    # Certificates
    ("GET", "/office/certificates"): _REVIEW | _LOOKUP,
    ("GET", "/office/certificates/{certificate_id}"): _REVIEW | _LOOKUP,
    ("POST", "/office/certificates/{certificate_id}"): _REVIEW | _LOOKUP,
    ("POST", "/office/certificates/{certificate_id}/link"): _REVIEW,
    ("POST", "/office/certificates/{certificate_id}/unlink"): _REVIEW,
    ("POST", "/office/certificates/{certificate_id}/take-number"): _REVIEW,
    ("POST", "/office/certificates/{certificate_id}/release-number"): _REVIEW,
    ("POST", "/office/certificates/{certificate_id}/archive"): _REVIEW,
    # Money
    ("GET", "/office/money"): _PAYMENT,
    ("GET", "/office/money/orders"): _PAYMENT,
    ("GET", "/office/money/orders/new"): _PAYMENT,
    ("POST", "/office/money/orders"): _PAYMENT,
    ("GET", "/office/money/orders/{order_id}"): _PAYMENT,
    ("GET", "/office/money/failed"): _PAYMENT,
    ("GET", "/office/money/payments/{claim_id}"): _PAYMENT,
    ("POST", "/office/money/payments/{claim_id}/retry"): _PAYMENT,
    ("POST", "/office/money/payments/{claim_id}/cancel"): _PAYMENT,
}
