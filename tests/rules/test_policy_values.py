"""Policy values: nearest division within bounds, by the day that is named; a bad book is refused."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from app.kernel.errors import UNSOURCED
from app.policy.book import PolicyBook, PolicyConfidence, PolicyUndefined
from app.policy.loader import BundleError, packaged_book, read_book
from app.policy.values import all_keys, all_values, value_of

TODAY = date(2026, 11, 21)
KEY = {"key": "class_size_max", "title": "每班人数上限", "unit": "persons", "kind": "integer"}
KEY["required_from"] = date(2020, 1, 1)
DOCUMENTS = {"d1": {"number": "测试文号1", "title": "测试文件", "issued_on": date(2020, 1, 1)}}


def value(**changes: object) -> dict[str, object]:
    entry = {"key": "class_size_max", "from": date(2020, 1, 1), "value": 50, "confidence": "unsourced"}
    return {name: content for name, content in (entry | changes).items() if content is not None}


def book(folder: Path, values: list[dict[str, object]], **lower: list[dict[str, object]]) -> PolicyBook:
    (folder / "keys.yaml").write_text(yaml.safe_dump([KEY]), encoding="utf-8")
    for division, entries in {"000000": values, **{name[1:]: entry for name, entry in lower.items()}}.items():
        bundle = {"division": division, "documents": DOCUMENTS, "values": entries}
        (folder / f"b{division}.yaml").write_text(yaml.safe_dump(bundle), encoding="utf-8")
    return read_book(folder)


def defects(folder: Path, values: list[dict[str, object]], **lower: list[dict[str, object]]) -> str:
    with pytest.raises(BundleError) as refused:
        book(folder, values, **lower)
    return "\n".join(refused.value.defects)


def test_nearest_division_wins(tmp_path: Path) -> None:
    held = book(
        tmp_path,
        [value(bounds={"min": 1, "max": 100})],
        d130000=[value(value=40)],
        d130102=[value(value=30)],
    )
    found = {
        division: held.value_of("class_size_max", on=TODAY, division=division).number
        for division in ("130102", "130104", "130100", "130000", "110105", "000000")
    }
    assert found == {"130102": 30, "130104": 40, "130100": 40, "130000": 40, "110105": 50, "000000": 50}
    assert held.value_of("class_size_max", on=TODAY, division="130104").division == "130000"


def test_day_decides_and_periods_are_half_open(tmp_path: Path) -> None:
    changed = date(2024, 1, 1)
    held = book(tmp_path, [value(to=changed), value(**{"from": changed, "value": 60})])
    assert held.value_of("class_size_max", on=changed - timedelta(days=1)).number == 50
    assert held.value_of("class_size_max", on=changed).number == 60
    assert [entry.number for entry in held.history_of("class_size_max")] == [50, 60]
    assert [entry.number for entry in held.all_values(changed)] == [60]


def test_local_value_that_has_ended_gives_way_to_the_higher(tmp_path: Path) -> None:
    held = book(tmp_path, [value()], d130000=[value(value=40, to=date(2024, 1, 1))])
    assert held.value_of("class_size_max", on=date(2023, 12, 31), division="130102").number == 40
    assert held.value_of("class_size_max", on=date(2024, 1, 1), division="130102").number == 50


def test_before_the_first_value_nothing_is_guessed(tmp_path: Path) -> None:
    held = book(tmp_path, [value()])
    with pytest.raises(PolicyUndefined) as refused:
        held.value_of("class_size_max", on=date(2019, 12, 31))
    assert refused.value.code == "policy_undefined"
    assert "每班人数上限" in refused.value.reasons[0].message
    with pytest.raises(KeyError):
        held.value_of("no_such_key", on=TODAY)


def test_overlap_is_refused(tmp_path: Path) -> None:
    told = defects(tmp_path, [value(to=date(2024, 1, 2)), value(**{"from": date(2024, 1, 1)})])
    assert "2024-01-01 有两个取值" in told


def test_gap_is_refused(tmp_path: Path) -> None:
    told = defects(tmp_path, [value(to=date(2023, 1, 1)), value(**{"from": date(2024, 1, 1)})])
    assert "自 2023-01-01 起没有全国取值" in told


def test_late_start_and_end_are_gaps(tmp_path: Path) -> None:
    assert "自 2020-01-01 起没有全国取值" in defects(tmp_path, [value(**{"from": date(2020, 1, 2)})])
    assert "自 2024-01-01 起没有全国取值" in defects(tmp_path, [value(to=date(2024, 1, 1))])


def test_value_outside_the_bounds_of_a_higher_division_is_refused(tmp_path: Path) -> None:
    national = [value(bounds={"min": 20, "max": 60})]
    assert "61 超出 000000 规定的 20 至 60" in defects(tmp_path, national, d130102=[value(value=61)])
    assert book(tmp_path, national, d130102=[value(value=60)])
    assert book(tmp_path, national, d130102=[value(value=20)])


def test_bounds_of_a_province_bind_its_own_counties_only(tmp_path: Path) -> None:
    province = [value(value=40, bounds={"min": 30, "max": 40})]
    assert "超出 130000 规定" in defects(tmp_path, [value()], d130000=province, d130102=[value(value=41)])
    (tmp_path / "b130102.yaml").unlink()
    assert book(tmp_path, [value()], d130000=province, d110105=[value(value=41)])


def test_own_value_outside_its_bounds_is_refused(tmp_path: Path) -> None:
    assert "50 超出 000000 规定的 1 至 10" in defects(tmp_path, [value(bounds={"min": 1, "max": 10})])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"confidence": "seed", "document": "d1"}, "须写条款"),
        ({"confidence": "seed", "clause": "一"}, "不在本文件的 documents"),
        ({"clause": "一"}, "不得写 document 或 clause"),
        ({"document": "d1"}, "不得写 document 或 clause"),
        ({"confidence": "rumor"}, "confidence 应为"),
        ({"value": "many"}, "取值不是 integer"),
        ({"value": True}, "取值不是 integer"),
        ({"from": "2020-13-01"}, "from 不是日期"),
        ({"to": date(2020, 1, 1)}, "to 不是晚于 from"),
        ({"bounds": {"min": 5}}, "bounds 须有 min 和 max"),
        ({"bounds": {"min": 60, "max": 5}}, "min 大于 max"),
        ({"since": 1}, "没有“since”这个字段"),
        ({"key": "no_such_key"}, "keys.yaml 中没有这个键"),
    ],
)
def test_defects_of_an_entry(tmp_path: Path, changes: dict[str, object], told: str) -> None:
    assert told in defects(tmp_path, [value(**changes)])


def test_unknown_division_is_refused(tmp_path: Path) -> None:
    assert "行政区划代码 990000 不存在" in defects(tmp_path, [value()], d990000=[value()])


def test_all_defects_are_told_at_once(tmp_path: Path) -> None:
    told = defects(tmp_path, [value(confidence="rumor"), value(value="many")])
    assert "confidence 应为" in told
    assert "取值不是 integer" in told


def test_sourced_value_cites_document_number_and_clause(tmp_path: Path) -> None:
    held = book(tmp_path, [value(confidence="seed", document="d1", clause="三(三)")])
    citation = held.value_of("class_size_max", on=TODAY).citation
    assert (citation.document, citation.clause) == ("测试文号1", "三(三)")


def test_packaged_book_is_sound() -> None:
    held = {name for name, key in packaged_book().keys.items() if key.required_before is None}
    assert {entry.key.key for entry in all_values(TODAY)} == held
    for entry in all_values():
        assert (entry.citation == UNSOURCED) is (entry.confidence is PolicyConfidence.UNSOURCED)


def test_five_parts_of_an_opening_with_their_clause() -> None:
    parts = value_of("opening_parts", on=TODAY, division="659009")
    assert [part.name for part in parts.choices] == [
        "教学计划",
        "授课师资情况",
        "教材教学资源清单",
        "考核方案",
        "学员名册",
    ]
    assert (parts.citation.document, parts.citation.clause) == ("人社部发〔2025〕10号", "三(三)")


def test_three_kinds_of_online_evidence() -> None:
    kinds = value_of("online_evidence_kinds", on=date(2020, 7, 15))
    assert [kind.name for kind in kinds.choices] == ["签到", "记录", "测试"]


def test_value_is_read_as_what_it_is() -> None:
    size = value_of("class_size_max", on=TODAY)
    assert size.number == 60
    assert value_of("assessment_required", on=TODAY).flag is True
    for wrong in ("flag", "choices"):
        with pytest.raises(TypeError):
            getattr(size, wrong)
    with pytest.raises(TypeError):
        _ = value_of("assessment_required", on=TODAY).number


SHOWN_ONLY = {
    "demand_guide_fields",
    "institution_prohibitions",
}
"""Lists of the texts that ``GET /v1/policy-values`` shows and no rule asks: there is nothing in them to decide by."""


def test_no_key_stands_in_the_book_that_no_rule_reads() -> None:
    """A province that sets a value must see it obeyed."""
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in (Path(__file__).parents[2] / "app").rglob("*.py")
        if path.is_file()
    )
    made_of_parts = ("_yearly_cap", "_shortage_extra", "_cap_year")
    unread = {
        key.key for key in all_keys() if f'"{key.key}"' not in sources and not key.key.endswith(made_of_parts)
    }
    assert unread == SHOWN_ONLY
