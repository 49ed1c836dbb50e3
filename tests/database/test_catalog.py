"""What must hold of every object in the migrated database, asked of the catalog itself.

A new table, function or role is judged by these before anybody thinks of attacking it.
"""

import asyncpg
import pytest

from app.db.roles import OWNERS, DatabaseRole
from tests.database.attacks.table import ATTACKS
from tests.database.schema_dump import GRANTS_FILE, grants_csv

pytestmark = pytest.mark.anyio

REGISTRY = "'registry'::regnamespace"

NOT_APPEND_ONLY = {
    "alembic_version": "Alembic's own",
    "clock_shift": "an evaluation moves its clock; no role but the owner may",
    "confirmed_presence": "derived from events and corrections, whose history is append-only; written by doors",
    "course_opening": "working state; every legal step is a row of its own that it points at",
    "course_session": "plan; session_held fixes what was held, changes are opening_change rows",
    "opening_part": "draft content; a filing's commitment is signed over it",
    "opening_teacher": "plan; ended by removed_at",
    "roster_line": "claim of the institution; the check it points at is append-only",
    "roster_line_group": "claim of the institution",
    "mismatch_tally": "a counter",
    "unsealed_event": "a queue; log_leaf is what comes of it",
    "log_watch": "when the log was last compared; restoration is the history",
    "peer_mark": "counters; restoration is the history",
    "peer_budget": "a counter; peer_question is the log",
    "peer_nonce": "what a signature's freshness needs, for minutes",
    "token_due": "a queue; person_token is what comes of it",
    "linking_request": "a queue; certificate_link is what comes of it",
    "identifier_key": "digests come and go with their keys; person_identifier is the history",
    "idempotency_key": "answers are kept for days, then forgotten; set once while they live",
    "division_code": "code list, loaded by the owner",
    "division": "code list, loaded by the owner",
    "occupation_edition": "code list, loaded by the owner",
    "occupation": "code list, loaded by the owner",
    "occupation_trade": "code list, loaded by the owner",
    "occupation_crossing": "code list, loaded by the owner",
    "skill_level": "code list, loaded by the owner",
    "key_group": "code list, loaded by the owner",
    "training_type": "code list, loaded by the owner",
    "training_mode": "code list, loaded by the owner",
    "agency": "names change",
    "principal": "accounts are suspended and restored; audit_event is the history",
    "password_credential": "the hash changes",
    "totp_credential": "the secret and the last step change",
    "activation": "redeemed once",
    "client_credential": "revoked",
    "sign_in_guard": "a counter",
    "refresh_token": "used, revoked, forgotten",
    "signing_key": "retired",
    "comparison": "a job: its state and counts; access_event and audit_event are the history",
    "comparison_line": "rows of one transaction of the worker",
    "lookup_allowance": "counters of a day, forgotten later; access_event and verification_miss are the history",
    "browser_session": "seen, ended, forgotten",
    "form_draft": "what is being typed; forgotten",
    "denied_token": "forgotten when every such token has expired",
    "training_institution": "name and address change",
    "institution_standing": "a period is shortened; temporal foreign keys keep used days",
    "institution_qualification": "a period is shortened",
    "institution_designation": "a period is shortened; temporal foreign keys keep used days",
    "training_program": "only ever inserted",
    "evaluation_body": "only ever inserted",
    "evaluation_body_scope": "a period is shortened",
    "certificate": "what the network says last; certificate_answer and certificate_state_change are the history",
    "certificate_number_key": "the old key's go when a rotation ends",
    "certificate_holder": "given up by an act with a reason, which certificate_state_change keeps",
    "certificate_import": "progress of a file",
    "earlier_import": "progress of a file",
    "network_cursor": "how far a feed was read",
    "training_program_version": "a period is shortened; temporal foreign keys keep used days",
    "leaf_salt": "erased by one verb, so that a leaf loses its meaning and the log stays whole",
    "benefit_kind": "code list, written by migrations",
    "benefit_kind_payee": "code list, written by migrations",
    "funding_source": "code list, written by migrations",
    "funding_rule": "written from the published edition; each order keeps the budget it was charged to",
    "slot_rule": "written from the published edition; each slot keeps the cap it was taken under",
    "shortage_occupation": "a period is shortened",
    "employer_listing_line": "claim of the employer; the check and the entry it leads to are append-only",
    "account_key": "digests come and go with their keys; payee_account is the history",
    "message_delivery": "how often a message was tried",
    "message_request": "a queue; message_delivery is what comes of it",
    "enrollment_request": "a queue; message_delivery is what comes of it",
    "proactive_candidate": "what the last pass found; claim_facts is what it was found by",
    "code_attempt": "a counter, forgotten after a day; what was opened is in append-only tables",
    "counted_month": "as of when a month was counted, until it is over (counted_month.final)",
    "monthly_figure": "counted from append-only tables, anew until the month is over (monthly_figure.final)",
    "institution_figure": "counted from append-only tables, anew until the month is over (institution_figure.final)",
    "payment_wait": "why the last try came to nothing; what was paid is in append-only tables",
}
"""Tables without the append-only guard, each with the reason why it may change."""

