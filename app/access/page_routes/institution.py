"""The institutions' door: its pages and who may open them."""

from collections.abc import Mapping

from app.access.roles import Role

_INSTITUTION = frozenset({Role.INSTITUTION})

PAGES: Mapping[tuple[str, str], frozenset[Role]] = {
    ("GET", "/institution"): _INSTITUTION,
    ("GET", "/institution/openings"): _INSTITUTION,
    ("POST", "/institution/openings"): _INSTITUTION,
    ("GET", "/institution/openings/new"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/cancel"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/basics"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/basics"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/teachers"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/teachers"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/sessions"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/sessions"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/parts/{part}"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/parts/{part}"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/file"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/file"): _INSTITUTION,
    ("GET", "/institution/roster-template"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/roster"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/roster"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/roster/progress"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/roster/fix"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/roster/fix"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/roster/drop-rows"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/roster/bad-rows"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/roster/{line_id}/withdraw"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/roster/{line_id}/withdraw"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/results"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/results"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/results/{attempt}"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/results/{attempt}"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/results/{attempt}/confirm"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/closing"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/closing"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/changes"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/changes/{kind}"): _INSTITUTION,
    ("POST", "/institution/openings/{opening_id}/changes/{kind}"): _INSTITUTION,
    ("GET", "/institution/openings/{opening_id}/records"): _INSTITUTION,
    ("GET", "/institution/claims"): _INSTITUTION,
}
