"""What citizens are told by message: a closed list of texts, each with parameters from closed vocabularies.

A text is read by whoever holds the phone: it names no person, number, account or amount, and no address to tap on.
Since every parameter is a day, a count, or the name of a benefit, no value can smuggle personal data in.
The texts are also those of ``openapi/upstream/message-gateway.yaml`` (x-templates), as registered with the platform.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from string import Formatter


class MessageTemplate(StrEnum):
    """Why a message is sent."""

    ENROLLED = "enrolled"
    DEADLINE_NEAR = "deadline_near"
    SUPPLEMENT_ASKED = "supplement_asked"
    DECISION_MADE = "decision_made"
    NOTICE_OPENED = "notice_opened"
    PAID = "paid"
    PAYMENT_FAILED = "payment_failed"
    RECOVERY_ORDERED = "recovery_ordered"
    CORRECTION_ANSWERED = "correction_answered"


TEXTS = {
    MessageTemplate.ENROLLED: (
        "您已被登记为职业技能培训班学员，{starts_on}开班。请登录“我的培训档案”核对；非本人报名的，可在线提出异议。"
    ),
    MessageTemplate.DEADLINE_NEAR: (
        "您有一项{benefit}可以申领，期限至{due_on}（含当日），还有{days}天。请登录“我的培训档案”办理，办理不收费。"
    ),
    MessageTemplate.SUPPLEMENT_ASKED: (
        "您申领的{benefit}需要补正材料，请于{due_on}（含当日）前登录“我的培训档案”一次补齐。"
    ),
    MessageTemplate.DECISION_MADE: (
        "您申领的{benefit}已作出决定。请登录“我的培训档案”查看决定书、理由、依据和救济途径。"
    ),
    MessageTemplate.NOTICE_OPENED: "您申领的{benefit}已进入公示，公示至{ends_on}（含当日）。请登录“我的培训档案”查看。",
    MessageTemplate.PAID: (
        "您申领的{benefit}已拨付至您登记的本人账户，请留意到账。工作人员不会索要验证码或转账。"
    ),
    MessageTemplate.PAYMENT_FAILED: (
        "您申领的{benefit}拨付未成功。请登录“我的培训档案”核对或更换本人收款账户，更换后将重新拨付。"
    ),
    MessageTemplate.RECOVERY_ORDERED: (
        "关于您已领取的{benefit}，有新的文书送达。请登录“我的培训档案”查看理由、依据、期限和救济途径。"
    ),
    MessageTemplate.CORRECTION_ANSWERED: (
        "您提交的档案更正申请已有答复。请登录“我的培训档案”查看结果、理由和救济途径。"
    ),
}

BENEFIT_NAMES = frozenset(
    {
        "技能提升补贴",
        "职业培训补贴",
        "生活费补贴",
        "企业新型学徒制补贴",
        "以工代训补贴",
        "一次性留工培训补助",
        "职业培训券",
    }
)
_FORMS = {
    "benefit": "|".join(sorted(BENEFIT_NAMES)),
    "days": "[0-9]{1,3}",
    "due_on": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "ends_on": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "starts_on": "[0-9]{4}-[0-9]{2}-[0-9]{2}",
}


def parameters_of(template: MessageTemplate) -> frozenset[str]:
    """Names of the parameters that ``template`` needs, all of them and no others."""
    return frozenset(name for _, name, _, _ in Formatter().parse(TEXTS[template]) if name is not None)


def message_text(template: MessageTemplate, parameters: Mapping[str, str]) -> str:
    """The Chinese text as the person reads it.

    Raises:
        ValueError: a parameter is missing, too many, or outside its vocabulary; names the parameter only.
    """
    if parameters.keys() != parameters_of(template):
        raise ValueError(f"parameters are not those of {template}")
    for name, value in parameters.items():
        if not re.fullmatch(_FORMS[name], value):
            raise ValueError(f"parameter {name} is outside its vocabulary")
    return TEXTS[template].format_map(dict(parameters))
