"""Doors through which agencies see certificates, decide who holds a number, link, unlink and archive.

Why: app_agency has no SELECT on person tables (I10), and every decision about a number or a link must see the same
locked rows that another region's officer sees. The lock order is certificate, then holder, then link, then
persons; the holder's primary key decides when two persons' certificates bear one number. Entries of kind certificate
are made by the door alone, and a guard refuses whoever else would make one: what they rest on is matched and held when
they are made, and the number is not given up while they are in force. A link may lead to the entry of another person
who is read as one with the holder; no key can cross two persons (one day two machines), so a guard looks once, with
both persons locked, and another one refuses to end a merge across which a link lives.
Lock taken, and for how long: none that matters, functions and guards only.
Safe with the previous release running: yes.
How undone: downgrade drops the functions and the guards.
"""

from app.db.migration import execute_script

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

READING = """
CREATE FUNCTION certificate_picture(person uuid, asked uuid) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT to_jsonb(certificate) - ARRAY['number_sealed', 'number_id'] || jsonb_build_object(
    'members', (SELECT jsonb_agg(one.person_id) FROM registry.person_group(certificate.person_id) AS one (person_id)),
    'is_holder', EXISTS (
      SELECT FROM registry.certificate_holder AS held
      WHERE held.person_id = certificate.person_id AND held.certificate_id = certificate.certificate_id),
    'is_held_by_another', EXISTS (
      SELECT FROM registry.certificate_holder AS held
      WHERE held.number_id = certificate.number_id
        AND held.person_id NOT IN (SELECT registry.person_group(certificate.person_id))),
    'last_outcome', (
      SELECT answer.outcome FROM registry.certificate_answer AS answer
      WHERE answer.person_id = certificate.person_id AND answer.certificate_id = certificate.certificate_id
      ORDER BY answer.answered_at DESC, answer.answer_id DESC LIMIT 1),
    'last_reason', (
      SELECT change.reason_code FROM registry.certificate_state_change AS change
      WHERE change.person_id = certificate.person_id AND change.certificate_id = certificate.certificate_id
      ORDER BY change.change_id DESC LIMIT 1),
    'tollings', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'starts_on', tolling.starts_on, 'ended_on', tolling.ended_on, 'reason', tolling.reason)
        ORDER BY tolling.starts_on, tolling.tolling_id), '[]')
      FROM registry.certificate_tolling AS tolling
      WHERE tolling.person_id = certificate.person_id AND tolling.certificate_id = certificate.certificate_id),
    'link', (
      SELECT jsonb_build_object('record_number', entry.record_number, 'entry_id', entry.entry_id,
        'is_automatic', link.is_automatic, 'reasons', link.reasons, 'linked_at', link.linked_at)
      FROM registry.certificate_link AS link
      JOIN registry.record_entry AS entry ON entry.person_id = link.entry_person_id AND entry.entry_id = link.entry_id
      WHERE link.person_id = certificate.person_id AND link.certificate_id = certificate.certificate_id
        AND link.unlinked_at IS NULL),
    'was_unlinked', EXISTS (
      SELECT FROM registry.certificate_link AS past
      WHERE past.person_id = certificate.person_id AND past.certificate_id = certificate.certificate_id
        AND past.unlinked_at IS NOT NULL AND past.unlink_reason NOT IN ('person_merge_ended', 'certificate_corrected')),
    'archived_as', (
      SELECT entry.record_number FROM registry.record_entry AS entry
      WHERE entry.person_id = certificate.person_id AND entry.certificate_id = certificate.certificate_id
        AND entry.kind = 'certificate' AND entry.revoked_at IS NULL))
  FROM registry.certificate WHERE certificate.person_id = person AND certificate.certificate_id = asked
$$;
COMMENT ON FUNCTION certificate_picture(uuid, uuid) IS
  'All that is said of one certificate, without its number. Runs with the rights of whoever asks.';

CREATE FUNCTION entries_to_prove(person uuid) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object(
      'person_id', entry.person_id, 'entry_id', entry.entry_id, 'record_number', entry.record_number,
      'program_name', entry.program_name, 'institution_name', entry.institution_name,
      'division_code', entry.division_code, 'opening_id', entry.opening_id,
      'occupation_edition', entry.occupation_edition, 'occupation_code', entry.occupation_code,
      'skill_level', entry.skill_level, 'starts_on', entry.starts_on, 'ends_on', entry.ends_on,
      'is_in_force', entry.revoked_at IS NULL AND NOT EXISTS (
        SELECT FROM registry.record_entry AS later
        WHERE later.person_id = entry.person_id AND later.supersedes = entry.entry_id),
      'is_proved', EXISTS (
        SELECT FROM registry.certificate_link AS link
        JOIN registry.certificate AS other
          ON other.person_id = link.person_id AND other.certificate_id = link.certificate_id
        WHERE link.entry_person_id = entry.person_id AND link.entry_id = entry.entry_id AND link.unlinked_at IS NULL
          -- Our own goes beside the certificate of a level that the training led to.
          AND other.kind <> 'training_completion'))
    ORDER BY entry.ends_on DESC, entry.entry_id), '[]')
  FROM registry.person_group(person) AS member (person_id)
  JOIN registry.record_entry AS entry ON entry.person_id = member.person_id AND entry.kind = 'completion'
$$;
COMMENT ON FUNCTION entries_to_prove(uuid) IS 'Completions of all who are read as one with the person.';

CREATE FUNCTION scopes_of_body(body uuid) RETURNS jsonb
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN body IS NOT NULL THEN coalesce(jsonb_agg(jsonb_build_object(
      'occupation_edition', scope.occupation_edition, 'occupation_code', scope.occupation_code,
      'lowest_rank', scope.lowest_rank, 'highest_rank', scope.highest_rank,
      'starts_on', lower(scope.in_force), 'ends_before', upper(scope.in_force))), '[]') END
  FROM registry.evaluation_body_scope AS scope WHERE scope.body_id = body
$$;

CREATE FUNCTION read_certificates(
    actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text,
    number_digests bytea[], person_digests bytea[], asked uuid)
  RETURNS TABLE (person_id uuid, is_asked_person boolean, certificate jsonb, number_sealed bytea, name_sealed bytea)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH persons AS MATERIALIZED (
    SELECT DISTINCT member.person_id
    FROM registry.identifier_key AS known
    CROSS JOIN LATERAL registry.person_group(known.person_id) AS member (person_id)
    WHERE known.digest = ANY (person_digests)
  ), found AS MATERIALIZED (
    -- Three look-ups by index: joined by OR they would read the whole table, and so would the last one without OFFSET 0,
    -- for the planner, which does not know how few persons there are.
    SELECT held.person_id, held.certificate_id, held.number_sealed
    FROM registry.certificate_number_key AS known
    JOIN registry.certificate AS held ON held.number_id = known.number_id
    WHERE known.digest = ANY (number_digests)
    UNION
    SELECT held.person_id, held.certificate_id, held.number_sealed
    FROM registry.certificate AS held WHERE held.certificate_id = asked
    UNION
    SELECT theirs.* FROM persons CROSS JOIN LATERAL (
      SELECT held.person_id, held.certificate_id, held.number_sealed
      FROM registry.certificate AS held WHERE held.person_id = persons.person_id OFFSET 0) AS theirs
  ), members AS MATERIALIZED (
    SELECT persons.person_id FROM persons UNION SELECT found.person_id FROM found
  ), logged AS (
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT members.person_id, actor, actor_agency, 'record', reading_purpose, reading_case, request FROM members
    RETURNING access_event.person_id
  )
  SELECT members.person_id, members.person_id IN (SELECT persons.person_id FROM persons),
    registry.certificate_picture(found.person_id, found.certificate_id), found.number_sealed, name.name_sealed
  FROM members
  LEFT JOIN found ON found.person_id = members.person_id
  LEFT JOIN LATERAL (
    SELECT person_name.name_sealed FROM registry.person_name
    WHERE person_name.person_id = members.person_id ORDER BY person_name.name_id DESC LIMIT 1
  ) AS name ON true
  WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = members.person_id)
  ORDER BY members.person_id, found.certificate_id
$$;
COMMENT ON FUNCTION read_certificates(uuid, uuid, text, text, text, bytea[], bytea[], uuid) IS
  'I10: certificates by number, person or id, and the access rows, are one statement. A person without any is a row too.';

CREATE FUNCTION read_candidates(
    actor uuid, actor_agency uuid, reading_purpose text, reading_case text, request text, asked uuid)
  RETURNS TABLE (person_id uuid, certificate jsonb, number_sealed bytea, entries jsonb, scopes jsonb)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH found AS MATERIALIZED (
    SELECT held.person_id, held.certificate_id, held.number_sealed, held.body_id
    FROM registry.certificate AS held WHERE held.certificate_id = asked
  ), logged AS (
    INSERT INTO registry.access_event
      (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT member.person_id, actor, actor_agency, 'record', reading_purpose, reading_case, request
    FROM found CROSS JOIN LATERAL registry.person_group(found.person_id) AS member (person_id)
    RETURNING access_event.person_id
  )
  SELECT found.person_id, registry.certificate_picture(found.person_id, found.certificate_id), found.number_sealed,
    registry.entries_to_prove(found.person_id), registry.scopes_of_body(found.body_id)
  FROM found WHERE EXISTS (SELECT FROM logged WHERE logged.person_id = found.person_id)
$$;

CREATE FUNCTION certificate_conflicts(after_at timestamptz, after_id uuid, page integer)
  RETURNS TABLE (certificate_id uuid, kind text, state text, submitted_at timestamptz, answered_at timestamptz,
                 holding_certificate_id uuid, held_since timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT rival.certificate_id, rival.kind, rival.state, rival.submitted_at, answer.answered_at, held.certificate_id,
    held.held_since
  FROM registry.certificate_holder AS held
  JOIN registry.certificate AS rival
    ON rival.number_id = held.number_id AND rival.person_id <> held.person_id
  CROSS JOIN LATERAL (
    SELECT said.answered_at, said.outcome FROM registry.certificate_answer AS said
    WHERE said.person_id = rival.person_id AND said.certificate_id = rival.certificate_id
    ORDER BY said.answered_at DESC, said.answer_id DESC LIMIT 1
  ) AS answer
  WHERE answer.outcome IN ('matched', 'corrected')
    AND held.person_id NOT IN (SELECT registry.person_group(rival.person_id))
    AND (after_at IS NULL OR (answer.answered_at, rival.certificate_id) > (after_at, after_id))
  ORDER BY answer.answered_at, rival.certificate_id LIMIT page
$$;
COMMENT ON FUNCTION certificate_conflicts(timestamptz, uuid, integer) IS
  'A work list: two persons, one number; ids and dates, nothing of the persons.';

CREATE FUNCTION certificate_match_rates()
  RETURNS TABLE (body_id uuid, body_code text, body_name text, division_code text, certificates integer,
                 matched integer, waiting integer, mismatched integer, not_found integer, revoked integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT body.body_id, body.body_code, body.name, body.division_code, count(*)::integer,
    count(*) FILTER (WHERE held.state IN ('matched', 'expired'))::integer,
    count(*) FILTER (WHERE held.state IN ('submitted', 'pending_upload'))::integer,
    count(*) FILTER (WHERE held.state = 'name_mismatch')::integer,
    count(*) FILTER (WHERE held.state = 'not_found_final')::integer,
    count(*) FILTER (WHERE held.state = 'revoked')::integer
  FROM registry.certificate AS held LEFT JOIN registry.evaluation_body AS body ON body.body_id = held.body_id
  WHERE held.kind <> 'training_completion'
  GROUP BY body.body_id ORDER BY body.body_code NULLS LAST
$$;
COMMENT ON FUNCTION certificate_match_rates() IS 'Counts by body, no person; bodies outside the directory are one line.';
"""

