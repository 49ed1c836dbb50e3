"""What the demo says when it is ready: addresses, and commands to paste into a shell as they stand."""

import json
import shlex
import sys
from pathlib import Path
from typing import Any

from app.demo.province_data import NURSING_CLASS

_READ = "import json,sys;print(json.load(sys.stdin)[sys.argv[1]])"
_CALLBACK = (
    "import json,sys,urllib.parse as u;"
    'print(json.dumps(dict(u.parse_qsl(u.urlsplit(json.load(sys.stdin)["redirect_to"]).query))))'
)


def guide(folder: Path, notes: dict[str, Any]) -> str:
    """The whole text."""
    addresses, days = notes["addresses"], notes["clock_shift_seconds"] / 86_400
    return "\n".join(
        [
            "",
            "演示已就绪。",
            f"  门户      {addresses['api']}/（公众、劳动者、培训机构、经办机构四个入口，凭证见下述文件）",
            f"  接口      {addresses['api']}",
            f"  接口文档  {addresses['docs']}",
            f"  模拟平台  {addresses['sandbox']}（持卡库、社保卡、评价工作网、失业保险、银行、短信；数据均为虚构）",
            f"  各角色凭证、样例人员、机构和班次见 {folder / 'demo.json'}（仅本人可读）",
            f"  为使课程能够上完，登记系统的法定时钟比实际时间快 {days:.1f} 天；这只在试用环境中允许。",
            "",
            "下列命令可直接粘贴：",
            *_commands(notes),
            "",
            "按 Ctrl-C 停止。",
        ]
    )


def _commands(notes: dict[str, Any]) -> list[str]:
    api, credentials = notes["addresses"]["api"], notes["credentials"]
    person, officer = NURSING_CLASS[0], credentials["officers"]["filing.hz"]
    subject = {"identity_number": person.number, "name": person.name}
    lookup = {"purpose": "subsidy_review", "case_number": "演示0001", "subjects": [subject]}
    return [
        f"PY={shlex.quote(sys.executable)}",
        f'field() {{ {_python(_READ)} "$1"; }}',
        'show() { "$PY" -m json.tool --no-ensure-ascii; }',
        "# 公开的机构目录",
        f"curl -s '{api}/v1/institutions?limit=3' | show",
        "# 外省经办机构的系统取令牌，跨地区核验一名劳动者",
        f"AGENCY=$({_client_token(api, credentials['clients']['lookup_other_city'])})",
        f"{_curl('AGENCY', lookup)} {api}/v1/records:lookup | show",
        "# 培训机构的系统取令牌，查看自己的班次",
        f"INSTITUTION=$({_client_token(api, credentials['clients']['school'])})",
        f"{_curl('INSTITUTION')} {api}/v1/openings | show",
        f"# 劳动者（{person.name}）用电子社保卡登录，看自己的档案，以及谁查过",
        *_citizen_sign_in(notes, person.number),
        f"{_curl('CITIZEN')} {api}/v1/me/record | show",
        f"{_curl('CITIZEN')} {api}/v1/me/accesses | show",
        "# 同一劳动者看自己的证书：核实情况、关联依据、申领期限；以及本系统核发的培训合格证书",
        f"{_curl('CITIZEN')} {api}/v1/me/certificates | show",
        f"{_curl('CITIZEN')} {api}/v1/me/completion-certificates | show",
        "# 备案经办人用口令和动态口令登录，查看待审的备案（动态口令30秒内只能使用一次）",
        f"OFFICER=$({_person_token(api, officer)})",
        f"{_curl('OFFICER')} '{api}/v1/openings?state=filed' | show",
        *_certificate_commands(notes),
        *_claim_commands(notes),
    ]


