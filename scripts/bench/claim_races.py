"""Many clients of two agencies file for the same benefit of the same person at once: who gets it, and how fast.

Each person has two certificates of one occupation and level; half of the clients claim on the one, half on the other,
each agency for its own area, all at the same moment. Exactly one claim may be filed: one live key, one place of the
year, and everybody else is told that the benefit is held. The same is then done by a SERIALIZABLE check-then-insert as
an application writes it (the same reads and rows by its own statements, tables without the unique indexes, retried
until it is answered), and the ratio of answers a second is printed. How it does inside one function, without the round
trips, is printed too.

    python scripts/bench/claim_races.py [--rounds 1000] [--clients 64] [--checked-rounds 100] [--json]
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
from pydantic import SecretStr
from uuid_utils.compat import uuid7

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from app.commands.code_lists import load_packaged
from app.db.bootstrap import grant_database
from app.db.embedded import EmbeddedPostgres, ServerAddress
from app.db.roles import DatabaseRole
from app.db.upgrade import upgrade
from app.settings import Settings
from tests.database.world import identifier, with_identifiers, world_sql

DATABASE = "registry_claim_races"
TARGET_RATIO = 4.0
AREAS = (("110105", "reviewer"), ("110000", "other_reviewer"))

EVIDENCE = """
CREATE TEMP TABLE entrant AS
  SELECT number, uuidv7() AS person_id, uuidv7() AS first_entry, uuidv7() AS second_entry
  FROM generate_series(1, {persons}) AS number;
CREATE TEMP TABLE evidence AS
  SELECT number * 2 AS serial, person_id, first_entry AS entry_id FROM entrant
  UNION ALL SELECT number * 2 + 1, person_id, second_entry FROM entrant;
INSERT INTO person (person_id) SELECT person_id FROM entrant;
INSERT INTO identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at)
  SELECT person_id, person_id, 'matched', 'cardholder_base', 'e', '\\x01', now() FROM entrant;
INSERT INTO payee_account (person_id, account_id, kind, bank_name, number_sealed, number_tail, recorded_by,
    check_outcome, check_evidence_id, checked_at)
  SELECT person_id, person_id, 'bank_card', '试验银行', '\\x01', '0001', :system, 'matched', 'e', now() FROM entrant;
INSERT INTO certificate_number (number_id) SELECT entry_id FROM evidence;
INSERT INTO certificate (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition,
    occupation_code, skill_level, body_id, body_name, issued_on, source, state, submitted_by, last_confirmed_at)
  SELECT person_id, entry_id, 'skill_level', '\\x01', entry_id, 2022, '4-10-01-02', 'level_4', :body, '试验评价机构',
    '2025-05-01', 'agency', 'matched', :officer, now() FROM evidence;
INSERT INTO certificate_holder (number_id, person_id, certificate_id)
  SELECT entry_id, person_id, entry_id FROM evidence;
INSERT INTO record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id, certificate_id,
    occupation_edition, occupation_code, skill_level, division_code, starts_on, ends_on)
  SELECT person_id, entry_id, 'certificate', 'R110105-2026-' || lpad(serial::text, 8, '0') || '-X', :system, person_id,
    entry_id, 2022, '4-10-01-02', 'level_4', '110105', '2025-05-01', '2025-05-01' FROM evidence;
"""
CHECKED = """
CREATE SCHEMA checked;
CREATE TABLE checked.benefit_key (LIKE registry.benefit_key INCLUDING DEFAULTS);
CREATE INDEX ON checked.benefit_key (person_id, key_group, benefit_line, skill_level, period);
CREATE TABLE checked.benefit_slot (LIKE registry.benefit_slot INCLUDING DEFAULTS);
CREATE INDEX ON checked.benefit_slot (person_id, slot_group, scope);
CREATE TABLE checked.claim (LIKE registry.claim INCLUDING DEFAULTS, PRIMARY KEY (person_id, claim_id));
CREATE TABLE checked.claim_number (LIKE registry.claim_number INCLUDING DEFAULTS, PRIMARY KEY (claim_number));
GRANT USAGE ON SCHEMA checked TO app_agency;
GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA checked TO app_agency;
GRANT SELECT ON record_entry, person_alias, citizen_principal TO app_agency;
GRANT EXECUTE ON FUNCTION person_group(uuid), may_claim_for(uuid, uuid, uuid), division_prefix(text) TO app_agency;

