"""Signing in and out, one's own account, and what was kept of a form."""

from collections.abc import Mapping

from app.access.roles import Role

_PUBLIC = frozenset({Role.PUBLIC})
_SIGNED_IN = frozenset(
    {
        Role.CITIZEN,
        Role.INSTITUTION,
        Role.AGENCY,
        Role.SYSTEM_ADMINISTRATOR,
        Role.SECURITY_ADMINISTRATOR,
        Role.AUDIT_ADMINISTRATOR,
    }
)
"""People; systems have no browsers."""

PAGES: Mapping[tuple[str, str], frozenset[Role]] = {
    ("GET", "/sign-in"): _PUBLIC,
    ("GET", "/sign-in/citizen"): _PUBLIC,
    ("POST", "/sign-in/citizen"): _PUBLIC,
    ("GET", "/sign-in/citizen/callback"): _PUBLIC,
    ("GET", "/sign-in/institution"): _PUBLIC,
    ("POST", "/sign-in/institution"): _PUBLIC,
    ("GET", "/sign-in/officer"): _PUBLIC,
    ("POST", "/sign-in/officer"): _PUBLIC,
    ("GET", "/activation"): _PUBLIC,
    ("POST", "/activation"): _PUBLIC,
    ("GET", "/signed-out"): _PUBLIC,
    ("POST", "/sign-out"): _SIGNED_IN,
    ("GET", "/account"): _SIGNED_IN,
    ("POST", "/account/password"): _SIGNED_IN,
    ("POST", "/account/sign-out-everywhere"): _SIGNED_IN,
    ("GET", "/kept/{draft_id}"): _SIGNED_IN,
    ("POST", "/drafts"): _SIGNED_IN,
}
