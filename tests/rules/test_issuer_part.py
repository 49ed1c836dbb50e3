"""A part of an issuer's list judged as a whole says of every row what judging the row alone says."""

from dataclasses import replace
from datetime import date

import pytest

from app.archive.certificates.rules.forms import NumberForm, recognize
from app.archive.certificates.rules.issuer_file import (
    IssuedCertificate,
    Yardstick,
    day_written,
    judge_row,
)
from app.archive.certificates.rules.issuer_part import judge_part
from app.files.lists import Row
from app.files.sheet import Cell
from app.kernel.identifiers.citizen import check_digit_of
from app.reference.occupations import occupations

BODY_CODE = "S000011990001"
NUMBER = f"{BODY_CODE}255000001"
YARDSTICK = Yardstick(
    today=date(2026, 3, 1),
    body_code=BODY_CODE,
    area_known=lambda _code, _period: True,
    known=occupations().packaged(),
)


def person(seventeen: str = "11000019500101901") -> str:
    return seventeen + check_digit_of(seventeen)


def cells(**changed: Cell) -> list[Cell]:
    given: dict[str, Cell] = {
        "person": person(),
        "number": NUMBER,
        "issued_on": "2025-05-11",
        "kind": "",
        "occupation": "6-18-02-04",
        "trade": "焊工",
        "level": "五级/初级工",
        "valid_until": "",
        "review": "",
    }
    return list((given | changed).values())


ROWS = [
    cells(),
    cells(person=person("11000019500101902"), issued_on="2025年5月12日", level="高级工"),
    cells(person="１１００００１９５００１０１９０１" + person()[16:]),  # full width: read, not passed over
    cells(person=person().lower(), trade="  "),
    cells(person="110000500101901"),
    cells(person=110000195001019000.0),
    cells(person="", number=""),
    cells(number=NUMBER.lower()),
    cells(number=f"{BODY_CODE[:8]} {BODY_CODE[8:]}255000002"),
    cells(number="S000011990002255000001"),
    cells(number="9825000012300045", kind="职业技能等级证书"),
    cells(number="1234567890123"),
    cells(number="AB-12345678", kind="专项职业能力证书"),
    cells(number="不是编号"),
    cells(number="H110105-2025-00000001-5"),
    cells(kind="没有这种"),
    cells(kind="training_completion"),
    cells(issued_on=""),
    cells(issued_on="2025-02-30", level="九级", occupation="9-99-99-99"),
    cells(issued_on="2199-01-01"),
    cells(valid_until="2024-01-01"),
    cells(valid_until="2030-05-11", review="2028-05-11"),
    cells(occupation="", level="", trade=""),
    cells(level=5.0),
    cells(level=True),
    cells(trade=1),
    cells(trade=True),
    cells(trade="长" * 150),
    cells(issued_on="２０２５/５/１１"),
    cells(number=9825000012300045.0, kind="职业资格证书"),
]


def test_a_part_is_judged_as_its_rows_are() -> None:
    rows: list[Row] = [(line, list(row)) for line, row in enumerate(ROWS * 2, start=2)]
    part = judge_part(
        [line for line, _ in rows], [list(column) for column in zip(*ROWS * 2, strict=True)], YARDSTICK
    )
    alone = [(line, judge_row((line, row), YARDSTICK)) for line, row in rows]
    sound = [found for _, found in alone if isinstance(found, IssuedCertificate)]
    assert 20 < len(sound) < len(rows) - 20
    assert part.rows == len(rows)
    assert [
        (one, number, part.facts[place])
        for one, number, place in zip(part.persons, part.numbers, part.places, strict=True)
    ] == [(found.person, found.number, found.facts) for found in sound]
    assert part.defects == [
        (line, found) for line, found in alone if not isinstance(found, IssuedCertificate)
    ]


def test_what_rows_have_in_common_is_judged_once() -> None:
    columns = [list(column) for column in zip(*[cells()] * 500, strict=True)]
    part = judge_part(range(2, 502), columns, YARDSTICK)
    assert (len(part.numbers), len(part.facts), part.defects) == (500, 1, [])


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("TS6123456789", NumberForm.SPECIAL_EQUIPMENT),
        ("京A012025123456", NumberForm.CONSTRUCTION_OPERATION),
        ("RGN12345678901234567", NumberForm.SKILL_LEVEL_PILOT),
        (NUMBER, NumberForm.SKILL_LEVEL),
        ("S00001199000125T000001", NumberForm.SPECIAL_TECHNICIAN),
        ("SA12345678901234567890", NumberForm.SPECIAL_TECHNICIAN_LETTERS_FIRST),
        ("T110000195001019011", NumberForm.SPECIAL_OPERATION),
        ("H110105202500000001X", NumberForm.TRAINING_COMPLETION),
        ("0001234567890123", NumberForm.QUALIFICATION_SHANGHAI),
        ("1234567890123", NumberForm.QUALIFICATION_SHANGHAI),
        ("9825000012300045", NumberForm.QUALIFICATION),
        ("12345678901234", NumberForm.SPECIAL_OPERATION_OLD),
        ("12345678901234\n", NumberForm.FREE),
        ("", NumberForm.FREE),
    ],
)
def test_a_number_has_the_first_form_whose_shape_it_is(text: str, form: NumberForm) -> None:
    assert recognize(text) is form


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (1625000012300045.0, ""),
        ("1.1E+21", ""),
        (1.1e21, "专项职业能力证书"),
    ],
)
def test_a_number_of_which_digits_were_lost_is_not_guessed(number: Cell, kind: str) -> None:
    station = replace(YARDSTICK, body_code="25000012")
    found = judge_row((2, cells(number=number, kind=kind)), station)
    assert not isinstance(found, IssuedCertificate)
    assert [(reason.field, "无法还原" in reason.message) for reason in found] == [
        ("certificate_number", True)
    ]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-01", date(2026, 11, 1)),
        ("2026/1/1", date(2026, 1, 1)),
        ("2026.11.1 00:00:00", date(2026, 11, 1)),
        ("２０２６年１１月１日", date(2026, 11, 1)),
        ("20261101", date(2026, 11, 1)),
        ("2026111", None),
        ("202611", None),
        ("2026-111", None),
        ("2026年1101", None),
        ("2026-02-30", None),
    ],
)
def test_a_day_is_read_in_every_usual_spelling_and_guessed_in_none(text: str, day: date | None) -> None:
    assert day_written(text) == day
