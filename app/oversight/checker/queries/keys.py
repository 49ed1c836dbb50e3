"""I2 and I3: what each claim takes for life and in its year, derived again from the archive entry it rests on."""

from app.oversight.checker.queries.comparison import Comparison
from app.oversight.checker.states import Part

_DERIVED = """
SELECT held.claim_number AS place,
  concat_ws('/', held.key_group, held.benefit_line, held.skill_level, held.period) AS stored,
  concat_ws('/', declared.key_group, derived.line, derived.level, derived.period) AS derived
FROM claim AS held
JOIN record_entry AS entry ON entry.person_id = held.person_id AND entry.entry_id = held.entry_id
JOIN benefit_kind AS declared ON declared.kind = held.kind
LEFT JOIN occupation ON occupation.edition = entry.occupation_edition AND occupation.code = entry.occupation_code
CROSS JOIN LATERAL (SELECT
  CASE WHEN declared.key_group IN ('training_or_upgrade', 'apprenticeship')
    THEN coalesce(occupation.benefit_line, 'none') ELSE 'none' END AS line,
  CASE declared.key_group WHEN 'training_or_upgrade' THEN coalesce(entry.skill_level, 'none') ELSE 'none' END AS level,
  CASE declared.key_group WHEN 'training_or_upgrade' THEN 'life' WHEN 'living_allowance' THEN entry.opening_id::text
    ELSE entry.period END AS period) AS derived
LEFT JOIN benefit_key AS key ON key.person_id = held.person_id AND key.key_id = held.key_id
WHERE (held.key_group, held.benefit_line, held.skill_level, held.period)
    IS DISTINCT FROM (declared.key_group, derived.line, derived.level, derived.period)
  OR (key.key_group, key.benefit_line, key.skill_level, key.period, key.origin)
    IS DISTINCT FROM (held.key_group, held.benefit_line, held.skill_level, held.period, 'claim')
"""
_ENDED = "('not_accepted', 'refused', 'withdrawn')"

KEYS = (
    Comparison(
        Part.KEYS,
        "key_differs",
        "一次性享受的事项为{stored}，按档案条目应为{derived}，或事项已被改动",
        _DERIVED,
    ),
    Comparison(
        Part.KEYS,
        "key_not_held",
        "申领状态为{state}，占用的事项{told}",
        f"""
SELECT held.claim_number AS place, held.state,
  CASE WHEN key.released_at IS NULL THEN '没有退回' ELSE '已被退回' END AS told
FROM claim AS held JOIN benefit_key AS key ON key.person_id = held.person_id AND key.key_id = held.key_id
WHERE (held.state IN {_ENDED}) <> (key.released_at IS NOT NULL)
""",  # noqa: S608 - a list of states of ours
    ),
    Comparison(
        Part.KEYS,
        "key_without_origin",
        "事项{key}没有申领、历史补贴或合并来源",
        """
SELECT '事项' || key.key_id AS place, concat_ws('/', key.key_group, key.benefit_line, key.skill_level) AS key
FROM benefit_key AS key WHERE key.released_at IS NULL AND NOT CASE key.origin
  WHEN 'claim' THEN EXISTS (SELECT FROM claim AS held WHERE held.person_id = key.person_id AND held.key_id = key.key_id)
  WHEN 'earlier' THEN EXISTS (SELECT FROM earlier_benefit AS paid WHERE paid.person_id = key.person_id
    AND paid.earlier_id = key.earlier_id)
  ELSE EXISTS (SELECT FROM benefit_key AS source WHERE source.person_id = key.copied_from_person
    AND source.key_id = key.copied_from_key) END
""",
    ),
    Comparison(
        Part.KEYS,
        "key_taken_twice",
        "同一人同一事项{key}被占用{times}次",
        """
SELECT '事项' || min(key.key_id::text) AS place, count(*) AS times,
  concat_ws('/', key.key_group, key.benefit_line, key.skill_level) AS key
FROM benefit_key AS key WHERE key.released_at IS NULL
GROUP BY key.person_id, key.key_group, key.benefit_line, key.skill_level, key.period HAVING count(*) > 1
""",
    ),
    Comparison(
        Part.KEYS,
        "slot_differs",
        "年度次数与申领不一致",
        """
SELECT held.claim_number AS place FROM claim AS held
JOIN record_entry AS entry ON entry.person_id = held.person_id AND entry.entry_id = held.entry_id
LEFT JOIN benefit_slot AS slot ON slot.person_id = held.person_id AND slot.slot_id = held.slot_id
LEFT JOIN benefit_key AS key ON key.person_id = held.person_id AND key.key_id = held.key_id
WHERE (held.slot_group = 'none') <> (held.slot_id IS NULL)
  OR held.slot_id IS NOT NULL AND (
    (slot.key_id, slot.slot_group) IS DISTINCT FROM (held.key_id, held.slot_group)
    OR (slot.released_at IS NULL) <> (key.released_at IS NULL)
    OR slot.scope NOT IN ('life', to_char(entry.ends_on, 'YYYY'), to_char(law_date(slot.taken_at), 'YYYY')))
""",
    ),
    Comparison(
        Part.KEYS,
        "slot_taken_twice",
        "{scope}年{slot_group}的第{nth}次被占用{times}次",
        """
SELECT '次数' || min(slot.slot_id::text) AS place, slot.scope, slot.slot_group, slot.nth, count(*) AS times
FROM benefit_slot AS slot WHERE slot.released_at IS NULL
GROUP BY slot.person_id, slot.slot_group, slot.scope, slot.nth HAVING count(*) > 1
""",
    ),
    Comparison(
        Part.KEYS,
        "cap_exceeded",
        "{scope}年{slot_group}占用{times}次，上限为{cap}次",
        """
SELECT '次数' || min(slot.slot_id::text) AS place, slot.scope, slot.slot_group, count(*) AS times,
  max(slot.cap + CASE WHEN slot.is_shortage THEN slot.shortage_extra ELSE 0 END) AS cap
FROM benefit_slot AS slot WHERE slot.released_at IS NULL
GROUP BY slot.person_id, slot.slot_group, slot.scope
HAVING count(*) > max(slot.cap + CASE WHEN slot.is_shortage THEN slot.shortage_extra ELSE 0 END)
  OR bool_or(slot.nth > slot.cap + CASE WHEN slot.is_shortage THEN slot.shortage_extra ELSE 0 END)
""",
    ),
)
