"""Broken bundles: every defect of every file at once, in words; what is bounded softly is told, not refused."""

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.canonical_json import digest_of
from app.policy.book import PolicyBook
from app.policy.editions import book_of_edition, edition_content, packaged_digest
from app.policy.loader import BundleError, assemble, packaged_book, read_book

BEGIN = date(2020, 1, 1)


def key(name: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"key": name, "title": f"测试{name}", "unit": "fen", "kind": kind, "required_from": BEGIN} | more


LEVELS = {"low": "低", "high": "高"}
KEYS = {
    "option": key("option", "option", options=LEVELS),
    "codes": key("codes", "codes", options=LEVELS),
    "code_sets": key("code_sets", "code_sets", options=LEVELS),
    "numbers": key("numbers", "numbers", options=LEVELS),
    "shares": key("shares", "numbers", options=LEVELS, total=100),
    "integer": key("integer", "integer"),
    "groups": key("groups", "codes", options_of="key_groups"),
}


def entry(name: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"key": name, "from": BEGIN, "value": value, "confidence": "unsourced"} | more


def book(name: str, *values: dict[str, Any], local: dict[str, Any] | None = None) -> PolicyBook:
    bundles = {"national.yaml": {"division": "000000", "values": list(values)}}
    if local is not None:
        bundles["local.yaml"] = {"division": "640000", "values": [local]}
    return assemble([KEYS[name]], bundles)


def defects(name: str, *values: dict[str, Any], local: dict[str, Any] | None = None) -> str:
    with pytest.raises(BundleError) as refused:
        book(name, *values, local=local)
    return "\n".join(refused.value.defects)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("option", "low"),
        ("codes", ["high", "low"]),
        ("codes", []),
        ("code_sets", [["low"], ["low", "high"]]),
        ("numbers", {"low": 1, "high": 2}),
        ("shares", {"low": 40, "high": 60}),
        ("groups", ["veteran"]),
    ],
)
def test_each_kind_is_read(name: str, value: Any) -> None:
    held = book(name, entry(name, value)).value_of(name, on=BEGIN)
    match name:
        case "option":
            assert held.option == value
        case "codes" | "groups":
            assert list(held.codes) == value
        case "code_sets":
            assert [set(each) for each in held.any_of] == [set(each) for each in value]
        case _:
            assert held.numbers == value


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("option", "middle", "取值不是 option，选项为 low、high"),
        ("option", ["low"], "取值不是 option"),
        ("codes", ["middle"], "取值不是 codes"),
        ("codes", ["low", "low"], "取值不是 codes"),
        ("codes", "low", "取值不是 codes"),
        ("codes", [{"low": 1}], "取值不是 codes"),
        ("code_sets", [], "取值不是 code_sets"),
        ("code_sets", [[]], "取值不是 code_sets"),
        ("code_sets", [["middle"]], "取值不是 code_sets"),
        ("numbers", {"low": 1}, "取值不是 numbers"),
        ("numbers", {"low": 1, "high": True}, "取值不是 numbers"),
        ("numbers", {"low": 1, "high": 2, "more": 3}, "取值不是 numbers"),
        ("shares", {"low": 40, "high": 61}, "各项之和不是 100"),
        ("groups", ["nobody"], "取值不是 codes"),
    ],
)
def test_a_value_of_another_kind_is_refused(name: str, value: Any, told: str) -> None:
    assert told in defects(name, entry(name, value))


@pytest.mark.parametrize("name", [name for name in KEYS if name not in {"integer", "numbers", "shares"}])
def test_only_numbers_have_bounds(name: str) -> None:
    values = {"option": "low", "codes": ["low"], "code_sets": [["low"]], "groups": ["veteran"]}
    assert "只能用于数" in defects(name, entry(name, values[name], bounds={"min": 0, "max": 1}))


def test_bounds_of_numbers_hold_for_each_code() -> None:
    national = entry("numbers", {"low": 10, "high": 20}, bounds={"min": 1, "max": {"low": 10, "high": 20}})
    assert book("numbers", national, local=entry("numbers", {"low": 10, "high": 20}))
    told = defects("numbers", national, local=entry("numbers", {"low": 11, "high": 20}))
    assert "640000：low 11 超出 000000 规定的 1 至 10" in told
    assert "high" not in told


@pytest.mark.parametrize(
    ("bounds", "told"),
    [
        ({"min": 1, "max": {"low": 10}}, "没有给出每一选项的数"),
        ({"min": 1, "max": {"low": 10, "high": 0}}, "min 大于 max"),
        ({"min": 1, "max": 10, "soft": "yes"}, "soft 应为"),
        ({"min": 1, "max": 10, "firm": True}, "bounds 须有 min 和 max"),
        ([1, 10], "bounds 须有 min 和 max"),
    ],
)
def test_defects_of_bounds(bounds: Any, told: str) -> None:
    assert told in defects("numbers", entry("numbers", {"low": 5, "high": 5}, bounds=bounds))


def test_soft_bounds_warn() -> None:
    national = entry("integer", 3, bounds={"min": 1, "max": 3, "soft": True})
    held = book("integer", national, local=entry("integer", 4))
    assert held.value_of("integer", on=BEGIN, division="640000").number == 4
    assert held.warnings == ("integer：640000：4 超出 000000 规定的 1 至 3",)
    assert book("integer", national, local=entry("integer", 2)).warnings == ()


