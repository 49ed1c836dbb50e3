"""Doors of identity maintenance: read a person, add a number, merge, unmerge.

Why: app_agency has no SELECT on person tables (I10): what an officer sees of a person and that it was seen are one
statement. Merges and their ends are decided here under locks on every person concerned, in the order of their ids, so
that no two decisions together make a circle; maker and checker are two persons by CHECK.
Lock taken, and for how long: none that matters, functions only.
Safe with the previous release running: yes.
How undone: downgrade drops the functions.
"""

from app.db.migration import execute_script

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

READING = """
CREATE FUNCTION person_root(member uuid) RETURNS uuid LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp AS $$
  WITH RECURSIVE upward AS (
    SELECT member AS person_id
    UNION
    SELECT alias.survivor_id FROM upward
      JOIN registry.person_alias AS alias
        ON alias.person_id = upward.person_id AND alias.merged_at IS NOT NULL AND alias.ended_at IS NULL
  )
  SELECT upward.person_id FROM upward
  WHERE NOT EXISTS (SELECT FROM registry.person_alias AS alias WHERE alias.person_id = upward.person_id
                    AND alias.merged_at IS NOT NULL AND alias.ended_at IS NULL)
$$;
COMMENT ON FUNCTION person_root(uuid) IS 'The person that all merged with the given one are read as; itself when it is no alias.';

CREATE FUNCTION read_person(
    actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text,
    digests bytea[], asked uuid)
  RETURNS TABLE (asked_person_id uuid, person_id uuid, root_id uuid, name_sealed bytea, identifier_id uuid, kind text,
                 number_sealed bytea, recorded_at timestamptz, ended_at timestamptz, end_kind text, aliases jsonb)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH found AS MATERIALIZED (
    SELECT person.person_id FROM registry.person WHERE person.person_id = asked
    UNION
    SELECT known.person_id FROM registry.identifier_key AS known WHERE known.digest = ANY (digests)
  ), members AS MATERIALIZED (
    SELECT found.person_id AS asked_person_id, member.person_id
    FROM found CROSS JOIN LATERAL registry.person_group(found.person_id) AS member (person_id)
  ), logged AS (
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT DISTINCT members.person_id, actor, actor_agency, 'identity', reading_purpose, reading_case, request
    FROM members
    RETURNING access_event.person_id
  )
  SELECT members.asked_person_id, members.person_id, registry.person_root(members.person_id), name.name_sealed,
    held.identifier_id, held.kind, held.number_sealed, held.recorded_at, held.ended_at, held.end_kind, (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'alias_id', alias.alias_id, 'person_id', alias.person_id, 'survivor_id', alias.survivor_id,
        'merged_at', alias.merged_at, 'end_proposed_at', alias.end_proposed_at) ORDER BY alias.alias_id), '[]')
      FROM registry.person_alias AS alias
      WHERE alias.ended_at IS NULL AND alias.refused_at IS NULL
        AND members.person_id IN (alias.person_id, alias.survivor_id))
  FROM members
  LEFT JOIN registry.person_identifier AS held ON held.person_id = members.person_id
  LEFT JOIN LATERAL (
    SELECT person_name.name_sealed FROM registry.person_name
    WHERE person_name.person_id = members.person_id ORDER BY person_name.name_id DESC LIMIT 1
  ) AS name ON true
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = members.person_id)
  ORDER BY members.asked_person_id, members.person_id, held.recorded_at, held.identifier_id
$$;
COMMENT ON FUNCTION read_person(uuid, uuid, text, text, text, bytea[], uuid) IS
  'I10: numbers, names and aliases of a person, found by number or id, and the access rows, are one statement.';

CREATE FUNCTION merge_collisions(merged uuid, survivor uuid) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  WITH ours AS (SELECT * FROM registry.person_group(merged) AS one (person_id)),
  theirs AS (SELECT * FROM registry.person_group(survivor) AS one (person_id)),
  collision AS (
    SELECT 'completion' AS kind, a.opening_id AS opening_id, b.opening_id AS other_opening_id,
      a.record_number AS record_number, b.record_number AS other_record_number,
      NULL::timestamptz AS starts_at, NULL::timestamptz AS ends_at
    FROM registry.record_entry AS a
    JOIN registry.record_entry AS b ON b.opening_id = a.opening_id AND b.kind = 'completion' AND b.revoked_at IS NULL
    WHERE a.kind = 'completion' AND a.revoked_at IS NULL
      AND a.person_id IN (SELECT person_id FROM ours) AND b.person_id IN (SELECT person_id FROM theirs)
      AND NOT EXISTS (SELECT FROM registry.record_entry AS later
                      WHERE (later.person_id, later.supersedes)
                         IN ((a.person_id, a.entry_id), (b.person_id, b.entry_id)))
    UNION ALL
    SELECT 'presence', a.opening_id, b.opening_id, NULL, NULL, lower(a.during * b.during), upper(a.during * b.during)
    FROM registry.confirmed_presence AS a
    JOIN registry.confirmed_presence AS b ON b.during && a.during
    WHERE a.person_id IN (SELECT person_id FROM ours) AND b.person_id IN (SELECT person_id FROM theirs)
  )
  SELECT coalesce(jsonb_agg(to_jsonb(collision) ORDER BY kind, opening_id, other_opening_id, starts_at), '[]')
  FROM collision
$$;
COMMENT ON FUNCTION merge_collisions(uuid, uuid) IS
  'What cannot be true of one person: two completions of one class, presence at two places at once.';

CREATE FUNCTION read_merge(
    actor uuid, actor_agency uuid, reading_case text, request text, merged uuid, survivor uuid)
  RETURNS TABLE (person_known boolean, survivor_known boolean, person_root uuid, survivor_root uuid,
                 has_open_proposal boolean, collisions jsonb)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH members AS MATERIALIZED (
    SELECT DISTINCT member.person_id
    FROM registry.person CROSS JOIN LATERAL registry.person_group(person.person_id) AS member (person_id)
    WHERE person.person_id IN (merged, survivor)
  ), logged AS (
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT members.person_id, actor, actor_agency, 'identity', 'identity_maintenance', reading_case, request
    FROM members
    RETURNING access_event.person_id
  )
  SELECT EXISTS (SELECT FROM logged WHERE logged.person_id = merged),
    EXISTS (SELECT FROM logged WHERE logged.person_id = survivor),
    registry.person_root(merged), registry.person_root(survivor),
    EXISTS (SELECT FROM registry.person_alias AS alias WHERE alias.person_id = merged
            AND alias.merged_at IS NULL AND alias.refused_at IS NULL),
    registry.merge_collisions(merged, survivor)
$$;
COMMENT ON FUNCTION read_merge(uuid, uuid, text, text, uuid, uuid) IS
  'What the rules ask before a merge. It tells of classes of both persons, so the look is logged for both.';

CREATE FUNCTION list_merges(asked uuid, only_waiting boolean, before uuid, page integer)
  RETURNS TABLE (alias_id uuid, person_id uuid, survivor_id uuid, case_number text, proposed_by uuid,
                 proposed_at timestamptz, merged_by uuid, merged_at timestamptz, refused_by uuid,
                 refused_at timestamptz, end_case_number text, end_proposed_by uuid, end_proposed_at timestamptz,
                 ended_by uuid, ended_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT alias.alias_id, alias.person_id, alias.survivor_id, alias.case_number, alias.proposed_by, alias.proposed_at,
    alias.merged_by, alias.merged_at, alias.refused_by, alias.refused_at, alias.end_case_number,
    alias.end_proposed_by, alias.end_proposed_at, alias.ended_by, alias.ended_at
  FROM registry.person_alias AS alias
  WHERE (asked IS NULL OR alias.alias_id = asked) AND (before IS NULL OR alias.alias_id < before)
    AND (NOT only_waiting OR alias.merged_at IS NULL AND alias.refused_at IS NULL
      OR alias.end_proposed_at IS NOT NULL AND alias.ended_at IS NULL)
  ORDER BY alias.alias_id DESC LIMIT page
$$;
COMMENT ON FUNCTION list_merges(uuid, boolean, uuid, integer) IS 'A work list: ids, dates and officers, nothing of the persons.';
"""

