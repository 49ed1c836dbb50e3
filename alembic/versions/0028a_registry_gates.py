"""Doors and gates between registries: answer a peer, hold, confirm, release; no key and no payment past a hold.

Why: whoever tells a peer "not claimed here" and whoever pays take the same lock (the person's tokens), so that of the
two one sees the other. A payment needs every person comparable, no hold for a peer, and a standing confirmation of
each registry on the dated list; each refusal has a name. The rules decide, the triggers make their mistakes harmless.
Lock taken, and for how long: none that matters, functions and triggers.
Safe with the previous release running: yes; without a peer every gate is open.
How undone: downgrade drops them.
"""

from app.db.migration import execute_script

revision = "0028a"
down_revision = "0028"
branch_labels = None
depends_on = None

_KEY_TYPES = "text, text, text, text"

LOOKING = """
CREATE FUNCTION registry_clock() RETURNS timestamptz LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
  -- After a wait for a lock the start of the transaction is the past; an expiry is judged by the present.
  AS $$ SELECT clock_timestamp() + (SELECT shift FROM registry.clock_shift) $$;

CREATE FUNCTION lock_tokens(tokens bytea[]) RETURNS void
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  SELECT pg_advisory_xact_lock(each) FROM (
    SELECT DISTINCT hashtextextended('token:' || encode(given, 'hex'), 0) AS each FROM unnest(tokens) AS given ORDER BY 1) AS held
$$;
COMMENT ON FUNCTION lock_tokens(bytea[]) IS 'Answering a peer and paying exclude each other by the person''s tokens, known here or not.';

CREATE FUNCTION tokens_of(members uuid[]) RETURNS bytea[] LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT own.token), '{}') FROM registry.person_token AS own
  JOIN registry.person_identifier AS held USING (person_id, identifier_id)
  WHERE own.person_id = ANY (members) AND held.end_kind IS DISTINCT FROM 'not_theirs'
$$;

CREATE FUNCTION persons_of_tokens(asker uuid, tokens bytea[]) RETURNS uuid[]
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(DISTINCT member.person_id), '{}') FROM registry.person_token AS own
  JOIN registry.person_identifier AS held USING (person_id, identifier_id)
  CROSS JOIN LATERAL registry.person_group(own.person_id) AS member (person_id)
  WHERE own.peer_id = asker AND own.token = ANY (tokens) AND held.end_kind IS DISTINCT FROM 'not_theirs'
$$;

CREATE FUNCTION covers_person(holder uuid, asked uuid, of_peer uuid) RETURNS boolean
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT NOT EXISTS (SELECT FROM registry.person_group(holder) AS member (person_id)
    JOIN registry.person_token AS own USING (person_id)
    JOIN registry.person_identifier AS held USING (person_id, identifier_id)
    WHERE own.peer_id = of_peer AND held.end_kind IS DISTINCT FROM 'not_theirs'
      AND NOT EXISTS (SELECT FROM registry.attestation_coverage AS said
        WHERE said.person_id = holder AND said.attestation_id = asked AND said.token = own.token))
$$;
COMMENT ON FUNCTION covers_person(uuid, uuid, uuid) IS
  'Whether the peer has answered for every number by which the person is known now, those merged or added since included.';

CREATE FUNCTION use_of_key(members uuid[], grp text, line text, level text, held_period text)
  RETURNS TABLE (submitted_at timestamptz, is_spent boolean, is_promised boolean)
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT filed.submitted_at,
    filed.claim_id IS NULL OR filed.state = 'paid' OR EXISTS (SELECT FROM registry.benefit AS paying
      WHERE paying.person_id = filed.person_id AND paying.claim_id = filed.claim_id AND paying.canceled_at IS NULL),
    -- Another registry keeps a place for this claim: to give way now would stop both for ever.
    EXISTS (SELECT FROM registry.attestation AS own
      JOIN registry.attestation_answer AS answer USING (person_id, attestation_id)
      WHERE own.person_id = filed.person_id AND own.claim_id = filed.claim_id AND answer.outcome = 'not_claimed'
        AND NOT EXISTS (SELECT FROM registry.attestation_end AS ended
          WHERE ended.person_id = own.person_id AND ended.attestation_id = own.attestation_id)
        AND (answer.expires_at > registry.registry_now() OR EXISTS (SELECT FROM registry.attestation_confirmation AS sure
          WHERE sure.person_id = own.person_id AND sure.attestation_id = own.attestation_id))
        AND registry.covers_person(own.person_id, own.attestation_id, own.peer_id))
  FROM registry.benefit_key AS held
  LEFT JOIN registry.claim AS filed ON filed.person_id = coalesce(held.copied_from_person, held.person_id)
    AND filed.key_id = coalesce(held.copied_from_key, held.key_id)
  WHERE held.person_id = ANY (members) AND held.released_at IS NULL AND held.key_group = grp AND held.benefit_line = line
    AND held.skill_level = level AND held.period = held_period
$$;
COMMENT ON FUNCTION use_of_key(uuid[], text, text, text, text) IS
  'What stands here against "not claimed": spent (paid, being paid, paid before), promised by a peer, or only filed.';

CREATE FUNCTION live_holds(asker uuid, tokens bytea[], members uuid[], grp text, line text, level text, held_period text) RETURNS SETOF registry.peer_hold
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT held.* FROM registry.peer_hold AS held
  WHERE held.released_at IS NULL AND held.key_group = grp AND held.benefit_line = line AND held.skill_level = level
    AND held.period = held_period AND (held.confirmed_at IS NOT NULL OR held.expires_at > registry.registry_now())
    AND EXISTS (SELECT FROM registry.peer_hold_token AS about WHERE about.hold_id = held.hold_id
      AND (about.peer_id = asker AND about.token = ANY (tokens) OR EXISTS (
        SELECT FROM registry.person_token AS own JOIN registry.person_identifier AS number USING (person_id, identifier_id)
        WHERE own.person_id = ANY (members) AND own.peer_id = about.peer_id AND own.token = about.token
          AND number.end_kind IS DISTINCT FROM 'not_theirs')))
$$;
COMMENT ON FUNCTION live_holds(uuid, bytea[], uuid[], text, text, text, text) IS
  'Holds for peers that stand: confirmed ones whatever their date, others until they expire.';
"""

