"""The citizens' door: its pages and who may open them; and the page of whoever was given a link by a citizen."""

from collections.abc import Mapping

from app.access.roles import Role

_CITIZEN = frozenset({Role.CITIZEN})
_PUBLIC = frozenset({Role.PUBLIC})

PAGES: Mapping[tuple[str, str], frozenset[Role]] = {
    ("GET", "/my"): _CITIZEN,
    ("GET", "/my/record"): _CITIZEN,
    ("GET", "/my/record/{record_number}"): _CITIZEN,
    ("GET", "/my/record/{record_number}/proof"): _CITIZEN,
    ("GET", "/my/record/{record_number}/correction"): _CITIZEN,
    ("POST", "/my/record/{record_number}/correction"): _CITIZEN,
    ("GET", "/my/benefits"): _CITIZEN,
    ("GET", "/my/benefits/{record_number}"): _CITIZEN,
    ("GET", "/my/benefits/{record_number}/account"): _CITIZEN,
    ("GET", "/my/benefits/{record_number}/place"): _CITIZEN,
    ("GET", "/my/benefits/{record_number}/check"): _CITIZEN,
    ("POST", "/my/benefits/{record_number}/submit"): _CITIZEN,
    ("GET", "/my/claims"): _CITIZEN,
    ("GET", "/my/claims/{claim_id}"): _CITIZEN,
    ("GET", "/my/claims/{claim_id}/submitted"): _CITIZEN,
    ("GET", "/my/claims/{claim_id}/supplement"): _CITIZEN,
    ("POST", "/my/claims/{claim_id}/supplement"): _CITIZEN,
    ("GET", "/my/claims/{claim_id}/withdraw"): _CITIZEN,
    ("POST", "/my/claims/{claim_id}/withdraw"): _CITIZEN,
    ("GET", "/my/claims/{claim_id}/account"): _CITIZEN,
    ("POST", "/my/claims/{claim_id}/account"): _CITIZEN,
    ("GET", "/my/claims/{claim_id}/appeal"): _CITIZEN,
    ("POST", "/my/claims/{claim_id}/appeal"): _CITIZEN,
    ("GET", "/my/accesses"): _CITIZEN,
    ("GET", "/my/enrollments"): _CITIZEN,
    ("GET", "/my/enrollments/{opening_id}/deny"): _CITIZEN,
    ("POST", "/my/enrollments/{opening_id}/deny"): _CITIZEN,
    ("GET", "/my/accounts"): _CITIZEN,
    ("GET", "/my/accounts/new"): _CITIZEN,
    ("POST", "/my/accounts"): _CITIZEN,
    ("POST", "/my/accounts/{account_id}/end"): _CITIZEN,
    ("GET", "/my/shares"): _CITIZEN,
    ("GET", "/my/shares/new"): _CITIZEN,
    ("POST", "/my/shares"): _CITIZEN,
    ("GET", "/my/shares/{share_id}"): _CITIZEN,
    ("POST", "/my/shares/{share_id}/revoke"): _CITIZEN,
    ("GET", "/share"): _PUBLIC,
    ("POST", "/share"): _PUBLIC,
}
