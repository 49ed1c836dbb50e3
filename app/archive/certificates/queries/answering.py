"""What storing answers reads and writes, set by set: a sync of thousands takes a handful of statements."""

STILL = """
SELECT certificate.person_id, certificate.certificate_id, certificate.state, certificate.kind,
  certificate.number_id, certificate.check_attempts, certificate.issued_on, certificate.valid_until,
  certificate.submitted_at, certificate.last_confirmed_at, certificate.check_due_at,
  certificate.occupation_edition, certificate.occupation_code, certificate.trade_name, certificate.skill_level,
  certificate.body_id, certificate.body_name, certificate.review_due_on,
  (SELECT max(answer.answered_at) FROM certificate_answer AS answer
   WHERE answer.person_id = certificate.person_id AND answer.certificate_id = certificate.certificate_id)
    AS last_answered_at,
  (SELECT tolling.reason FROM certificate_tolling AS tolling
   WHERE tolling.person_id = certificate.person_id AND tolling.certificate_id = certificate.certificate_id
     AND tolling.ended_on IS NULL) AS standing,
  EXISTS (SELECT FROM certificate_tolling AS tolling
   WHERE tolling.person_id = certificate.person_id AND tolling.certificate_id = certificate.certificate_id)
    AS was_tolled
FROM certificate
JOIN unnest($1::uuid[], $2::uuid[]) AS asked (person_id, certificate_id)
  ON certificate.person_id = asked.person_id AND certificate.certificate_id = asked.certificate_id
ORDER BY certificate.person_id, certificate.certificate_id FOR UPDATE OF certificate
"""
ANSWER = """
INSERT INTO certificate_answer (person_id, certificate_id, outcome, channel, evidence_id, answered_at, complete_through)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::date[])
ON CONFLICT ON CONSTRAINT certificate_answer_once DO NOTHING
RETURNING person_id, certificate_id, channel, evidence_id
"""
# Numbers in one order, so that two workers who meet wait for each other and do not lock up. What an officer took away
# from somebody no machine gives back.
HOLD = """
INSERT INTO certificate_holder (number_id, person_id, certificate_id)
SELECT claimed.number_id, claimed.person_id, claimed.certificate_id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS claimed (number_id, person_id, certificate_id)
WHERE NOT EXISTS (SELECT FROM certificate_release AS released
  WHERE released.person_id = claimed.person_id AND released.certificate_id = claimed.certificate_id)
ORDER BY claimed.number_id, claimed.certificate_id
ON CONFLICT DO NOTHING
"""
HELD_BY_OTHERS = """
SELECT claimed.certificate_id, held.certificate_id AS holding_id
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS claimed (number_id, person_id, certificate_id)
JOIN certificate_holder AS held ON held.number_id = claimed.number_id
WHERE held.person_id <> claimed.person_id
  AND held.person_id NOT IN (SELECT person_group(claimed.person_id))
"""
SETTLE = """
UPDATE certificate SET kind = told.kind, state = told.state, last_confirmed_at = told.last_confirmed_at,
  check_due_at = told.check_due_at, check_attempts = 0, occupation_edition = told.occupation_edition,
  occupation_code = told.occupation_code, trade_name = told.trade_name, skill_level = told.skill_level,
  body_id = told.body_id, body_name = told.body_name, issued_on = told.issued_on, valid_until = told.valid_until,
  review_due_on = told.review_due_on
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::smallint[],
    $8::text[], $9::text[], $10::text[], $11::uuid[], $12::text[], $13::date[], $14::date[], $15::date[])
  AS told (person_id, certificate_id, kind, state, last_confirmed_at, check_due_at, occupation_edition,
    occupation_code, trade_name, skill_level, body_id, body_name, issued_on, valid_until, review_due_on)
WHERE certificate.person_id = told.person_id AND certificate.certificate_id = told.certificate_id
"""
CHANGE = """
INSERT INTO certificate_state_change
  (person_id, certificate_id, change_id, from_state, to_state, reason_code, changed_by)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[])
"""
END_TOLLING = """
UPDATE certificate_tolling SET ended_on = greatest(certificate_tolling.starts_on, $3)
FROM unnest($1::uuid[], $2::uuid[]) AS told (person_id, certificate_id)
WHERE certificate_tolling.person_id = told.person_id AND certificate_tolling.certificate_id = told.certificate_id
  AND certificate_tolling.ended_on IS NULL
"""
TOLL = """
INSERT INTO certificate_tolling (person_id, certificate_id, starts_on, reason)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::text[])
ON CONFLICT (person_id, certificate_id) WHERE ended_on IS NULL DO NOTHING
"""
# An entry that was corrected since, and what stands in its place: somebody may have paid on either.
LINKED_ENTRIES = """
WITH RECURSIVE linked AS (
  SELECT link.certificate_id, entry.person_id, entry.entry_id, entry.record_number
  FROM certificate_link AS link
  JOIN record_entry AS entry ON entry.person_id = link.entry_person_id AND entry.entry_id = link.entry_id
  JOIN unnest($1::uuid[], $2::uuid[]) AS told (person_id, certificate_id)
    ON link.person_id = told.person_id AND link.certificate_id = told.certificate_id
  WHERE link.unlinked_at IS NULL
  UNION ALL
  SELECT linked.certificate_id, later.person_id, later.entry_id, later.record_number
  FROM linked JOIN record_entry AS later ON later.person_id = linked.person_id AND later.supersedes = linked.entry_id
)
SELECT linked.certificate_id, linked.record_number FROM linked
UNION ALL
SELECT entry.certificate_id, entry.record_number
FROM record_entry AS entry
JOIN unnest($1::uuid[], $2::uuid[]) AS told (person_id, certificate_id)
  ON entry.person_id = told.person_id AND entry.certificate_id = told.certificate_id
WHERE entry.kind = 'certificate' AND entry.revoked_at IS NULL
"""
BODIES = "SELECT body_code, body_id FROM evaluation_body WHERE body_code = ANY($1::text[])"
EXPIRE = """
WITH over AS (
  SELECT certificate.person_id, certificate.certificate_id FROM certificate
  WHERE certificate.state = 'matched' AND certificate.valid_until < $1 AND certificate.check_due_at <= $2
  ORDER BY certificate.person_id, certificate.certificate_id LIMIT 1000 FOR UPDATE SKIP LOCKED
), expired AS (
  UPDATE certificate SET state = 'expired', check_due_at = NULL FROM over
  WHERE certificate.person_id = over.person_id AND certificate.certificate_id = over.certificate_id
  RETURNING certificate.person_id, certificate.certificate_id
)
INSERT INTO certificate_state_change (person_id, certificate_id, from_state, to_state, reason_code, changed_by)
SELECT expired.person_id, expired.certificate_id, 'matched', 'expired', 'validity_over', $3 FROM expired
"""
"""Expiry is a matter of the calendar: it needs no answer of the network."""