CREATE FUNCTION checked.submit(actor uuid, person uuid, asked uuid, number text, division text) RETURNS text
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entry registry.record_entry;
  line text;
  rule registry.slot_rule;
  taken integer;
  key uuid := uuidv7();
  slot uuid := uuidv7();
  filed uuid := uuidv7();
BEGIN
  SELECT * INTO entry FROM registry.record_entry WHERE person_id = person AND entry_id = asked;
  IF NOT FOUND OR entry.revoked_at IS NOT NULL
     OR NOT registry.may_claim_for(actor, entry.person_id, entry.institution_id) OR EXISTS (
      SELECT FROM registry.record_entry AS later WHERE later.person_id = person AND later.supersedes = asked) THEN
    RETURN 'entry_not_in_force';
  END IF;
  SELECT benefit_line INTO line FROM registry.occupation
    WHERE edition = entry.occupation_edition AND code = entry.occupation_code;
  IF EXISTS (SELECT FROM checked.benefit_key AS held
      WHERE held.person_id IN (SELECT registry.person_group(person)) AND held.key_group = 'training_or_upgrade'
        AND held.benefit_line = line AND held.skill_level = entry.skill_level AND held.period = 'life'
        AND held.released_at IS NULL) THEN
    RETURN 'benefit_already_held';
  END IF;
  SELECT * INTO rule FROM registry.slot_rule WHERE slot_group = 'skill_upgrade' AND in_force @> entry.ends_on
    AND (division_code = '000000' OR starts_with(division, registry.division_prefix(division_code)))
    ORDER BY length(registry.division_prefix(division_code)) DESC LIMIT 1;
  SELECT count(*) INTO taken FROM checked.benefit_slot AS held
    WHERE held.person_id IN (SELECT registry.person_group(person)) AND held.slot_group = 'skill_upgrade'
      AND held.scope = to_char(entry.ends_on, 'YYYY') AND held.released_at IS NULL;
  IF taken >= rule.cap THEN
    RETURN 'yearly_cap_reached';
  END IF;
  INSERT INTO checked.benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin)
    VALUES (person, key, 'training_or_upgrade', line, entry.skill_level, 'life', 'claim');
  INSERT INTO checked.benefit_slot (person_id, slot_id, key_id, slot_group, scope, nth, cap, shortage_extra,
      is_shortage, rule_division)
    VALUES (person, slot, key, 'skill_upgrade', to_char(entry.ends_on, 'YYYY'), taken + 1, rule.cap, 0, false,
      rule.division_code);
  INSERT INTO checked.claim (person_id, claim_id, claim_number, kind, entry_kind, entry_id, key_group, key_id,
      benefit_line, skill_level, period, slot_group, slot_id, division_code, payee_kind, account_id, submitted_by)
    VALUES (person, filed, number, 'skill_upgrade', 'certificate', asked, 'training_or_upgrade', key, line,
      entry.skill_level, 'life', 'skill_upgrade', slot, division, 'person', person, actor);
  INSERT INTO checked.claim_number (claim_number, person_id, claim_id) VALUES (number, person, filed);
  RETURN 'submitted';
END $$;
"""
ENTRY = """
SELECT entry.skill_level, entry.ends_on, occupation.benefit_line, entry.revoked_at IS NULL
  AND registry.may_claim_for($3, entry.person_id, entry.institution_id) AND NOT EXISTS (
    SELECT FROM registry.record_entry AS later
    WHERE later.person_id = entry.person_id AND later.supersedes = entry.entry_id) AS in_force