def _claim_commands(notes: dict[str, Any]) -> list[str]:
    """Claims: the citizen's dry run, the open notice, the officers' work list, budgets and orders."""
    claims = {each["state"]: each for each in notes.get("claims", [])}
    if not claims:
        return []
    api, officers = notes["addresses"]["api"], notes["credentials"]["officers"]
    paid, waiting = claims["paid"], claims["reviewed"]
    payer = officers[notes["claim_officers"]["payment"]]
    approver = officers[notes["claim_officers"]["approval"]]
    dry_run = {"record_number": paid["record_number"], "kind": "skill_upgrade"}
    receipt = {"receipt_code": notes["open_notice"]["objection_receipt"]}
    case = {"case_number": "演示0003"}
    return [
        f"# 已领到补贴的劳动者（{paid['holder']['name']}）登录：办理过程和通知书；再试算一次，看每条理由的条款",
        *_citizen_sign_in(notes, paid["holder"]["identity_number"]),
        f"{_curl('CITIZEN')} {api}/v1/me/claims/{paid['claim_id']} | show",
        f"{_curl('CITIZEN', dry_run)} {api}/v1/eligibility:evaluate | show",
        "# 正在进行的公示（姓名已遮盖，不必登录），以及凭回执号查询一条异议",
        f"curl -s {api}/v1/public-notices/{notes['open_notice']['notice_id']} | show",
        f"curl -s {_sent(receipt)} {api}/v1/objections:track | show",
        f"# 审批经办人登录：待审批的申领，其中一件（{waiting['claim_number']}）的事实、依据和审核理由",
        f"APPROVER=$({_person_token(api, approver)})",
        f"{_curl('APPROVER')} '{api}/v1/claims?state=reviewed' | show",
        f"{_curl('APPROVER', case)} {api}/v1/claims/{waiting['claim_id']}:read | show",
        "# 拨付经办人登录：预算和账、拨付单、账实是否相符",
        f"PAYER=$({_person_token(api, payer)})",
        f"{_curl('PAYER')} {api}/v1/budgets | show",
        f"{_curl('PAYER')} {api}/v1/payment-orders | show",
        f"{_curl('PAYER')} {api}/v1/ledger-differences | show",
    ]


def _certificate_commands(notes: dict[str, Any]) -> list[str]:
    """What an evaluation body's directory says, and what the officer of certificates has to decide."""
    api = notes["addresses"]["api"]
    waiting = [each["certificate_id"] for each in notes.get("certificates", []) if each["key"] == "undecided"]
    if not waiting:
        return []
    officer = notes["credentials"]["officers"][notes["certificate_officer"]]
    body_id = notes["evaluation_bodies"][0]["body_id"]
    case = {"purpose": "subsidy_review", "case_number": "演示0002"}
    return [
        "# 公开的评价机构目录：评价范围和有效期",
        f"curl -s '{api}/v1/evaluation-bodies/{body_id}' | show",
        "# 证书经办人登录，查看一本等级不同的证书可以关联哪条档案、依据为何，以及各机构的核实率",
        f"CERTIFIER=$({_person_token(api, officer)})",
        f"{_curl('CERTIFIER', case)} {api}/v1/certificates/{waiting[0]}/candidates:read | show",
        f"{_curl('CERTIFIER')} {api}/v1/certificate-statistics | show",
    ]


def _citizen_sign_in(notes: dict[str, Any], number: str) -> list[str]:
    api, sandbox = notes["addresses"]["api"], notes["addresses"]["sandbox"]
    choice = '{\\"authorization_url\\":\\"$URL\\",\\"social_security_number\\":\\"' + number + '\\"}'
    as_json = "-H 'Content-Type: application/json'"
    return [
        f"URL=$(curl -s -X POST {api}/v1/citizen-sign-ins | field authorization_url)",
        f'BACK=$(curl -s {as_json} -d "{choice}" {sandbox}/oidc/sandbox-login | {_python(_CALLBACK)})',
        f'CITIZEN=$(curl -s {as_json} -d "$BACK" {api}/v1/citizen-sign-ins:complete | field access_token)',
    ]


def _client_token(api: str, key: dict[str, str]) -> str:
    form = f"-d grant_type=client_credentials -d client_id={key['client_id']} -d client_secret={key['client_secret']}"
    return f"curl -s {form} {api}/v1/oauth/token | field access_token"


def _person_token(api: str, login: dict[str, str]) -> str:
    code = _python(f'import pyotp;print(pyotp.TOTP("{login["totp_secret"]}").now())')
    form = f'-d grant_type=password -d username={login["username"]} -d password={login["password"]} -d totp="$({code})"'
    return f"curl -s {form} {api}/v1/oauth/token | field access_token"


def _curl(token: str, body: object | None = None) -> str:
    sent = f'curl -s -H "Authorization: Bearer ${token}"'
    if body is None:
        return sent
    return f"{sent} {_sent(body)}"


def _sent(body: object) -> str:
    return f"-H 'Content-Type: application/json' -d {shlex.quote(json.dumps(body, ensure_ascii=False))}"


def _python(program: str) -> str:
    return f'"$PY" -c {shlex.quote(program)}'
