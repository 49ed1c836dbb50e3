"""Names of persons: one written form, comparison, plausibility, and the key they are sorted by.

Names are kept as the card-holder base keeps them: characters beyond the BMP end to end, never truncated (the
card file holds 30 bytes, the name of a person may be longer).
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from itertools import pairwise

from app.kernel.errors import UNSOURCED, Citation, Reason

MIDDLE_DOT = "·"
"""GB/T 15834 间隔号 (U+00B7), the one form in which the dot inside a name is stored."""

MAX_NAME_CHARACTERS = 100

_CHARACTER_SET = Citation(document="GB 18030-2022", clause="")

# What keyboards, PDF files and older systems put where the dot belongs; "." only beside a Han character (see
# below).
_DOTS = "·•‧∙⋅・･᛫ꞏ●⸱"
_TO_DOT = {ord(dot): MIDDLE_DOT for dot in _DOTS}
_HAN_FULL_STOP = re.compile(
    r"(?<=[\u3400-\u9fff\U00020000-\U0003ffff])\s*[.。]\s*|\s*[.。]\s*(?=[\u3400-\u9fff\U00020000-\U0003ffff])"
)
_AROUND_DOT = re.compile(rf"\s*{MIDDLE_DOT}+\s*")
_SPACE = re.compile(r"\s+")
_PLAIN_HAN = re.compile(r"[ \u3000]*[\u4e00-\u9fff][\u4e00-\u9fff \u3000]*")
_LOST_CHARACTER = frozenset("\ufffd?*□〓■○◆")
_LATIN_NAME_SIGNS = frozenset("'’-.")

# Rare characters that systems on GBK kept in the private use area, U+E815..E864 for the bytes FE50..FEA0 (the
# best known is 䶮, U+E863). GB 18030-2022 has a real code point for all of them; Python's codec still leaves
# fourteen private.
_SINCE_ENCODED = {
    "\ue816": "\U00020087", "\ue817": "\U00020089", "\ue818": "\U000200cc", "\ue81e": "\u9fb4",
    "\ue826": "\u9fb5", "\ue82b": "\u9fb6", "\ue82c": "\u9fb7", "\ue831": "\U000215d7",
    "\ue832": "\u9fb8", "\ue83b": "\U0002298f", "\ue843": "\u9fb9", "\ue854": "\u9fba",
    "\ue855": "\U000241fe", "\ue864": "\u9fbb",
}  # fmt: skip
_GBK_PRIVATE_USE = {
    0xE815 + index: _SINCE_ENCODED.get(chr(0xE815 + index)) or bytes((0xFE, trail)).decode("gb18030")
    for index, trail in enumerate([*range(0x50, 0x7F), *range(0x80, 0xA1)])
}

_COMPOUND_SURNAMES = (
    "欧阳 太史 端木 上官 司马 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 "
    "宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 亓官 "
    "司寇 颛孙 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 呼延 东郭 羊舌 梁丘 "
    "左丘 西门 单于 达奚 褚师 纳兰 完颜 耶律 东方 百里 歐陽 司馬 諸葛"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND_SURNAMES.split())
"""Surnames of two characters; a name of three or more that begins so is read as having one."""

# Characters read otherwise as a surname than elsewhere (汉语大词典 surname readings); pinyin with tone.
_SURNAME_READINGS = {
    "单": "shan4", "解": "xie4", "仇": "qiu2", "曾": "zeng1", "查": "zha1", "区": "ou1",
    "朴": "piao2", "任": "ren2", "尉": "wei4", "盖": "ge3", "缪": "miao4", "翟": "zhai2",
    "繁": "po2", "员": "yun4", "乐": "yue4", "召": "shao4", "华": "hua4", "秘": "bi4",
    "冼": "xian3", "折": "she2", "黑": "he4", "洗": "xian3", "覃": "qin2", "隗": "wei3",
    "种": "chong2", "晟": "cheng2", "谌": "chen2", "逄": "pang2", "葛": "ge3", "柏": "bai3",
}  # fmt: skip
_COMPOUND_READINGS = {
    "尉迟": "yu4 chi2",
    "万俟": "mo4 qi2",
    "澹台": "tan2 tai2",
    "长孙": "zhang3 sun1",
    "单于": "chan2 yu2",
}


def is_han(char: str) -> bool:
    """Whether ``char`` is a Chinese character, the supplementary planes and 〇 included."""
    return (
        "\u4e00" <= char <= "\u9fff"
        or "\u3400" <= char <= "\u4dbf"
        or "\U00020000" <= char <= "\U0003ffff"
        or "\uf900" <= char <= "\ufaff"
        or char == "〇"
    )


def normalize_name(name: str) -> str:
    """The form in which a name is stored and shown.

    NFKC; invisible characters dropped; every middle dot becomes "·" with no space beside it; spaces between
    Chinese characters go ("张 三"), between Latin words one stays; private-use code points of GBK become the
    real characters. Nothing is folded, truncated or replaced besides.
    """
    if _PLAIN_HAN.fullmatch(name):  # most names by far, and nothing below would change them
        return "".join(name.split())
    text = unicodedata.normalize("NFKC", name.translate(_TO_DOT).translate(_GBK_PRIVATE_USE)).translate(
        _TO_DOT
    )
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    text = _HAN_FULL_STOP.sub(MIDDLE_DOT, _SPACE.sub(" ", text).strip())
    text = _AROUND_DOT.sub(MIDDLE_DOT, text)
    words = text.split(" ")
    joined = words[0]
    for word in words[1:]:
        touches_han = joined[-1:] and word and (is_han(joined[-1]) or is_han(word[0]))
        joined += word if touches_han else f" {word}"
    return joined


def same_name(one: str, other: str) -> bool:
    """Whether two spellings name alike: normalized, without variation selectors, Latin letters in any case.

    Chinese characters are never folded: 张 and 張 differ, because the card-holder base keeps them apart.
    """
    return _comparison_form(one) == _comparison_form(other)


def _comparison_form(name: str) -> str:
    # A variation selector picks a glyph of the same character; input methods add it without being asked.
    text = "".join(char for char in normalize_name(name) if not _is_variation_selector(char))
    return "".join(char if is_han(char) else char.casefold() for char in text)


def _is_variation_selector(char: str) -> bool:
    return "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"


def reasons_against_name(name: str, *, field: str = "name") -> tuple[Reason, ...]:
    """Everything that makes ``name`` implausible as a person's name, in fixed order; empty when nothing does.

    The texts never repeat the name. What is meant by "plausible" is the registry's own choice, stated by no
    text.
    """
    if len(name) <= MAX_NAME_CHARACTERS and _PLAIN_HAN.fullmatch(name):
        return ()
    normal = normalize_name(name)
    if not normal:
        return (
            Reason(
                code="name_missing",
                message="姓名没有填写",
                remedy="请按身份证件填写姓名",
                field=field,
                citation=UNSOURCED,
            ),
        )
    return tuple(
        Reason(code=code, message=message, remedy=remedy, field=field, citation=citation)
        for is_wrong, code, message, remedy, citation in _JUDGMENTS
        if is_wrong(name, normal)
    )


def _is_sign(char: str) -> bool:
    if char == MIDDLE_DOT or char in _LATIN_NAME_SIGNS or char in _LOST_CHARACTER:
        return False
    return unicodedata.category(char)[0] in {"P", "S"}


def _is_accent(char: str) -> bool:
    return unicodedata.category(char) in {"Mn", "Me", "Mc"} and not _is_variation_selector(char)


# Each judge gets the name as typed and as normalized; in this order the reasons are given.
_JUDGMENTS: tuple[tuple[Callable[[str, str], bool], str, str, str, Citation], ...] = (
    (
        lambda name, normal: len(normal) > MAX_NAME_CHARACTERS,
        "name_too_long",
        f"姓名超过{MAX_NAME_CHARACTERS}个字符",
        "请检查是否把其他内容填进了姓名栏；登记系统不截短姓名",
        UNSOURCED,
    ),
    (
        # Stripped first: a line break after the name is only a space, one inside it joins two cells.
        lambda name, normal: _has(name.strip(), {"Cc"}),
        "name_control_characters",
        "姓名中有换行等看不见的控制字符",
        "请删去后重新键入姓名",
        UNSOURCED,
    ),
    (
        lambda name, normal: _has(normal, {"Nd", "No"}),
        "name_digits",
        "姓名中有数字",
        "请只填写姓名，编号、序号等请填在其他栏",
        UNSOURCED,
    ),
    (
        lambda name, normal: any(char in _LOST_CHARACTER for char in normal),
        "name_lost_characters",
        "姓名中有“?”“*”“□”一类代替文字的符号",
        "请填写完整姓名；生僻字请用支持GB 18030-2022的输入法录入，不要用符号代替",
        UNSOURCED,
    ),
    (
        lambda name, normal: _has(normal, {"Co", "Cn", "Cs"}),
        "name_private_characters",
        "姓名中有自造字，其他系统无法识别",
        "请改用国家标准字库（GB 18030-2022）中的同一个字录入",
        _CHARACTER_SET,
    ),
    (
        # NFKC has composed what can be composed: an accent after a Chinese character belongs to no name.
        lambda name, normal: any(is_han(one) and _is_accent(other) for one, other in pairwise(normal)),
        "name_combining_marks",
        "姓名的汉字上有多余的附加符号",
        "请删去后重新键入姓名",
        UNSOURCED,
    ),
    (
        lambda name, normal: any(_is_sign(char) for char in normal),
        "name_signs",
        "姓名中有标点或符号",
        "请删去括号等符号；少数民族姓名中的间隔号请用“·”",
        UNSOURCED,
    ),
    (
        lambda name, normal: MIDDLE_DOT in {normal[:1], normal[-1:]},
        "name_dot_at_edge",
        "姓名以间隔号开头或结尾",
        "请检查姓名是否填写完整",
        UNSOURCED,
    ),
)


def _has(text: str, categories: set[str]) -> bool:
    return any(unicodedata.category(char) in categories for char in text)


def sort_key(name: str) -> str:
    """Pinyin with tone numbers (ü as v), one syllable a character, for lists in dictionary order; compare it
    bytewise.

    The reading of a surname is used in first place (单 is shàn), other letters stay, in lower case. The key
    tells how the name sounds, so it is personal data like the name itself and belongs behind the same doors.
    """

    def readings(chars: str) -> list[str]:
        # Character by character: readings by word would change an old key whenever the word list grows.
        return [_reading(char) for char in chars]

    text = normalize_name(name)
    if not _PLAIN_HAN.fullmatch(text):
        text = "".join(char for char in text.casefold() if not _is_variation_selector(char))
        text = text.replace(MIDDLE_DOT, " ")
    if text[:2] in _COMPOUND_READINGS:
        return " ".join([_COMPOUND_READINGS[text[:2]], *readings(text[2:])])
    if text[:1] in _SURNAME_READINGS and text[:2] not in COMPOUND_SURNAMES:
        return " ".join([_SURNAME_READINGS[text[0]], *readings(text[1:])])
    if any(is_han(char) for char in text):
        return " ".join(part for part in readings(text) if part.strip())
    return text


@cache
def _reading(char: str) -> str:
    """Pinyin of one character, itself when it has none; as many as there are characters, whatever the names."""
    # Loaded late: reading the dictionary takes a tenth of a second, and most processes never sort names.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    return "".join(lazy_pinyin(char, style=Style.TONE3, neutral_tone_with_five=True))