DECIDING = """
CREATE FUNCTION lock_person_groups(one uuid, other uuid) RETURNS void
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  members uuid[];
BEGIN
  -- Whoever confirms presence decides about the same persons and takes this lock first.
  PERFORM registry.lock_persons(ARRAY[one, other]);
  SELECT array_agg(DISTINCT member.person_id ORDER BY member.person_id) INTO members
    FROM unnest(ARRAY[one, other]) AS given (person_id)
    CROSS JOIN LATERAL registry.person_group(given.person_id) AS member (person_id);
  PERFORM FROM registry.person WHERE person.person_id = ANY (members) ORDER BY person.person_id FOR NO KEY UPDATE;
  IF members IS DISTINCT FROM (
    SELECT array_agg(DISTINCT member.person_id ORDER BY member.person_id)
    FROM unnest(ARRAY[one, other]) AS given (person_id)
    CROSS JOIN LATERAL registry.person_group(given.person_id) AS member (person_id)) THEN
    RAISE EXCEPTION 'persons were merged or parted while waiting' USING ERRCODE = 'serialization_failure';
  END IF;
END $$;
COMMENT ON FUNCTION lock_person_groups(uuid, uuid) IS
  'Locks all persons read as one with either, by id; then nobody else can decide a merge that touches them.';

CREATE FUNCTION decide_merge(decider uuid, merging uuid, asked uuid, is_accepted boolean, why text,
                             OUT outcome text, OUT collisions jsonb)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  survivor uuid;
BEGIN
  SELECT alias.survivor_id INTO survivor FROM registry.person_alias AS alias
    WHERE alias.person_id = merging AND alias.alias_id = asked;
  IF NOT FOUND THEN
    outcome := 'absent';
    RETURN;
  END IF;
  PERFORM registry.lock_person_groups(merging, survivor);
  IF is_accepted AND registry.person_root(survivor) = merging THEN
    outcome := 'already_one';
    RETURN;
  END IF;
  -- Before the two groups become one, and under the locks: no presence is confirmed unseen in between.
  collisions := CASE WHEN is_accepted THEN registry.merge_collisions(merging, survivor) ELSE '[]' END;
  UPDATE registry.person_alias AS alias
    SET decision_reason = why,
      merged_by = CASE WHEN is_accepted THEN decider END,
      merged_at = CASE WHEN is_accepted THEN registry.registry_now() END,
      refused_by = CASE WHEN NOT is_accepted THEN decider END,
      refused_at = CASE WHEN NOT is_accepted THEN registry.registry_now() END
    WHERE alias.person_id = merging AND alias.alias_id = asked
      AND alias.merged_at IS NULL AND alias.refused_at IS NULL;
  outcome := CASE WHEN NOT FOUND THEN 'already_decided' WHEN is_accepted THEN 'merged' ELSE 'refused' END;
END $$;
COMMENT ON FUNCTION decide_merge(uuid, uuid, uuid, boolean, text) IS
  'A second officer accepts or refuses a merge, once; a merge that would close a circle is not accepted.';

CREATE FUNCTION propose_merge_end(proposer uuid, merging uuid, asked uuid, why text, why_case text) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE registry.person_alias AS alias
    SET end_reason = why, end_case_number = why_case, end_proposed_by = proposer,
      end_proposed_at = registry.registry_now()
    WHERE alias.person_id = merging AND alias.alias_id = asked AND alias.merged_at IS NOT NULL
      AND alias.end_proposed_at IS NULL;
  RETURN FOUND;
END $$;

CREATE FUNCTION end_merge(confirmer uuid, merging uuid, asked uuid) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM registry.lock_person_groups(merging, merging);
  UPDATE registry.person_alias AS alias SET ended_by = confirmer, ended_at = registry.registry_now()
    WHERE alias.person_id = merging AND alias.alias_id = asked
      AND alias.end_proposed_at IS NOT NULL AND alias.ended_at IS NULL;
  RETURN FOUND;
END $$;
COMMENT ON FUNCTION end_merge(uuid, uuid, uuid) IS 'A second officer ends a merge: both are read apart from now on, no row moves.';
"""

