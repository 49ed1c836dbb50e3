"""Version 1 of the REST API: one module per resource, no business rule in any of them.

A module exposes ``router``; ``ROUTERS`` is what ``app.main`` mounts, in the order of the documentation.
"""

from fastapi import APIRouter

from app.api.v1 import (
    accounts,
    administration,
    assessments,
    attendance,
    attendance_sources,
    certificate_decisions,
    certificates,
    check_ins,
    code_lists,
    completion_certificates,
    documents,
    evaluation_bodies,
    institutions,
    me,
    network_notices,
    occupations,
    opening_changes,
    openings,
    permission_grants,
    persons,
    policy_values,
    programs,
    records,
    rosters,
    sign_in,
    tokens,
)

ROUTERS: tuple[APIRouter, ...] = (
    tokens.router,
    sign_in.router,
    administration.router,
    accounts.router,
    permission_grants.router,
    code_lists.router,
    occupations.router,
    policy_values.router,
    institutions.router,
    programs.router,
    evaluation_bodies.router,
    openings.router,
    documents.router,
    opening_changes.router,
    rosters.router,
    attendance_sources.router,
    attendance.router,
    check_ins.router,
    assessments.router,
    records.router,
    certificates.router,
    certificate_decisions.router,
    network_notices.router,
    me.router,
    completion_certificates.router,
    persons.router,
)