ANSWERING = """
CREATE FUNCTION count_peer_question(asker uuid, asked_kind text, of_case text, by_key text, request text) RETURNS uuid
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  question uuid := uuidv7();
BEGIN
  INSERT INTO registry.peer_budget AS used (peer_id, hour, asked, allowed)
    SELECT peer.peer_id, date_trunc('hour', registry.registry_now()), 1, peer.hourly_budget
    FROM registry.peer_registry AS peer WHERE peer.peer_id = asker AND peer.confirmed_at IS NOT NULL AND peer.ended_at IS NULL
    ON CONFLICT (peer_id, hour) DO UPDATE SET asked = used.asked + 1;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  INSERT INTO registry.peer_question (question_id, peer_id, kind, case_number, key_id, request_id)
    VALUES (question, asker, asked_kind, of_case, by_key, request);
  RETURN question;
END $$;

CREATE FUNCTION meet_question(asker uuid, given bigint) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  mark registry.peer_mark;
BEGIN
  INSERT INTO registry.peer_mark (peer_id) VALUES (asker) ON CONFLICT (peer_id) DO NOTHING;
  SELECT * INTO mark FROM registry.peer_mark WHERE peer_id = asker FOR UPDATE;
  UPDATE registry.peer_mark SET answered = greatest(answered, given), seen_there = greatest(seen_there, given)
    WHERE peer_id = asker;
  IF given > mark.answered THEN
    PERFORM registry.notice_restoration('peer',
      jsonb_build_object('peer_id', asker, 'answered', mark.answered, 'seen_there', given));
    RETURN 'restored';
  END IF;
  RETURN CASE WHEN given < mark.seen_there THEN 'asker_behind' ELSE 'even' END;
END $$;
COMMENT ON FUNCTION meet_question(uuid, bigint) IS
  'restored: the peer has an answer of ours that we know nothing of, so we pay nothing. asker_behind: it had more before.';

CREATE FUNCTION number_answer(asker uuid) RETURNS TABLE (answered bigint, seen_there bigint, seen bigint)
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE registry.peer_mark AS mark SET answered = mark.answered + 1 WHERE mark.peer_id = asker
    RETURNING mark.answered, mark.seen_there, mark.seen
$$;

CREATE FUNCTION meet_answer(of_peer uuid, number bigint, told_before bigint, seen_of_ours bigint) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  mark registry.peer_mark;
BEGIN
  INSERT INTO registry.peer_mark (peer_id) VALUES (of_peer) ON CONFLICT (peer_id) DO NOTHING;
  SELECT * INTO mark FROM registry.peer_mark WHERE peer_id = of_peer FOR UPDATE;
  UPDATE registry.peer_mark SET seen = greatest(seen, number, told_before), answered = greatest(answered, seen_of_ours)
    WHERE peer_id = of_peer;
  IF told_before > mark.seen OR seen_of_ours > mark.answered THEN
    PERFORM registry.notice_restoration('peer', jsonb_build_object('peer_id', of_peer, 'answered', mark.answered,
      'seen_there', seen_of_ours, 'seen', mark.seen, 'told_before', told_before));
    RETURN true;
  END IF;
  RETURN false;
END $$;
COMMENT ON FUNCTION meet_answer(uuid, bigint, bigint, bigint) IS
  'A peer says that we have told it of an answer we do not have, or has an answer of ours that we do not know: we were restored.';

CREATE FUNCTION tokens_of_hold(asker uuid, asked uuid) RETURNS bytea[] LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(array_agg(about.token), '{}') FROM registry.peer_hold AS held
  JOIN registry.peer_hold_token AS about USING (hold_id, peer_id)
  WHERE held.peer_id = asker AND held.attestation_id = asked
$$;

CREATE FUNCTION look_for_attestation(asker uuid, asked uuid, tokens bytea[], grp text, line text, level text, held_period text, of_case text, request text)
  RETURNS jsonb LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  members uuid[];
  kept bytea[];
BEGIN
  PERFORM registry.refuse_old_snapshot();
  PERFORM registry.lock_tokens(tokens);
  -- Asked again: whom we keep it for already is judged along.
  kept := registry.tokens_of_hold(asker, asked);
  tokens := tokens || kept;
  members := registry.persons_of_tokens(asker, tokens);
  -- Two peers ask for one person by different tokens: they wait for each other by the tokens of all peers.
  PERFORM registry.lock_tokens(kept || registry.tokens_of(members));
  INSERT INTO registry.access_event (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT member, peer.principal_id, peer.agency_id, 'benefit', 'subsidy_review', of_case, request
    FROM unnest(members) AS member, registry.peer_registry AS peer WHERE peer.peer_id = asker;
  RETURN jsonb_build_object(
    'is_open', registry.payments_closed() IS NULL,
    'is_ready', NOT EXISTS (SELECT FROM registry.token_due AS due JOIN registry.benefit_key AS held USING (person_id)
      WHERE due.peer_id = asker AND held.released_at IS NULL),
    'same', (SELECT to_jsonb(held) || jsonb_build_object('tokens', (SELECT coalesce(jsonb_agg(encode(given, 'hex')), '[]')
        FROM unnest(kept) AS given)) FROM registry.peer_hold AS held WHERE held.peer_id = asker AND held.attestation_id = asked),
    'uses', (SELECT coalesce(jsonb_agg(to_jsonb(used)), '[]') FROM registry.use_of_key(members, grp, line, level, held_period) AS used),
    'holds', (SELECT coalesce(jsonb_agg(jsonb_build_object('is_askers', held.peer_id = asker, 'is_confirmed',
        held.confirmed_at IS NOT NULL, 'is_settled', held.settled_at IS NOT NULL)), '[]')
      FROM registry.live_holds(asker, tokens, members, grp, line, level, held_period) AS held WHERE held.attestation_id <> asked),
    'persons', (SELECT coalesce(jsonb_agg(jsonb_build_object('person_id', named.person_id,
        'name', encode(named.name_sealed, 'base64'), 'numbers', named.numbers)), '[]')
      FROM (SELECT DISTINCT ON (own.person_id) own.person_id, own.name_sealed, (
          SELECT jsonb_agg(encode(number.number_sealed, 'base64')) FROM registry.person_identifier AS number
          JOIN registry.person_token AS made USING (person_id, identifier_id)
          WHERE number.person_id = own.person_id AND made.peer_id = asker AND made.token = ANY (tokens)) AS numbers
        FROM registry.person_name AS own WHERE own.person_id = ANY (members)
        ORDER BY own.person_id, own.name_id DESC) AS named));
END $$;
COMMENT ON FUNCTION look_for_attestation(uuid, uuid, bytea[], text, text, text, text, text, text) IS
  'I10: what an answer to a peer rests on, and the access rows, in one call; the tokens stay locked until the answer commits.';

CREATE FUNCTION note_peer_look(asker uuid, digests bytea[], reading_purpose text, of_case text, request text) RETURNS integer
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  seen integer;
BEGIN
  INSERT INTO registry.access_event (person_id, principal_id, agency_id, subject, purpose, case_number, request_id)
    SELECT DISTINCT known.person_id, peer.principal_id, peer.agency_id, 'benefit', reading_purpose, of_case, request
    FROM registry.identifier_key AS known, registry.peer_registry AS peer
    WHERE known.digest = ANY (digests) AND peer.peer_id = asker;
  GET DIAGNOSTICS seen = ROW_COUNT;
  RETURN seen;
END $$;
COMMENT ON FUNCTION note_peer_look(uuid, bytea[], text, text, text) IS
  'The trace of a look that is answered by an outside system of ours (contribution months).';

CREATE FUNCTION place_hold(asker uuid, asked uuid, hold uuid, tokens bytea[], grp text, line text, level text, held_period text, expires timestamptz, restored boolean)
  RETURNS text LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM registry.refuse_old_snapshot();
  PERFORM registry.lock_tokens(tokens || registry.tokens_of(registry.persons_of_tokens(asker, tokens)));
  INSERT INTO registry.peer_hold (hold_id, peer_id, attestation_id, key_group, benefit_line, skill_level, period, expires_at,
      is_restored, contradicts, confirmed_at)
    VALUES (hold, asker, asked, grp, line, level, held_period, expires, restored,
      restored AND registry.is_spent(registry.persons_of_tokens(asker, tokens), grp, line, level, held_period),
      CASE WHEN restored THEN registry.registry_clock() END)
    ON CONFLICT (peer_id, attestation_id) DO NOTHING;
  IF NOT FOUND THEN
    -- The person has more numbers there than before: the same hold keeps the place of all of them.
    INSERT INTO registry.peer_hold_token (hold_id, peer_id, token) SELECT DISTINCT held.hold_id, asker, given
      FROM registry.peer_hold AS held CROSS JOIN unnest(tokens) AS given
      WHERE held.peer_id = asker AND held.attestation_id = asked AND held.released_at IS NULL AND held.key_group = grp
        AND held.benefit_line = line AND held.skill_level = level AND held.period = held_period
      ON CONFLICT (peer_id, token, hold_id) DO NOTHING;
    RETURN 'repeated';
  END IF;
  INSERT INTO registry.peer_hold_token (hold_id, peer_id, token) SELECT DISTINCT hold, asker, given FROM unnest(tokens) AS given;
  RETURN 'placed';
END $$;

CREATE FUNCTION is_spent(members uuid[], grp text, line text, level text, held_period text) RETURNS boolean LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM registry.use_of_key(members, grp, line, level, held_period) AS used WHERE used.is_spent)
$$;

CREATE FUNCTION lock_hold(asker uuid, asked uuid) RETURNS registry.peer_hold
  LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.peer_hold;
  tokens bytea[];
BEGIN
  PERFORM registry.refuse_old_snapshot();
  SELECT array_agg(about.token) INTO tokens FROM registry.peer_hold
    JOIN registry.peer_hold_token AS about USING (hold_id, peer_id) WHERE peer_hold.peer_id = asker AND attestation_id = asked;
  PERFORM registry.lock_tokens(coalesce(tokens, '{}') || registry.tokens_of(registry.persons_of_tokens(asker, tokens)));
  SELECT * INTO held FROM registry.peer_hold WHERE peer_hold.peer_id = asker AND attestation_id = asked FOR UPDATE;
  RETURN held;
END $$;

CREATE FUNCTION confirm_hold(asker uuid, asked uuid) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.peer_hold := registry.lock_hold(asker, asked);
  tokens bytea[] := ARRAY(SELECT token FROM registry.peer_hold_token WHERE hold_id = held.hold_id);
BEGIN
  IF held.released_at IS NOT NULL THEN
    RETURN 'released';
  ELSIF held.settled_at IS NOT NULL THEN
    -- It was paid there: whoever asks again before paying has forgotten it.
    RETURN 'settled';
  ELSIF held.confirmed_at IS NOT NULL THEN
    RETURN 'confirmed';
  ELSIF registry.payments_closed() IS NOT NULL THEN
    RETURN 'closed';
  ELSIF held.hold_id IS NULL THEN
    RETURN 'unknown';
  ELSIF held.expires_at <= registry.registry_clock() THEN
    RETURN 'expired';
  ELSIF registry.is_spent(registry.persons_of_tokens(asker, tokens), held.key_group, held.benefit_line, held.skill_level,
      held.period) THEN
    RETURN 'claimed';
  END IF;
  UPDATE registry.peer_hold SET confirmed_at = registry.registry_clock() WHERE hold_id = held.hold_id;
  RETURN 'confirmed';
END $$;
COMMENT ON FUNCTION confirm_hold(uuid, uuid) IS 'From here on the hold has no expiry. Asked twice it says the same; too late it says so.';

CREATE FUNCTION settle_hold(asker uuid, asked uuid) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.peer_hold := registry.lock_hold(asker, asked);
BEGIN
  IF held.hold_id IS NULL THEN
    RETURN 'unknown';
  ELSIF held.released_at IS NOT NULL THEN
    RETURN 'released';
  ELSIF held.confirmed_at IS NULL THEN
    RETURN 'not_confirmed';
  END IF;
  UPDATE registry.peer_hold SET settled_at = registry.registry_clock() WHERE hold_id = held.hold_id AND settled_at IS NULL;
  RETURN CASE WHEN held.contradicts THEN 'contradicts' ELSE 'settled' END;
END $$;
COMMENT ON FUNCTION settle_hold(uuid, uuid) IS 'Paid there: the hold stays for ever.';

CREATE FUNCTION release_hold(asker uuid, asked uuid, why text, evidence text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.peer_hold := registry.lock_hold(asker, asked);
BEGIN
  IF held.hold_id IS NULL THEN
    RETURN 'unknown';
  ELSIF held.released_at IS NOT NULL THEN
    RETURN 'released';
  ELSIF held.settled_at IS NOT NULL THEN
    RETURN 'settled';
  ELSIF held.confirmed_at IS NOT NULL AND why <> 'bank_rejected' THEN
    RETURN 'confirmed';
  END IF;
  UPDATE registry.peer_hold SET released_at = registry.registry_clock(), release_reason = why, release_evidence = evidence
    WHERE hold_id = held.hold_id;
  RETURN 'released';
END $$;
"""

