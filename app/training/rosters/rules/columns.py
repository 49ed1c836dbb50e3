"""Which heading means which column. Institutions' own forms name the same thing in many ways."""

import re
import unicodedata
from enum import StrEnum


class RosterColumn(StrEnum):
    """The columns of a roster that are read; everything else on a sheet is left alone."""

    NAME = "name"
    DOCUMENT_KIND = "document_kind"
    IDENTITY_NUMBER = "identity_number"
    CARD_NUMBER = "card_number"
    PHONE = "phone"
    KEY_GROUP = "key_group"
    SEX = "sex"
    REMARK = "remark"


REQUIRED = (RosterColumn.NAME, RosterColumn.IDENTITY_NUMBER)

_HEADINGS: dict[RosterColumn, tuple[str, ...]] = {
    RosterColumn.NAME: (
        "姓名", "学员姓名", "名字", "学生姓名", "参训人员姓名", "培训学员姓名", "人员姓名", "真实姓名",
        "参训学员", "学员",
    ),
    RosterColumn.DOCUMENT_KIND: ("证件类型", "证件种类", "身份证件类型", "证件类别", "证件名称"),
    RosterColumn.IDENTITY_NUMBER: (
        "证件号码", "身份证号", "身份证号码", "公民身份号码", "公民身份证号码", "社会保障号码",
        "社会保障号", "社保号", "社保号码",
        "身份证件号码", "证件号", "居民身份证号码", "居民身份证号", "身份证", "有效证件号码", "身份号码",
        "学员身份证号", "身份证编号",
    ),
    RosterColumn.CARD_NUMBER: (
        "社会保障卡卡号", "社会保障卡号", "社保卡号", "社保卡卡号", "社会保障卡号码", "社保卡号码",
        "社会保障卡编号",
    ),
    RosterColumn.PHONE: (
        "手机号", "手机号码", "联系电话", "电话", "移动电话", "联系方式", "手机", "电话号码",
        "本人联系电话", "学员电话", "联系手机",
    ),
    RosterColumn.KEY_GROUP: (
        "重点群体", "人员类别", "人员类型", "人员性质", "学员类别", "学员类型", "重点群体类别",
        "重点群体类型", "身份类别", "培训对象类别",
        "培训对象", "群体类别", "人员身份", "补贴人员类别",
    ),
    RosterColumn.SEX: ("性别",),
    RosterColumn.REMARK: ("备注", "说明", "备注说明", "其他说明"),
}  # fmt: skip

# Usual columns that the registry does not need; they are named in a notice, not complained about (data
# minimization).
# The last four stand in our own file of refused rows, which may be mended and sent back.
_NOT_NEEDED = frozenset((
    "序号", "编号", "学号", "年龄", "出生日期", "出生年月", "民族", "籍贯", "学历", "文化程度",
    "政治面貌", "户籍", "户籍地址", "户口所在地", "户口性质", "住址", "家庭住址", "居住地址", "联系地址",
    "通讯地址", "地址", "工作单位", "单位", "所在单位", "职务", "专业", "毕业院校", "签名", "签字",
    "学员签名", "照片", "银行卡号", "开户行", "开户银行", "银行账号", "班级", "班级名称", "培训工种",
    "工种", "培训等级", "等级", "培训项目", "专业工种", "原工作表", "原行号", "不通过的原因", "处理办法",
))  # fmt: skip

_COLUMN_OF = {heading: column for column, headings in _HEADINGS.items() for heading in headings}
_PARENTHESES = re.compile(r"[(\[【〔<《][^)\]】〕>》]*[)\]】〕>》]")
_DECORATION = re.compile(r"[\s*:：#★※、,，.。_'’‘`\"“”/\\-]+")


def heading_text(heading: str) -> str:
    """A heading freed of width, spaces, stars, colons and what stands in brackets: "* 身份证 号码（18位）"
    is 身份证号码.
    """
    text = unicodedata.normalize("NFKC", heading)
    text = "".join(char for char in text if unicodedata.category(char) not in {"Cf", "Cc"} or char.isspace())
    return _DECORATION.sub("", _PARENTHESES.sub("", text))


def roster_column(heading: str) -> RosterColumn | None:
    """The column that a heading names, or ``None``."""
    return _COLUMN_OF.get(heading_text(heading))


def is_not_needed(heading: str) -> bool:
    """Whether the heading is a usual one that the registry simply does not read."""
    return heading_text(heading) in _NOT_NEEDED


def accepted_headers(column: RosterColumn) -> tuple[str, ...]:
    """All headings that are understood as ``column``, the preferred one first."""
    return _HEADINGS[column]


def label_of(column: RosterColumn) -> str:
    """The preferred heading, which is also how messages call the column."""
    return _HEADINGS[column][0]


def column_letters(number: int) -> str:
    """Excel's name of a column counted from 1: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
