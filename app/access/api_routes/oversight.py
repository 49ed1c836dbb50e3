"""Audit and statistics."""

from collections.abc import Mapping

from app.access.roles import Role

_AUDIT = frozenset({Role.AUDIT})

ROUTES: Mapping[tuple[str, str], frozenset[Role]] = {
    # Audit (审计)
    ("GET", "/v1/audit-events"): frozenset({Role.AUDIT_ADMINISTRATOR}),
    ("POST", "/v1/claims/{claim_id}:export"): _AUDIT,
    ("POST", "/v1/claims:export"): _AUDIT,
    # Statistics (统计)
    ("GET", "/v1/statistics/months"): frozenset({Role.AGENCY}),
    ("GET", "/v1/statistics/divisions"): frozenset({Role.AGENCY}),
    ("GET", "/v1/statistics/quarterly"): frozenset({Role.AGENCY}),
    ("GET", "/v1/statistics/institutions"): frozenset({Role.AGENCY}),
    ("GET", "/v1/statistics/institutions/{institution_id}"): frozenset({Role.AGENCY}),
}
