"""Evaluation bodies (评价机构目录): who may issue certificates, for which occupations and levels, and when.

Held by: ``evaluation_body_code_key``, ``evaluation_body_scope_pkey`` (no two scopes of an occupation overlap),
``evaluation_body_scope_ranks`` (migration 0011).
"""
