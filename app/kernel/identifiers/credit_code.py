"""统一社会信用代码, GB 32100-2015."""

from dataclasses import dataclass, field
from datetime import date

from stdnum.cn import uscc

from app.kernel.errors import Citation
from app.kernel.identifiers.checking import (
    Checked,
    Findings,
    RawNumber,
    SensitiveNumber,
    is_digits,
    read_number,
)
from app.kernel.identifiers.person import AreaKnown
from app.kernel.periods import DatePeriod

GB_32100 = Citation(document="GB 32100-2015", clause="")
GB_11714 = Citation(document="GB 11714-1997", clause="")

CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_FIRST_ISSUED_ON = date(2015, 10, 1)
_CENTRAL = "100000"

_OTHER = {"9": "其他"}
_DEPARTMENTS: dict[str, tuple[str, dict[str, str]]] = {
    "1": ("机构编制", {"1": "机关", "2": "事业单位", "3": "中央编办直接管理机构编制的群众团体"} | _OTHER),
    "2": ("外交", {"1": "外国常驻新闻机构"} | _OTHER),
    "3": (
        "司法行政",
        {"1": "律师执业机构", "2": "公证处", "3": "基层法律服务所", "4": "司法鉴定机构", "5": "仲裁委员会"}
        | _OTHER,
    ),
    "4": ("文化", {"1": "外国在华文化中心"} | _OTHER),
    "5": ("民政", {"1": "社会团体", "2": "民办非企业单位", "3": "基金会"} | _OTHER),
    "6": (
        "旅游",
        {"1": "外国旅游部门常驻代表机构", "2": "港澳台地区旅游部门常驻内地（大陆）代表机构"} | _OTHER,
    ),
    "7": ("宗教", {"1": "宗教活动场所", "2": "宗教院校"} | _OTHER),
    "8": ("工会", {"1": "基层工会"} | _OTHER),
    "9": ("工商", {"1": "企业", "2": "个体工商户", "3": "农民专业合作社"}),
    "A": ("中央军委改革和编制办公室", {"1": "军队事业单位"} | _OTHER),
    "N": ("农业", {"1": "组级集体经济组织", "2": "村级集体经济组织", "3": "乡镇级集体经济组织"} | _OTHER),
    "Y": ("其他", {"1": "其他"}),
}


@dataclass(frozen=True, slots=True, repr=False)
class UnifiedSocialCreditCode(SensitiveNumber):
    """A checked code and what its positions say; department and kind are ``None`` when the standard lists no
    such pair.
    """

    department: str | None = field(compare=False)
    organization_kind: str | None = field(compare=False)
    division_code: str = field(compare=False)
    organization_code: str = field(compare=False)


def organization_check_digit_of(eight: str) -> str:
    """The ninth character of an organization code (GB 11714): weights 3 7 9 10 5 8 4 2, modulo 11, ``X`` for
    ten.

    Letters count A=10 … Z=35.
    """
    total = sum(int(char, 36) * weight for char, weight in zip(eight, _ORGANIZATION_WEIGHTS, strict=True))
    digit = (11 - total % 11) % 11
    return "X" if digit == 10 else str(digit)


def check_credit_code(
    raw: RawNumber, *, on: date, area_known: AreaKnown, field: str = "unified_social_credit_code"
) -> Checked[UnifiedSocialCreditCode]:
    """Judge a unified social credit code: characters, both check digits; unknown department or division only
    warns.
    """
    read = read_number(raw)
    text = read.text.replace("-", "")
    findings = Findings(label="统一社会信用代码", shown=text, field=field, citation=GB_32100)
    if not text:
        findings.reject_missing("credit_code_missing")
    elif read.lost_digits:
        findings.reject_lost_digits("credit_code_lost_digits")
    else:
        _judge_form(findings, text)
    if findings.reasons:
        return findings.conclude(None)
    _judge_check_digits(findings, text)
    department, kinds = _DEPARTMENTS.get(text[0], (None, {}))
    if text[1] not in kinds:
        findings.warn(
            "credit_code_kind_unknown",
            "前两位表示的登记管理部门和机构类别不在国家标准的表中",
            "请对照证照核对前两位；核对无误的可以继续办理",
        )
    if text[2:8] != _CENTRAL and not area_known(
        text[2:8], DatePeriod.through(_FIRST_ISSUED_ON, max(on, _FIRST_ISSUED_ON))
    ):
        findings.warn(
            "credit_code_area_unknown",
            "第3至8位的登记机关行政区划代码没有查到",
            "请对照证照核对第3至8位；核对无误的可以继续办理",
        )
    return findings.conclude(
        UnifiedSocialCreditCode(
            number=text,
            department=department,
            organization_kind=kinds.get(text[1]),
            division_code=text[2:8],
            organization_code=text[8:17],
        )
    )


def _judge_form(findings: Findings, text: str) -> None:
    if len(text) != 18:
        findings.reject(
            "credit_code_length",
            f"有{len(text)}位，应为18位" if len(text) < 64 else "过长，应为18位",
            "请对照营业执照或登记证书填写完整的18位代码；不要填写旧的组织机构代码、税务登记号或注册号",
        )
    if any(char not in CREDIT_CODE_ALPHABET for char in text) or not is_digits(text[2:8]):
        findings.reject(
            "credit_code_characters",
            "含有不应出现的字符",
            "代码由数字和大写字母组成，不使用I、O、Z、S、V，第3至8位只能是数字，"
            "请检查是否误把0写成O、1写成I、2写成Z、5写成S",
        )


def _judge_check_digits(findings: Findings, text: str) -> None:
    if uscc.calc_check_digit(text[:17]) != text[17]:
        findings.reject(
            "credit_code_check_digit",
            "的校验码（第18位）不符，至少有一个字符不对",
            "请对照证照逐位核对，注意相邻两位是否颠倒",
        )
    if organization_check_digit_of(text[8:16]) != text[16]:
        findings.reject(
            "credit_code_organization_check_digit",
            "中的主体标识码（第9至17位）校验位不符",
            "请对照证照核对第9至17位",
            citation=GB_11714,
        )
