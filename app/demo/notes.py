"""``demo.json``: addresses, a working credential for every role, sample persons, institutions and classes.

Any client, and the next start, goes on from there. Only its owner can read it; it is replaced whole.
"""

import json
from pathlib import Path
from typing import Any

from app.demo.actors.sign_in import ClientKey, Login
from app.demo.clock import LawClock
from app.demo.processes import write_private
from app.demo.province import Province
from app.demo.province_certificates import FilledCertificate
from app.demo.province_data import (
    AGENCIES,
    BODIES,
    EVERYBODY,
    INSTITUTIONS,
    OFFICERS,
    OTHER_PROGRAMS,
    PROGRAMS,
)
from app.demo.stack import Stack

_FILE = "demo.json"
_STATES = {
    "closed": "已结班（有档案）",
    "closed_elsewhere": "已结班（外省，有档案）",
    "running": "进行中",
    "on_record": "已备案",
    "filed": "已备案待审",
    "returned": "已退回（有原因）",
    "canceled": "已取消",
    "draft": "草稿",
    "draft_complete": "草稿（缺名册）",
}

_CERTIFICATE_STATES = {
    "linked": "已核实，自动关联",
    "linked_elsewhere": "已核实，自动关联（外省）",
    "by_officer": "已核实，经办人关联",
    "undecided": "已核实，等级不同，待经办人认定",
    "pending": "待上传（申领期限停止计算）",
    "misnamed": "姓名不符",
    "revoked": "已撤销",
    "forged": "查无此证",
}


def read_notes(folder: Path) -> dict[str, Any] | None:
    """What an earlier start wrote down; None when nothing was filled in yet."""
    try:
        notes: dict[str, Any] = json.loads((folder / _FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return notes


def write_notes(folder: Path, notes: dict[str, Any], stack: Stack, clock: LawClock) -> dict[str, Any]:
    """Write the notes with the addresses and the clock of this start; returns them."""
    current = {
        **notes,
        "addresses": {
            "api": stack.api_url,
            "docs": f"{stack.api_url}/docs",
            "openapi": f"{stack.api_url}/openapi.json",
            "sandbox": stack.sandbox_url,
            "citizen_sign_in": f"{stack.sandbox_url}/oidc",
        },
        "clock_shift_seconds": int(clock.shift().total_seconds()),
    }
    write_private(folder / _FILE, json.dumps(current, ensure_ascii=False, indent=2))
    return current


def notes_of(province: Province) -> dict[str, Any]:
    """Everything a client needs to act as anybody in the province."""
    return {
        "about": "演示数据：人员、机构、号码均为虚构；凭证只能用于本机这一演示",
        "credentials": _credentials(province),
        "citizens": [{"name": person.name, "identity_number": person.number} for person in EVERYBODY],
        "agencies": [
            {
                "agency_id": province.founded.agencies[plan.key],
                "name": plan.name,
                "division_code": plan.division_code,
            }
            for plan in AGENCIES
        ],
        "institutions": [
            {
                "institution_id": province.institutions[plan.key],
                "name": plan.name,
                "kind": plan.kind,
                "unified_social_credit_code": plan.credit_code,
                "division_code": plan.division_code,
            }
            for plan in INSTITUTIONS
        ],
        "programs": [
            {"program_id": province.programs[plan.key], "name": plan.name}
            for plan in (*PROGRAMS, *OTHER_PROGRAMS)
        ],
        "openings": [
            {"key": key, "state": _STATES[key], "opening_id": opening_id}
            for key, opening_id in province.openings.items()
        ],
        "record_numbers": province.record_numbers,
        "evaluation_bodies": [
            {
                "body_id": province.evaluation_bodies[plan.key],
                "body_code": plan.code,
                "name": plan.name,
                "division_code": plan.division_code,
            }
            for plan in BODIES
        ],
        "certificates": [_certificate(filled) for filled in province.certificates],
        "certificate_officer": "review.zj",
        "claims": province.claims.claims,
        "claim_officers": {"review": "review.zj", "approval": "approval.zj", "payment": "payment.zj"},
        "budgets": province.claims.budgets,
        "open_notice": {
            "notice_id": province.claims.notice_id,
            "objection_receipt": province.claims.objection_receipt,
        },
        "claim_certificates": [
            {"key": "claimed", "network": entered} for entered in province.claims.certificates
        ],
    }


def _certificate(filled: FilledCertificate) -> dict[str, Any]:
    """``network`` is what the assessment network is told again at the next start."""
    holder = filled.printed.holder
    return {
        "key": filled.key,
        "state": _CERTIFICATE_STATES[filled.key],
        "certificate_id": filled.certificate_id,
        "certificate_number": filled.printed.number,
        "holder": {"name": holder.name, "identity_number": holder.number},
        "network": filled.entered,
    }


def _credentials(province: Province) -> dict[str, Any]:
    administrators = province.founded.administrators
    return {
        "administrators": {
            "system": _login(administrators.system),
            "security": _login(administrators.security),
            "second_security": _login(administrators.second_security),
            "audit": _login(administrators.audit),
        },
        "officers": {
            plan.login_name: {
                "permission": plan.permission,
                "permissions": plan.permissions,
                "agency": plan.agency,
                **_login(province.founded.officers[plan.login_name]),
            }
            for plan in OFFICERS
        },
        "operators": {key: _login(login) for key, login in province.operators.items()},
        "clients": {key: _client(client) for key, client in province.clients.items()},
        "sources": {key: _client(client) for key, client in province.sources.items()},
        "citizens": "经 POST /v1/citizen-sign-ins 取得认证地址，在模拟平台选择 citizens 中任一人",
    }


def _login(login: Login) -> dict[str, str]:
    return {
        "username": login.login_name,
        "password": login.password,
        "totp_secret": login.totp_secret,
    }


def _client(client: ClientKey) -> dict[str, str]:
    return {"client_id": client.client_id, "client_secret": client.client_secret}
