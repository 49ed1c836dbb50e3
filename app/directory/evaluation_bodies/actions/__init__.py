"""Verbs of the directory of evaluation bodies: register_body, record_scope, end_scope."""
