"""Changes of the code lists. All run in the caller's transaction as ``registry_owner``; no other role may."""
