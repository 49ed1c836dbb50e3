"""Institutions and programs in the directories, made through the API by a directory officer."""

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from stdnum.cn import uscc

from app.access.actor import Permission
from app.kernel.clock import law_date
from app.kernel.identifiers.credit_code import organization_check_digit_of
from tests.registry_server import Caller, Registry

OCCUPATION = (2022, "4-10-01-06")
_serials = itertools.count(1)


def credit_code(serial: int | None = None, *, prefix: str = "52110000") -> str:
    """A synthetic unified social credit code whose two check digits hold."""
    eight = f"MJ{next(_serials) if serial is None else serial:06}"
    seventeen = prefix + eight + organization_check_digit_of(eight)
    return str(seventeen + uscc.calc_check_digit(seventeen))


@dataclass(slots=True)
class Directory:
    """A directory officer of a province with one institution and one program that fit each other."""

    registry: Registry
    officer: Caller
    institution_id: UUID
    program_id: UUID
    operator: Caller
    division_code: str


async def today(registry: Registry) -> date:
    """The registry's day of law."""
    return law_date(await registry.now())


def institution_body(**changes: Any) -> dict[str, Any]:
    """A registration that is accepted; ``changes`` replace fields."""
    body = {
        "unified_social_credit_code": credit_code(),
        "name": "某市示范职业培训学校",
        "kind": "training_school",
        "division_code": "110105",
        "address": "示范路1号",
        "contact_phone": "010-00000000",
        "qualification": {
            "kind": "school_license",
            "document_number": "人社民3110105000001号",
            "issued_by": "某市某区人力资源和社会保障局",
            "starts_on": "2020-01-01",
            "ends_before": None,
        },
        "document_number": "某人社发〔2026〕1号",
    }
    return body | changes


def program_body(starts_on: date, **changes: Any) -> dict[str, Any]:
    """A program of 8 class hours (theory 2, practice 4, safety 2) that is accepted."""
    body = {
        "division_code": "110000",
        "name": "养老护理员五级培训",
        "occupation_edition": OCCUPATION[0],
        "occupation_code": OCCUPATION[1],
        "skill_level": "level_5",
        "training_type": "employment_skills",
        "training_mode": "classroom",
        "open_positions": 320,
        "skill_requirements": "能为老年人提供生活照料和基础护理",
        "content": "照护基础、实操训练、安全操作",
        "theory_hours": 2,
        "practice_hours": 4,
        "safety_hours": 2,
        "starts_on": starts_on.isoformat(),
        "ends_before": None,
    }
    return body | changes


def designation_body(starts_on: date, **changes: Any) -> dict[str, Any]:
    """定点 for the program's occupation in 110100 (of which 110105 is a part)."""
    body = {
        "occupation_edition": OCCUPATION[0],
        "occupation_code": OCCUPATION[1],
        "division_code": "110000",
        "starts_on": starts_on.isoformat(),
        "ends_before": None,
        "document_number": "某人社发〔2026〕3号",
    }
    return body | changes


async def ready_directory(
    registry: Registry,
    *,
    designated: bool = True,
    program: dict[str, Any] | None = None,
    institution: dict[str, Any] | None = None,
    officer: Caller | None = None,
) -> Directory:
    """An institution in good standing with a designation, a program in force, and an operator."""
    officer = officer or await registry.officer(Permission.DIRECTORY, division_code="110000")
    begins = await today(registry)
    registered = await officer.post("/v1/institutions", json=institution_body(**(institution or {})))
    assert registered.status_code == 201, registered.text
    institution_id = UUID(registered.json()["institution_id"])
    if designated:
        named = await officer.post(
            f"/v1/institutions/{institution_id}/designations",
            json=designation_body(begins - timedelta(days=30)),
        )
        assert named.status_code == 201, named.text
    published = await officer.post("/v1/programs", json=program_body(begins, **(program or {})))
    assert published.status_code == 201, published.text
    return Directory(
        registry=registry,
        officer=officer,
        institution_id=institution_id,
        program_id=UUID(published.json()["program_id"]),
        operator=await registry.operator(institution_id),
        division_code="110105",
    )