NUMBERS = """
CREATE FUNCTION register_certificate_numbers(live_keys text[], digests bytea[])
  RETURNS TABLE (place integer, number_id uuid)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  live CONSTANT integer := cardinality(live_keys);
BEGIN
  -- The outgoing key (the last) first and alone: every process knows it, so that two with different keys meet at its
  -- digest, where the later one waits. In one order, so that they do not lock up.
  WITH given AS MATERIALIZED (
    SELECT each.digest, (each.at - 1) / live AS nth, each.at % live = 0 AS is_outgoing
    FROM unnest(digests) WITH ORDINALITY AS each (digest, at)
  ), lacking AS (
    SELECT DISTINCT given.digest FROM given
    WHERE given.is_outgoing AND given.nth NOT IN (
      SELECT found.nth FROM given AS found
      JOIN registry.certificate_number_key AS known ON known.digest = found.digest)
  ), named AS (
    INSERT INTO registry.certificate_number_key (digest, key_id, number_id)
    SELECT lacking.digest, live_keys[live], uuidv7() FROM lacking ORDER BY lacking.digest
    ON CONFLICT (digest) DO NOTHING RETURNING certificate_number_key.number_id
  )
  INSERT INTO registry.certificate_number (number_id) SELECT named.number_id FROM named;
  IF live > 1 THEN
    WITH given AS MATERIALIZED (
      SELECT each.digest, (each.at - 1) / live AS nth, ((each.at - 1) % live + 1)::integer AS rank
      FROM unnest(digests) WITH ORDINALITY AS each (digest, at)
    ), found AS MATERIALIZED (
      SELECT DISTINCT ON (given.nth) given.nth, known.number_id
      FROM given JOIN registry.certificate_number_key AS known ON known.digest = given.digest
      ORDER BY given.nth, given.rank DESC
    )
    INSERT INTO registry.certificate_number_key (digest, key_id, number_id)
    SELECT given.digest, live_keys[given.rank], found.number_id FROM given JOIN found USING (nth)
    ORDER BY given.digest
    ON CONFLICT DO NOTHING;
  END IF;
  RETURN QUERY
    SELECT DISTINCT ON (each.place) each.place, known.number_id
    FROM (SELECT one.digest, one.at, ((one.at - 1) / live + 1)::integer AS place
          FROM unnest(digests) WITH ORDINALITY AS one (digest, at)) AS each
    JOIN registry.certificate_number_key AS known ON known.digest = each.digest
    ORDER BY each.place, each.at DESC;
END $$;
COMMENT ON FUNCTION register_certificate_numbers(text[], bytea[]) IS
  'The numbers with these digests (of each, one per live key, in the order of live_keys); those not known are named now.';
"""

