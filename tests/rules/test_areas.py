"""地区 on pages: names instead of codes, and what may be typed for one."""

import unicodedata
from datetime import date

import pytest
from pydantic import BaseModel, Field

from app.kernel.errors import InvalidInput
from app.reference.divisions import area_name
from app.web.pages.areas import area, area_choices, area_typed, code_of
from app.web.pages.typed import Typed


class Asked(BaseModel):
    division_code: str = Field(pattern=r"^[0-9]{6}$")
    name: str


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("330106", "330106"),
        ("浙江省杭州市西湖区 330106", "330106"),
        ("浙江省杭州市西湖区（330106）", "330106"),
        ("浙江省杭州市西湖区", "330106"),
        ("浙江省 杭州市 西湖区", "330106"),
        ("余杭区", "330110"),
        ("全国", "000000"),
        ("999999", "999999"),
    ],
)
def test_what_is_typed_for_an_area(typed: str, code: str) -> None:
    read = Typed([("division_code", typed), ("name", "甲")]).read(Asked)
    assert read.division_code == code


@pytest.mark.parametrize(
    ("typed", "told"), [("朝阳区", "2个：北京市朝阳区、吉林省长春市朝阳区"), ("火星", "没有叫这个名称的地区")]
)
def test_a_name_that_is_not_one_area_is_refused_with_everything_else(typed: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Typed([("division_code", typed)]).read(Asked)
    assert [(reason.field, told in reason.message) for reason in refused.value.reasons] == [
        ("division_code", True),
        ("name", False),
    ]


def test_an_area_inside_a_list_is_named_by_its_place() -> None:
    with pytest.raises(InvalidInput) as refused:
        code_of("火星", "scopes.0.division_code")
    assert refused.value.reasons[0].field == "scopes.0.division_code"


@pytest.mark.parametrize("typed", ["11010519491001001X", "朝阳区１１０１０５１９４９１００１００１８"])
def test_a_number_typed_into_the_wrong_field_is_not_repeated(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        code_of(typed, "division_code")
    assert "19491001" not in unicodedata.normalize("NFKC", str(refused.value.reasons[0].value))


def test_an_area_is_written_by_its_name() -> None:
    assert area_name("330106") == "浙江省杭州市西湖区"
    assert area_name("110103") == "北京市崇文区"  # gone since 2010, still known by its name
    assert area_name("510202", date(1996, 1, 1)).startswith("四川省")
    assert area_name("000000") == "全国"
    assert (area_name("999999"), area("999999"), area(None)) == ("999999", "999999", "—")
    assert area_typed("330106") == "浙江省杭州市西湖区 330106"
    assert area_typed("西湖") == "西湖"


def test_choices_are_the_area_and_what_lies_in_it() -> None:
    offered = area_choices("330100")
    assert offered.startswith('<option value="浙江省杭州市 330100">')
    assert "浙江省杭州市西湖区 330106" in offered
    assert "330200" not in offered
    provinces = area_choices("000000", "province")
    assert provinces.count("<option") == 34
    assert "330100" not in provinces
    assert area_choices(None).startswith('<option value="全国 000000">')


@pytest.mark.parametrize("code", ["110000", "429004", "659001", "441900"])
def test_every_choice_is_read_as_its_code(code: str) -> None:
    assert code_of(area_typed(code), "division_code") == code
