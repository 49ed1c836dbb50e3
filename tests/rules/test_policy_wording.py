"""Policy values in words."""

from datetime import date

from app.policy.values import value_of
from app.policy.wording import in_words
from app.subsidies.disbursements.states import FUNDING_SOURCE_LABELS


def test_a_yearly_cap_that_caps_nothing_is_called_so() -> None:
    none = value_of("living_allowance_yearly_max", on=date(2026, 3, 1))
    assert in_words(none.value, none.key) == "不限"
    some = value_of("training_yearly_cap", on=date(2020, 3, 1))
    assert in_words(some.value, some.key) == "3次"
    looks = value_of("share_looks_max", on=date(2026, 3, 1))
    assert in_words(looks.value, looks.key).endswith("次")


def test_sources_of_money_are_named_as_the_policy_names_them() -> None:
    admitted = value_of("skill_upgrade_funding_sources", on=date(2026, 3, 1))
    assert dict(admitted.key.options) == {
        source.value: name for source, name in FUNDING_SOURCE_LABELS.items()
    }
