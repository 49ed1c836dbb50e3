"""The sandbox itself: its people are repeatable and cannot exist, its misbehavior is repeatable too."""

from datetime import date

import pytest
from stdnum.cn import ric

from app.kernel.identifiers import check_identity_number
from app.reference.divisions import was_in_force
from app.sandbox.main import SandboxConfig
from app.sandbox.population import CardholderState, Population, normalized_name, with_check_digit
from tests.sandbox_server import SandboxServer

pytestmark = pytest.mark.anyio


def everybody(seed: int = 20250307) -> list[object]:
    return list(Population(seed=seed, people=5_000).listed(state=None, offset=0, limit=10_000))


def test_same_seed_makes_the_same_people_and_another_seed_others() -> None:
    assert everybody() == everybody()
    assert everybody() != everybody(seed=2)
    assert len(everybody()) == 5_000


def test_nobody_can_exist_and_every_number_is_well_formed() -> None:
    for person in everybody():
        number = person.social_security_number
        assert number[2:6] == "0000" or number.startswith(("81", "82", "83", "9")), "a whole province"
        assert int(number[14:17]) >= 900
        assert ric.calc_check_digit(number) == number[-1]
        assert "样" in person.name


def test_the_registry_finds_nothing_to_say_about_any_number() -> None:
    for person in everybody():
        checked = check_identity_number(
            person.social_security_number, on=date(2026, 3, 1), area_known=was_in_force
        )
        assert (checked.reasons, checked.warnings) == ((), ())


def test_every_state_is_there_and_most_people_are_well() -> None:
    people = everybody()
    for state in CardholderState:
        share = sum(person.state is state for person in people) / len(people)
        assert share > (0.9 if state is CardholderState.NORMAL else 0.005)


def test_some_names_have_a_middle_dot_and_some_a_character_beyond_the_bmp() -> None:
    names = [person.name for person in everybody()]
    assert any("·" in name for name in names)
    assert any(ord(max(name)) > 0xFFFF for name in names)


def test_standard_check_digit_vectors() -> None:
    assert with_check_digit("11010519491231002") == "11010519491231002X"
    assert with_check_digit("81000019940823002") == "810000199408230021"


@pytest.mark.parametrize("name", ["阿依•样", "阿依．样", "阿依・样", " 阿依·样 "])
def test_names_have_one_spelling(name: str) -> None:
    assert normalized_name(name) == "阿依·样"


def test_registered_person_is_listed_first_and_can_be_replaced(sandbox: SandboxServer) -> None:
    number = with_check_digit("12000019491001998")
    person = {"social_security_number": number.lower(), "name": "钱样一"}
    first = sandbox.control.post("/sandbox/persons", json={"persons": [person]}).json()
    again = sandbox.control.post(
        "/sandbox/persons", json={"persons": [{**person, "state": "card_lost"}]}
    ).json()
    assert (first["registered"], again["replaced"]) == (1, 1)
    top = sandbox.control.get("/sandbox/persons", params={"limit": 1}).json()["persons"][0]
    assert (top["social_security_number"], top["state"]) == (number, "card_lost")


def test_error_rate_is_repeatable_by_its_seed(sandbox: SandboxServer) -> None:
    def statuses(seed: int) -> list[int]:
        sandbox.behave("citizen_identity", error_rate=0.5, seed=seed)
        return [sandbox.control.get("/oidc/jwks").status_code for _ in range(20)]

    assert statuses(7) == statuses(7)
    assert statuses(7) != statuses(8)
    assert set(statuses(7)) == {200, 500}


def test_behavior_of_one_system_leaves_the_other_alone(sandbox: SandboxServer) -> None:
    sandbox.behave("cardholder_base", down=True)
    assert sandbox.control.get("/oidc/jwks").status_code == 200
    assert sandbox.control.get("/sandbox/behavior/cardholder_base").json()["down"] is True


@pytest.mark.parametrize(
    "behavior", [{"delay_ms": [5, 1]}, {"wrong": "oddly"}, {"error_rate": 2}, {"dwn": True}]
)
def test_unknown_behavior_is_refused(sandbox: SandboxServer, behavior: dict[str, object]) -> None:
    answer = sandbox.control.put("/sandbox/behavior/cardholder_base", json=behavior)
    assert answer.status_code == 422


def test_configuration_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SANDBOX_PEOPLE", "12")
    monkeypatch.setenv("SANDBOX_CERTIFICATES", "90")
    monkeypatch.setenv("SANDBOX_CITIZEN_REDIRECT_URIS", "http://a/b http://c/d")
    config = SandboxConfig.from_environment()
    assert (config.people, config.certificates) == (12, 90)
    assert config.citizen_redirect_uris == ("http://a/b", "http://c/d")
    assert config.cardholder_secret not in repr(config)
