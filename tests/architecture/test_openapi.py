"""The description of the API is committed, complete, and the same as the routes."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.commands.openapi import openapi_document

COMMITTED = Path(__file__).resolve().parents[2] / "openapi" / "registry-v1.json"
METHODS = ("get", "post", "put", "patch", "delete")
HAN = re.compile("[\u4e00-\u9fff]")

WITHOUT_IDEMPOTENCY_KEY = {
    "POST /v1/citizen-sign-ins": "nobody is known yet whose key it could be; an unused state is harmless",
    "POST /v1/attendance-source-proposals/{proposal_id}:register": "a proposal registers once, by its own unique key",
}
"""POSTs that create (answer 201) and take no Idempotency-Key, each with the reason."""

WITHOUT_IF_MATCH = {
    "DELETE /v1/openings/{opening_id}/documents/{document_id}": "a document has no versions; it is there or removed",
    "DELETE /v1/claims/{claim_id}/papers/{paper_id}": "a paper has no versions; it is there or removed",
    "DELETE /v1/me/claims/{claim_id}/papers/{paper_id}": "a paper has no versions; it is there or removed",
}
WITHOUT_PROBLEMS = {"GET /healthz": "asks nothing of anybody"}
PERSONAL = re.compile(r"identity|social_security|citizen|card|phone|(^|_)name$|digest")


@pytest.fixture(scope="module")
def document() -> str:
    """The API as the routes describe it now."""
    return openapi_document()


@pytest.fixture(scope="module")
def described(document: str) -> dict[str, Any]:
    """The same, read."""
    return json.loads(document)


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """``METHOD path`` and operation."""
    for path, item in described["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


def parameters(operation: dict[str, Any], place: str) -> dict[str, dict[str, Any]]:
    """Parameters of an operation in header, path or query, by name."""
    return {given["name"]: given for given in operation.get("parameters", []) if given["in"] == place}


def test_committed_description_is_current(document: str) -> None:
    """Clients generate code from it. After a wanted change: registry export-openapi --output …, and CHANGES.md."""
    assert COMMITTED.read_text() == document


def test_version_is_openapi_3_1(described: dict[str, Any]) -> None:
    """3.1 is JSON Schema 2020-12; 3.0 knows no null type."""
    assert described["openapi"].startswith("3.1")


def test_every_operation_says_in_chinese_what_it_does(described: dict[str, Any]) -> None:
    """The summary is what the reader of /docs sees first."""
    silent = [
        name for name, operation in operations(described) if not HAN.search(operation.get("summary", ""))
    ]
    assert not silent


def test_every_operation_documents_its_refusals(described: dict[str, Any]) -> None:
    """Everybody can meet 401, 403, 422 and 503; schemathesis counts an undocumented status as a defect."""
    for name, operation in operations(described):
        if name not in WITHOUT_PROBLEMS:
            assert {"401", "403", "422", "503"} <= set(operation["responses"]), name
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert HAN.search(answer["description"]), f"{name} {status}"
                    assert "application/json" not in answer.get("content", {}), (
                        f"{name} {status}: not a problem"
                    )
        if "{" in name:
            # A policy value or list asked by code may be absent too: every path with an id can be a 404.
            assert "404" in operation["responses"] or name.startswith("GET /v1/me"), name


def test_operation_ids_are_unique_and_told_by_name_and_path(described: dict[str, Any]) -> None:
    """Generated clients name methods after them, so they change only when the function or the path does."""
    ids = [operation["operationId"] for _, operation in operations(described)]
    assert len(ids) == len(set(ids))
    for name, operation in operations(described):
        method, _, path = name.partition(" ")
        tail = re.sub(r"\W", "_", path) + "_" + method.lower()
        assert operation["operationId"].endswith(tail), name


def test_every_creating_post_takes_an_idempotency_key(described: dict[str, Any]) -> None:
    """A client whose connection broke repeats the request; without a key it would create twice."""
    keyless = {
        name
        for name, operation in operations(described)
        if name.startswith("POST")
        and "201" in operation["responses"]
        and not parameters(operation, "header").get("Idempotency-Key", {}).get("required")
    }
    assert keyless == set(WITHOUT_IDEMPOTENCY_KEY)


def test_every_change_says_which_version_it_changes(described: dict[str, Any]) -> None:
    """Two people edit one opening: the second must learn of the first, not overwrite it."""
    blind = {
        name
        for name, operation in operations(described)
        if name.startswith(("PUT", "PATCH", "DELETE"))
        and not parameters(operation, "header").get("If-Match", {}).get("required")
    }
    assert blind == set(WITHOUT_IF_MATCH)


def test_nothing_personal_travels_in_an_address(described: dict[str, Any]) -> None:
    """Addresses end in access logs and browser histories; identity numbers and names travel in bodies."""
    for name, operation in operations(described):
        for place in ("path", "query"):
            personal = [parameter for parameter in parameters(operation, place) if PERSONAL.search(parameter)]
            assert not personal, f"{name}: {personal}"


def test_every_text_and_list_of_a_request_is_bounded(described: dict[str, Any]) -> None:
    """An unbounded field is a way to fill memory; columns and forms have their own limits anyway."""
    unbounded = []
    for name, schema in described["components"]["schemas"].items():
        if schema.get("additionalProperties") is not False:
            continue  # only what we accept forbids unknown fields
        for field, given in schema.get("properties", {}).items():
            unbounded += [f"{name}.{field}" for part in parts_of(given) if not is_bounded(part)]
    assert not unbounded


def parts_of(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A schema and what it is made of, short of references."""
    yield schema
    for inner in (*schema.get("anyOf", []), *([schema["items"]] if "items" in schema else [])):
        yield from parts_of(inner)


def is_bounded(schema: dict[str, Any]) -> bool:
    """Texts have a length, a format, a pattern or a fixed set of values; lists have a length."""
    if schema.get("type") == "string":
        return bool(schema.keys() & {"maxLength", "format", "enum", "const", "pattern", "contentMediaType"})
    return schema.get("type") != "array" or "maxItems" in schema


NO_EXAMPLE = {"TokenForm": "credentials; an example would end in a script"}


def test_every_free_text_of_a_request_has_an_example(described: dict[str, Any]) -> None:
    """/docs sends the example. What type, format or choices do not tell, a realistic Chinese example does."""
    bare = []
    for name, schema in described["components"]["schemas"].items():
        if schema.get("additionalProperties") is not False or name in NO_EXAMPLE or "examples" in schema:
            continue
        for field, given in schema.get("properties", {}).items():
            parts = list(parts_of(given))
            is_free = any(
                part.get("type") == "string" and not part.keys() & {"format", "enum", "const"}
                for part in parts
            )
            if is_free and not any("examples" in part for part in parts):
                bare.append(f"{name}.{field}")
    assert not bare


def test_shapes_are_named_once(described: dict[str, Any]) -> None:
    """Two wire shapes of one name become ``app__api__v1__…`` in every generated client."""
    assert not [name for name in described["components"]["schemas"] if name.startswith("app__api")]
