"""What each part of a certificate number says, in words; None where no text says it."""

from collections.abc import Callable, Mapping
from datetime import date

from app.archive.certificates.rules.forms import NumberForm, Part, PartKey, parts_of, recognize
from app.reference.divisions import name_of
from app.reference.qualification_regions import find_qualification_region
from app.reference.skill_levels import SkillLevel, facts_of, of_national_number

QUALIFICATION_BODY_KINDS: Mapping[str, str] = {
    "0": "职业技能鉴定（指导）中心",
    "1": "国家职业技能鉴定所",
    "2": "地方职业技能鉴定站",
    "3": "行业特有工种职业技能鉴定站",
    "4": "工人考核委员会或企业内职业技能鉴定单位",
}
EVALUATION_BODY_KINDS: Mapping[str, str] = {"Y": "用人单位", "S": "社会培训评价组织"}
"""First letters that a text names; other letters are in use and not documented."""

SPECIAL_TECHNICIAN_LETTER = "T"
"""Letter in the place of the level of 特级技师; no text that could be read prints it (mission §3.8)."""

CORPS_CODE = "66"
"""新疆生产建设兵团 in lists that extend GB/T 2260; not in the standard."""


def year_of(part: Part, form: NumberForm) -> int:
    """The year with its century: 职业资格 began in the 1990s, 职业技能等级 in 2019."""
    year = int(part.characters)
    if len(part.characters) == 4:
        return year
    return 1900 + year if form is NumberForm.QUALIFICATION and year >= 90 else 2000 + year


def level_of(part: Part, form: NumberForm) -> SkillLevel | None:
    """The level that the place of the level says. Digits run backwards: 5 is the lowest."""
    if part.characters.isdigit():
        return of_national_number(int(part.characters))
    if form is NumberForm.SPECIAL_TECHNICIAN and part.characters == SPECIAL_TECHNICIAN_LETTER:
        return SkillLevel.SPECIAL_TECHNICIAN
    return None


def division_of(part: Part, on: date) -> str | None:
    """Name of the division that a part names, padded to six digits, on a day."""
    return name_of(part.characters.ljust(6, "0"), on)


def place_of_issue(number: str, on: date) -> str | None:
    """Code of the division that a number names as its body's, six digits; None where no text says it, or none such."""
    for part in parts_of(recognize(number), number):
        if part.key in {PartKey.PROVINCE, PartKey.DIVISION}:
            code = part.characters.ljust(6, "0")
            return code if name_of(code, on) is not None else None
    return None


def reading_of(part: Part, form: NumberForm, on: date) -> str | None:
    """``part`` in words: ``2019年``, ``五级/初级工``, ``黑龙江省``."""
    read = _READERS.get(part.key)
    return read(part, form, on) if read is not None else None


def _year(part: Part, form: NumberForm, _: date) -> str:
    return f"{year_of(part, form)}年"


def _level(part: Part, form: NumberForm, _: date) -> str | None:
    level = level_of(part, form)
    return facts_of(level).name if level is not None else None


def _region(part: Part, _: NumberForm, __: date) -> str | None:
    region = find_qualification_region(part.characters)
    return region.name if region is not None else None


def _city(part: Part, _: NumberForm, __: date) -> str | None:
    return "没有第二级中心" if part.characters == "00" else None


def _filed_at(part: Part, _: NumberForm, __: date) -> str:
    return "首先在省级备案" if part.characters == "0000" else f"在部里备案，代码{part.characters}"


def _division(part: Part, _: NumberForm, on: date) -> str | None:
    return division_of(part, on)


def _serial(part: Part, _: NumberForm, __: date) -> str:
    return f"第{int(part.characters)}号"


_READERS: Mapping[PartKey, Callable[[Part, NumberForm, date], str | None]] = {
    PartKey.YEAR: _year,
    PartKey.REGION: _region,
    PartKey.CITY: _city,
    PartKey.QUALIFICATION_BODY_KIND: lambda part, _, __: QUALIFICATION_BODY_KINDS.get(part.characters),
    PartKey.LEVEL: _level,
    PartKey.EVALUATION_BODY_KIND: lambda part, _, __: EVALUATION_BODY_KINDS.get(part.characters),
    PartKey.FILED_AT: _filed_at,
    PartKey.PROVINCE: _division,
    PartKey.DIVISION: _division,
    PartKey.SERIAL: _serial,
}