FROM registry.record_entry AS entry JOIN registry.occupation
  ON occupation.edition = entry.occupation_edition AND occupation.code = entry.occupation_code
WHERE entry.person_id = $1 AND entry.entry_id = $2
"""
HELD = """
SELECT EXISTS (SELECT FROM checked.benefit_key AS held
  WHERE held.person_id IN (SELECT registry.person_group($1)) AND held.key_group = 'training_or_upgrade'
    AND held.benefit_line = $2 AND held.skill_level = $3 AND held.period = 'life' AND held.released_at IS NULL)
"""
PLACE = """
SELECT rule.cap, (SELECT count(*) FROM checked.benefit_slot AS held
  WHERE held.person_id IN (SELECT registry.person_group($1)) AND held.slot_group = 'skill_upgrade'
    AND held.scope = $2 AND held.released_at IS NULL) AS taken
FROM registry.slot_rule AS rule
WHERE rule.slot_group = 'skill_upgrade' AND rule.in_force @> $4::date
  AND (rule.division_code = '000000' OR starts_with($3, registry.division_prefix(rule.division_code)))
ORDER BY length(registry.division_prefix(rule.division_code)) DESC LIMIT 1
"""
WRITE_KEY = """
INSERT INTO checked.benefit_key (person_id, key_id, key_group, benefit_line, skill_level, period, origin)
VALUES ($1, $2, 'training_or_upgrade', $3, $4, 'life', 'claim')
"""
WRITE_PLACE = """
INSERT INTO checked.benefit_slot (person_id, slot_id, key_id, slot_group, scope, nth, cap, shortage_extra, is_shortage,
  rule_division) VALUES ($1, $2, $3, 'skill_upgrade', $4, $5, $6, 0, false, '000000')
"""
WRITE_CLAIM = """
INSERT INTO checked.claim (person_id, claim_id, claim_number, kind, entry_kind, entry_id, key_group, key_id,
  benefit_line, skill_level, period, slot_group, slot_id, division_code, payee_kind, account_id, submitted_by)
VALUES ($1, $2, $3, 'skill_upgrade', 'certificate', $4, 'training_or_upgrade', $5, $6, $7, 'life', 'skill_upgrade', $8,
  $9, 'person', $1, $10)
"""
WRITE_NUMBER = "INSERT INTO checked.claim_number (claim_number, person_id, claim_id) VALUES ($1, $2, $3)"
LEFT_BY = """
SELECT count(*) FILTER (WHERE keys <> 1) AS keys_not_one, count(*) FILTER (WHERE places <> 1) AS places_not_one,
  count(*) FILTER (WHERE claims <> 1) AS claims_not_one
FROM (SELECT
  (SELECT count(*) FROM {0}.benefit_key AS k WHERE k.person_id = raced AND k.released_at IS NULL) AS keys,
  (SELECT count(*) FROM {0}.benefit_slot AS s WHERE s.person_id = raced AND s.released_at IS NULL) AS places,
  (SELECT count(*) FROM {0}.claim AS c WHERE c.person_id = raced) AS claims
  FROM unnest($1::uuid[]) AS raced) AS counted
