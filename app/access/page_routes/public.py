"""The public door: its pages and who may open them."""

from collections.abc import Mapping

from app.access.roles import Role

_PUBLIC = frozenset({Role.PUBLIC})

PAGES: Mapping[tuple[str, str], frozenset[Role]] = {
    ("GET", "/"): _PUBLIC,
    ("GET", "/help"): _PUBLIC,
    ("GET", "/guide"): _PUBLIC,
    ("GET", "/guide/{kind}"): _PUBLIC,
    ("GET", "/rules"): _PUBLIC,
    ("GET", "/rules/{key}"): _PUBLIC,
    ("GET", "/log"): _PUBLIC,
    ("GET", "/programs"): _PUBLIC,
    ("GET", "/programs/{program_id}"): _PUBLIC,
    ("GET", "/institutions"): _PUBLIC,
    ("GET", "/institutions/{institution_id}"): _PUBLIC,
    ("GET", "/notices"): _PUBLIC,
    ("GET", "/notices/{notice_id}"): _PUBLIC,
    # Objecting is open to everybody, signed in or not, and goes without a name; the door paces it.
    ("GET", "/notices/{notice_id}/lines/{line_no}/objection"): _PUBLIC,
    ("POST", "/notices/{notice_id}/lines/{line_no}/objection"): _PUBLIC,
    ("GET", "/objections"): _PUBLIC,
    ("POST", "/objections"): _PUBLIC,
    ("GET", "/verify"): _PUBLIC,
    ("POST", "/verify"): _PUBLIC,
}
