"""Subsidies until they are due: claims, listings, notices, objections, outreach."""

from collections.abc import Mapping

from app.access.roles import Role

_PUBLIC = frozenset({Role.PUBLIC})
_CITIZEN = frozenset({Role.CITIZEN})
_INSTITUTION = frozenset({Role.INSTITUTION})
_FILING = frozenset({Role.FILING})
_DIRECTORY = frozenset({Role.DIRECTORY})
_IDENTITY = frozenset({Role.IDENTITY})
_LOOKUP = frozenset({Role.LOOKUP})
_REVIEW = frozenset({Role.REVIEW})
_INSPECTION = frozenset({Role.INSPECTION})
_APPROVAL = frozenset({Role.APPROVAL})
_CLAIM_OFFICERS = frozenset({Role.REVIEW, Role.APPROVAL, Role.PAYMENT, Role.INSPECTION})

ROUTES: Mapping[tuple[str, str], frozenset[Role]] = {
    # Claims (补贴申领)
    ("POST", "/v1/eligibility:evaluate"): _CITIZEN | _REVIEW,
    ("GET", "/v1/me/accounts"): _CITIZEN,
    ("POST", "/v1/me/accounts"): _CITIZEN,
    ("POST", "/v1/me/accounts/{account_id}:end"): _CITIZEN,
    ("GET", "/v1/institution-accounts"): _INSTITUTION | _DIRECTORY,
    ("POST", "/v1/institution-accounts"): _INSTITUTION,
    ("POST", "/v1/institution-accounts/{account_id}:confirm"): _DIRECTORY,
    ("POST", "/v1/institution-accounts/{account_id}:end"): _INSTITUTION,
    ("GET", "/v1/me/claims"): _CITIZEN,
    ("POST", "/v1/me/claims"): _CITIZEN,
    ("GET", "/v1/me/claims/{claim_id}"): _CITIZEN,
    ("POST", "/v1/me/claims/{claim_id}:answer-supplement"): _CITIZEN,
    ("GET", "/v1/me/claims/{claim_id}/papers"): _CITIZEN,
    ("POST", "/v1/me/claims/{claim_id}/papers"): _CITIZEN,
    ("GET", "/v1/me/claims/{claim_id}/papers/{paper_id}"): _CITIZEN,
    ("DELETE", "/v1/me/claims/{claim_id}/papers/{paper_id}"): _CITIZEN,
    ("POST", "/v1/me/claims/{claim_id}:name-account"): _CITIZEN,
    ("POST", "/v1/me/claims/{claim_id}:withdraw"): _CITIZEN,
    ("POST", "/v1/me/claims/{claim_id}/appeals"): _CITIZEN,
    ("GET", "/v1/claims"): _INSTITUTION | _CLAIM_OFFICERS,
    ("POST", "/v1/claims"): _REVIEW,
    ("POST", "/v1/claim-batches"): _INSTITUTION,
    ("GET", "/v1/openings/{opening_id}/claim-commitment"): _INSTITUTION,
    ("GET", "/v1/post-checks"): _REVIEW | _INSPECTION,
    ("POST", "/v1/post-checks/{claim_id}:decide"): _REVIEW | _INSPECTION,
    ("GET", "/v1/claims/{claim_id}/notices"): _INSTITUTION,
    ("POST", "/v1/claims/{claim_id}:read"): _CLAIM_OFFICERS,
    ("POST", "/v1/claims/{claim_id}:request-supplement"): _REVIEW,
    ("POST", "/v1/claims/{claim_id}:answer-supplement"): _INSTITUTION | _REVIEW,
    ("GET", "/v1/claims/{claim_id}/papers"): _INSTITUTION,
    ("POST", "/v1/claims/{claim_id}/papers"): _INSTITUTION,
    ("GET", "/v1/claims/{claim_id}/papers/{paper_id}"): _INSTITUTION,
    ("DELETE", "/v1/claims/{claim_id}/papers/{paper_id}"): _INSTITUTION,
    ("POST", "/v1/claims/{claim_id}/papers/{paper_id}:read"): _CLAIM_OFFICERS,
    ("POST", "/v1/claims/{claim_id}:accept"): _REVIEW,
    ("POST", "/v1/claims/{claim_id}:decline"): _REVIEW,
    ("POST", "/v1/claims/{claim_id}:review"): _REVIEW,
    ("POST", "/v1/claims/{claim_id}:approve"): _APPROVAL,
    ("POST", "/v1/claims/{claim_id}:refuse"): _APPROVAL,
    ("POST", "/v1/claims/{claim_id}:send-back"): _APPROVAL,
    ("POST", "/v1/claims/{claim_id}:withdraw"): _INSTITUTION | _REVIEW,
    ("POST", "/v1/claims/{claim_id}:hold"): _REVIEW | _APPROVAL | frozenset({Role.INSPECTION}),
    ("POST", "/v1/claims/{claim_id}/holds/{hold_id}:release"): _APPROVAL,
    ("GET", "/v1/claims/{claim_id}/appeals"): _INSTITUTION,
    ("POST", "/v1/claims/{claim_id}/appeals"): _INSTITUTION | _REVIEW,
    ("POST", "/v1/claims/{claim_id}/appeals/{appeal_id}:decide"): _APPROVAL,
    ("POST", "/v1/claims:step-batch"): _REVIEW | _APPROVAL,
    # Employers' listings (用人单位名单)
    ("GET", "/v1/employer-listings"): _INSTITUTION | _FILING,
    ("POST", "/v1/employer-listings"): _INSTITUTION,
    ("POST", "/v1/employer-listings:import"): _INSTITUTION,
    ("GET", "/v1/employer-listings/{listing_id}"): _INSTITUTION | _FILING,
    ("GET", "/v1/employer-listings/{listing_id}/lines"): _INSTITUTION,
    ("POST", "/v1/employer-listings/{listing_id}:read"): _FILING,
    ("POST", "/v1/employer-listings/{listing_id}:confirm"): _FILING,
    ("POST", "/v1/employer-listings/{listing_id}:return"): _FILING,
    # Benefits paid before the registry (存量补贴)
    ("POST", "/v1/earlier-benefit-imports"): frozenset({Role.PAYMENT}),
    ("GET", "/v1/earlier-benefit-imports/{import_id}"): frozenset({Role.PAYMENT}),
    ("GET", "/v1/earlier-benefit-imports/{import_id}/defects"): frozenset({Role.PAYMENT}),
    # What identities that became one had both enjoyed (重复享受)
    ("GET", "/v1/merge-collisions"): _IDENTITY | frozenset({Role.PAYMENT}),
    ("POST", "/v1/merge-collisions/{collision_id}:decide"): _IDENTITY | frozenset({Role.PAYMENT}),
    # Public notice and objections (公示、异议)
    ("GET", "/v1/public-notices"): _PUBLIC,
    ("POST", "/v1/public-notices"): frozenset({Role.APPROVAL}),
    ("GET", "/v1/public-notices/{notice_id}"): _PUBLIC,
    # Objecting is open to everybody, without a token; the door paces it.
    ("POST", "/v1/public-notices/{notice_id}/lines/{line_no}/objections"): _PUBLIC,
    ("POST", "/v1/objections:track"): _PUBLIC,
    ("GET", "/v1/objections"): _REVIEW | _INSPECTION,
    ("POST", "/v1/objections/{objection_id}:read"): _REVIEW | _INSPECTION,
    ("POST", "/v1/objections/{objection_id}:decide"): _REVIEW | _INSPECTION,
    ("GET", "/v1/claim-deadline-lapses"): _REVIEW | _INSPECTION | frozenset({Role.APPROVAL, Role.PAYMENT}),
    # Denied enrollments (未参加)
    ("POST", "/v1/me/enrollments/{opening_id}:deny"): _CITIZEN,
    ("GET", "/v1/enrollment-denials"): _REVIEW | _INSPECTION,
    ("POST", "/v1/enrollment-denials/{denial_id}:read"): _REVIEW | _INSPECTION,
    ("POST", "/v1/enrollment-denials/{denial_id}:decide"): _REVIEW | _INSPECTION,
    # Outreach (精准推送)
    ("GET", "/v1/me/eligibility"): _CITIZEN,
    ("GET", "/v1/proactive-candidates"): frozenset({Role.AGENCY}),
    ("POST", "/v1/proactive-candidates:read"): _REVIEW | _LOOKUP,
    ("POST", "/v1/proactive-candidates:push"): _REVIEW,
    ("GET", "/v1/statistics/take-up"): frozenset({Role.AGENCY}),
    # Messages (消息)
    ("GET", "/v1/me/messages"): _CITIZEN,
    ("GET", "/v1/me/message-addresses"): _CITIZEN,
    ("POST", "/v1/me/message-addresses"): _CITIZEN,
    ("POST", "/v1/me/message-addresses/{address_id}:end"): _CITIZEN,
}