GATES = """
CREATE FUNCTION refuse_hold_of_spent() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  held registry.peer_hold;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  SELECT * INTO held FROM registry.peer_hold WHERE peer_hold.hold_id = NEW.hold_id;
  IF NOT held.contradicts AND registry.is_spent(registry.persons_of_tokens(held.peer_id,
      ARRAY(SELECT token FROM registry.peer_hold_token AS about WHERE about.hold_id = NEW.hold_id)), held.key_group,
      held.benefit_line, held.skill_level, held.period) THEN
    RAISE EXCEPTION 'it is paid here' USING ERRCODE = '23001', CONSTRAINT = 'peer_hold_not_spent_here', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION refuse_key_held_for_peer() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM registry.live_holds(NULL, NULL, ARRAY(SELECT registry.person_group(NEW.person_id)), NEW.key_group,
      NEW.benefit_line, NEW.skill_level, NEW.period)) THEN
    -- The state by which submit_claims and decide_appeal answer; the message is their outcome.
    RAISE EXCEPTION 'benefit_held_elsewhere'
      USING ERRCODE = 'RG001', CONSTRAINT = 'benefit_key_not_held_elsewhere', TABLE = 'benefit_key';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION registries_to_ask(wanted text, division text, on_day date)
  RETURNS TABLE (peer_id uuid, rule_id uuid)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT ON (rule.peer_id) rule.peer_id, rule.rule_id FROM registry.asking_rule AS rule
  WHERE rule.kind = wanted AND rule.confirmed_at IS NOT NULL AND rule.starts_on <= on_day
    AND NOT (rule.end_confirmed_at IS NOT NULL AND rule.ends_before <= on_day)
    AND starts_with(division, registry.division_prefix(rule.division_code))
  ORDER BY rule.peer_id, length(registry.division_prefix(rule.division_code)) DESC, rule.starts_on DESC
$$;
COMMENT ON FUNCTION registries_to_ask(text, text, date) IS 'Which registries must be asked before this kind is paid for this area on this day, and why.';

CREATE FUNCTION confirmation_of(filed registry.claim, asked_peer uuid) RETURNS uuid
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT own.attestation_id FROM registry.attestation AS own
  JOIN registry.attestation_confirmation AS sure USING (person_id, attestation_id)
  WHERE own.person_id = filed.person_id AND own.peer_id = asked_peer AND own.key_group = filed.key_group
    AND own.benefit_line = filed.benefit_line AND own.skill_level = filed.skill_level AND own.period = filed.period
    AND own.closed_at IS NULL
    AND NOT EXISTS (SELECT FROM registry.attestation_end AS ended
      WHERE ended.person_id = own.person_id AND ended.attestation_id = own.attestation_id)
  ORDER BY own.attestation_id LIMIT 1
$$;
COMMENT ON FUNCTION confirmation_of(registry.claim, uuid) IS
  'What a peer has confirmed for this person and key, whatever claim it was asked for, and what has not ended.';

CREATE FUNCTION standing_confirmation(filed registry.claim, asked_peer uuid) RETURNS uuid
  LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT own.attestation_id FROM registry.attestation AS own
  JOIN registry.attestation_confirmation AS sure USING (person_id, attestation_id)
  WHERE own.person_id = filed.person_id AND own.attestation_id = registry.confirmation_of(filed, asked_peer)
    AND greatest(sure.heard_at, own.confirmed_anew_at) > registry.last_disturbance()
    AND registry.covers_person(own.person_id, own.attestation_id, own.peer_id)
$$;
COMMENT ON FUNCTION standing_confirmation(registry.claim, uuid) IS
  'The confirmation a payment may rest on: said (again) since the server was started or restored, and of every number of the person.';

CREATE FUNCTION refuse_payment_past_registries() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  paying registry.claim;
  members uuid[];
BEGIN
  IF NOT EXISTS (SELECT FROM registry.peer_registry WHERE confirmed_at IS NOT NULL) THEN
    RETURN NEW;
  END IF;
  PERFORM registry.refuse_old_snapshot();
  IF TG_TABLE_NAME = 'benefit' THEN
    SELECT * INTO paying FROM registry.claim
      WHERE claim.person_id = NEW.person_id AND claim.claim_id = NEW.claim_id FOR UPDATE;
  ELSE
    SELECT claim.* INTO paying FROM registry.benefit JOIN registry.claim USING (person_id, claim_id)
      WHERE benefit.person_id = NEW.person_id AND benefit.benefit_id = NEW.benefit_id FOR UPDATE OF claim;
  END IF;
  members := ARRAY(SELECT registry.person_group(paying.person_id));
  -- Somebody without any number, or with one whose token is still to be made, could be held for and nobody would see it.
  IF registry.tokens_of(members) = '{}' OR EXISTS (SELECT FROM registry.person_identifier AS number CROSS JOIN registry.peer_registry AS peer
      WHERE number.person_id = ANY (members) AND number.end_kind IS DISTINCT FROM 'not_theirs'
        AND peer.confirmed_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM registry.person_token AS made WHERE made.person_id = number.person_id
          AND made.peer_id = peer.peer_id AND made.identifier_id = number.identifier_id)) THEN
    RAISE EXCEPTION 'a hold for this person could not be seen yet'
      USING ERRCODE = '23001', CONSTRAINT = 'benefit_person_comparable', TABLE = TG_TABLE_NAME;
  END IF;
  PERFORM registry.lock_tokens(registry.tokens_of(members));
  IF EXISTS (SELECT FROM registry.live_holds(NULL, NULL, members, paying.key_group, paying.benefit_line, paying.skill_level,
      paying.period)) THEN
    RAISE EXCEPTION 'another registry was told that it is not claimed here'
      USING ERRCODE = '23001', CONSTRAINT = 'benefit_not_held_elsewhere', TABLE = TG_TABLE_NAME;
  END IF;
  IF EXISTS (SELECT FROM registry.registries_to_ask(paying.kind, paying.division_code,
        registry.law_date(registry.registry_now())) AS asked
      WHERE registry.standing_confirmation(paying, asked.peer_id) IS NULL) THEN
    RAISE EXCEPTION 'a registry on the list has not confirmed'
      USING ERRCODE = '23001', CONSTRAINT = 'benefit_registries_asked', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION point_at_confirmations() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  paying registry.claim;
BEGIN
  SELECT claim.* INTO paying FROM registry.benefit JOIN registry.claim USING (person_id, claim_id)
    WHERE benefit.person_id = NEW.person_id AND benefit.benefit_id = NEW.benefit_id;
  INSERT INTO registry.payment_attestation (person_id, instruction_id, peer_id, attestation_id, rule_id)
    SELECT NEW.person_id, NEW.instruction_id, asked.peer_id, registry.standing_confirmation(paying, asked.peer_id), asked.rule_id
    FROM registry.registries_to_ask(paying.kind, paying.division_code, registry.law_date(registry.registry_now())) AS asked;
  RETURN NULL;
END $$;

CREATE FUNCTION refuse_early_end() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  own registry.attestation;
  permitted boolean;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  SELECT * INTO own FROM registry.attestation
    WHERE attestation.person_id = NEW.person_id AND attestation.attestation_id = NEW.attestation_id FOR UPDATE;
  -- A payment of this key locks its claim, and so do the bank's answers: what rests on the confirmation stands still.
  PERFORM FROM registry.claim WHERE claim.person_id = own.person_id AND claim.key_group = own.key_group
    AND claim.benefit_line = own.benefit_line AND claim.skill_level = own.skill_level AND claim.period = own.period
    ORDER BY claim.claim_id FOR UPDATE;
  permitted := CASE NEW.reason
    WHEN 'withdrawn' THEN NOT EXISTS (SELECT FROM registry.attestation_confirmation AS sure
      WHERE sure.person_id = NEW.person_id AND sure.attestation_id = NEW.attestation_id)
    -- What two officers called paid against the bank's rejection (0024a) is paid, too.
    ELSE EXISTS (SELECT FROM registry.payment_attestation AS rests JOIN registry.bank_instruction AS told USING (instruction_id)
        JOIN registry.benefit AS paying ON paying.person_id = told.person_id AND paying.benefit_id = told.benefit_id
        WHERE rests.person_id = NEW.person_id AND rests.attestation_id = NEW.attestation_id
          AND told.instruction_id = NEW.instruction_id
          AND CASE NEW.reason WHEN 'settled' THEN told.state = 'settled' OR paying.settled_at IS NOT NULL
                ELSE told.state = 'rejected' AND paying.settled_at IS NULL END)
      AND (NEW.reason = 'settled' OR NOT EXISTS (SELECT FROM registry.payment_attestation AS rests
        JOIN registry.bank_instruction AS told USING (instruction_id)
        WHERE rests.person_id = NEW.person_id AND rests.attestation_id = NEW.attestation_id
          AND (told.state <> 'rejected' OR registry.bank_contradicts(told.benefit_id, NULL)))) END;
  IF permitted IS NOT TRUE THEN
    RAISE EXCEPTION 'a confirmed hold ends by the bank''s last word only'
      USING ERRCODE = '23001', CONSTRAINT = 'attestation_end_rests_on_bank', TABLE = 'attestation_end';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION refuse_late_confirmation() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM FROM registry.attestation WHERE attestation.person_id = NEW.person_id
    AND attestation.attestation_id = NEW.attestation_id FOR UPDATE;
  IF EXISTS (SELECT FROM registry.attestation_end AS ended WHERE ended.person_id = NEW.person_id
      AND ended.attestation_id = NEW.attestation_id) THEN
    RAISE EXCEPTION 'it was given up' USING ERRCODE = '23001', CONSTRAINT = 'attestation_confirmation_not_ended',
      TABLE = 'attestation_confirmation';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION queue_tokens() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO registry.token_due (person_id, peer_id, identifier_id)
    SELECT arrived.person_id, peer.peer_id, arrived.identifier_id FROM arrived CROSS JOIN registry.peer_registry AS peer
    WHERE peer.confirmed_at IS NOT NULL;
  RETURN NULL;
END $$;

CREATE FUNCTION sweep_tokens() RETURNS integer LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH lacking AS (
    INSERT INTO registry.token_due (person_id, peer_id, identifier_id)
    SELECT number.person_id, peer.peer_id, number.identifier_id FROM registry.person_identifier AS number
    CROSS JOIN registry.peer_registry AS peer
    WHERE peer.confirmed_at IS NOT NULL AND NOT EXISTS (SELECT FROM registry.person_token AS made
      WHERE made.person_id = number.person_id AND made.peer_id = peer.peer_id AND made.identifier_id = number.identifier_id)
    ON CONFLICT DO NOTHING RETURNING 1)
  SELECT count(*)::integer FROM lacking
$$;
COMMENT ON FUNCTION sweep_tokens() IS 'Numbers registered while a peer was being confirmed: their payments wait until they are swept up.';

CREATE FUNCTION confirm_peer(actor uuid, asked uuid) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE registry.peer_registry SET confirmed_by = actor, confirmed_at = registry.registry_now()
    WHERE peer_id = asked AND confirmed_at IS NULL AND ended_at IS NULL;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  PERFORM registry.sweep_tokens();
  RETURN true;
END $$;
"""

