"""The officers' door: its pages and who may open them; as the API's routes to the same acts."""

from collections.abc import Mapping

from app.access.roles import Role

_AGENCY = frozenset({Role.AGENCY})
_FILING = frozenset({Role.FILING})
_REVIEW = frozenset({Role.REVIEW})
_APPROVAL = frozenset({Role.APPROVAL})
_INSPECTION = frozenset({Role.INSPECTION})
_CLAIMS = _REVIEW | _APPROVAL | _INSPECTION | frozenset({Role.PAYMENT})

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
}
