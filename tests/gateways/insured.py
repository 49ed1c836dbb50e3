"""Persons and employers of the unemployment insurance for one test alone, and questions about them."""

import itertools
from datetime import date
from typing import Any

from app.gateways.http import FailureKind
from app.gateways.insurance_facts import Employee, InsuranceAnswer, InsuranceOutcome, InsuranceQuery
from app.sandbox.population import with_check_digit
from tests.sandbox_server import SandboxServer

SYSTEM = "unemployment_insurance"
AS_OF = date(2026, 3, 31)
EMPLOYER = "91110000MA0TEXT0X1"
_order = itertools.count(1)


def new_person(sandbox: SandboxServer, **insured: Any) -> dict[str, str]:
    """A person registered for this test alone; ``insured``: what the insurance shall know of it."""
    number = with_check_digit(f"1100001949{next(_order):04d}999")
    person = {"social_security_number": number, "name": "李样保"}
    sandbox.register(**person)
    if insured:
        sandbox.insure(number, **insured)
    return person


def query(person: dict[str, str], as_of: date = AS_OF, **changes: Any) -> InsuranceQuery:
    name = changes.pop("name", person["name"])
    return InsuranceQuery(identity_number=person["social_security_number"], name=name, as_of=as_of, **changes)


def employ(sandbox: SandboxServer, *people: dict[str, str], **more: Any) -> str:
    code = f"91110000MA{next(_order):07d}A"
    numbers = [person["social_security_number"] for person in people]
    body = {"credit_code": code, "identity_numbers": numbers, **more}
    sandbox.control.post("/sandbox/unemployment-insurance/employers", json=body).raise_for_status()
    return code


def employee(person: dict[str, str]) -> Employee:
    return Employee(identity_number=person["social_security_number"], name=person["name"])


def assert_unavailable(answers: list[InsuranceAnswer], failure: FailureKind) -> None:
    assert answers
    for answer in answers:
        assert answer == InsuranceAnswer(outcome=InsuranceOutcome.UNAVAILABLE, failure=failure)