KEYED_BY_THEMSELVES = {
    "unsealed_event": "a queue that stays in one place, with the events of nobody in it",
    "identifier_key": "a number's digest is unique across persons",
    "record_number": "an archive number is unique across persons",
    "citizen_principal": "a principal is one person's",
    "certificate_holder": "a certificate's number is unique across persons",
    "account_key": "whose an account is, across persons",
    "claim_number": "a claim's number is unique across persons",
    "decision_notice_number": "a notice's number is unique across persons",
    "share_code": "a code opens one share",
    "document_code": "a code verifies one document",
    "credential_slot": "a bit of a status list is one credential's",
    "bank_instruction": "the bank's idempotency key is unique across persons",
}
"""Small tables with a person_id whose primary key is a value unique across persons (DESIGN §2.2)."""

KEPT_IN_ONE_PLACE = {
    "bank_instruction": "a queue towards the bank, of benefits and of advances, which have no person; it stays local"
}
"""Tables with a person_id that will not be distributed: their keys and what points at them need no person."""

DEFERRED = {
    "ledger_transaction.balanced": "a transaction's postings add up once all of them are there",
    "ledger_posting.balanced": "a transaction's postings add up once all of them are there",
    "record_entry.paid_needs_recovery": "the recovery is ordered in the same transaction, before or after",
}
"""Constraint triggers that judge at the commit, each with the reason why not at once."""


async def listed(connection: asyncpg.Connection, sql: str, *parameters: object) -> list[str]:
    """The first column of a query that should find nothing."""
    return [str(row[0]) for row in await connection.fetch(sql, *parameters)]


async def test_no_function_is_open_to_everybody(omnipotent: asyncpg.Connection) -> None:
    """PUBLIC may execute a new function unless revoked: ``proacl IS NULL`` is the trap of assurance §4.2."""
    assert not await listed(
        omnipotent,
        f"""SELECT p.oid::regprocedure FROM pg_proc AS p,
              aclexplode(coalesce(proacl, acldefault('f', proowner))) AS acl
            WHERE pronamespace = {REGISTRY} AND acl.grantee = 0""",
    )


async def test_every_function_pins_its_search_path(omnipotent: asyncpg.Connection) -> None:
    """A door whose names are looked up in the caller's schemas runs the caller's functions with its own rights.

    law_date is written in SQL-standard form, whose names were bound when it was made.
    """
    unpinned = await listed(
        omnipotent,
        f"""SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = {REGISTRY} AND prosqlbody IS NULL
            AND NOT coalesce(proconfig, '{{}}') && ARRAY['search_path=pg_catalog, pg_temp']
            AND proname NOT IN ('make_append_only', 'make_step', 'make_only_shortened')""",
    )
    assert not unpinned
    definers = await listed(
        omnipotent, f"SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = {REGISTRY} AND prosecdef"
    )
    assert len(definers) > 10


