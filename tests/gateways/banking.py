"""Orders to the bank and account holders for one test alone, and a look into the sandbox's books."""

import itertools
from typing import Any
from uuid import UUID

import pytest
import uuid_utils.compat

from app.gateways.bank_facts import (
    Instruction,
)
from app.sandbox.population import with_check_digit
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio

SYSTEM = "bank"
_serial = itertools.count(1)


def account_number(tail: str = "1234") -> str:
    """An account nobody used before; the sandbox goes by its tail."""
    return f"62220219{next(_serial):07d}{tail}"


def instruction(**changes: Any) -> Instruction:
    values: dict[str, Any] = {
        "instruction_id": uuid_utils.compat.uuid7(),
        "amount_fen": 150_000,
        "account_number": account_number(),
        "holder_name": "王样收",
        "purpose": "技能提升补贴",
        **changes,
    }
    return Instruction(**values)


def books(sandbox: SandboxServer, instruction_id: UUID) -> dict[str, Any]:
    return sandbox.control.get(f"/sandbox/bank/ledger/{instruction_id}").raise_for_status().json()


def set_bank(sandbox: SandboxServer, **setting: Any) -> None:
    sandbox.control.put("/sandbox/bank", json=setting).raise_for_status()


def new_person(sandbox: SandboxServer) -> dict[str, str]:
    number = with_check_digit(f"1100001948{next(_serial):04d}999")
    sandbox.register(social_security_number=number, name="赵样户")
    return {"holder_name": "赵样户", "holder_number": number}
