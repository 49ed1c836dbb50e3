"""Policy values in words, for people who compare and cite them."""

from collections.abc import Mapping

from app.kernel.money import in_yuan
from app.policy.book import PolicyConfidence, PolicyKey
from app.policy.kinds import Choice, Codes, CodeSets, Content, Numbers
from app.policy.slots import NO_CAP

_UNITS: Mapping[str, str] = {
    "attempts": "次",
    "certificates": "件",
    "class_hours": "课时",
    "days": "日",
    "hours": "小时",
    "mebibytes": "MiB",
    "minutes": "分钟",
    "months": "个月",
    "persons": "人",
    "rows": "行",
    "times": "次",
    "working_days": "个工作日",
    "years": "周岁",
}
_CAPS = frozenset({"skill_upgrade_yearly_cap", "training_yearly_cap", "living_allowance_yearly_max"})

CONFIDENCE_LABELS: Mapping[PolicyConfidence, str] = {
    PolicyConfidence.SEED: "见于原文",
    PolicyConfidence.SECONDARY: "据转述，未见原文",
    PolicyConfidence.UNSOURCED: "没有文件依据",
}


def in_words(content: Content, key: PolicyKey) -> str:
    """A value with its unit: ``36个月``, ``五级/初级工1000.00元；…``, ``参保职工、领取失业保险金人员``."""
    match content:
        case bool():
            return "是" if content else "否"
        case int():
            return "不限" if key.key in _CAPS and content >= NO_CAP else _number(content, key.unit)
        case str():
            return key.options[content]
        case _:
            return _list_in_words(content, key)


def _list_in_words(content: Codes | CodeSets | Numbers | tuple[Choice, ...], key: PolicyKey) -> str:
    names = key.options
    match content:
        case Codes(codes):
            return "、".join(names[code] for code in codes) or "无"
        case CodeSets(any_of):
            return "；".join("且".join(names[code] for code in sorted(each)) for each in any_of)
        case Numbers(by_code):
            return "；".join(f"{names[code]}{_number(number, key.unit)}" for code, number in by_code)
        case _:
            return "、".join(choice.name for choice in content)


def _number(number: int, unit: str) -> str:
    if unit == "fen":
        return in_yuan(number)
    if unit == "basis_points":
        return f"{number / 100:g}%"
    return f"{number}{_UNITS.get(unit, '')}"
