"""Turns what pydantic says about a malformed body into reasons a person can act on; values are never echoed."""

import re
from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.kernel.errors import Reason

_MESSAGES: dict[str, tuple[str, str]] = {
    "missing": ("缺少必填项", "请补充该项"),
    "extra_forbidden": ("不认识的字段", "请删除该字段，或对照接口文档更正名称"),
    "json_invalid": ("内容不是有效的 JSON（第{position}个字符附近）", "请检查括号、引号与逗号"),
    "string_type": ("应为文字", "请改为文字"),
    "string_unicode": ("含有无法识别的字符", "请用 UTF-8 重新输入"),
    "string_sub_type": ("应为文字", "请改为文字"),
    "string_too_short": ("内容过短（至少 {min_length} 个字）", "请补充内容"),
    "string_too_long": ("内容过长（最多 {max_length} 个字）", "请缩短内容"),
    "string_pattern_mismatch": ("格式不正确", "请按该项要求的格式填写"),
    "int_type": ("应为整数", "请改为整数"),
    "int_parsing": ("应为整数", "请改为整数"),
    "int_from_float": ("应为整数", "请改为整数"),
    "int_parsing_size": ("数值过大", "请改为允许的数值"),
    "float_type": ("应为数字", "请改为数字"),
    "float_parsing": ("应为数字", "请改为数字"),
    "finite_number": ("应为有限的数字", "请改为允许的数值"),
    "decimal_type": ("应为数字", "请改为数字"),
    "decimal_parsing": ("应为数字", "请改为数字"),
    "multiple_of": ("应为 {multiple_of} 的倍数", "请改为允许的数值"),
    "bool_type": ("应为 true 或 false", "请改为 true 或 false"),
    "bool_parsing": ("应为 true 或 false", "请改为 true 或 false"),
    "greater_than": ("应大于 {gt}", "请改为允许的数值"),
    "greater_than_equal": ("不应小于 {ge}", "请改为允许的数值"),
    "less_than": ("应小于 {lt}", "请改为允许的数值"),
    "less_than_equal": ("不应大于 {le}", "请改为允许的数值"),
    "enum": ("不在可选值之内（可选：{expected}）", "请从可选值中选择"),
    "literal_error": ("不在可选值之内（可选：{expected}）", "请从可选值中选择"),
    "uuid_parsing": ("编号格式不正确", "请使用系统给出的编号"),
    "uuid_type": ("编号格式不正确", "请使用系统给出的编号"),
    "date_from_datetime_parsing": ("日期格式不正确", "请写成 2026-03-01"),
    "date_parsing": ("日期格式不正确", "请写成 2026-03-01"),
    "date_from_datetime_inexact": ("日期不应带时刻", "请写成 2026-03-01"),
    "date_type": ("日期格式不正确", "请写成 2026-03-01"),
    "datetime_parsing": ("时间格式不正确", "请写成 2026-03-01T09:00:00+08:00"),
    "datetime_from_date_parsing": ("时间格式不正确", "请写成 2026-03-01T09:00:00+08:00"),
    "datetime_object_invalid": ("时间格式不正确", "请写成 2026-03-01T09:00:00+08:00"),
    "datetime_type": ("时间格式不正确", "请写成 2026-03-01T09:00:00+08:00"),
    "timezone_aware": ("时间缺少时区", "请写明时区，例如 2026-03-01T09:00:00+08:00"),
    "timezone_offset": ("时区不正确", "请写成 2026-03-01T09:00:00+08:00"),
    "list_type": ("应为列表", "请改为列表"),
    "too_short": ("条目过少（至少 {min_length} 条）", "请补充条目"),
    "too_long": ("条目过多（最多 {max_length} 条）", "请分批提交"),
    "dict_type": ("应为对象", "请改为对象"),
    "model_attributes_type": ("应为对象", "请改为对象"),
    "dataclass_type": ("应为对象", "请改为对象"),
    "union_tag_invalid": ("不在可选值之内（可选：{expected_tags}）", "请从可选值中选择"),
    "union_tag_not_found": ("缺少区分种类的字段", "请对照接口文档补充"),
    "bytes_type": ("应为文件", "请以 multipart/form-data 上传文件"),
    "unexpected_keyword_argument": ("不认识的字段", "请删除该字段，或对照格式说明更正名称"),
    "none_required": ("应留空", "请删除该项"),
    "recursion_loop": ("嵌套过深", "请对照接口文档更正"),
    "model_type": ("应为对象", "请改为对象"),
    "value_error": ("内容不符合要求", "请更正后重新提交"),
}
_FORMS: Mapping[str, str] = {
    r"^[0-9]{6}$": "请填六位行政区划代码，例如 110105",
    r"^[1-8]-[0-9]{2}-[0-9]{2}-[0-9]{2}$": "请填职业编码，例如 4-10-01-05",
    r"^R[0-9]{6}-[0-9]{4}-[0-9]{8}-[0-9X]$": "请填档案编号，例如 R110105-2026-00000001-5",
    r"^N[0-9]{6}-[0-9]{4}-[0-9]{8}$": "请填通知书编号，例如 N110105-2026-00000001",
    r"^Y[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$": "请填回执号，例如 YABCD-EFGH-2345-67AB",
    r"^[a-z][a-z0-9._-]{2,63}$": "请用3至64位小写字母、数字、点、横线或下划线，以小写字母开头",
    r"^[0-9+() -]{5,30}$": "请填电话号码，例如 010-00000000",
    r"^[\x21-\x7e]+$": "请只用半角字母、数字和符号，不要留空格",
    r"^[0-9]{8}$": "请填8位数字",
}
"""How to write what has a form of its own: people fill in the same fields on pages, without the API's description."""


_QUOTED = re.compile(r"'([^']*)'")


def reasons_of_validation(error: RequestValidationError | ValidationError) -> tuple[Reason, ...]:
    """One reason per defect, in the order of the body."""
    return tuple(_reason(defect) for defect in error.errors())


def _reason(defect: Mapping[str, Any]) -> Reason:
    kind = str(defect["type"])
    if kind in {"too_short", "too_long"} and isinstance(defect.get("input"), str):
        # A bound that stands beside the type is checked after its validators, and pydantic words it as of a list.
        kind = f"string_{kind}"
    message, remedy = _MESSAGES.get(kind, ("内容不符合要求", "请对照接口文档更正"))
    context = {name: str(value) for name, value in (defect.get("ctx") or {}).items()}
    if kind == "string_pattern_mismatch":
        remedy = _FORMS.get(context["pattern"], remedy)
    if "expected" in context:
        context["expected"] = "、".join(_QUOTED.findall(context["expected"])) or context["expected"]
    place = [str(step) for step in defect["loc"] if step not in {"body", "query", "path", "header"}]
    if kind == "json_invalid":
        # FastAPI gives the offset of the first character that fits no JSON as the last step.
        context["position"] = str(int(place.pop()) + 1) if place and place[-1].isdecimal() else "1"
    message = context.get("error", message) if kind == "value_error" else message.format_map(context)
    return Reason(code=f"input_{kind}", message=message, remedy=remedy, field=".".join(place) or None)