DECIDING = """
CREATE FUNCTION submit_certificate(
    actor uuid, person uuid, live_keys text[], digests bytea[], new_certificate uuid, new_kind text, new_number bytea, edition smallint,
    occupation text, trade text, level text, body uuid, issuer text, issued date, valid date, review date)
  RETURNS TABLE (certificate_id uuid, is_new boolean)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  named uuid;
BEGIN
  SELECT registered.number_id INTO STRICT named
    FROM registry.register_certificate_numbers(live_keys, digests) AS registered;
  INSERT INTO registry.certificate (person_id, certificate_id, kind, number_sealed, number_id, occupation_edition,
    occupation_code, trade_name, skill_level, body_id, body_name, issued_on, valid_until, review_due_on, source,
    submitted_by)
  SELECT person, new_certificate, new_kind, new_number, named, edition, occupation, trade, level, body, issuer,
    issued, valid, review, 'agency', actor
  WHERE NOT EXISTS (
    SELECT FROM registry.certificate AS known
    WHERE known.person_id IN (SELECT registry.person_group(person)) AND known.number_id = named)
  ON CONFLICT ON CONSTRAINT certificate_once_a_person DO NOTHING;
  RETURN QUERY SELECT known.certificate_id, known.certificate_id = new_certificate FROM registry.certificate AS known
    WHERE known.person_id IN (SELECT registry.person_group(person)) AND known.number_id = named
    ORDER BY known.submitted_at, known.certificate_id LIMIT 1;
END $$;

CREATE FUNCTION is_of_area(actor uuid, held registry.certificate) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  -- Of the area: who assessed it, who handed it in, or where the person's archive is kept. A certificate that a citizen
  -- handed in, of a body nobody listed, of somebody without an archive, is of every area.
  WITH known AS MATERIALIZED (
    SELECT body.division_code FROM registry.evaluation_body AS body WHERE body.body_id = held.body_id
    UNION ALL
    SELECT coalesce(agency.division_code, school.division_code) FROM registry.principal AS submitting
    LEFT JOIN registry.agency ON agency.agency_id = submitting.agency_id
    LEFT JOIN registry.training_institution AS school ON school.institution_id = submitting.institution_id
    WHERE submitting.principal_id = held.submitted_by AND submitting.kind <> 'citizen'
      AND coalesce(agency.division_code, school.division_code) IS NOT NULL
    UNION ALL
    SELECT entry.division_code FROM registry.record_entry AS entry
    WHERE entry.person_id IN (SELECT registry.person_group(held.person_id))
  )
  SELECT EXISTS (SELECT FROM registry.principal AS officer
    JOIN registry.agency AS own ON own.agency_id = officer.agency_id
    WHERE officer.principal_id = actor AND officer.kind = 'officer' AND officer.suspended_at IS NULL
      AND (NOT EXISTS (SELECT FROM known)
        OR EXISTS (SELECT FROM known WHERE starts_with(known.division_code, regexp_replace(own.division_code, '(00)+$', '')))))
$$;

CREATE FUNCTION hold_number(held registry.certificate, taker uuid, given_reason text) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Waits for a rival's transaction; whether it was lost is seen by the next statement.
  INSERT INTO registry.certificate_holder (number_id, person_id, certificate_id, taken_by, taken_reason)
    VALUES (held.number_id, held.person_id, held.certificate_id, taker, given_reason) ON CONFLICT DO NOTHING;
  RETURN EXISTS (
    SELECT FROM registry.certificate_holder AS holder
    WHERE holder.person_id = held.person_id AND holder.certificate_id = held.certificate_id);
END $$;

CREATE FUNCTION link_certificate(actor uuid, asked uuid, entry uuid, link_reasons jsonb) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  proving registry.certificate;
  proved registry.record_entry;
BEGIN
  SELECT * INTO proving FROM registry.certificate WHERE certificate.certificate_id = asked FOR UPDATE;
  IF NOT FOUND THEN
    RETURN 'absent';
  END IF;
  IF proving.state <> 'matched' THEN
    RETURN 'certificate_not_matched';
  END IF;
  -- The row that payments and corrections lock.
  SELECT * INTO proved FROM registry.record_entry
    WHERE record_entry.person_id IN (SELECT registry.person_group(proving.person_id))
      AND record_entry.entry_id = entry AND record_entry.kind = 'completion' FOR SHARE;
  IF NOT FOUND THEN
    RETURN 'other_person';
  END IF;
  IF proved.revoked_at IS NOT NULL OR EXISTS (
    SELECT FROM registry.record_entry AS later
    WHERE later.person_id = proved.person_id AND later.supersedes = proved.entry_id) THEN
    RETURN 'entry_not_in_force';
  END IF;
  IF NOT registry.hold_number(proving, NULL, NULL) THEN
    RETURN 'number_held_by_another';
  END IF;
  INSERT INTO registry.certificate_link (person_id, certificate_id, entry_person_id, entry_id, own_entry_id,
      is_automatic, reasons, linked_by)
    VALUES (proving.person_id, proving.certificate_id, proved.person_id, entry,
      CASE WHEN proved.person_id = proving.person_id THEN entry END, false, link_reasons, actor)
    ON CONFLICT (person_id, certificate_id) WHERE unlinked_at IS NULL DO NOTHING;
  RETURN CASE WHEN FOUND THEN 'linked' ELSE 'certificate_already_linked' END;
END $$;

CREATE FUNCTION unlink_certificate(actor uuid, asked uuid, given_reason text) RETURNS uuid
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE registry.certificate_link
  SET unlinked_at = registry.registry_now(), unlinked_by = actor, unlink_reason = given_reason
  WHERE certificate_link.certificate_id = asked AND certificate_link.unlinked_at IS NULL
  RETURNING certificate_link.entry_id
$$;

CREATE FUNCTION unlink_parting(actor uuid, asked uuid)
  RETURNS TABLE (certificate_id uuid, record_number text)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  merging uuid := (SELECT alias.person_id FROM registry.person_alias AS alias WHERE alias.alias_id = asked);
BEGIN
  -- The locks of end_merge, kept until the commit: nobody links across the two parts in between.
  PERFORM registry.lock_person_groups(merging, merging);
  RETURN QUERY
  WITH RECURSIVE ending AS MATERIALIZED (
    SELECT alias.person_id FROM registry.person_alias AS alias
    WHERE alias.person_id = merging AND alias.alias_id = asked AND alias.ended_at IS NULL
      AND alias.end_proposed_by <> actor
  ), branch AS (
    SELECT ending.person_id FROM ending
    UNION
    SELECT alias.person_id FROM branch
    JOIN registry.person_alias AS alias
      ON alias.survivor_id = branch.person_id AND alias.merged_at IS NOT NULL AND alias.ended_at IS NULL
  ), parted AS (
    UPDATE registry.certificate_link AS link
    SET unlinked_at = registry.registry_now(), unlinked_by = actor, unlink_reason = 'person_merge_ended'
    FROM ending CROSS JOIN LATERAL registry.person_group(ending.person_id) AS member (person_id)
    WHERE link.person_id = member.person_id AND link.unlinked_at IS NULL
      AND (link.person_id IN (SELECT branch.person_id FROM branch))
       <> (link.entry_person_id IN (SELECT branch.person_id FROM branch))
    RETURNING link.certificate_id, link.entry_person_id, link.entry_id
  )
  SELECT parted.certificate_id, entry.record_number FROM parted
  JOIN registry.record_entry AS entry
    ON entry.person_id = parted.entry_person_id AND entry.entry_id = parted.entry_id;
END $$;
COMMENT ON FUNCTION unlink_parting(uuid, uuid) IS
  'Before a second officer ends a merge: takes back the links between the two who will be read apart.';

CREATE FUNCTION take_certificate_number(actor uuid, asked uuid, given_reason text, ask_again_at timestamptz)
  RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  claimed registry.certificate;
  answer registry.certificate_answer;
BEGIN
  SELECT * INTO claimed FROM registry.certificate WHERE certificate.certificate_id = asked FOR UPDATE;
  IF NOT FOUND OR NOT registry.is_of_area(actor, claimed) THEN
    RETURN 'absent';
  END IF;
  IF EXISTS (SELECT FROM registry.certificate_holder AS held
             WHERE held.person_id = claimed.person_id AND held.certificate_id = claimed.certificate_id) THEN
    RETURN 'already_holds';
  END IF;
  -- Between two claims that the network has confirmed an officer decides; what it has not confirmed nobody holds.
  SELECT * INTO answer FROM registry.certificate_answer AS said
    WHERE said.person_id = claimed.person_id AND said.certificate_id = claimed.certificate_id
    ORDER BY said.answered_at DESC, said.answer_id DESC LIMIT 1;
  IF NOT FOUND OR answer.outcome NOT IN ('matched', 'corrected') OR claimed.state IN ('revoked', 'expired') THEN
    RETURN 'number_not_confirmed';
  END IF;
  IF NOT registry.hold_number(claimed, actor, given_reason) THEN
    RETURN 'number_held_by_another';
  END IF;
  IF claimed.state <> 'matched' THEN
    INSERT INTO registry.certificate_state_change
      (person_id, certificate_id, from_state, to_state, reason_code, changed_by)
      VALUES (claimed.person_id, claimed.certificate_id, claimed.state, 'matched', 'number_taken_by_officer', actor);
    UPDATE registry.certificate_tolling
      SET ended_on = greatest(certificate_tolling.starts_on, registry.law_date(registry.registry_now()))
      WHERE certificate_tolling.person_id = claimed.person_id
        AND certificate_tolling.certificate_id = claimed.certificate_id AND certificate_tolling.ended_on IS NULL;
  END IF;
  UPDATE registry.certificate
    SET state = 'matched', last_confirmed_at = answer.answered_at, check_due_at = ask_again_at
    WHERE certificate.person_id = claimed.person_id AND certificate.certificate_id = claimed.certificate_id;
  RETURN 'taken';
END $$;

CREATE FUNCTION release_certificate_number(actor uuid, asked uuid, given_reason text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  holding registry.certificate;
  given_up registry.certificate_holder;
BEGIN
  SELECT * INTO holding FROM registry.certificate WHERE certificate.certificate_id = asked FOR UPDATE;
  IF NOT FOUND OR NOT registry.is_of_area(actor, holding) THEN
    RETURN 'absent';
  END IF;
  IF EXISTS (SELECT FROM registry.certificate_link AS link
             WHERE link.person_id = holding.person_id AND link.certificate_id = holding.certificate_id
               AND link.unlinked_at IS NULL) THEN
    RETURN 'certificate_still_linked';
  END IF;
  IF EXISTS (SELECT FROM registry.record_entry AS entry
             WHERE entry.person_id = holding.person_id AND entry.certificate_id = holding.certificate_id
               AND entry.revoked_at IS NULL) THEN
    RETURN 'certificate_still_archived';
  END IF;
  DELETE FROM registry.certificate_holder AS held
    WHERE held.person_id = holding.person_id AND held.certificate_id = holding.certificate_id
    RETURNING held.* INTO given_up;
  IF NOT FOUND THEN
    RETURN 'number_not_held';
  END IF;
  INSERT INTO registry.certificate_release
    (person_id, certificate_id, held_since, taken_by, taken_reason, reason, released_by)
    VALUES (holding.person_id, holding.certificate_id, given_up.held_since, given_up.taken_by, given_up.taken_reason,
      given_reason, actor);
  RETURN 'released';
END $$;

CREATE FUNCTION archive_certificate(actor uuid, asked uuid, new_entry uuid, new_number text, division text)
  RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  proving registry.certificate;
  matched_check uuid;
BEGIN
  IF NOT EXISTS (SELECT FROM registry.principal AS officer
      JOIN registry.agency AS own ON own.agency_id = officer.agency_id
      WHERE officer.principal_id = actor AND officer.kind = 'officer' AND officer.suspended_at IS NULL
        AND starts_with(division, regexp_replace(own.division_code, '(00)+$', ''))
        AND starts_with(new_number, format('R%s-', division))) THEN
    RAISE EXCEPTION 'a record number of another area'
      USING ERRCODE = '23514', CONSTRAINT = 'record_number_of_area', TABLE = 'record_number';
  END IF;
  SELECT * INTO proving FROM registry.certificate WHERE certificate.certificate_id = asked FOR UPDATE;
  IF NOT FOUND OR NOT registry.is_of_area(actor, proving) THEN
    RETURN 'absent';
  END IF;
  IF proving.state <> 'matched' THEN
    RETURN 'certificate_not_matched';
  END IF;
  SELECT known.check_id INTO matched_check FROM registry.identity_check AS known
    WHERE known.person_id = proving.person_id AND known.outcome = 'matched'
    ORDER BY known.checked_at DESC, known.check_id DESC LIMIT 1;
  IF NOT FOUND THEN
    RETURN 'identity_not_matched';
  END IF;
  IF proving.kind = 'training_completion' THEN
    RETURN 'training_in_registry';
  END IF;
  IF NOT registry.hold_number(proving, NULL, NULL) THEN
    RETURN 'number_held_by_another';
  END IF;
  INSERT INTO registry.record_entry (person_id, entry_id, kind, record_number, appended_by, identity_check_id,
    certificate_id, occupation_edition, occupation_code, skill_level, division_code, starts_on, ends_on)
    VALUES (proving.person_id, new_entry, 'certificate', new_number, actor, matched_check, proving.certificate_id,
      proving.occupation_edition, proving.occupation_code, proving.skill_level, division, proving.issued_on,
      proving.issued_on)
    ON CONFLICT (person_id, certificate_id) WHERE kind = 'certificate' AND revoked_at IS NULL DO NOTHING;
  IF NOT FOUND THEN
    RETURN 'certificate_already_archived';
  END IF;
  INSERT INTO registry.record_number (record_number, person_id, entry_id)
    VALUES (new_number, proving.person_id, new_entry);
  RETURN 'archived';
END $$;
"""