ASKING = """
CREATE FUNCTION ask_registries(actor uuid, asked uuid)
  RETURNS TABLE (attestation_id uuid, peer_id uuid)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
  held registry.claim;
  due record;
  open_one registry.attestation;
BEGIN
  SELECT * INTO held FROM registry.claim WHERE claim.claim_id = asked;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  PERFORM FROM registry.claim WHERE claim.person_id = held.person_id AND claim.claim_id = asked FOR UPDATE;
  IF (SELECT kind FROM registry.principal WHERE principal_id = actor) IS DISTINCT FROM 'system'
     AND NOT registry.officer_may(actor, 'review', held.division_code)
     AND NOT registry.officer_may(actor, 'payment', held.division_code) THEN
    RAISE EXCEPTION 'not theirs to ask' USING ERRCODE = '23001', CONSTRAINT = 'claim_officer_permitted', TABLE = 'attestation';
  END IF;
  FOR due IN SELECT listed.peer_id FROM registry.registries_to_ask(held.kind, held.division_code,
      registry.law_date(registry.registry_now())) AS listed
    WHERE registry.confirmation_of(held, listed.peer_id) IS NULL
  LOOP
    SELECT * INTO open_one FROM registry.attestation AS own WHERE own.person_id = held.person_id AND own.claim_id = asked
      AND own.peer_id = due.peer_id AND own.closed_at IS NULL;
    -- Unanswered, or answered and still good: asked already.
    CONTINUE WHEN FOUND AND NOT EXISTS (SELECT FROM registry.attestation_answer AS said
        WHERE said.person_id = open_one.person_id AND said.attestation_id = open_one.attestation_id
          AND (said.outcome <> 'not_claimed' OR said.expires_at <= registry.registry_now()))
      AND NOT EXISTS (SELECT FROM registry.attestation_end AS ended
        WHERE ended.person_id = open_one.person_id AND ended.attestation_id = open_one.attestation_id);
    UPDATE registry.attestation AS own SET closed_at = registry.registry_now(), next_try_at = NULL
      WHERE own.person_id = held.person_id AND own.attestation_id = open_one.attestation_id;
    attestation_id := uuidv7();
    peer_id := due.peer_id;
    INSERT INTO registry.attestation (person_id, attestation_id, claim_id, peer_id, key_group, benefit_line, skill_level, period,
        asked_by)
      VALUES (held.person_id, attestation_id, asked, due.peer_id, held.key_group, held.benefit_line, held.skill_level,
        held.period, actor);
    RETURN NEXT;
  END LOOP;
END $$;
COMMENT ON FUNCTION ask_registries(uuid, uuid) IS 'Puts one question to each registry on the list that has no good answer yet; the job asks them.';

CREATE FUNCTION claim_registries(asked uuid, prefix text) RETURNS jsonb
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT jsonb_build_object('claim_id', held.claim_id,
    'required', (SELECT coalesce(jsonb_agg(jsonb_build_object('peer_id', peer.peer_id, 'name', peer.name, 'rule_id', rule.rule_id,
        'starts_on', rule.starts_on, 'document', rule.document, 'clause', rule.clause,
        'standing', registry.standing_confirmation(held, peer.peer_id)) ORDER BY peer.peer_id), '[]')
      FROM registry.registries_to_ask(held.kind, held.division_code, registry.law_date(registry.registry_now())) AS listed
      JOIN registry.asking_rule AS rule USING (rule_id) JOIN registry.peer_registry AS peer ON peer.peer_id = listed.peer_id),
    'asked', (SELECT coalesce(jsonb_agg(jsonb_build_object('attestation_id', own.attestation_id, 'peer_id', own.peer_id,
        'name', peer.name, 'asked_at', own.asked_at, 'tries', own.tries, 'last_failure', own.last_failure,
        'closed_at', own.closed_at, 'outcome', said.outcome, 'answered_at', said.answered_at, 'expires_at', said.expires_at,
        'statement', said.statement, 'confirmed_at', sure.confirmed_at, 'confirmation', sure.statement,
        'end_reason', ended.reason, 'ended_at', ended.ended_at, 'acknowledged_at', ended.acknowledged_at)
        ORDER BY own.attestation_id), '[]')
      FROM registry.attestation AS own JOIN registry.peer_registry AS peer USING (peer_id)
      LEFT JOIN registry.attestation_answer AS said USING (person_id, attestation_id)
      LEFT JOIN registry.attestation_confirmation AS sure USING (person_id, attestation_id)
      LEFT JOIN registry.attestation_end AS ended USING (person_id, attestation_id)
      WHERE own.person_id = held.person_id AND own.key_group = held.key_group AND own.benefit_line = held.benefit_line
        AND own.skill_level = held.skill_level AND own.period = held.period),
    'held_for', (SELECT coalesce(jsonb_agg(jsonb_build_object('name', peer.name, 'held_at', hold.held_at,
        'expires_at', hold.expires_at, 'confirmed_at', hold.confirmed_at, 'settled_at', hold.settled_at)), '[]')
      FROM registry.live_holds(NULL, NULL, ARRAY(SELECT registry.person_group(held.person_id)), held.key_group,
        held.benefit_line, held.skill_level, held.period) AS hold JOIN registry.peer_registry AS peer USING (peer_id)))
  FROM registry.claim AS held WHERE held.claim_id = asked AND starts_with(held.division_code, prefix)
$$;
COMMENT ON FUNCTION claim_registries(uuid, text) IS 'Who must be asked, what was said, and for whom the place is kept; nothing of the person.';
"""

