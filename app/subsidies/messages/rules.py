"""Pure rules of messages: names of benefits as templates know them, when to try again, what an address looks like."""

import re
from collections.abc import Mapping
from datetime import timedelta

from app.kernel.errors import Reason
from app.kernel.masking import mask_number_public, mask_phone

BENEFIT_NAME: Mapping[str, str] = {
    "skill_upgrade": "技能提升补贴",
    "training": "职业培训补贴",
    "living_allowance": "生活费补贴",
    "apprenticeship": "企业新型学徒制补贴",
    "work_based": "以工代训补贴",
    "retention": "一次性留工培训补助",
}
"""By ``benefit_kind.kind``: the vocabulary of ``app.gateways.message_templates``."""

_FORMS = {"sms": re.compile("1[0-9]{10}"), "social_security_card": re.compile("[A-Za-z0-9_-]{16,128}")}
_WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=8),
)
ATTEMPTS_MAX = 10
"""Then the message stays where the person reads it after signing in; ours, no text says it."""

REFUSED_BY_CONSTRAINT: Mapping[str, Reason] = {
    "message_address_live": Reason(
        code="message_address_exists",
        field="channel",
        message="这个渠道已登记了接收地址",
        remedy="请先停用原来的地址，再登记新的",
    ),
}


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after so many attempts that the platform did not answer; None: give up."""
    if attempts >= ATTEMPTS_MAX:
        return None
    return _WAITS[min(attempts, len(_WAITS)) - 1]


def reasons_against_address(channel: str, address: str) -> tuple[Reason, ...]:
    """Whether it has the form of its channel; the value is never repeated whole."""
    if _FORMS[channel].fullmatch(address):
        return ()
    wanted = (
        "11位手机号码" if channel == "sms" else "电子社保卡消息标识（16至128位字母、数字、下划线或连字符）"
    )
    return (
        Reason(
            code="message_address_malformed",
            field="address",
            value=mask_address(channel, address),
            message=f"接收地址应为{wanted}",
            remedy="请核对后重新填写",
        ),
    )


def mask_address(channel: str, address: str) -> str:
    """The address as its owner is shown it."""
    return mask_phone(address) if channel == "sms" else mask_number_public(address)
