"""Changes of policy: editions by ``registry_owner``, shortage lists by agencies. All in the caller's transaction."""