NUMBERING = """
CREATE FUNCTION add_identifier(
    author uuid, holder uuid, new_identifier uuid, new_kind text, new_number bytea, key_ids text[], digests bytea[],
    new_check uuid, new_evidence text, new_checked_at timestamptz, new_name bytea, new_name_digest bytea)
  RETURNS boolean LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  stored integer;
BEGIN
  PERFORM FROM registry.person WHERE person.person_id = holder FOR NO KEY UPDATE;
  IF NOT FOUND OR EXISTS (SELECT FROM registry.identifier_key AS known WHERE known.digest = ANY (digests)) THEN
    RETURN false;
  END IF;
  INSERT INTO registry.identity_check (person_id, check_id, outcome, source, evidence_id, name_digest, checked_at)
    VALUES (holder, new_check, 'matched', 'cardholder_base', new_evidence, new_name_digest, new_checked_at);
  IF NOT EXISTS (SELECT FROM registry.person_name AS proved WHERE proved.person_id = holder) THEN
    INSERT INTO registry.person_name (person_id, name_sealed, name_digest, check_id)
      VALUES (holder, new_name, new_name_digest, new_check);
  END IF;
  INSERT INTO registry.person_identifier (person_id, identifier_id, kind, number_sealed, recorded_by)
    VALUES (holder, new_identifier, new_kind, new_number, author);
  INSERT INTO registry.identifier_key (digest, key_id, person_id, identifier_id)
    SELECT given.digest, given.key_id, holder, new_identifier
    FROM unnest(digests, key_ids) AS given (digest, key_id) ORDER BY given.digest
    ON CONFLICT (digest) DO NOTHING;
  GET DIAGNOSTICS stored = ROW_COUNT;
  IF stored < cardinality(digests) THEN
    -- Somebody registered the number while we waited: nothing of the above may stay.
    RAISE EXCEPTION 'number was taken meanwhile' USING ERRCODE = 'unique_violation',
      CONSTRAINT = 'identifier_key_pkey', TABLE = 'identifier_key';
  END IF;
  RETURN true;
END $$;
COMMENT ON FUNCTION add_identifier(uuid, uuid, uuid, text, bytea, text[], bytea[], uuid, text, timestamptz, bytea, bytea) IS
  'Another number of a person, together with the match that proves it; false when the number already has a person.';

CREATE FUNCTION end_identifier(holder uuid, asked uuid, ending text, why text) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE registry.person_identifier AS held
    SET ended_at = registry.registry_now(), end_kind = ending, end_reason = why
    WHERE held.person_id = holder AND held.identifier_id = asked AND held.ended_at IS NULL;
  IF NOT FOUND THEN RETURN false; END IF;
  IF ending = 'not_theirs' THEN
    DELETE FROM registry.identifier_key AS known WHERE known.person_id = holder AND known.identifier_id = asked;
  END IF;
  RETURN true;
END $$;
COMMENT ON FUNCTION end_identifier(uuid, uuid, text, text) IS
  'A replaced number still finds its person; one that was never theirs is free for whom it belongs to.';
"""

