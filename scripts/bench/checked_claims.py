"""The same filing as an application without the door writes it: look, then insert, in SERIALIZABLE, until it stands.

Same tables (columns, checks, unique indexes, foreign keys and triggers copied from the real ones), same looks (entry,
claimant, kind, payee, occupation, key of the whole merged person, what was claimed before a correction, cap, shortage,
free place), same four rows. ``by_statements`` goes statement by statement; ``by_function`` does it all inside the
database, one round trip a try. Neither needs a lock: serializability stands in for the locks the door takes.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

from scripts.bench.lean_client import Rows, Script, StatementError
from tests.database.world import identifier

AREAS: Final = (("110105", "reviewer"), ("110000", "other_reviewer"))
AGAIN: Final = {"40001": "not serializable", "23505": "not unique", "40P01": "deadlock"}
"""What is tried again. The unique index can be met first even where SERIALIZABLE would have refused later."""

SCHEMA = """
CREATE SCHEMA checked;
DO $$
DECLARE
  made text[] := ARRAY['benefit_key', 'benefit_slot', 'claim', 'claim_number'];
  each text;
  copied record;
BEGIN
  PERFORM set_config('search_path', '', true);
  FOREACH each IN ARRAY made LOOP
    EXECUTE format('CREATE TABLE checked.%1$I (LIKE registry.%1$I INCLUDING ALL)', each);
  END LOOP;
  FOR copied IN
    SELECT source.relname, conname, pg_get_constraintdef(pg_constraint.oid) AS definition, parent.relname AS parent
    FROM pg_constraint
    JOIN pg_class AS source ON source.oid = conrelid JOIN pg_class AS parent ON parent.oid = confrelid
    WHERE contype = 'f' AND connamespace = 'registry'::regnamespace AND source.relname = ANY (made)
  LOOP
    EXECUTE format('ALTER TABLE checked.%I ADD CONSTRAINT %I %s', copied.relname, copied.conname,
      CASE WHEN copied.parent = ANY (made)
        THEN replace(copied.definition, 'REFERENCES registry.', 'REFERENCES checked.') ELSE copied.definition END);
  END LOOP;
  FOR copied IN
    SELECT pg_get_triggerdef(pg_trigger.oid) AS definition FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE NOT tgisinternal AND relnamespace = 'registry'::regnamespace AND relname = ANY (made)
  LOOP
    EXECUTE replace(copied.definition, ' ON registry.', ' ON checked.');
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA checked TO app_agency;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA checked TO app_agency;
GRANT SELECT ON registry.record_entry, registry.person_alias, registry.citizen_principal TO app_agency;
GRANT EXECUTE ON FUNCTION registry.person_group(uuid), registry.may_claim_for(uuid, uuid, uuid),
  registry.division_prefix(text) TO app_agency;
"""
BEGIN: Final = "BEGIN ISOLATION LEVEL SERIALIZABLE"
ENTRY = """
SELECT CASE
    WHEN NOT registry.may_claim_for($3, entry.person_id, entry.institution_id) THEN 'entry_unknown'
    WHEN entry.kind <> declared.entry_kind THEN 'entry_of_other_kind'
    WHEN entry.revoked_at IS NOT NULL OR entry.superseded_at IS NOT NULL THEN 'entry_not_in_force'
    WHEN occupation.benefit_line IS NULL THEN 'entry_without_occupation'
    ELSE 'open' END AS outcome,
  occupation.benefit_line, entry.skill_level, entry.ends_on, entry.supersedes, entry.kind AS entry_kind,
  declared.key_group, declared.slot_group
FROM registry.record_entry AS entry
JOIN registry.benefit_kind AS declared ON declared.kind = $4
LEFT JOIN registry.occupation
  ON occupation.edition = entry.occupation_edition AND occupation.code = entry.occupation_code
WHERE entry.person_id = $1 AND entry.entry_id = $2
"""
HELD = """
SELECT 1 FROM checked.benefit_key AS held
WHERE held.person_id IN (SELECT registry.person_group($1)) AND held.key_group = $2 AND held.benefit_line = $3
  AND held.skill_level = $4 AND held.period = 'life' AND held.released_at IS NULL LIMIT 1