_INNER = f"""registry_clock(), lock_tokens(bytea[]), tokens_of(uuid[]), persons_of_tokens(uuid, bytea[]),
  use_of_key(uuid[], {_KEY_TYPES}), live_holds(uuid, bytea[], uuid[], {_KEY_TYPES}), is_spent(uuid[], {_KEY_TYPES}),
  lock_hold(uuid, uuid), covers_person(uuid, uuid, uuid), tokens_of_hold(uuid, uuid), confirmation_of(claim, uuid),
  standing_confirmation(claim, uuid)"""
_PEER_DOORS = f"""count_peer_question(uuid, text, text, text, text), meet_question(uuid, bigint), number_answer(uuid),
  look_for_attestation(uuid, uuid, bytea[], {_KEY_TYPES}, text, text),
  note_peer_look(uuid, bytea[], text, text, text),
  place_hold(uuid, uuid, uuid, bytea[], {_KEY_TYPES}, timestamptz, boolean), confirm_hold(uuid, uuid),
  settle_hold(uuid, uuid), release_hold(uuid, uuid, text, text)"""
_TRIGGERS = """refuse_hold_of_spent(), refuse_key_held_for_peer(), refuse_payment_past_registries(), point_at_confirmations(),
  refuse_early_end(), refuse_late_confirmation(), queue_tokens()"""
