"""What the shared pieces of wire shapes take, and that a tighter bound of a field is not overruled by its type."""

import inspect
import pkgutil
from collections.abc import Iterator
from datetime import date
from importlib import import_module
from typing import Annotated, Any

import pytest
from annotated_types import MaxLen, MinLen
from pydantic import BaseModel, Field, StringConstraints, TypeAdapter, ValidationError

import app.api.v1
from app.api.v1.accounts import OfficerIn
from app.api.v1.messages import MessageAddressIn
from app.api.v1.share_shapes import ShareIn
from app.web.validation import reasons_of_validation
from app.web.wire import AnyDay, CaseNumber, Day, Instant, Line, Moment


@pytest.mark.parametrize("day", [Day, AnyDay])
@pytest.mark.parametrize("written", [0, 1.5, True, "0", "20260301", "-1", " 12 ", "1e3"])
def test_a_number_is_no_day(day: Any, written: object) -> None:
    """Read as seconds since 1970, ``as_of=20260301`` would be answered with the state of 1970-08-23."""
    with pytest.raises(ValidationError, match="2026-03-01"):
        TypeAdapter(day).validate_python(written)
    assert TypeAdapter(day).validate_python("2026-03-01") == date(2026, 3, 1)


@pytest.mark.parametrize("written", [0, 1.5, "1772355600", "2026-03-01", "2026-03-01T09:00:00"])
def test_an_instant_is_written_out_with_its_zone(written: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Instant).validate_python(written)
    assert TypeAdapter(Instant).validate_python("2026-03-01T09:00:00+08:00").utcoffset() is not None


@pytest.mark.parametrize(
    ("written", "holds"), [("ab", False), ("a\0bc", False), ("a" * 61, False), ("备审1", True)]
)
def test_a_case_number_is_as_the_access_log_keeps_it(written: str, holds: bool) -> None:
    """``access_event_case_given``: 3 to 60 characters; two would end in a conflict nobody could explain."""
    if holds:
        assert TypeAdapter(CaseNumber).validate_python(written) == written
    else:
        with pytest.raises(ValidationError):
            TypeAdapter(CaseNumber).validate_python(written)


@pytest.mark.parametrize(
    ("shape", "sent", "said"),
    [
        (Line, "ab", "内容过短（至少 3 个字）"),
        (Line, "a" * 9, "内容过长（最多 8 个字）"),
        (list[str], ["a"] * 2, "条目过少（至少 3 条）"),
        (list[str], ["a"] * 9, "条目过多（最多 8 条）"),
    ],
)
def test_a_bound_is_told_in_what_it_counts(shape: Any, sent: object, said: str) -> None:
    """After a validator of its type pydantic counts the characters of a text as the items of a list."""
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(Annotated[shape, Field(min_length=3, max_length=8)]).validate_python(sent)
    assert [reason.message for reason in reasons_of_validation(refused.value)] == [said]


@pytest.mark.parametrize(
    "written",
    [
        "a\0b",
        "\u200b",
        "\u200b\u200d",
        "abc\u202etxt",
        "\u2066a",
        "a\ufffe",
        "\ufdd0a",
        "\ue000",
        "\U0001ffff",
        "\ufeff",
    ],
)
def test_a_text_holds_nothing_that_people_cannot_see_or_read(written: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Line).validate_python(written)


@pytest.mark.parametrize("written", ["张三 A", "𠮷野家", "क्\u200dष", "辻\U000e0100"])
def test_a_text_may_hold_what_real_scripts_need(written: str) -> None:
    assert TypeAdapter(Line).validate_python(written) == written


def test_a_moment_leaves_in_utc() -> None:
    assert (
        TypeAdapter(Moment).dump_json(TypeAdapter(Moment).validate_python("2026-03-01T09:00:00+08:00"))
        == b'"2026-03-01T01:00:00Z"'
    )


def shapes() -> Iterator[type[BaseModel]]:
    for module in pkgutil.iter_modules(app.api.v1.__path__):
        for _, shape in inspect.getmembers(import_module(f"app.api.v1.{module.name}"), inspect.isclass):
            if issubclass(shape, BaseModel):
                yield shape


def test_no_bound_of_a_field_is_overruled_by_its_type() -> None:
    """pydantic puts ``= Field(min_length=3)`` before the type's own StringConstraints, which then win."""
    overruled = {
        f"{shape.__name__}.{name}"
        for shape in shapes()
        for name, given in shape.model_fields.items()
        for place, bound in enumerate(given.metadata)
        if isinstance(bound, MinLen | MaxLen)
        and any(isinstance(later, StringConstraints) for later in given.metadata[place:])
    }
    assert overruled == set()


@pytest.mark.parametrize(
    ("shape", "member", "written"),
    [
        (MessageAddressIn, "address", "139 0000"),
        (OfficerIn, "login_name", "李华"),
        (ShareIn, "record_numbers", ["R1"]),
    ],
)
def test_how_to_write_it_is_told_without_the_description_of_the_api(
    shape: type[BaseModel], member: str, written: object
) -> None:
    with pytest.raises(ValidationError) as refused:
        shape.model_validate({member: written})
    told = [
        reason for reason in reasons_of_validation(refused.value) if (reason.field or "").startswith(member)
    ]
    assert len(told) == 1
    assert told[0].remedy not in {"请按该项要求的格式填写", ""}
    assert "接口" not in told[0].remedy
