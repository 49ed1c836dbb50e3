"""Names: one written form, comparison, plausibility, order."""

import pytest

from app.kernel.names import normalize_name, reasons_against_name, same_name, sort_key


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("张三", "张三"),
        (" 张　三\u200b\r\n", "张三"),
        ("阿迪力•买买提", "阿迪力·买买提"),
        ("阿迪力・买买提", "阿迪力·买买提"),
        ("阿迪力･买买提", "阿迪力·买买提"),
        ("阿迪力．买买提", "阿迪力·买买提"),
        ("阿迪力.买买提", "阿迪力·买买提"),
        ("阿迪力﹒买买提", "阿迪力·买买提"),
        ("阿迪力 · 买买提", "阿迪力·买买提"),
        ("阿迪力··买买提", "阿迪力·买买提"),
        ("Ｊｏｈｎ   Smith", "John Smith"),
        ("J. Smith", "J. Smith"),
        ("⼀⽂", "一文"),  # Kangxi radicals, as copied from PDF files
        ("金𬭎", "金𬭎"),
        ("王\ue863", "王䶮"),  # private use of GBK
        ("王\ue855", "王𤇾"),
        ("〇", "〇"),
    ],
)
def test_one_written_form(typed: str, written: str) -> None:
    assert normalize_name(typed) == written
    assert normalize_name(written) == written


def test_a_long_name_is_never_cut() -> None:
    name = "买买提" * 60
    assert normalize_name(name) == name


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("张 三", "张三", True),
        ("阿迪力•买买提", "阿迪力.买买提", True),
        ("JOHN SMITH", "John  Smith", True),
        ("葛\U000e0100明", "葛明", True),  # a variation selector chooses a glyph, not a character
        ("王\ue863", "王䶮", True),
        ("张三", "張三", False),
        ("金𬭎", "金宏", False),
        ("张三", "张三丰", False),
        ("阿迪力·买买提", "阿迪力买买提", False),
    ],
)
def test_same_name(one: str, other: str, alike: bool) -> None:
    assert same_name(one, other) is alike
    assert same_name(other, one) is alike


@pytest.mark.parametrize(
    "name", ["张三", "王", "欧阳娜娜", "阿迪力·买买提", "金𬭎", "O'Neill-Smith J.", " 张三\n", "〇〇"]
)
def test_plausible_names_pass(name: str) -> None:
    assert reasons_against_name(name) == ()


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("", ["name_missing"]),
        ("\u3000\u200b", ["name_missing"]),
        ("张三1", ["name_digits"]),
        ("张三１", ["name_digits"]),
        ("张\n三", ["name_control_characters"]),
        ("张\x00三", ["name_control_characters"]),
        ("张?", ["name_lost_characters"]),
        ("张*", ["name_lost_characters"]),
        ("张\ufffd", ["name_lost_characters"]),
        ("张\ue000", ["name_private_characters"]),
        ("张三（小）", ["name_signs"]),
        ("=SUM张", ["name_signs"]),
        ("·张三", ["name_dot_at_edge"]),
        ("张三。", ["name_dot_at_edge"]),
        ("张" * 101, ["name_too_long"]),
        (
            "张3\t?@三" + "·",
            [
                "name_control_characters",
                "name_digits",
                "name_lost_characters",
                "name_signs",
                "name_dot_at_edge",
            ],
        ),
    ],
)
def test_implausible_names_are_told_everything_at_once(name: str, codes: list[str]) -> None:
    reasons = reasons_against_name(name, field="trainee.name")
    assert [reason.code for reason in reasons] == codes
    for reason in reasons:
        assert reason.field == "trainee.name"
        assert reason.remedy
        assert reason.value is None


def test_order_is_that_of_pinyin_with_surname_readings() -> None:
    names = [
        "张三",
        "单雄",
        "阿迪力·买买提",
        "李四",
        "连城",
        "曾国",
        "欧阳明",
        "区一",
        "尉迟恭",
        "John Smith",
    ]
    assert sorted(names, key=sort_key) == [
        "阿迪力·买买提",
        "John Smith",
        "李四",
        "连城",
        "欧阳明",
        "区一",
        "单雄",
        "尉迟恭",
        "曾国",
        "张三",
    ]


def test_sort_key_is_readable_pinyin_without_characters() -> None:
    assert sort_key("单 雄") == "shan4 xiong2"
    assert sort_key("尉迟恭") == "yu4 chi2 gong1"
    assert sort_key("吕布") == "lv3 bu4"


def test_accents_belong_to_letters_not_to_chinese_characters() -> None:
    assert normalize_name("Jose\u0301") == "Jos\u00e9"
    assert reasons_against_name("Jose\u0301") == ()
    assert [reason.code for reason in reasons_against_name("\u5f20\u0301\u4e09")] == ["name_combining_marks"]
    assert reasons_against_name("\u8fbb\U000e0100\u4e09") == ()