_OWN_DOORS = """registries_to_ask(text, text, date), sweep_tokens(), confirm_peer(uuid, uuid), ask_registries(uuid, uuid),
  claim_registries(uuid, text), meet_answer(uuid, bigint, bigint, bigint)"""

GRANTS = f"""
REVOKE ALL ON FUNCTION {_INNER}, {_PEER_DOORS}, {_TRIGGERS}, {_OWN_DOORS} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_PEER_DOORS} TO app_peer;
GRANT EXECUTE ON FUNCTION {_TRIGGERS} TO registry_owner;
GRANT EXECUTE ON FUNCTION ask_registries(uuid, uuid) TO app_agency, worker;
GRANT EXECUTE ON FUNCTION claim_registries(uuid, text) TO app_agency;
GRANT EXECUTE ON FUNCTION registries_to_ask(text, text, date) TO app_agency, worker;
GRANT EXECUTE ON FUNCTION covers_person(uuid, uuid, uuid), sweep_tokens(), meet_answer(uuid, bigint, bigint, bigint) TO worker;
GRANT EXECUTE ON FUNCTION confirm_peer(uuid, uuid) TO app_access;
GRANT EXECUTE ON FUNCTION read_records(uuid, uuid, text, text, text, bytea[]),
  read_certificates(uuid, uuid, text, text, text, bytea[], bytea[], uuid) TO app_peer;
"""

