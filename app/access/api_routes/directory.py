"""What everybody may read: code lists, policy values and the two directories (两目录)."""

from collections.abc import Mapping

from app.access.roles import Role

_PUBLIC = frozenset({Role.PUBLIC})
_DIRECTORY = frozenset({Role.DIRECTORY})

ROUTES: Mapping[tuple[str, str], frozenset[Role]] = {
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
}