"""
BEFORE_CORRECTION = """
SELECT 1 FROM checked.claim WHERE claim.person_id = $1 AND claim.entry_id = $2 AND claim.kind = $3
  AND claim.state NOT IN ('not_accepted', 'refused', 'withdrawn') LIMIT 1
"""
PLACE = """
WITH rule AS (
  SELECT slot_rule.*, EXISTS (SELECT FROM registry.shortage_occupation AS short
    WHERE short.benefit_line = $5 AND short.in_force @> $4::date
      AND starts_with($3, registry.division_prefix(short.division_code))) AS is_short
  FROM registry.slot_rule WHERE slot_rule.slot_group = $2 AND slot_rule.in_force @> $4::date
    AND (slot_rule.division_code = '000000' OR starts_with($3, registry.division_prefix(slot_rule.division_code)))
  ORDER BY length(registry.division_prefix(slot_rule.division_code)) DESC LIMIT 1
)
SELECT to_char($4::date, 'YYYY') AS scope, rule.cap, rule.shortage_extra, rule.is_short, rule.division_code, (
  SELECT min(open.nth)
  FROM generate_series(1, rule.cap + CASE WHEN is_short THEN shortage_extra ELSE 0 END) AS open (nth)
  WHERE NOT EXISTS (SELECT FROM checked.benefit_slot AS held
    WHERE held.person_id IN (SELECT registry.person_group($1)) AND held.slot_group = $2
      AND held.scope = to_char($4::date, 'YYYY') AND held.nth = open.nth AND held.released_at IS NULL)) AS place
FROM rule
"""
WRITE_KEY = """
INSERT INTO checked.benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin)
VALUES ($1, $2, $3, $4, $5, 'life', 'claim')
"""
WRITE_PLACE = """
INSERT INTO checked.benefit_slot (person_id, slot_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage,
  rule_division) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
WRITE_CLAIM = """
INSERT INTO checked.claim (person_id, claim_id, claim_number, kind, entry_kind, entry_id, key_group, key_id,
  benefit_line, skill_level, period, slot_group, slot_id, division_code, payee_kind, account_id, submitted_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'life', $11, $12, $13, 'person', $1, $14)
"""
WRITE_NUMBER = "INSERT INTO checked.claim_number (claim_number, person_id, claim_id) VALUES ($1, $2, $3)"
STATEMENTS: Final[Mapping[str, str]] = {
    "begin": BEGIN,
    "entry": ENTRY,
    "held": HELD,
    "before_correction": BEFORE_CORRECTION,
    "place": PLACE,
    "write_key": WRITE_KEY,
    "write_place": WRITE_PLACE,
    "write_claim": WRITE_CLAIM,
    "write_number": WRITE_NUMBER,
    "commit": "COMMIT",
    "rollback": "ROLLBACK",
}


def _with(sql: str, *values: str) -> str:
    """The statement with variables of the function in the places of its parameters."""
    for place in range(len(values), 0, -1):
        sql = sql.replace(f"${place}", values[place - 1])
    return sql.strip()


