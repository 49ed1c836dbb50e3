"""Claims: one benefit for life, few places a year, money only for whom the entry and the rule name."""

from tests.database.attacks import Attack

_KEY = """INSERT INTO benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin)
  VALUES (:{0}, :new_key, '{group}', '2015:4-10-01-02', 'level_4', 'life', 'claim')"""
_SLOT = """INSERT INTO benefit_slot (person_id, slot_id, key_id, slot_group, scope, nth, cap, shortage_extra,
  is_shortage, rule_division) VALUES (:{0}, :new_slot, :{0}, 'skill_upgrade', '2025', {nth}, 3, 0, false, '000000')"""
_MONTH = """INSERT INTO benefit_slot (person_id, slot_id, key_id, slot_group, scope, nth, cap, shortage_extra,
  is_shortage, rule_division, employer_id, employer_nth, employer_cap)
  VALUES (:earlier, :new_slot, :earlier, '{group}', 'life', 2, 99, 0, false, '000000', :{employer}, {nth}, {cap})"""
_ALLOWANCE = """INSERT INTO benefit_slot (person_id, slot_id, key_id, slot_group, scope, nth, cap, shortage_extra,
  is_shortage, rule_division)
  VALUES (:earlier, :new_slot, :earlier, 'living_allowance', '2025', {nth}, 1, 0, false, '000000')"""
_COPY = """INSERT INTO claim SELECT (jsonb_populate_record(held, jsonb_build_object('claim_id', :new_claim,
  'version', 1, 'claim_number', 'S110105-2025-00000777', {change}))).* FROM claim AS held WHERE claim_id = :{0}"""
_FREE_KEY = """INSERT INTO benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin)
  VALUES (:{0}, :new_key, 'training_or_upgrade', '2015:4-10-01-02', 'level_1', 'life', 'claim');
  INSERT INTO benefit_slot (person_id, slot_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage,
  rule_division) VALUES (:{0}, :new_slot, :new_key, 'skill_upgrade', '2025', 2, 3, 0, false, '000000');"""
_NEW_KEY = "'key_id', :new_key, 'slot_id', :new_slot, 'skill_level', 'level_1'"


def _filed(name: str, refused_by: str, sql: str, *set_aside: str) -> Attack:
    """By the owner of the doors, past what the door itself asks."""
    return Attack(name, "access_owner", refused_by, sql, set_aside=set_aside)


def _claim(holder: str, change: str) -> str:
    return _FREE_KEY.format(holder) + _COPY.format(
        holder, change=_NEW_KEY + (", " + change if change else "")
    )


_ONE_ENTRY = "claim_one_live_an_entry"