HANGING = """
CREATE TRIGGER not_spent_here AFTER INSERT ON peer_hold_token FOR EACH ROW EXECUTE FUNCTION refuse_hold_of_spent();
CREATE TRIGGER not_spent_here AFTER UPDATE OF confirmed_at ON peer_hold FOR EACH ROW EXECUTE FUNCTION refuse_hold_of_spent();
CREATE TRIGGER not_held_elsewhere BEFORE INSERT ON benefit_key FOR EACH ROW WHEN (NEW.origin = 'claim')
  EXECUTE FUNCTION refuse_key_held_for_peer();
CREATE TRIGGER other_registries BEFORE INSERT ON benefit FOR EACH ROW EXECUTE FUNCTION refuse_payment_past_registries();
CREATE TRIGGER other_registries BEFORE INSERT ON bank_instruction FOR EACH ROW WHEN (NEW.benefit_id IS NOT NULL)
  EXECUTE FUNCTION refuse_payment_past_registries();
CREATE TRIGGER points_at_confirmations AFTER INSERT ON bank_instruction FOR EACH ROW WHEN (NEW.benefit_id IS NOT NULL)
  EXECUTE FUNCTION point_at_confirmations();
CREATE TRIGGER rests_on_bank BEFORE INSERT ON attestation_end FOR EACH ROW EXECUTE FUNCTION refuse_early_end();
CREATE TRIGGER not_ended BEFORE INSERT ON attestation_confirmation FOR EACH ROW EXECUTE FUNCTION refuse_late_confirmation();
CREATE TRIGGER queues_tokens AFTER INSERT ON person_identifier REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT
  EXECUTE FUNCTION queue_tokens();
ALTER TABLE peer_hold_token ENABLE ALWAYS TRIGGER not_spent_here;
ALTER TABLE peer_hold ENABLE ALWAYS TRIGGER not_spent_here;
ALTER TABLE benefit_key ENABLE ALWAYS TRIGGER not_held_elsewhere;
ALTER TABLE benefit ENABLE ALWAYS TRIGGER other_registries;
ALTER TABLE bank_instruction ENABLE ALWAYS TRIGGER other_registries, ENABLE ALWAYS TRIGGER points_at_confirmations;
ALTER TABLE attestation_end ENABLE ALWAYS TRIGGER rests_on_bank;
ALTER TABLE attestation_confirmation ENABLE ALWAYS TRIGGER not_ended;
ALTER TABLE person_identifier ENABLE ALWAYS TRIGGER queues_tokens;
"""