async def test_doors_belong_to_owners_that_cannot_log_in(omnipotent: asyncpg.Connection) -> None:
    """A SECURITY DEFINER function of a superuser would be a hole in everything."""
    owners = await listed(
        omnipotent,
        f"SELECT DISTINCT proowner::regrole FROM pg_proc WHERE pronamespace = {REGISTRY} AND prosecdef",
    )
    assert set(owners) <= set(OWNERS)


async def test_every_guard_fires_always(omnipotent: asyncpg.Connection) -> None:
    """An ordinary trigger sleeps in replica mode; tgenabled A does not (assurance §0.3)."""
    assert not await listed(
        omnipotent,
        f"""SELECT tgrelid::regclass || '.' || tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
            WHERE relnamespace = {REGISTRY} AND NOT tgisinternal AND tgenabled <> 'A'""",
    )


async def test_every_table_is_guarded_or_listed(omnipotent: asyncpg.Connection) -> None:
    """A new table is append-only (rows and TRUNCATE) unless somebody writes down why not."""
    unguarded = await listed(
        omnipotent,
        f"""SELECT relname FROM pg_class WHERE relnamespace = {REGISTRY} AND relkind = 'r' AND NOT (
              EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = 'append_only')
              AND EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = 'append_only_truncate'))""",
    )
    assert set(unguarded) == set(NOT_APPEND_ONLY)


async def test_no_login_role_is_member_of_an_owner(omnipotent: asyncpg.Connection) -> None:
    """Only the migrator, who inherits nothing and must say SET ROLE."""
    members = await omnipotent.fetch(
        """SELECT member::regrole::text, roleid::regrole::text, inherit_option, admin_option FROM pg_auth_members
           WHERE member >= 16384"""
    )
    assert {tuple(member) for member in members} == {("migrator", owner, False, False) for owner in OWNERS}


async def test_roles_are_plain(omnipotent: asyncpg.Connection) -> None:
    """No superuser, no bypass, no creation of roles or databases; owners cannot log in, channels can."""
    roles = await omnipotent.fetch(
        """SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication
           FROM pg_roles WHERE oid >= 16384"""
    )
    assert {(name, login, mighty) for name, login, mighty in roles} == {
        *((role, True, False) for role in DatabaseRole),
        *((owner, False, False) for owner in OWNERS),
    }


async def test_nothing_is_owned_by_a_login_role(omnipotent: asyncpg.Connection) -> None:
    """Who owns a table may switch off its guards."""
    logins = "SELECT oid FROM pg_roles WHERE rolcanlogin AND oid >= 16384"
    assert not await listed(omnipotent, f"SELECT oid::regclass FROM pg_class WHERE relowner IN ({logins})")
    assert not await listed(omnipotent, f"SELECT oid::regprocedure FROM pg_proc WHERE proowner IN ({logins})")
    assert not await listed(omnipotent, f"SELECT nspname FROM pg_namespace WHERE nspowner IN ({logins})")
    assert not await listed(omnipotent, f"SELECT datname FROM pg_database WHERE datdba IN ({logins})")


async def test_every_constraint_has_a_name_of_ours(omnipotent: asyncpg.Connection) -> None:
    """``table_meaning``: the name is what a refusal explains itself by, so PostgreSQL must not invent it."""
    assert not await listed(
        omnipotent,
        f"""SELECT conrelid::regclass || ': ' || conname FROM pg_constraint
            WHERE connamespace = {REGISTRY} AND contype NOT IN ('n', 't') AND conrelid <> 'alembic_version'::regclass
            AND (NOT starts_with(conname, conrelid::regclass || '_') OR conname ~ '_(check|key|fkey|pkey|excl)[0-9]+$'
                 OR conname IN (SELECT conrelid::regclass || '_check' UNION SELECT conrelid::regclass || '_' || attname
                      || '_check' FROM pg_attribute WHERE attrelid = conrelid AND attnum > 0))""",
    )
    assert not await listed(
        omnipotent,
        f"""SELECT indexrelid::regclass FROM pg_index JOIN pg_class AS t ON t.oid = indrelid
            WHERE relnamespace = {REGISTRY} AND t.relkind = 'r' AND (NOT starts_with(indexrelid::regclass::text,
              t.relname || '_') OR indexrelid::regclass::text ~ '_idx[0-9]*$')""",
    )


