"""The one table of every route and who may call it. A route that is not here admits nobody; a test walks both.

Scope inside a route (whose opening, which area) is the action's matter; another tenant's object is a 404.
"""

from collections.abc import Mapping

from app.access.roles import Role

_PUBLIC = frozenset({Role.PUBLIC})
_CITIZEN = frozenset({Role.CITIZEN})
_INSTITUTION = frozenset({Role.INSTITUTION})
_SOURCE = frozenset({Role.DEVICE, Role.PLATFORM})
_FILING = frozenset({Role.FILING})
_DIRECTORY = frozenset({Role.DIRECTORY})
_IDENTITY = frozenset({Role.IDENTITY})
_LOOKUP = frozenset({Role.LOOKUP})
_REVIEW = frozenset({Role.REVIEW})
_SECURITY = frozenset({Role.SECURITY_ADMINISTRATOR})
_SYSTEM = frozenset({Role.SYSTEM_ADMINISTRATOR})
_SIGNED_IN = frozenset(Role) - {Role.PUBLIC}

ROUTES: Mapping[tuple[str, str], frozenset[Role]] = {
    # Process
    ("GET", "/healthz"): _PUBLIC,
    ("GET", "/readyz"): _PUBLIC,
    ("GET", "/metrics"): _PUBLIC,
    # Sign-in and tokens
    ("GET", "/.well-known/jwks.json"): _PUBLIC,
    ("POST", "/v1/oauth/token"): _PUBLIC,
    ("POST", "/v1/oauth/revoke"): _SIGNED_IN,
    ("POST", "/v1/citizen-sign-ins"): _PUBLIC,
    ("POST", "/v1/citizen-sign-ins:complete"): _PUBLIC,
    ("POST", "/v1/activations:redeem"): _PUBLIC,
    ("GET", "/v1/me"): _SIGNED_IN,
    # Administration (三员)
    ("GET", "/v1/agencies"): _PUBLIC,
    ("POST", "/v1/agencies"): _SYSTEM,
    ("POST", "/v1/signing-keys:rotate"): _SYSTEM,
    ("GET", "/v1/officers"): _SECURITY,
    ("POST", "/v1/officers"): _SECURITY,
    ("POST", "/v1/agency-clients"): _SECURITY,
    ("GET", "/v1/permission-grants"): _SECURITY,
    ("POST", "/v1/permission-grants"): _SECURITY,
    ("POST", "/v1/permission-grants/{grant_id}:confirm"): _SECURITY,
    ("POST", "/v1/permission-grants/{grant_id}:revoke"): _SECURITY,
    ("POST", "/v1/principals/{principal_id}:suspend"): _SECURITY,
    ("POST", "/v1/principals/{principal_id}:restore"): _SECURITY,
    ("POST", "/v1/second-factor-resets"): _SECURITY,
    ("POST", "/v1/second-factor-resets/{activation_id}:confirm"): _SECURITY,
    ("GET", "/v1/audit-events"): frozenset({Role.AUDIT_ADMINISTRATOR}),
    # Code lists and policy values
    ("GET", "/v1/divisions"): _PUBLIC,
    ("GET", "/v1/divisions/{code}"): _PUBLIC,
    ("GET", "/v1/occupations"): _PUBLIC,
    ("GET", "/v1/occupation-editions"): _PUBLIC,
    ("GET", "/v1/skill-levels"): _PUBLIC,
    ("GET", "/v1/key-groups"): _PUBLIC,
    ("GET", "/v1/training-types"): _PUBLIC,
    ("GET", "/v1/training-modes"): _PUBLIC,
    ("GET", "/v1/working-days"): _PUBLIC,
    ("GET", "/v1/policy-values"): _PUBLIC,
    ("GET", "/v1/policy-values/{key}"): _PUBLIC,
    ("GET", "/v1/policy-editions"): _PUBLIC,
    ("GET", "/v1/policy-editions/{edition_id}"): _PUBLIC,
    ("GET", "/v1/shortage-occupations"): _PUBLIC,
    ("POST", "/v1/shortage-occupations"): _DIRECTORY,
    ("POST", "/v1/shortage-occupations:end"): _DIRECTORY,
    # Directory (两目录)
    ("GET", "/v1/institutions"): _PUBLIC,
    ("GET", "/v1/institutions/{institution_id}"): _PUBLIC,
    ("POST", "/v1/institutions"): _DIRECTORY,
    ("POST", "/v1/institutions/{institution_id}/qualifications"): _DIRECTORY,
    ("POST", "/v1/institutions/{institution_id}/designations"): _DIRECTORY,
    ("POST", "/v1/institutions/{institution_id}/designations:end"): _DIRECTORY,
    ("POST", "/v1/institutions/{institution_id}:suspend"): _DIRECTORY,
    ("POST", "/v1/institutions/{institution_id}:restore"): _DIRECTORY,
    ("POST", "/v1/institutions/{institution_id}:withdraw"): _DIRECTORY,
    ("POST", "/v1/institutions/{institution_id}/operators"): _DIRECTORY,
    ("POST", "/v1/institutions/{institution_id}/clients"): _DIRECTORY,
    ("GET", "/v1/programs"): _PUBLIC,
    ("GET", "/v1/programs/{program_id}"): _PUBLIC,
    ("POST", "/v1/programs"): _DIRECTORY,
    ("POST", "/v1/programs/{program_id}:revise"): _DIRECTORY,
    ("POST", "/v1/programs/{program_id}:withdraw"): _DIRECTORY,
    ("GET", "/v1/evaluation-bodies"): _PUBLIC,
    ("GET", "/v1/evaluation-bodies/{body_id}"): _PUBLIC,
    ("POST", "/v1/evaluation-bodies"): _DIRECTORY,
    ("POST", "/v1/evaluation-bodies/{body_id}/scopes"): _DIRECTORY,
    ("POST", "/v1/evaluation-bodies/{body_id}/scopes:end"): _DIRECTORY,
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
    # Archive (终身档案)
    ("GET", "/v1/openings/{opening_id}/records"): _INSTITUTION,
    ("GET", "/v1/me/record"): _CITIZEN,
    ("GET", "/v1/me/completion-certificates"): _CITIZEN,
    ("GET", "/v1/me/enrollments"): _CITIZEN,
    ("GET", "/v1/me/accesses"): _CITIZEN,
    ("POST", "/v1/records:lookup"): _LOOKUP,
    ("POST", "/v1/records/{record_number}:read"): _LOOKUP,
    ("POST", "/v1/records/{record_number}/corrections"): frozenset({Role.REVIEW}),
    ("GET", "/v1/record-corrections"): frozenset({Role.REVIEW, Role.APPROVAL}),
    ("POST", "/v1/record-corrections/{correction_id}:decide"): frozenset({Role.APPROVAL}),
    ("GET", "/v1/log/status"): _PUBLIC,
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
    # Identity (实名)
    ("POST", "/v1/persons:resolve"): _IDENTITY,
    ("POST", "/v1/persons/{person_id}/identifiers"): _IDENTITY,
    ("GET", "/v1/person-merges"): _IDENTITY,
    ("POST", "/v1/person-merges"): _IDENTITY,
    ("POST", "/v1/person-merges/{alias_id}:decide"): _IDENTITY,
    ("POST", "/v1/person-merges/{alias_id}:propose-end"): _IDENTITY,
    ("POST", "/v1/person-merges/{alias_id}:confirm-end"): _IDENTITY,
}