GRANTS = """
REVOKE ALL ON FUNCTION person_root(uuid), read_person(uuid, uuid, text, text, text, bytea[], uuid),
  merge_collisions(uuid, uuid), read_merge(uuid, uuid, text, text, uuid, uuid), list_merges(uuid, boolean, uuid, integer),
  lock_person_groups(uuid, uuid), decide_merge(uuid, uuid, uuid, boolean, text),
  propose_merge_end(uuid, uuid, uuid, text, text), end_merge(uuid, uuid, uuid),
  add_identifier(uuid, uuid, uuid, text, bytea, text[], bytea[], uuid, text, timestamptz, bytea, bytea),
  end_identifier(uuid, uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION read_person(uuid, uuid, text, text, text, bytea[], uuid),
  read_merge(uuid, uuid, text, text, uuid, uuid), list_merges(uuid, boolean, uuid, integer),
  decide_merge(uuid, uuid, uuid, boolean, text), propose_merge_end(uuid, uuid, uuid, text, text),
  end_merge(uuid, uuid, uuid),
  add_identifier(uuid, uuid, uuid, text, bytea, text[], bytea[], uuid, text, timestamptz, bytea, bytea),
  end_identifier(uuid, uuid, text, text) TO app_agency;
"""


def upgrade() -> None:
    execute_script(
        "SET ROLE access_owner;" + READING + DECIDING + NUMBERING + GRANTS + "SET ROLE registry_owner;"
    )


def downgrade() -> None:
    execute_script("""
    SET ROLE access_owner;
    DROP FUNCTION end_identifier(uuid, uuid, text, text),
      add_identifier(uuid, uuid, uuid, text, bytea, text[], bytea[], uuid, text, timestamptz, bytea, bytea),
      end_merge(uuid, uuid, uuid), propose_merge_end(uuid, uuid, uuid, text, text),
      decide_merge(uuid, uuid, uuid, boolean, text), lock_person_groups(uuid, uuid),
      list_merges(uuid, boolean, uuid, integer), read_merge(uuid, uuid, text, text, uuid, uuid), merge_collisions(uuid, uuid),
      read_person(uuid, uuid, text, text, text, bytea[], uuid), person_root(uuid);
    SET ROLE registry_owner;
    """)
