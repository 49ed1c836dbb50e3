"""The registry itself: its health, sign-in, tokens, accounts and administration (三员)."""

from collections.abc import Mapping

from app.access.roles import Role

_PUBLIC = frozenset({Role.PUBLIC})
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
    ("GET", "/v1/peer-registries"): _SECURITY,
    ("POST", "/v1/peer-registries"): _SECURITY,
    ("POST", "/v1/peer-registries/{peer_id}:confirm"): _SECURITY,
    ("POST", "/v1/peer-registries/{peer_id}:end"): _SECURITY,
    ("POST", "/v1/peer-registries/{peer_id}/keys"): _SECURITY,
    ("POST", "/v1/peer-registries/{peer_id}/keys/{key_id}:confirm"): _SECURITY,
    ("POST", "/v1/peer-registries/{peer_id}/keys/{key_id}:revoke"): _SECURITY,
    ("GET", "/v1/asking-rules"): _SECURITY,
    ("POST", "/v1/asking-rules"): _SECURITY,
    ("POST", "/v1/asking-rules/{rule_id}:confirm"): _SECURITY,
    ("POST", "/v1/asking-rules/{rule_id}:end"): _SECURITY,
    ("POST", "/v1/asking-rules/{rule_id}:confirm-end"): _SECURITY,
}