def test_a_policy_made_for_a_time_may_end() -> None:
    limited = KEYS["integer"] | {"required_before": date(2021, 1, 1)}
    bundles = {"a": {"division": "000000", "values": [entry("integer", 1, to=date(2021, 1, 1))]}}
    assert assemble([limited], bundles)
    with pytest.raises(BundleError, match="自 2020-12-31 起没有全国取值"):
        assemble(
            [limited], {"a": {"division": "000000", "values": [entry("integer", 1, to=date(2020, 12, 31))]}}
        )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": "text"}, "kind 不是已知的种类"),
        ({"kind": ["integer"]}, "kind 不是已知的种类"),
        ({"kind": "option"}, "options"),
        ({"options": LEVELS}, "options"),
        ({"options_of": "occupations"}, "代码表不存在"),
        ({"title": None}, "缺少 title"),
        ({"required_from": "2020-01-01"}, "required_from 不是日期"),
        ({"since": 1}, "没有“since”这个字段"),
    ],
)
def test_defects_of_a_key(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(BundleError) as refused:
        assemble([KEYS["integer"] | changes], {})
    assert told in "\n".join(refused.value.defects)


@pytest.mark.parametrize(
    ("bundle", "told"),
    [
        (None, "应为"),
        ({"values": []}, "缺少 division"),
        ({"division": 640000, "values": []}, "请加引号"),
        ({"division": "000000"}, "values 应为清单"),
        ({"division": "000000", "values": [], "documents": {"d": "文号"}}, "documents 的每一项须有文号"),
        ({"division": "000000", "values": ["integer"]}, "应为"),
        ({"division": "000000", "values": [], "author": "某人"}, "没有“author”这个字段"),
    ],
)
def test_defects_of_a_bundle(bundle: Any, told: str) -> None:
    with pytest.raises(BundleError) as refused:
        assemble([KEYS["integer"]], {"x.yaml": bundle})
    assert any(defect.startswith("x.yaml：") and told in defect for defect in refused.value.defects)


def test_a_key_defined_twice_is_refused() -> None:
    with pytest.raises(BundleError, match="这个键写了两次"):
        assemble([KEYS["integer"], KEYS["integer"]], {})


def test_defects_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "keys.yaml").write_text(yaml.safe_dump([KEYS["integer"]]), encoding="utf-8")
    (tmp_path / "broken.yaml").write_text("division: [", encoding="utf-8")
    (tmp_path / "gbk.yaml").write_bytes("division: 全国".encode("gbk"))
    (tmp_path / "twice.yaml").write_text('division: "000000"\nvalues: []\nvalues: []\n', encoding="utf-8")
    (tmp_path / "wrong.yaml").write_text(
        yaml.safe_dump({"division": "000000", "values": [entry("integer", "many", confidence="rumor")]}),
        encoding="utf-8",
    )
    with pytest.raises(BundleError) as refused:
        read_book(tmp_path)
    told = "\n".join(refused.value.defects)
    for part in (
        "broken.yaml：YAML 格式有误",
        "gbk.yaml：不是 UTF-8",
        "“values”写了两次",
        "wrong.yaml：integer（自2020-01-01）：取值不是 integer",
        "wrong.yaml：integer（自2020-01-01）：confidence 应为",
        "integer：自 2020-01-01 起没有全国取值",
    ):
        assert part in told


def test_a_folder_without_keys_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="没有这个文件"):
        read_book(tmp_path)


SCRAPS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["key", "from", "to", "value", "bounds", "confidence", "division", "values", "min", "max"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(SCRAPS, SCRAPS)
def test_whatever_stands_in_a_file_ends_in_defects_or_a_book(keys: Any, bundle: Any) -> None:
    with suppress(BundleError):
        assemble([KEYS["integer"], *(keys if isinstance(keys, list) else [keys])], {"x.yaml": bundle})


@given(SCRAPS)
def test_whatever_a_field_holds_ends_in_defects_or_a_book(scrap: Any) -> None:
    for name in KEYS:
        for field in ("value", "bounds", "from", "to", "confidence", "document", "clause", "note", "key"):
            with suppress(BundleError):
                book(name, entry(name, 1) | {field: scrap})


@given(SCRAPS)
def test_whatever_a_field_of_a_key_holds_ends_in_defects_or_a_book(scrap: Any) -> None:
    for field in (
        "key",
        "kind",
        "unit",
        "required_from",
        "required_before",
        "options",
        "options_of",
        "total",
    ):
        with suppress(BundleError):
            assemble(
                [KEYS["shares"] | {field: scrap}],
                {"x.yaml": {"division": "000000", "values": [entry("shares", {"low": 40, "high": 60})]}},
            )


def test_an_edition_is_the_whole_book_whatever_files_it_stood_in() -> None:
    content = edition_content(packaged_book())
    again = book_of_edition(content)
    assert edition_content(again) == content
    assert digest_of(content) == packaged_digest()
    assert again.warnings == packaged_book().warnings


def test_a_changed_note_is_another_edition() -> None:
    first, second = (
        digest_of(edition_content(book("integer", entry("integer", 1, note=note)))) for note in ("甲", "乙")
    )
    assert first != second
