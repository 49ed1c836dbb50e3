"""Indexes and doors that pages of officers read through.

Why: the work list shows what waits longest first, on one page, however long the archive grows.
Lock taken, and for how long: SHARE on opening_change, record_correction, presence_correction, certificate,
person_alias, merge_collision while their small partial indexes are built.
Safe with the previous release running: yes.
How undone: downgrade drops what it made.
"""

from app.db.migration import execute_script

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX opening_change_waiting ON opening_change (proposed_at) WHERE decision IS NULL;
CREATE INDEX record_correction_waiting ON record_correction (proposed_at) WHERE decision IS NULL;
CREATE INDEX presence_correction_waiting ON presence_correction (opening_id, proposed_at) WHERE decision IS NULL;
CREATE INDEX claim_appeal_waiting ON claim_appeal (filed_at, appeal_id) WHERE outcome IS NULL;
CREATE INDEX certificate_waiting ON certificate (submitted_at, certificate_id)
  WHERE state IN ('submitted', 'pending_upload', 'name_mismatch');
CREATE INDEX claim_hold_waiting ON claim_hold (placed_at, hold_id) WHERE released_at IS NULL;
CREATE INDEX person_alias_waiting ON person_alias (alias_id)
  WHERE merged_at IS NULL AND refused_at IS NULL OR end_proposed_at IS NOT NULL AND ended_at IS NULL;