async def test_every_constraint_is_in_force(omnipotent: asyncpg.Connection) -> None:
    """NOT VALID, NOT ENFORCED and DEFERRABLE constraints promise less than they seem to."""
    weak = await listed(
        omnipotent,
        f"""SELECT conrelid::regclass || '.' || conname FROM pg_constraint WHERE connamespace = {REGISTRY}
            AND (NOT convalidated OR NOT conenforced OR condeferrable)""",
    )
    assert set(weak) == set(DEFERRED)


async def test_grants_are_those_that_were_reviewed(omnipotent: asyncpg.Connection) -> None:
    """Every right of every role, as committed. After a wanted change: scripts/dump_schema.py, and read the diff."""
    assert await grants_csv(omnipotent) == GRANTS_FILE.read_text()


async def test_no_channel_brings_the_time_along(omnipotent: asyncpg.Connection) -> None:
    """What registry_now() fills, no login role may INSERT: nobody dates a filing, an entry or an event back."""
    timed = """SELECT DISTINCT attrelid::regclass || '.' || attname FROM pg_attribute
        JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        CROSS JOIN pg_roles AS role
        WHERE pg_get_expr(adbin, adrelid) LIKE '%registry_now()%' AND role.oid >= 16384"""
    assert len(await listed(omnipotent, timed)) > 50
    insertable = timed + " AND rolcanlogin AND has_column_privilege(role.oid, attrelid, attnum, 'INSERT')"
    assert not sorted(await listed(omnipotent, insertable))


async def test_nobody_holds_rights_over_whole_tables(omnipotent: asyncpg.Connection) -> None:
    """TRUNCATE, TRIGGER, REFERENCES, MAINTAIN: no channel needs them. UPDATE is by column, never of a whole table."""
    assert not await listed(
        omnipotent,
        f"""SELECT relname || ' ' || acl.privilege_type || ' ' || acl.grantee::regrole
            FROM pg_class, aclexplode(relacl) AS acl
            WHERE relnamespace = {REGISTRY} AND relkind = 'r' AND acl.grantee <> relowner
            AND (acl.privilege_type IN ('TRUNCATE', 'TRIGGER', 'REFERENCES', 'MAINTAIN', 'UPDATE')
                 OR acl.is_grantable)""",
    )


async def test_agencies_may_select_nothing_of_a_person(omnipotent: asyncpg.Connection) -> None:
    """I10: neither a table nor a column of any table that has a person_id, nor of the roster's own keys."""
    assert not await listed(
        omnipotent,
        f"""SELECT relname FROM pg_class WHERE relnamespace = {REGISTRY} AND relkind IN ('r', 'v', 'm')
            AND EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'person_id')
            AND (has_table_privilege('app_agency', oid, 'SELECT')
                 OR has_any_column_privilege('app_agency', oid, 'SELECT'))""",
    )


PERSON_SCOPED = f"""
WITH scoped AS (
  SELECT attrelid AS relid, attnum FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
  WHERE attname = 'person_id' AND relkind = 'r' AND relnamespace = {REGISTRY}
)
"""


async def test_person_tables_lead_their_key_with_the_person(omnipotent: asyncpg.Connection) -> None:
    """What makes distribution by person possible later and costs nothing now (DESIGN §2.2)."""
    others = await listed(
        omnipotent,
        PERSON_SCOPED
        + "SELECT relid::regclass FROM scoped JOIN pg_index ON indrelid = relid AND indisprimary"
        " WHERE indkey[0] <> attnum",
    )
    assert set(others) == set(KEYED_BY_THEMSELVES)
    assert not await listed(
        omnipotent,
        PERSON_SCOPED + "SELECT relid::regclass FROM scoped WHERE NOT EXISTS"
        " (SELECT FROM pg_index WHERE indrelid = relid AND indisprimary)",
    )