FUNCTION: Final = f"""
CREATE FUNCTION checked.submit(actor uuid, person uuid, asked uuid, number text, filed uuid, division text) RETURNS text
  LANGUAGE plpgsql AS $body$
DECLARE
  known record;
  free record;
  key uuid := uuidv7();
  slot uuid := uuidv7();
BEGIN
  {_with(ENTRY, "person", "asked", "actor", "'skill_upgrade'")} INTO known;
  IF NOT FOUND THEN RETURN 'entry_unknown'; ELSIF known.outcome <> 'open' THEN RETURN known.outcome; END IF;
  IF EXISTS ({_with(HELD, "person", "known.key_group", "known.benefit_line", "known.skill_level")})
    OR known.supersedes IS NOT NULL AND EXISTS ({
    _with(BEFORE_CORRECTION, "person", "known.supersedes", "'skill_upgrade'")
})
  THEN RETURN 'benefit_already_held'; END IF;
  {_with(PLACE, "person", "known.slot_group", "division", "known.ends_on", "known.benefit_line")} INTO free;
  IF NOT FOUND THEN RETURN 'slot_rule_missing'; ELSIF free.place IS NULL THEN RETURN 'yearly_cap_reached'; END IF;
  {_with(WRITE_KEY, "person", "key", "known.key_group", "known.benefit_line", "known.skill_level")};
  {
    _with(
        WRITE_PLACE,
        "person",
        "slot",
        "key",
        "known.slot_group",
        "free.scope",
        "free.place",
        "free.cap",
        "free.shortage_extra",
        "free.is_short",
        "free.division_code",
    )
};
  {
    _with(
        WRITE_CLAIM,
        "person",
        "filed",
        "number",
        "'skill_upgrade'",
        "known.entry_kind",
        "asked",
        "known.key_group",
        "key",
        "known.benefit_line",
        "known.skill_level",
        "known.slot_group",
        "slot",
        "division",
        "actor",
    )
};
  {_with(WRITE_NUMBER, "number", "person", "filed")};
  RETURN 'submitted';
END $body$;
"""
FUNCTION_STATEMENTS: Final[Mapping[str, str]] = {"submit": "SELECT checked.submit($1, $2, $3, $4, $5, $6)"}


@dataclass(frozen=True, slots=True)
class Entrant:
    """A person and the two certificates that the two agencies claim on."""

    person_id: UUID
    entries: tuple[UUID, UUID]


Filing = Callable[[Entrant, int, str], Script]
"""Files for a person on the certificate of a side (0 or 1) under a number; returns the answer and the tries."""
_Steps = Generator[tuple[str, tuple[str | None, ...]], Rows, str]


def _check_then_insert(entrant: Entrant, side: int, number: str) -> _Steps:
    """What an application does in its transaction: look whether the benefit is held, look for a place, write."""
    division, officer = AREAS[side]
    actor, person, asked = str(identifier(officer)), str(entrant.person_id), str(entrant.entries[side])
    found = yield "entry", (person, asked, actor, "skill_upgrade")
    if not found:
        return "entry_unknown"
    outcome, line, level, ends_on, supersedes, entry_kind, key_group, slot_group = found[0]
    if outcome != "open":
        return str(outcome)
    held = yield "held", (person, key_group, line, level)
    if not held and supersedes is not None:
        held = yield "before_correction", (person, supersedes, "skill_upgrade")
    if held:
        return "benefit_already_held"
    free = yield "place", (person, slot_group, division, ends_on, line)
    if not free:
        return "slot_rule_missing"
    scope, cap, extra, is_short, rule_division, place = free[0]
    if place is None:
        return "yearly_cap_reached"
    key, slot, filed = str(uuid7()), str(uuid7()), str(uuid7())
    yield "write_key", (person, key, key_group, line, level)
    yield "write_place", (person, slot, key, slot_group, scope, place, cap, extra, is_short, rule_division)
    written = (person, filed, number, "skill_upgrade", entry_kind, asked, key_group, key, line, level)
    yield "write_claim", (*written, slot_group, slot, division, actor)
    yield "write_number", (number, person, filed)
    return "submitted"


def by_statements(entrant: Entrant, side: int, number: str) -> Script:
    """SERIALIZABLE, again and again until the database lets an answer stand."""
    tries = 0
    while True:
        tries += 1
        try:
            yield "begin", ()
            told = yield from _check_then_insert(entrant, side, number)
        except StatementError as refused:
            if refused.sqlstate not in AGAIN:
                raise
            yield "rollback", ()
            continue
        try:
            yield "commit", ()
        except StatementError as refused:
            if refused.sqlstate not in AGAIN:
                raise
        else:
            return told, tries


def by_function(entrant: Entrant, side: int, number: str) -> Script:
    """The same inside the database, one round trip a try: the session's transactions are SERIALIZABLE."""
    division, officer = AREAS[side]
    named = (str(identifier(officer)), str(entrant.person_id), str(entrant.entries[side]))
    tries = 0
    while True:
        tries += 1
        try:
            told = yield "submit", (*named, number, str(uuid7()), division)
        except StatementError as refused:
            if refused.sqlstate not in AGAIN:
                raise
        else:
            return str(told[0][0]), tries