def upgrade() -> None:
    execute_script(
        "SET ROLE access_owner;" + LOOKING + ANSWERING + GATES + ASKING + GRANTS + "SET ROLE registry_owner;"
    )
    execute_script(HANGING)


def downgrade() -> None:
    execute_script("""
    DROP TRIGGER queues_tokens ON person_identifier;
    DROP TRIGGER points_at_confirmations ON bank_instruction;
    DROP TRIGGER other_registries ON bank_instruction;
    DROP TRIGGER other_registries ON benefit;
    DROP TRIGGER not_held_elsewhere ON benefit_key;
    DROP TRIGGER not_ended ON attestation_confirmation;
    DROP TRIGGER rests_on_bank ON attestation_end;
    DROP TRIGGER not_spent_here ON peer_hold;
    DROP TRIGGER not_spent_here ON peer_hold_token;
    """)
    execute_script(f"""SET ROLE access_owner;
    REVOKE EXECUTE ON FUNCTION read_records(uuid, uuid, text, text, text, bytea[]),
      read_certificates(uuid, uuid, text, text, text, bytea[], bytea[], uuid) FROM app_peer;
    DROP FUNCTION {_OWN_DOORS}, {_TRIGGERS}, {_PEER_DOORS}, {_INNER};
    SET ROLE registry_owner;""")