GUARDS = """
CREATE FUNCTION certificate_entry_held() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- State and number stay as they are until the commit: whoever changes either locks the certificate first.
  PERFORM FROM registry.certificate AS proving
  JOIN registry.certificate_holder AS held
    ON held.person_id = proving.person_id AND held.certificate_id = proving.certificate_id
  WHERE proving.person_id = NEW.person_id AND proving.certificate_id = NEW.certificate_id AND proving.state = 'matched'
    AND proving.kind <> 'training_completion'
  FOR SHARE OF proving;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'a certificate that is not matched or not held makes no entry'
      USING ERRCODE = '23001', CONSTRAINT = 'record_entry_certificate_held', TABLE = 'record_entry';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION certificate_answered() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM registry.certificate_answer AS said
      WHERE said.person_id = NEW.person_id AND said.certificate_id = NEW.certificate_id
        AND said.outcome IN ('matched', 'corrected')) THEN
    RAISE EXCEPTION 'the network has not said that it matches'
      USING ERRCODE = '23001', CONSTRAINT = 'certificate_answered', TABLE = 'certificate';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION scope_in_use() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM registry.certificate AS issued
      WHERE issued.body_id = OLD.body_id AND issued.occupation_edition = OLD.occupation_edition
        AND issued.occupation_code = OLD.occupation_code AND issued.state IN ('matched', 'expired')
        AND issued.issued_on <@ OLD.in_force AND NOT issued.issued_on <@ NEW.in_force) THEN
    RAISE EXCEPTION 'a certificate was issued in the days taken back'
      USING ERRCODE = '23001', CONSTRAINT = 'evaluation_body_scope_in_use', TABLE = 'evaluation_body_scope';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION certificate_holder_in_use() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Waits for whoever is about to rest an entry or a link on it.
  PERFORM FROM registry.certificate AS held
    WHERE held.person_id = OLD.person_id AND held.certificate_id = OLD.certificate_id FOR UPDATE;
  IF EXISTS (SELECT FROM registry.record_entry AS entry
             WHERE entry.person_id = OLD.person_id AND entry.certificate_id = OLD.certificate_id
               AND entry.revoked_at IS NULL)
     OR EXISTS (SELECT FROM registry.certificate_link AS link
                WHERE link.person_id = OLD.person_id AND link.certificate_id = OLD.certificate_id
                  AND link.unlinked_at IS NULL) THEN
    RAISE EXCEPTION 'an entry or a link rests on this number'
      USING ERRCODE = '23001', CONSTRAINT = 'certificate_holder_in_use', TABLE = 'certificate_holder';
  END IF;
  RETURN OLD;
END $$;

CREATE FUNCTION certificate_link_one_person() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- Whoever ends a merge locks all of its persons: they are still one when this link is there.
  PERFORM FROM registry.person WHERE person.person_id IN (NEW.person_id, NEW.entry_person_id)
    ORDER BY person.person_id FOR SHARE;
  IF NEW.entry_person_id NOT IN (SELECT registry.person_group(NEW.person_id))
     OR NOT EXISTS (SELECT FROM registry.record_entry AS entry
                    WHERE entry.person_id = NEW.entry_person_id AND entry.entry_id = NEW.entry_id) THEN
    RAISE EXCEPTION 'certificate and entry are not of one person'
      USING ERRCODE = '23001', CONSTRAINT = 'certificate_link_one_person', TABLE = 'certificate_link';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION person_alias_links_parted() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM unnest(ARRAY[NEW.person_id, NEW.survivor_id]) AS part (person_id)
    CROSS JOIN LATERAL registry.person_group(part.person_id) AS member (person_id)
    JOIN registry.certificate_link AS link ON link.person_id = member.person_id
    WHERE link.unlinked_at IS NULL AND link.entry_person_id <> link.person_id
      AND link.entry_person_id NOT IN (SELECT registry.person_group(link.person_id))) THEN
    RAISE EXCEPTION 'a certificate is linked to an entry of the other person'
      USING ERRCODE = '23001', CONSTRAINT = 'person_alias_links_parted', TABLE = 'person_alias';
  END IF;
  RETURN NULL;
END $$;
"""