CREATE INDEX merge_collision_open ON merge_collision (collision_id) WHERE decision IS NULL;
"""

WAITING = """
CREATE FUNCTION claims_waiting(prefix text, states text[], pressing_before timestamptz[], most integer)
  RETURNS TABLE (state text, waiting integer, pressing integer, oldest_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH part AS MATERIALIZED (
    SELECT area.code, sort.kind FROM registry.claim_areas(prefix) AS area (code) CROSS JOIN registry.benefit_kind AS sort
  )
  SELECT stage.state,
    -- The limit within keeps each part to its piece of the index.
    (SELECT count(*)::integer FROM (SELECT FROM part CROSS JOIN LATERAL (
       (SELECT FROM registry.claim AS held WHERE char_length(prefix) > 2 AND held.division_code = part.code
          AND held.state = stage.state AND held.kind = part.kind LIMIT most)
       UNION ALL
       (SELECT FROM registry.claim AS held WHERE char_length(prefix) <= 2 AND left(held.division_code, 2) = part.code
          AND held.state = stage.state AND held.kind = part.kind LIMIT most)) AS found LIMIT most) AS counted),
    (SELECT count(*)::integer FROM (SELECT FROM part CROSS JOIN LATERAL (
       (SELECT FROM registry.claim AS held WHERE char_length(prefix) > 2 AND held.division_code = part.code
          AND held.state = stage.state AND held.kind = part.kind AND held.state_since < stage.before LIMIT most)
       UNION ALL
       (SELECT FROM registry.claim AS held WHERE char_length(prefix) <= 2 AND left(held.division_code, 2) = part.code
          AND held.state = stage.state AND held.kind = part.kind AND held.state_since < stage.before LIMIT most)
       ) AS found LIMIT most) AS counted),
    (SELECT min(first.state_since) FROM part CROSS JOIN LATERAL (
       (SELECT held.state_since FROM registry.claim AS held WHERE char_length(prefix) > 2
          AND held.division_code = part.code AND held.state = stage.state AND held.kind = part.kind
        ORDER BY held.state_since LIMIT 1)
       UNION ALL
       (SELECT held.state_since FROM registry.claim AS held WHERE char_length(prefix) <= 2
          AND left(held.division_code, 2) = part.code AND held.state = stage.state AND held.kind = part.kind
        ORDER BY held.state_since LIMIT 1)) AS first)
  FROM unnest(states, pressing_before) AS stage (state, before)
$$;
COMMENT ON FUNCTION claims_waiting(text, text[], timestamptz[], integer) IS
  'How many claims of an area stand in each state, counted up to a number, and since when: nothing of the persons.';

CREATE FUNCTION list_presence_corrections(prefix text, after_at timestamptz, after_id uuid, page integer)
  RETURNS TABLE (opening_id uuid, opening_name text, institution_name text, division_code text, waiting integer,
    oldest_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT class.opening_id, class.name, school.name, class.division_code, count(*)::integer, min(asked.proposed_at)
  FROM registry.presence_correction AS asked
  JOIN registry.course_opening AS class ON class.opening_id = asked.opening_id
  JOIN registry.training_institution AS school ON school.institution_id = class.institution_id
  -- Of a class that is over nothing can be decided any more.
  WHERE asked.decision IS NULL AND class.state IN ('on_record', 'running') AND starts_with(class.division_code, prefix)
  GROUP BY class.opening_id, school.institution_id
  HAVING (min(asked.proposed_at), class.opening_id) > (coalesce(after_at, '-infinity'),
    coalesce(after_id, '00000000-0000-0000-0000-000000000000'))
  ORDER BY min(asked.proposed_at), class.opening_id LIMIT page
$$;
COMMENT ON FUNCTION list_presence_corrections(text, timestamptz, uuid, integer) IS
  'Classes with corrections of attendance that wait, longest first: numbers and dates, nothing of the persons.';

CREATE FUNCTION office_waiting(prefix text, most integer)
  RETURNS TABLE (task text, waiting integer, oldest_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'filing', count(*)::integer, min(part.at) FROM (
    SELECT filed.filed_at AS at FROM registry.course_opening AS class
    JOIN registry.opening_filing AS filed ON filed.opening_id = class.opening_id AND filed.filing_no = class.filing_no
    WHERE class.state = 'filed' AND starts_with(class.division_code, prefix)
    ORDER BY filed.filed_at LIMIT most) AS part
  UNION ALL SELECT 'change', count(*)::integer, min(part.at) FROM (
    SELECT asked.proposed_at AS at FROM registry.opening_change AS asked
    JOIN registry.course_opening AS class ON class.opening_id = asked.opening_id
    WHERE asked.decision IS NULL AND starts_with(class.division_code, prefix)
    ORDER BY asked.proposed_at LIMIT most) AS part
  UNION ALL SELECT 'source', count(*)::integer, min(part.at) FROM (
    SELECT proposed.proposed_at AS at FROM registry.attendance_source_proposal AS proposed
    JOIN registry.training_institution AS school ON school.institution_id = proposed.institution_id
    WHERE starts_with(school.division_code, prefix)
      AND NOT EXISTS (SELECT FROM registry.attendance_source AS source WHERE source.proposal_id = proposed.proposal_id)
    ORDER BY proposed.proposed_at LIMIT most) AS part
  UNION ALL SELECT 'presence', coalesce(sum(part.waiting), 0)::integer, min(part.oldest_at)
    FROM registry.list_presence_corrections(prefix, NULL, NULL, most) AS part
  UNION ALL SELECT 'listing', count(*)::integer, min(part.at) FROM (
    SELECT filed.filed_at AS at FROM registry.employer_listing AS filed
    WHERE filed.decision IS NULL AND starts_with(filed.division_code, prefix)
    ORDER BY filed.filed_at LIMIT most) AS part
  UNION ALL SELECT 'post_check', count(*)::integer, min(part.committed_at)
    FROM registry.list_post_checks(prefix, NULL, NULL, most) AS part
  UNION ALL SELECT 'hold', count(*)::integer, min(part.at) FROM (
    SELECT placed.placed_at AS at FROM registry.claim_hold AS placed
    JOIN registry.claim AS held ON held.person_id = placed.person_id AND held.claim_id = placed.claim_id
    WHERE placed.released_at IS NULL AND starts_with(held.division_code, prefix)
    ORDER BY placed.placed_at LIMIT most) AS part
  UNION ALL SELECT 'appeal', count(*)::integer, min(part.at) FROM (
    SELECT asked.filed_at AS at FROM registry.claim_appeal AS asked
    JOIN registry.claim AS held ON held.person_id = asked.person_id AND held.claim_id = asked.claim_id
    WHERE asked.outcome IS NULL AND starts_with(held.division_code, prefix)
    ORDER BY asked.filed_at LIMIT most) AS part
  UNION ALL SELECT 'objection', count(*)::integer, min(part.filed_at)
    FROM registry.list_objections(prefix, true, NULL, NULL, most) AS part
  UNION ALL SELECT 'denial', count(*)::integer, min(part.at) FROM (
    SELECT known.denied_at AS at FROM registry.enrollment_denial AS known
    JOIN registry.course_opening AS class ON class.opening_id = known.opening_id
    WHERE known.outcome IS NULL AND starts_with(class.division_code, prefix)
    ORDER BY known.denied_at LIMIT most) AS part
  UNION ALL SELECT 'correction_request', count(*)::integer, min(part.filed_at)
    FROM registry.list_correction_requests(prefix, true, false, NULL, NULL, most) AS part
  UNION ALL SELECT 'correction', count(*)::integer, min(part.at) FROM (
    SELECT asked.proposed_at AS at FROM registry.record_correction AS asked
    JOIN registry.record_entry AS entry ON entry.person_id = asked.person_id AND entry.entry_id = asked.entry_id
    WHERE asked.decision IS NULL AND starts_with(entry.division_code, prefix)
    ORDER BY asked.proposed_at LIMIT most) AS part
  UNION ALL SELECT 'certificate', count(*)::integer, min(part.answered_at)
    FROM registry.certificate_conflicts(NULL, NULL, most) AS part
  UNION ALL SELECT 'lapse', count(*)::integer, min(part.noted_at)
    FROM registry.lapsed_claims(prefix, NULL, NULL, most) AS part
  -- Identities have no area: whoever keeps them keeps all.
  UNION ALL SELECT 'merge', count(*)::integer, min(part.at) FROM (
    SELECT coalesce(alias.end_proposed_at, alias.proposed_at) AS at FROM registry.person_alias AS alias
    WHERE alias.merged_at IS NULL AND alias.refused_at IS NULL
      OR alias.end_proposed_at IS NOT NULL AND alias.ended_at IS NULL
    LIMIT most) AS part
  UNION ALL SELECT 'collision', count(*)::integer, min(part.found_at)
    FROM registry.list_collisions(prefix, true, NULL, NULL, most) AS part
$$;
COMMENT ON FUNCTION office_waiting(text, integer) IS
  'What else waits in an area, counted up to a number, and since when: nothing of the persons.';

CREATE FUNCTION list_appeals(prefix text, after_at timestamptz, after_id uuid, page integer)
  RETURNS TABLE (appeal_id uuid, claim_id uuid, claim_number text, kind text, division_code text, state text,
    channel text, round smallint, filed_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT asked.appeal_id, held.claim_id, held.claim_number, held.kind, held.division_code, held.state, asked.channel,
    asked.round, asked.filed_at
  FROM registry.claim_appeal AS asked
  JOIN registry.claim AS held ON held.person_id = asked.person_id AND held.claim_id = asked.claim_id
  WHERE asked.outcome IS NULL AND starts_with(held.division_code, prefix)
    AND (asked.filed_at, asked.appeal_id) > (coalesce(after_at, '-infinity'),
      coalesce(after_id, '00000000-0000-0000-0000-000000000000'))
  ORDER BY asked.filed_at, asked.appeal_id LIMIT page
$$;
COMMENT ON FUNCTION list_appeals(text, timestamptz, uuid, integer) IS
  'A work list of open appeals, oldest first: numbers and dates, nothing of the persons, not what was written.';

CREATE FUNCTION list_holds(prefix text, after_at timestamptz, after_id uuid, page integer)
  RETURNS TABLE (hold_id uuid, claim_id uuid, claim_number text, kind text, division_code text, state text,
    reason_code text, placed_at timestamptz, placed_by uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT placed.hold_id, held.claim_id, held.claim_number, held.kind, held.division_code, held.state,
    placed.reason_code, placed.placed_at, placed.placed_by
  FROM registry.claim_hold AS placed
  JOIN registry.claim AS held ON held.person_id = placed.person_id AND held.claim_id = placed.claim_id
  WHERE placed.released_at IS NULL AND starts_with(held.division_code, prefix)
    AND (placed.placed_at, placed.hold_id) > (coalesce(after_at, '-infinity'),
      coalesce(after_id, '00000000-0000-0000-0000-000000000000'))
  ORDER BY placed.placed_at, placed.hold_id LIMIT page
$$;
COMMENT ON FUNCTION list_holds(text, timestamptz, uuid, integer) IS
  'Claims that stand still and why, longest first: numbers and dates, nothing of the persons.';
"""

PAYING = """
CREATE FUNCTION payment_order_states(prefix text, orders uuid[])
  RETURNS TABLE (order_id uuid, state text, claims integer, amount_fen bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT line.order_id, held.state, count(*)::integer, sum(line.amount_fen)::bigint
  FROM registry.payment_order_line AS line
  JOIN registry.claim AS held ON held.person_id = line.person_id AND held.claim_id = line.claim_id
  WHERE line.order_id = ANY (orders) AND starts_with(held.division_code, prefix)
  GROUP BY line.order_id, held.state
$$;
COMMENT ON FUNCTION payment_order_states(text, uuid[]) IS
  'How many claims of each order stand in which state, and their amounts: nothing of the persons.';

CREATE FUNCTION order_of_claim(prefix text, asked uuid) RETURNS uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT line.order_id FROM registry.claim AS held
  JOIN registry.payment_order_line AS line ON line.person_id = held.person_id AND line.claim_id = held.claim_id
  WHERE held.claim_id = asked AND starts_with(held.division_code, prefix)
  ORDER BY line.round DESC LIMIT 1
$$;
COMMENT ON FUNCTION order_of_claim(text, uuid) IS 'The payment order that a claim of the area stands in last.';

CREATE FUNCTION certificates_waiting(actor uuid, after_at timestamptz, after_id uuid, page integer)
  RETURNS TABLE (certificate_id uuid, kind text, state text, source text, body_name text, submitted_at timestamptz,
    check_due_at timestamptz, check_attempts integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT held.certificate_id, held.kind, held.state, held.source, held.body_name, held.submitted_at, held.check_due_at,
    held.check_attempts
  FROM registry.certificate AS held
  WHERE held.state IN ('submitted', 'pending_upload', 'name_mismatch') AND registry.is_of_area(actor, held)
    AND (held.submitted_at, held.certificate_id) > (coalesce(after_at, '-infinity'),
      coalesce(after_id, '00000000-0000-0000-0000-000000000000'))
  ORDER BY held.submitted_at, held.certificate_id LIMIT page
$$;
COMMENT ON FUNCTION certificates_waiting(uuid, timestamptz, uuid, integer) IS
  'What the network has not confirmed yet, longest first: kinds, bodies and dates, nothing of the holders.';
"""

MERGING = """
CREATE FUNCTION read_merge_sides(
    actor uuid, actor_agency uuid, reading_case text, request text, merged uuid, survivor uuid, alias uuid)
  RETURNS TABLE (side text, person_id uuid, told jsonb, records jsonb, certificates jsonb, benefits jsonb)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE member (side, person_id) AS (
    SELECT given.side, person.person_id
    FROM (VALUES ('merged', merged), ('survivor', survivor)) AS given (side, person_id)
    JOIN registry.person ON person.person_id = given.person_id
    UNION
    -- Who is read as one with either without this merge.
    SELECT member.side, CASE WHEN joined.person_id = member.person_id THEN joined.survivor_id ELSE joined.person_id END
    FROM member JOIN registry.person_alias AS joined
      ON member.person_id IN (joined.person_id, joined.survivor_id) AND joined.alias_id IS DISTINCT FROM alias
     AND joined.merged_at IS NOT NULL AND joined.ended_at IS NULL
  ), logged AS (
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT DISTINCT member.person_id, actor, actor_agency, 'identity', 'identity_maintenance', reading_case, request
    FROM member
    RETURNING access_event.person_id
  )
  SELECT member.side, member.person_id, (
      SELECT jsonb_build_object('reason', asked.reason, 'decision_reason', asked.decision_reason,
        'end_reason', asked.end_reason)
      FROM registry.person_alias AS asked WHERE asked.person_id = merged AND asked.alias_id = alias), (
      SELECT coalesce(jsonb_agg(jsonb_build_object('record_number', entry.record_number, 'kind', entry.kind,
        'program_name', entry.program_name, 'starts_on', entry.starts_on, 'ends_on', entry.ends_on,
        'state', CASE WHEN entry.revoked_at IS NOT NULL THEN 'revoked' WHEN later.entry_id IS NOT NULL THEN 'superseded'
          ELSE 'in_force' END) ORDER BY entry.ends_on DESC, entry.entry_id), '[]')
      FROM registry.record_entry AS entry
      LEFT JOIN registry.record_entry AS later
        ON later.person_id = entry.person_id AND later.supersedes = entry.entry_id
      WHERE entry.person_id = member.person_id), (
      SELECT coalesce(jsonb_agg(jsonb_build_object('kind', held.kind, 'state', held.state, 'body_name', held.body_name,
        'issued_on', held.issued_on) ORDER BY held.issued_on DESC, held.certificate_id), '[]')
      FROM registry.certificate AS held WHERE held.person_id = member.person_id), (
      SELECT coalesce(jsonb_agg(jsonb_build_object('key_group', held.key_group, 'benefit_line', held.benefit_line,
        'skill_level', held.skill_level, 'period', held.period, 'kind', coalesce(claim.kind, earlier.kind),
        'state', claim.state, 'on', coalesce(earlier.paid_on, registry.law_date(claim.submitted_at)),
        'is_earlier', earlier.earlier_id IS NOT NULL) ORDER BY held.key_id DESC), '[]')
      FROM registry.benefit_key AS held
      LEFT JOIN registry.claim ON claim.person_id = held.person_id AND claim.key_id = held.key_id
      LEFT JOIN registry.earlier_benefit AS earlier
        ON earlier.person_id = held.person_id AND earlier.earlier_id = held.earlier_id
      WHERE held.person_id = member.person_id AND held.origin <> 'merged' AND held.released_at IS NULL)
  FROM member WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = member.person_id)
  ORDER BY member.side, member.person_id
$$;
COMMENT ON FUNCTION read_merge_sides(uuid, uuid, text, text, uuid, uuid, uuid) IS
  'What a merge joins, or its end parts: entries, certificates and benefits of each side; a look at all of them.';
"""

_DOORS = """list_presence_corrections(text, timestamptz, uuid, integer),
  claims_waiting(text, text[], timestamptz[], integer), office_waiting(text, integer),
  list_appeals(text, timestamptz, uuid, integer), list_holds(text, timestamptz, uuid, integer),
  payment_order_states(text, uuid[]), order_of_claim(text, uuid),
  certificates_waiting(uuid, timestamptz, uuid, integer),
  read_merge_sides(uuid, uuid, text, text, uuid, uuid, uuid)"""
CLOSE_DOORS = f"""
REVOKE ALL ON FUNCTION {_DOORS} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_DOORS} TO app_agency;
"""


def upgrade() -> None:
    execute_script(INDEXES)
    execute_script(
        "SET ROLE access_owner;" + WAITING + PAYING + MERGING + CLOSE_DOORS + "SET ROLE registry_owner;"
    )


def downgrade() -> None:
    execute_script(f"SET ROLE access_owner; DROP FUNCTION {_DOORS}; SET ROLE registry_owner;")
    execute_script(
        "DROP INDEX merge_collision_open, person_alias_waiting, certificate_waiting, presence_correction_waiting, "
        "claim_hold_waiting, claim_appeal_waiting, record_correction_waiting, opening_change_waiting;"
    )