async def test_unique_keys_of_person_tables_contain_the_person(omnipotent: asyncpg.Connection) -> None:
    """A unique key without it could not be checked on one shard."""
    assert not await listed(
        omnipotent,
        PERSON_SCOPED
        + "SELECT indexrelid::regclass FROM scoped JOIN pg_index ON indrelid = relid AND indisunique"
        " WHERE NOT attnum = ANY (indkey::smallint[]) AND NOT indisprimary AND relid::regclass::text <> ALL ($1)",
        list(KEPT_IN_ONE_PLACE),
    )


async def test_foreign_keys_to_person_tables_contain_the_person(omnipotent: asyncpg.Connection) -> None:
    """On both sides, at the same place; so nothing without a person_id can point at a person-scoped row at all."""
    assert not await listed(
        omnipotent,
        PERSON_SCOPED
        + """SELECT conname FROM pg_constraint AS k JOIN scoped AS target ON target.relid = k.confrelid
             LEFT JOIN scoped AS source ON source.relid = k.conrelid
             WHERE contype = 'f' AND (source.attnum IS NULL OR array_position(conkey, source.attnum)
               IS DISTINCT FROM array_position(confkey, target.attnum)
               OR array_position(conkey, source.attnum) IS NULL)
             AND confrelid::regclass::text <> ALL ($1)""",
        list(KEPT_IN_ONE_PLACE),
    )


MUST_BE_ATTACKED = {
    "two persons": f"""SELECT conname FROM pg_constraint WHERE connamespace = {REGISTRY} AND contype = 'c'
        AND pg_get_constraintdef(oid) ~ '_by <> |_by\\)? <> |<> [a-z_]+_by'""",
    "temporal": f"SELECT conname FROM pg_constraint WHERE connamespace = {REGISTRY} AND contype = 'f' AND conperiod",
    "exclusion": f"SELECT conname FROM pg_constraint WHERE connamespace = {REGISTRY} AND contype = 'x'",
    "steps": f"""SELECT conname FROM pg_constraint WHERE connamespace = {REGISTRY} AND contype = 'f'
        AND conrelid::regclass::text IN ('session_held', 'opening_filing', 'opening_record', 'opening_closure',
          'assessment_confirmation', 'confirmed_presence', 'attendance_event', 'record_entry', 'record_number')
        AND confrelid::regclass::text NOT IN ('principal', 'person', 'occupation', 'skill_level', 'division_code',
          'training_institution')""",
    "once": f"""SELECT i.indexrelid::regclass FROM pg_index AS i JOIN pg_class AS t ON t.oid = indrelid
        WHERE relnamespace = {REGISTRY} AND indisunique AND (indpred IS NOT NULL OR NOT indisprimary)
        AND NOT EXISTS (SELECT FROM pg_index AS smaller WHERE smaller.indrelid = i.indrelid AND smaller.indisunique
          AND smaller.indpred IS NULL AND smaller.indexrelid <> i.indexrelid
          AND smaller.indkey::smallint[] <@ i.indkey::smallint[]
          AND (i.indisexclusion OR NOT smaller.indisexclusion))""",
}
NOT_ATTACKED = {
    "record_entry_supersedes_fkey": "implied by record_entry_correction_fkey through the corrected entry",
    "occupation_line_once_per_edition": "code list, loaded by the owner alone",
    "occupation_trade_line_once_per_edition": "code list, loaded by the owner alone",
    "skill_level_rank_once": "code list, loaded by the owner alone",
}


@pytest.mark.parametrize("kind", MUST_BE_ATTACKED)
async def test_protections_of_a_kind_are_all_attacked(omnipotent: asyncpg.Connection, kind: str) -> None:
    """A new constraint of these kinds needs an attack of its own, or a line that says why not."""
    attacked = {name for attack in ATTACKS for name in (attack.refused_by, *attack.set_aside)}
    missing = set(await listed(omnipotent, MUST_BE_ATTACKED[kind])) - attacked - set(NOT_ATTACKED)
    assert not sorted(missing)