TRIGGERS = """
CREATE TRIGGER certificate_held BEFORE INSERT ON record_entry
  FOR EACH ROW WHEN (NEW.kind = 'certificate') EXECUTE FUNCTION certificate_entry_held();
ALTER TABLE record_entry ENABLE ALWAYS TRIGGER certificate_held;
CREATE TRIGGER answered BEFORE UPDATE OF state ON certificate
  FOR EACH ROW WHEN (NEW.state = 'matched' AND OLD.state <> 'matched') EXECUTE FUNCTION certificate_answered();
ALTER TABLE certificate ENABLE ALWAYS TRIGGER answered;
CREATE TRIGGER in_use BEFORE UPDATE OF in_force ON evaluation_body_scope
  FOR EACH ROW EXECUTE FUNCTION scope_in_use();
ALTER TABLE evaluation_body_scope ENABLE ALWAYS TRIGGER in_use;
CREATE TRIGGER in_use BEFORE DELETE ON certificate_holder
  FOR EACH ROW EXECUTE FUNCTION certificate_holder_in_use();
ALTER TABLE certificate_holder ENABLE ALWAYS TRIGGER in_use;
CREATE TRIGGER one_person BEFORE INSERT ON certificate_link
  FOR EACH ROW WHEN (NEW.entry_person_id <> NEW.person_id) EXECUTE FUNCTION certificate_link_one_person();
ALTER TABLE certificate_link ENABLE ALWAYS TRIGGER one_person;
CREATE TRIGGER links_parted AFTER UPDATE ON person_alias
  FOR EACH ROW WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL)
  EXECUTE FUNCTION person_alias_links_parted();
ALTER TABLE person_alias ENABLE ALWAYS TRIGGER links_parted;
"""
_GUARDS = """certificate_entry_held(), certificate_answered(), scope_in_use(), certificate_holder_in_use(),
  certificate_link_one_person(), person_alias_links_parted()"""

