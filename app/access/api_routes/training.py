"""Training: filings, rosters, attendance and results."""

from collections.abc import Mapping

from app.access.roles import Role

_PUBLIC = frozenset({Role.PUBLIC})
_CITIZEN = frozenset({Role.CITIZEN})
_INSTITUTION = frozenset({Role.INSTITUTION})
_SOURCE = frozenset({Role.DEVICE, Role.PLATFORM})
_FILING = frozenset({Role.FILING})

ROUTES: Mapping[tuple[str, str], frozenset[Role]] = {
    # Openings (开班备案)
    ("GET", "/v1/openings"): _INSTITUTION | _FILING,
    ("POST", "/v1/openings"): _INSTITUTION,
    ("GET", "/v1/openings/{opening_id}"): _INSTITUTION | _FILING,
    ("PATCH", "/v1/openings/{opening_id}"): _INSTITUTION,
    ("PUT", "/v1/openings/{opening_id}/parts/{part}"): _INSTITUTION,
    ("PUT", "/v1/openings/{opening_id}/teachers"): _INSTITUTION,
    ("PUT", "/v1/openings/{opening_id}/sessions"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}/documents"): _INSTITUTION,
    ("GET", "/v1/openings/{opening_id}/documents/{document_id}"): _INSTITUTION | _FILING,
    ("DELETE", "/v1/openings/{opening_id}/documents/{document_id}"): _INSTITUTION,
    ("GET", "/v1/openings/{opening_id}/defects"): _INSTITUTION | _FILING,
    ("POST", "/v1/openings/{opening_id}:file"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}:cancel"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}:close"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}:return"): _FILING,
    ("POST", "/v1/openings/{opening_id}:put-on-record"): _FILING,
    ("GET", "/v1/openings/{opening_id}/changes"): _INSTITUTION | _FILING,
    ("POST", "/v1/openings/{opening_id}/changes"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}/changes/{change_no}:decide"): _FILING,
    # Rosters (学员名册)
    ("GET", "/v1/roster-template"): _PUBLIC,
    ("GET", "/v1/openings/{opening_id}/roster"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}/roster"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}/roster:import"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}/roster/{line_id}:withdraw"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}/roster:read"): _FILING,
    # Process (过程监督)
    ("GET", "/v1/attendance-sources"): _INSTITUTION | _FILING,
    ("GET", "/v1/attendance-source-proposals"): _INSTITUTION | _FILING,
    ("POST", "/v1/attendance-source-proposals"): _INSTITUTION,
    ("POST", "/v1/attendance-source-proposals/{proposal_id}:register"): _FILING,
    ("POST", "/v1/attendance-sources/{source_id}:revoke"): _FILING,
    ("GET", "/v1/source/sessions"): _SOURCE,
    ("GET", "/v1/source/sessions/{session_id}/code"): frozenset({Role.DEVICE}),
    ("POST", "/v1/attendance-events"): _SOURCE,
    ("POST", "/v1/me/check-ins"): _CITIZEN,
    ("GET", "/v1/openings/{opening_id}/attendance"): _INSTITUTION,
    ("GET", "/v1/openings/{opening_id}/presence-corrections"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}/presence-corrections"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}/presence-corrections:read"): _FILING,
    ("POST", "/v1/openings/{opening_id}/presence-corrections/{correction_id}:decide"): _FILING,
    # Results (结果考核)
    ("GET", "/v1/openings/{opening_id}/assessments"): _INSTITUTION | _FILING,
    ("POST", "/v1/openings/{opening_id}/assessments"): _INSTITUTION,
    ("GET", "/v1/openings/{opening_id}/assessments/{attempt}/results"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}/assessments/{attempt}/results"): _INSTITUTION,
    ("POST", "/v1/openings/{opening_id}/assessments/{attempt}/results:confirm"): _INSTITUTION,
}
