"""Verification across regions, and the doors of other registries."""

from collections.abc import Mapping

from app.access.roles import Role

_PUBLIC = frozenset({Role.PUBLIC})
_LOOKUP = frozenset({Role.LOOKUP})
_APPROVAL = frozenset({Role.APPROVAL})
_CLAIM_OFFICERS = frozenset({Role.REVIEW, Role.APPROVAL, Role.PAYMENT, Role.INSPECTION})

ROUTES: Mapping[tuple[str, str], frozenset[Role]] = {
    # Other registries: their signature is checked by the route itself
    ("POST", "/v1/peer/attestations"): _PUBLIC,
    ("POST", "/v1/peer/attestations:confirm"): _PUBLIC,
    ("POST", "/v1/peer/attestations:release"): _PUBLIC,
    ("POST", "/v1/peer/attestations:settle"): _PUBLIC,
    ("POST", "/v1/peer/records:lookup"): _PUBLIC,
    ("POST", "/v1/peer/certificates:lookup"): _PUBLIC,
    ("POST", "/v1/peer/contribution-months:lookup"): _PUBLIC,
    ("POST", "/v1/other-registries:lookup"): _LOOKUP,
    ("GET", "/v1/claims/{claim_id}/attestations"): _CLAIM_OFFICERS,
    ("POST", "/v1/claims/{claim_id}/attestations"): frozenset({Role.REVIEW, Role.PAYMENT}),
    ("GET", "/v1/peer-contradictions"): frozenset({Role.APPROVAL, Role.PAYMENT, Role.INSPECTION}),
    ("POST", "/v1/peer-contradictions/{hold_id}:decide"): _APPROVAL,
    # Verification across regions (信息核验、信息比对)
    ("POST", "/v1/verifications"): _LOOKUP,
    ("GET", "/v1/verification-purposes"): _PUBLIC,
    ("GET", "/v1/comparisons"): _LOOKUP,
    ("POST", "/v1/comparisons"): _LOOKUP,
    ("GET", "/v1/comparisons/{comparison_id}"): _LOOKUP,
    ("POST", "/v1/comparisons/{comparison_id}:upload"): _LOOKUP,
    ("POST", "/v1/comparisons/{comparison_id}:cancel"): _LOOKUP,
    ("GET", "/v1/comparisons/{comparison_id}/answers"): _LOOKUP,
}