_PUBLIC_DOORS = """
  read_certificates(uuid, uuid, text, text, text, bytea[], bytea[], uuid),
  read_candidates(uuid, uuid, text, text, text, uuid), certificate_conflicts(timestamptz, uuid, integer), certificate_match_rates(),
  submit_certificate(uuid, uuid, text[], bytea[], uuid, text, bytea, smallint, text, text, text, uuid, text, date, date,
    date),
  link_certificate(uuid, uuid, uuid, jsonb), unlink_certificate(uuid, uuid, text),
  unlink_parting(uuid, uuid),
  take_certificate_number(uuid, uuid, text, timestamptz), release_certificate_number(uuid, uuid, text),
  archive_certificate(uuid, uuid, uuid, text, text)
"""
_INNER = """
  certificate_picture(uuid, uuid), entries_to_prove(uuid), scopes_of_body(uuid), hold_number(registry.certificate, uuid, text),
  is_of_area(uuid, registry.certificate),
  register_certificate_numbers(text[], bytea[])
"""
CLOSE_DOORS = f"""
REVOKE ALL ON FUNCTION {_PUBLIC_DOORS}, {_INNER}, {_GUARDS} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_GUARDS} TO registry_owner;
GRANT EXECUTE ON FUNCTION {_PUBLIC_DOORS} TO app_agency;
GRANT EXECUTE ON FUNCTION certificate_picture(uuid, uuid) TO app_citizen, app_inst, worker;
GRANT EXECUTE ON FUNCTION register_certificate_numbers(text[], bytea[]) TO app_citizen, app_inst, worker;
GRANT EXECUTE ON FUNCTION entries_to_prove(uuid), scopes_of_body(uuid) TO worker;
"""


def upgrade() -> None:
    doors = READING + NUMBERS + DECIDING + GUARDS + CLOSE_DOORS
    execute_script("SET ROLE access_owner;" + doors + "SET ROLE registry_owner;" + TRIGGERS)


def downgrade() -> None:
    execute_script(f"""
    DROP TRIGGER links_parted ON person_alias;
    DROP TRIGGER one_person ON certificate_link;
    DROP TRIGGER in_use ON certificate_holder;
    DROP TRIGGER in_use ON evaluation_body_scope;
    DROP TRIGGER answered ON certificate;
    DROP TRIGGER certificate_held ON record_entry;
    SET ROLE access_owner;
    DROP FUNCTION {_PUBLIC_DOORS};
    DROP FUNCTION {_INNER}, {_GUARDS};
    SET ROLE registry_owner;
    """)