ONE_BENEFIT_FOR_LIFE = (
    _filed(
        "a second key for the same line and level",
        "benefit_key_once",
        _KEY.format("paid", group="training_or_upgrade"),
    ),
    _filed(
        "the same benefit paid before the registry",
        "benefit_key_once",
        _KEY.format("earlier", group="training_or_upgrade"),
    ),
    _filed(
        "the same benefit as the person one was merged with",
        "benefit_key_once",
        """INSERT INTO benefit_key (person_id, key_group, benefit_line, skill_level, period, origin)
           VALUES (:merged_person, 'training_or_upgrade', '2015:4-10-01-02', 'level_5', 'life', 'claim')""",
    ),
    _filed(
        "a key of no group",
        "benefit_key_group_known",
        _KEY.format("paid", group="free"),
    ),
    _filed(
        "what was paid before the registry given back",
        "benefit_key_only_claims_end",
        "UPDATE benefit_key SET released_at = now(), release_reason = 'x' WHERE key_id = :earlier",
    ),
    Attack(
        "a key released by hand",
        "app_agency",
        "GRANT SELECT, UPDATE ON benefit_key TO app_agency",
        "UPDATE benefit_key SET released_at = now(), release_reason = 'x' WHERE key_id = :paid",
    ),
    _filed("a place taken twice", "benefit_slot_once", _SLOT.format("paid", nth=1)),
    _filed("a fourth place in a year", "benefit_slot_within_cap", _SLOT.format("paid", nth=4)),
    _filed(
        "a second living allowance in a year whose only one was paid before the registry",
        "benefit_slot_once",
        _ALLOWANCE.format(nth=1),
    ),
    _filed("a living allowance beyond the yearly cap", "benefit_slot_within_cap", _ALLOWANCE.format(nth=2)),
    _filed(
        "a living allowance without its place",
        "claim_kind_declared",
        _claim("paid", "'kind', 'living_allowance', 'slot_group', 'none', 'slot_id', NULL"),
        _ONE_ENTRY,
    ),
    _filed(
        "a month counted twice with one employer",
        "benefit_slot_employer_once",
        _MONTH.format(group="work_based", employer="school", nth=1, cap=1),
    ),
    _filed(
        "one month more with an employer than the rule allows",
        "benefit_slot_within_employer_cap",
        _MONTH.format(group="work_based", employer="school", nth=2, cap=1),
    ),
    _filed(
        "a month counted with nobody who employs",
        "benefit_slot_employer_fkey",
        _MONTH.format(group="work_based", employer="new_slot", nth=1, cap=1),
    ),
    _filed(
        "an employer's number on what is not counted by employers",
        "benefit_slot_employer_whole",
        _MONTH.format(group="skill_upgrade", employer="school", nth=2, cap=2),
    ),
    _filed(
        "two claims under one key",
        "claim_key_once",
        _COPY.format("paid", change="'voucher_id', NULL"),
        _ONE_ENTRY,
    ),
    _filed("two live claims on one entry", _ONE_ENTRY, _claim("paid", "")),
    _filed(
        "a claim under a key of another level",
        "claim_key_fkey",
        _claim("paid", "'skill_level', 'level_2'"),
        _ONE_ENTRY,
    ),
    _filed(
        "a claim without its place",
        "claim_slot_by_kind",
        _claim("paid", "'slot_id', NULL"),
        _ONE_ENTRY,
    ),
    _filed(
        "a claim with another claim's place",
        "claim_slot_fkey",
        _claim("paid", "'slot_id', :paid"),
        _ONE_ENTRY,
    ),
    _filed(
        "a kind that rests on other evidence",
        "claim_kind_declared",
        _claim("paid", "'kind', 'retention'"),
        "claim_payee_allowed",
    ),
    _filed(
        "a claim on another person's entry",
        "claim_entry_fkey",
        _claim("paid", "'entry_id', :payable"),
    ),
    _filed(
        "money for a school that the rule gives to the person",
        "claim_payee_allowed",
        _claim("paid", "'payee_kind', 'institution', 'payee_institution_id', :school, 'account_id', NULL"),
        "claim_payee_of_entry",
        _ONE_ENTRY,
    ),
    _filed(
        "money for another school than the one that trained",
        "claim_payee_of_entry",
        _FREE_KEY.format("person").replace("'skill_upgrade'", "'training'")
        + _COPY.format(
            "class_claim", change=_NEW_KEY + ", 'payee_institution_id', :idle_school, 'voucher_id', NULL"
        ),
        _ONE_ENTRY,
    ),
    _filed(
        "a claim paid to another person's account",
        "claim_account_fkey",
        _claim("paid", "'account_id', :payable"),
        _ONE_ENTRY,
    ),
    _filed(
        "one voucher for two claims",
        "claim_one_live_a_voucher",
        _FREE_KEY.format("person").replace("'skill_upgrade'", "'training'")
        + _COPY.format("class_claim", change=_NEW_KEY),
        _ONE_ENTRY,
    ),
    _filed(
        "a voucher that funds another benefit",
        "claim_voucher_funds_training",
        _claim("paid", "'voucher_id', :voucher"),
        _ONE_ENTRY,
        "claim_voucher_fkey",
    ),
    _filed(
        "one claim's number for another",
        "claim_number_pkey",
        """INSERT INTO claim_number (claim_number, person_id, claim_id)
           SELECT claim_number, person_id, claim_id FROM claim WHERE claim_id = :paid""",
    ),
    Attack(
        "a voucher number given twice",
        "access_owner",
        "voucher_number_once",
        """INSERT INTO voucher (person_id, voucher_number, division_code, amount_fen, valid_until, issued_by)
           VALUES (:person, 'V110000-2025-00000001', '110000', 1, '2999-01-01', :officer)""",
    ),
    Attack(
        "one line of an earlier list counted twice",
        "access_owner",
        "earlier_benefit_line_key",
        """INSERT INTO earlier_benefit (person_id, kind, division_code, paid_on, amount_fen, document_number, import_id,
             line)
           VALUES (:earlier, 'skill_upgrade', '110105', '2018-05-01', 1, 'x', :import, 1)""",
    ),
    _filed(
        "a collision found twice",
        "merge_collision_once",
        """INSERT INTO merge_collision (person_id, alias_id, key_id, other_person_id, other_key_id)
           VALUES (:earlier, :alias, :earlier, :other_earlier, :other_earlier)""",
    ),
    Attack(
        "one risk held twice",
        "worker",
        "claim_hold_open",
        """INSERT INTO claim_hold (person_id, claim_id, reason_code, reason, placed_by)
           VALUES (:held, :held, 'risk', '重复账户', :machine)""",
    ),
    Attack(
        "a second appeal while one is open",
        "app_citizen",
        "claim_appeal.one_open",
        """INSERT INTO claim_appeal (person_id, appeal_id, claim_id, round, channel, grounds, filed_by)
           VALUES (:refused, :new_appeal, :refused, 1, 'review', '证书有效', :system)""",
        answers="claim_appeal_one_open",
    ),
    Attack(
        "one policy book published as two editions",
        "registry_owner",
        "policy_edition_content_key",
        "INSERT INTO policy_edition (content_digest, content, published_by) VALUES (sha256('policy'), '{}', 'x')",
    ),
    Attack(
        "two budgets for one purpose",
        "app_agency",
        "budget_once",
        """INSERT INTO budget (budget_id, division_code, year, funding_source, opened_by)
           SELECT :new_budget, division_code, year, funding_source, :payer FROM budget
           WHERE budget_id = :poor_budget""",
    ),
)
