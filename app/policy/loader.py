"""Reads policy bundles and refuses a book that contradicts itself: gaps, overlaps, broken bounds,
missing clauses.

A bundle is reviewed like a law text, so every defect of every file is told at once, with file and key.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Any

from app.kernel.errors import UNSOURCED, Citation
from app.kernel.periods import DatePeriod
from app.policy.book import PolicyBook, PolicyConfidence, PolicyKey, PolicyValue
from app.policy.documents import read_documents
from app.policy.kinds import Bounds, ValueKind, content_of, fits
from app.reference.divisions import NATION, divisions, is_well_formed, prefix_of
from app.reference.key_groups import all_key_groups

_KEYS_FILE = "keys.yaml"
_BOUNDED = {ValueKind.INTEGER, ValueKind.NUMBERS}
_WITH_OPTIONS = {ValueKind.OPTION, ValueKind.CODES, ValueKind.CODE_SETS, ValueKind.NUMBERS}
_KEY_TEXTS = ("key", "title", "unit", "kind")
_KEY_FIELDS = {*_KEY_TEXTS, "required_from", "required_before", "options", "options_of", "total"}
_BUNDLE_FIELDS = {"division", "documents", "values"}
_VALUE_FIELDS = {"key", "from", "to", "value", "bounds", "document", "clause", "confidence", "note"}


class BundleError(ValueError):
    """The bundles cannot be used. ``defects`` names file, key and what is wrong, all at once."""

    def __init__(self, defects: Iterable[str]) -> None:
        self.defects = tuple(defects)
        super().__init__("policy bundles: " + "；".join(self.defects))


@cache
def packaged_book() -> PolicyBook:
    """The book of the bundles that ship with the product. Raises ``BundleError``."""
    return read_book(files("app.policy") / "bundles")


def read_book(folder: Traversable) -> PolicyBook:
    """Read ``keys.yaml`` and every other YAML file of a folder. Raises ``BundleError`` with all defects."""
    documents, defects = read_documents(folder, first=_KEYS_FILE)
    return assemble(documents.pop(_KEYS_FILE, []), documents, defects)


def assemble(key_entries: Any, bundles: Mapping[str, Any], defects: Iterable[str] = ()) -> PolicyBook:
    """A book of parsed keys and bundles (by file name). Raises ``BundleError`` with these and all own defects."""
    keys, found = _keys(key_entries)
    defects = [*defects, *found]
    values: list[PolicyValue] = []
    for name, bundle in bundles.items():
        wrong = _bundle_defects(bundle)
        defects += [f"{name}：{defect}" for defect in wrong]
        for entry in () if wrong else bundle["values"]:
            found = _entry_defects(entry, keys, bundle)
            defects += [f"{name}：{_named(entry)}：{defect}" for defect in found]
            if not found:
                values.append(_value(entry, keys[entry["key"]], bundle))
    defects += _period_defects(values)
    defects += _gap_defects(keys.values(), values)
    defects += _outside(values, soft=False)
    if defects:
        raise BundleError(defects)
    return PolicyBook(keys.values(), values, warnings=_outside(values, soft=True))


def _keys(entries: Any) -> tuple[dict[str, PolicyKey], list[str]]:
    keys: dict[str, PolicyKey] = {}
    defects = []
    for entry in entries if isinstance(entries, list) else ():
        found = _key_defects(entry)
        if not found and entry["key"] in keys:
            found = ["这个键写了两次"]
        defects += [f"{_KEYS_FILE}：{_named(entry)}：{defect}" for defect in found]
        if not found:
            keys[entry["key"]] = _key(entry)
    return keys, defects if isinstance(entries, list) else [f"{_KEYS_FILE}：应为键的清单"]


def _named(entry: Any) -> str:
    if not isinstance(entry, dict):
        return str(entry)
    since = entry.get("from")
    return f"{entry.get('key')}（自{since}）" if since else str(entry.get("key"))


def _key_defects(entry: Any) -> list[str]:
    if not isinstance(entry, dict):
        return ["应为“名称: 内容”的形式"]
    defects = [
        f"没有“{field}”这个字段，请删去或改正" for field in sorted(map(str, entry.keys() - _KEY_FIELDS))
    ]
    defects += [f"缺少 {field}（文字）" for field in _KEY_TEXTS if not isinstance(entry.get(field), str)]
    if str(entry.get("kind")) not in set(ValueKind):
        defects.append("kind 不是已知的种类")
    elif (entry["kind"] in _WITH_OPTIONS) is not bool(entry.get("options") or entry.get("options_of")):
        defects.append("这一种类须有 options，或不应有 options")
    if entry.get("options_of") not in (None, "key_groups"):
        defects.append("options_of 所指的代码表不存在")
    options = entry.get("options", {})
    if not isinstance(options, dict) or not all(
        isinstance(each, str) for each in (*options, *options.values())
    ):
        defects.append("options 应为“代码: 名称”，均为文字")
    if type(entry.get("required_from")) is not date:
        defects.append("required_from 不是日期")
    if entry.get("required_before") is not None and type(entry["required_before"]) is not date:
        defects.append("required_before 不是日期")
    if entry.get("total") is not None and (entry.get("kind") != "numbers" or type(entry["total"]) is not int):
        defects.append("total 应为整数，且只能用于 numbers")
    return defects


def _bundle_defects(bundle: Any) -> list[str]:
    if not isinstance(bundle, dict):
        return ["应为“名称: 内容”的形式"]
    defects = [
        f"没有“{field}”这个字段，请删去或改正" for field in sorted(map(str, bundle.keys() - _BUNDLE_FIELDS))
    ]
    if not isinstance(bundle.get("division"), str):
        defects.append("缺少 division，或没有写成文字（请加引号）")
    if not isinstance(bundle.get("values"), list):
        defects.append("values 应为清单")
    documents = bundle.get("documents", {})
    if not isinstance(documents, dict) or not all(
        isinstance(each, dict) and isinstance(each.get("number"), str) for each in documents.values()
    ):
        defects.append("documents 的每一项须有文号 number")
    return defects


def _key(entry: Mapping[str, Any]) -> PolicyKey:
    return PolicyKey(
        key=entry["key"],
        title=entry["title"],
        unit=entry["unit"],
        kind=ValueKind(entry["kind"]),
        required_from=entry["required_from"],
        required_before=entry.get("required_before"),
        options=_options(entry),
        total=entry.get("total"),
    )


def _options(entry: Mapping[str, Any]) -> Mapping[str, str]:
    """Options stand with the key, or are those of a code list of the registry."""
    if entry.get("options_of") == "key_groups":
        return {group.code: group.name for group in all_key_groups()}
    return dict(entry.get("options", {}))


def _entry_defects(entry: Any, keys: Mapping[str, PolicyKey], bundle: Mapping[str, Any]) -> list[str]:
    if not isinstance(entry, dict):
        return ["应为“名称: 内容”的形式"]
    defects = [
        f"没有“{field}”这个字段，请删去或改正" for field in sorted(map(str, entry.keys() - _VALUE_FIELDS))
    ]
    key = keys.get(str(entry.get("key")))
    if key is None:
        return [*defects, "keys.yaml 中没有这个键"]
    division = bundle["division"]
    if division != NATION and not (is_well_formed(division) and divisions().packaged().history_of(division)):
        defects.append(f"行政区划代码 {division} 不存在")
    # A datetime is a date to Python, but not a day of law.
    if type(entry.get("from")) is not date:
        defects.append("from 不是日期")
    elif entry.get("to") is not None and not (type(entry["to"]) is date and entry["from"] < entry["to"]):
        defects.append("to 不是晚于 from 的日期")
    defects += [
        f"{field} 应为文字" for field in ("clause", "note") if not isinstance(entry.get(field, ""), str)
    ]
    defects += _kind_defects(entry.get("value"), key)
    defects += _bounds_form_defects(entry, key)
    return defects + _source_defects(entry, bundle)


def _kind_defects(value: Any, key: PolicyKey) -> list[str]:
    if not fits(value, key.kind, key.options):
        allowed = f"，选项为 {'、'.join(key.options)}" if key.options else ""
        return [f"取值不是 {key.kind.value}{allowed}"]
    if key.total is not None and sum(value.values()) != key.total:
        return [f"各项之和不是 {key.total}"]
    return []


def _bounds_form_defects(entry: Mapping[str, Any], key: PolicyKey) -> list[str]:
    bounds = entry.get("bounds")
    if bounds is None:
        return []
    if key.kind not in _BOUNDED or not isinstance(bounds, dict) or bounds.keys() - {"soft"} != {"min", "max"}:
        return ["bounds 须有 min 和 max，且只能用于数"]
    if not isinstance(bounds.get("soft", False), bool):
        return ["soft 应为 true 或 false"]
    for end in ("min", "max"):
        if not (fits(bounds[end], ValueKind.INTEGER, {}) or fits(bounds[end], key.kind, key.options)):
            return [f"{end} 不是数" + ("，或没有给出每一选项的数" if key.options else "")]
    if any(least > most for _, least, most in _limits(bounds, key)):
        return ["bounds 的 min 大于 max"]
    return []


def _limits(bounds: Mapping[str, Any], key: PolicyKey) -> list[tuple[str, int, int]]:
    def end(name: str, code: str) -> int:
        number = bounds[name]
        return int(number[code] if isinstance(number, dict) else number)

    return [(code, end("min", code), end("max", code)) for code in key.options or ("",)]


def _source_defects(entry: Mapping[str, Any], bundle: Mapping[str, Any]) -> list[str]:
    confidence = entry.get("confidence")
    if str(confidence) not in set(PolicyConfidence):
        return ["confidence 应为 seed、secondary 或 unsourced"]
    if confidence == PolicyConfidence.UNSOURCED:
        cited = entry.get("document") or entry.get("clause")
        return ["unsourced 的取值没有文件依据，不得写 document 或 clause"] if cited else []
    defects = []
    if str(entry.get("document")) not in bundle.get("documents", {}):
        defects.append("document 不在本文件的 documents 之中")
    if confidence == PolicyConfidence.SEED and not entry.get("clause"):
        defects.append("seed 的取值见于原文，须写条款 clause")
    return defects


def _value(entry: Mapping[str, Any], key: PolicyKey, bundle: Mapping[str, Any]) -> PolicyValue:
    confidence = PolicyConfidence(entry["confidence"])
    citation = UNSOURCED
    if confidence is not PolicyConfidence.UNSOURCED:
        citation = Citation(bundle["documents"][entry["document"]]["number"], entry.get("clause", ""))
    bounds = entry.get("bounds") or {}
    limits = [
        (code, Bounds(least, most, bounds.get("soft", False)))
        for code, least, most in (_limits(bounds, key) if bounds else ())
    ]
    return PolicyValue(
        key=key,
        value=content_of(entry["value"], key.kind, key.options),
        division=bundle["division"],
        period=DatePeriod(entry["from"], entry.get("to")),
        citation=citation,
        confidence=confidence,
        bounds=limits[0][1] if limits and key.kind is ValueKind.INTEGER else None,
        bounds_by_code=tuple(limits) if key.kind is ValueKind.NUMBERS else (),
        note=entry.get("note"),
    )


def _by_place(values: Iterable[PolicyValue]) -> dict[tuple[str, str], list[PolicyValue]]:
    places: dict[tuple[str, str], list[PolicyValue]] = {}
    for value in sorted(values, key=lambda value: value.period.starts_on):
        places.setdefault((value.key.key, value.division), []).append(value)
    return places


def _period_defects(values: Iterable[PolicyValue]) -> list[str]:
    return [
        f"{key}：{division}：{later.period.starts_on} 有两个取值同时适用"
        for (key, division), history in _by_place(values).items()
        for earlier, later in pairwise(history)
        if earlier.period.overlaps(later.period)
    ]


def _gap_defects(keys: Iterable[PolicyKey], values: Iterable[PolicyValue]) -> list[str]:
    """The nation must have a value for every key on all of its required days, without a gap."""
    places = _by_place(values)
    defects = []
    for key in keys:
        covered_to: date | None = key.required_from
        for value in places.get((key.key, NATION), ()):
            if covered_to is None or value.period.starts_on > covered_to:
                break
            ends = value.period.ends_before
            covered_to = None if ends is None else max(covered_to, ends)
        if covered_to is not None and (key.required_before is None or covered_to < key.required_before):
            defects.append(f"{key.key}：自 {covered_to} 起没有全国取值")
    return defects


def _outside(values: Iterable[PolicyValue], *, soft: bool) -> list[str]:
    """Numbers outside their own bounds or those of a higher division, on any day both hold."""
    known = list(values)
    return [
        f"{lower.key.key}：{lower.division}：{f'{code} ' if code else ''}{number}"
        f" 超出 {higher.division} 规定的 {bounds.least} 至 {bounds.most}"
        for higher in known
        for code, bounds in _bounds_of(higher)
        if bounds.is_soft is soft
        for lower in known
        if lower.key.key == higher.key.key
        and lower.division.startswith(prefix_of(higher.division))
        and lower.period.overlaps(higher.period)
        for number in [lower.numbers[code] if code else lower.number]
        if not bounds.allow(number)
    ]


def _bounds_of(value: PolicyValue) -> tuple[tuple[str, Bounds], ...]:
    return (("", value.bounds),) if value.bounds is not None else value.bounds_by_code
