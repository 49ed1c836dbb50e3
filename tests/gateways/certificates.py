"""Certificates of the sandbox's assessment network, as the tests ask for them."""

from itertools import count
from typing import Any

from app.gateways.assessment_facts import CertificateQuery, PersonQuery
from app.sandbox.population import with_check_digit
from tests.sandbox_server import SandboxServer

SYSTEM = "assessment_network"
_people = count(1)


def new_person() -> dict[str, str]:
    """A person whom nobody else in this run asks about."""
    number = next(_people)
    born = f"1949{number // 899 % 12 + 1:02d}01"
    return {"identity_number": with_check_digit(f"130000{born}{number % 899 + 101:03d}"), "name": "赵样新"}


def enter(sandbox: SandboxServer, **values: Any) -> dict[str, Any]:
    """Enter one certificate, of a new person unless one is given."""
    person = {name: values.pop(name) for name in ("identity_number", "name") if name in values}
    certificate = {
        **(person or new_person()),
        "occupation_code": "6-31-01-03",
        "occupation_edition": "2022",
        "occupation_name": "电工",
        "level": "level_4",
        "issued_on": "2026-02-01",
        **values,
    }
    answer = sandbox.control.post("/sandbox/certificates", json={"certificates": [certificate]})
    return answer.raise_for_status().json()["certificates"][0]


def act(sandbox: SandboxServer, shown: dict[str, Any], verb: str, **values: Any) -> dict[str, Any]:
    """publish, revoke, restore or correct a certificate."""
    answer = sandbox.control.post(f"/sandbox/certificates/{shown['id']}:{verb}", json=values or None)
    return answer.raise_for_status().json()


def some(
    sandbox: SandboxServer, limit: int, *, offset: int = 1_000, kind: str | None = None
) -> list[dict[str, Any]]:
    """Certificates of the population."""
    asked = {"limit": limit, "offset": offset, **({"kind": kind} if kind else {})}
    answer = sandbox.control.get("/sandbox/certificates", params=asked)
    return answer.raise_for_status().json()["certificates"]


def query(shown: dict[str, Any], **changes: str) -> CertificateQuery:
    return CertificateQuery(
        certificate_number=changes.get("number", shown["certificate"]["certificate_number"]),
        identity_number=changes.get("identity_number", shown["holder"]["identity_number"]),
        name=changes.get("name", shown["holder"]["name"]),
    )


def holder(shown: dict[str, Any]) -> PersonQuery:
    return PersonQuery(**shown["holder"])