"""


@dataclass(frozen=True, slots=True)
class Entrant:
    """A person and the two certificates that the two agencies claim on."""

    person_id: UUID
    entries: tuple[UUID, UUID]


@dataclass(slots=True)
class Outcome:
    """What one way of filing gave: answers, tries it took, seconds, and persons left with other than one benefit."""

    answers: Counter[str]
    tries: int
    seconds: float
    wrong: int

    @property
    def per_second(self) -> float:
        return self.answers.total() / self.seconds


Submit = Callable[[asyncpg.Connection, Entrant, int, str], Awaitable[tuple[str, int]]]


async def by_the_door(
    session: asyncpg.Connection, entrant: Entrant, side: int, number: str
) -> tuple[str, int]:
    """One call; what it answers is the answer."""
    division, officer = AREAS[side]
    line = {
        "person_id": str(entrant.person_id),
        "claim_id": str(UUID(int=int.from_bytes(number.encode()[-16:], "big"))),
        "claim_number": number,
        "kind": "skill_upgrade",
        "entry_id": str(entrant.entries[side]),
        "division_code": division,
        "payee_kind": "person",
        "account_id": str(entrant.person_id),
    }
    told = await session.fetchval(
        "SELECT outcome FROM registry.submit_claims($1, NULL, $2::jsonb)",
        identifier(officer),
        json.dumps([line]),
    )
    return str(told), 1


async def check_then_insert(session: asyncpg.Connection, entrant: Entrant, side: int, number: str) -> str:
    """What an application does in its transaction: look whether the benefit is held, look for a place, write."""
    division, officer = AREAS[side]
    entry = await session.fetchrow(ENTRY, entrant.person_id, entrant.entries[side], identifier(officer))
    if entry is None or not entry["in_force"]:
        return "entry_not_in_force"
    key = (entry["benefit_line"], entry["skill_level"])
    if await session.fetchval(HELD, entrant.person_id, *key):
        return "benefit_already_held"
    scope = str(entry["ends_on"].year)
    place = await session.fetchrow(PLACE, entrant.person_id, scope, division, entry["ends_on"])
    if place["taken"] >= place["cap"]:
        return "yearly_cap_reached"
    key_id, slot_id, claim_id = uuid7(), uuid7(), uuid7()
    await session.execute(WRITE_KEY, entrant.person_id, key_id, *key)
    await session.execute(
        WRITE_PLACE, entrant.person_id, slot_id, key_id, scope, place["taken"] + 1, place["cap"]
    )
    written = (claim_id, number, entrant.entries[side], key_id, *key, slot_id, division, identifier(officer))
    await session.execute(WRITE_CLAIM, entrant.person_id, *written)
    await session.execute(WRITE_NUMBER, number, entrant.person_id, claim_id)
    return "submitted"


async def by_checking_first(
    session: asyncpg.Connection, entrant: Entrant, side: int, number: str
) -> tuple[str, int]:
    """SERIALIZABLE, again and again until the database lets an answer stand."""
    tries = 0
    while True:
        tries += 1
        try:
            async with session.transaction(isolation="serializable"):
                told = await check_then_insert(session, entrant, side, number)
        except asyncpg.SerializationError:
            continue
        return told, tries


async def by_one_function(
    session: asyncpg.Connection, entrant: Entrant, side: int, number: str
) -> tuple[str, int]:
    """The same inside the database, one call a try."""
    division, officer = AREAS[side]
    tries = 0
    while True:
        tries += 1
        try:
            async with session.transaction(isolation="serializable"):
                told = await session.fetchval(
                    "SELECT checked.submit($1, $2, $3, $4, $5)",
                    identifier(officer),
                    entrant.person_id,
                    entrant.entries[side],
                    number,
                    division,
                )
            return str(told), tries
        except asyncpg.SerializationError:
            continue


async def race(
    sessions: list[asyncpg.Connection], submit: Submit, entrants: list[Entrant], series: str
) -> tuple[Counter[str], int, float]:
    """All rounds: every client at the same moment, once a round."""
    answers: Counter[str] = Counter()
    tries = 0
    begun = time.perf_counter()
    for round_no, entrant in enumerate(entrants):
        told = await asyncio.gather(
            *(
                submit(
                    session, entrant, client % 2, f"S110105-{series}-{round_no * len(sessions) + client:08d}"
                )
                for client, session in enumerate(sessions)
            )
        )
        answers.update(answer for answer, _ in told)
        tries += sum(tried for _, tried in told)
    return answers, tries, time.perf_counter() - begun


async def lay(owner: asyncpg.Connection, persons: int) -> list[Entrant]:
    """The world of the attacks, many persons with two certificates each, and the tables that are checked first."""
    await owner.execute(world_sql())
    await owner.execute(with_identifiers(EVIDENCE.replace("{persons}", str(persons))) + CHECKED)
    await owner.execute(
        "ALTER FUNCTION checked.submit(uuid, uuid, uuid, text, text) OWNER TO postgres; ANALYZE"
    )
    rows = await owner.fetch("SELECT * FROM entrant ORDER BY number")
    return [Entrant(row["person_id"], (row["first_entry"], row["second_entry"])) for row in rows]


async def run(address: ServerAddress, rounds: int, clients: int, checked_rounds: int) -> dict[str, Outcome]:
    """Both ways on the same server, one after the other, and what each left behind."""
    admin = await asyncpg.connect(address.dsn())
    await grant_database(admin, DATABASE)
    await admin.close()
    owner = await asyncpg.connect(address.dsn(DATABASE), server_settings={"search_path": "registry,public"})
    agency = f"postgresql://app_agency:test-app_agency@{address.host}:{address.port}/{DATABASE}"
    entrants = await lay(owner, rounds)
    # Plans are kept for a session's life; those made while the tables were empty would scan them whole for ever.
    sessions = [
        await asyncpg.connect(agency, server_settings={"enable_seqscan": "off"}) for _ in range(clients)
    ]
    outcomes = {}
    ways: tuple[tuple[str, Submit, str, int], ...] = (
        ("door", by_the_door, "registry", rounds),
        ("check-then-insert", by_checking_first, "checked", checked_rounds),
        ("check-then-insert in one call", by_one_function, "checked", checked_rounds),
    )
    for name, submit, schema, count in ways:
        await owner.execute(
            "TRUNCATE checked.benefit_key, checked.benefit_slot, checked.claim, checked.claim_number"
        )
        answers, tries, seconds = await race(sessions, submit, entrants[:count], "2026")
        left = await owner.fetchrow(LEFT_BY.format(schema), [each.person_id for each in entrants[:count]])
        outcomes[name] = Outcome(answers, tries, seconds, max(left))
    for session in sessions:
        await session.close()
    await owner.close()
    return outcomes


def main() -> int:
    """Print both; 1 when a person has other than one benefit, or the ratio is below the target."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--checked-rounds", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="claim-races-"))
    server = EmbeddedPostgres(folder / "postgres", fast=True)
    address = server.start()
    try:
        settings = Settings(
            evaluation=True,
            throwaway_database=True,
            data_dir=folder,
            database_base_url=f"postgresql://{address.host}:{address.port}/{DATABASE}",
            role_passwords={role: SecretStr(f"test-{role}") for role in DatabaseRole},
        )
        upgrade(settings, admin_dsn=address.dsn())
        load_packaged(settings)
        checked_rounds = min(given.checked_rounds, given.rounds)
        outcomes = asyncio.run(run(address, given.rounds, given.clients, checked_rounds))
    finally:
        server.destroy()
        shutil.rmtree(folder, ignore_errors=True)
    ratio = outcomes["door"].per_second / outcomes["check-then-insert"].per_second
    told = {
        name: {
            "answers": dict(each.answers),
            "tries": each.tries,
            "seconds": round(each.seconds, 2),
            "answers_per_second": round(each.per_second),
            "persons_with_other_than_one_benefit": each.wrong,
        }
        for name, each in outcomes.items()
    }
    if given.json:
        print(json.dumps({**told, "ratio": round(ratio, 2), "target": TARGET_RATIO}))
    else:
        for name, figures in told.items():
            print(f"{name}: {figures}")
        print(f"ratio {ratio:.2f} (target {TARGET_RATIO})")
    return 0 if ratio >= TARGET_RATIO and not any(each.wrong for each in outcomes.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
