"""An edition: a whole policy book as canonical JSON, so that a decision can name for ever what it was decided by.

The form is that of the book, not of the files: how values are spread over files does not change an edition. Keys stand
by name, values by key, division and day.
"""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from app.kernel.canonical_json import digest_of
from app.kernel.errors import UNSOURCED
from app.policy.book import PolicyBook, PolicyKey, PolicyValue
from app.policy.kinds import Bounds, as_json
from app.policy.loader import assemble, packaged_book

_DAYS = ("from", "to", "required_from", "required_before")


def edition_content(book: PolicyBook) -> dict[str, Any]:
    """The content of a book, of JSON types only; absent things are absent, not null."""
    return {
        "keys": [_key_content(book.keys[name]) for name in sorted(book.keys)],
        "values": [_value_content(value) for value in book.all_values()],
    }


def book_of_edition(content: Mapping[str, Any]) -> PolicyBook:
    """The book a content was made of. Raises ``BundleError`` when it is none."""
    keys = [_with_days(entry) for entry in content["keys"]]
    for key in keys:
        if "options" in key:
            key["options"] = {option["code"]: option["name"] for option in key["options"]}
    bundles: dict[str, Any] = {}
    for stored in content["values"]:
        entry = _with_days(stored)
        division = entry.pop("division")
        bundle = bundles.setdefault(division, {"division": division, "documents": {}, "values": []})
        if "document" in entry:
            bundle["documents"][entry["document"]] = {"number": entry["document"]}
        bundle["values"].append(entry)
    return assemble(keys, bundles)


@cache
def packaged_digest() -> bytes:
    """SHA-256 of the packaged book: names the edition this process decides by. Raises ``BundleError``."""
    return digest_of(edition_content(packaged_book()))


def _key_content(key: PolicyKey) -> dict[str, Any]:
    return _present(
        {
            "key": key.key,
            "title": key.title,
            "unit": key.unit,
            "kind": key.kind.value,
            "required_from": key.required_from.isoformat(),
            "required_before": key.required_before and key.required_before.isoformat(),
            # As a list: members of a JSON object have no order, options have that of the text.
            "options": [{"code": code, "name": name} for code, name in key.options.items()] or None,
            "total": key.total,
        }
    )


def _value_content(value: PolicyValue) -> dict[str, Any]:
    cited = value.citation != UNSOURCED
    return _present(
        {
            "key": value.key.key,
            "division": value.division,
            "from": value.period.starts_on.isoformat(),
            "to": value.period.ends_before and value.period.ends_before.isoformat(),
            "value": as_json(value.value),
            "bounds": _bounds_content(value),
            "document": value.citation.document if cited else None,
            "clause": (value.citation.clause or None) if cited else None,
            "confidence": value.confidence.value,
            "note": value.note,
        }
    )


def _bounds_content(value: PolicyValue) -> dict[str, Any] | None:
    def written(least: Any, most: Any, bounds: Bounds) -> dict[str, Any]:
        return {"min": least, "max": most, "soft": bounds.is_soft}

    if value.bounds is not None:
        return written(value.bounds.least, value.bounds.most, value.bounds)
    if not value.bounds_by_code:
        return None
    least = {code: bounds.least for code, bounds in value.bounds_by_code}
    most = {code: bounds.most for code, bounds in value.bounds_by_code}
    return written(least, most, value.bounds_by_code[0][1])


def _present(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: content for name, content in entry.items() if content is not None}


def _with_days(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: date.fromisoformat(content) if name in _DAYS and content is not None else content
        for name, content in entry.items()
    }
