-- Proof in one's own hands: a share that has ended and one that is open, looks, printed documents, a credential, and
-- requests to correct the record. Nobody here is a real person; codes are no codes.
INSERT INTO record_share (person_id, share_id, scope, fields, name_shown, expires_at, looks_max, created_at, created_by,
  revoked_at) VALUES
  (:person, :share, 'entries', '{program}', 'masked', registry_now() + interval '7 days', 2, registry_now(), :citizen, NULL),
  (:person, :ended_share, 'record', '{program}', 'full', '2025-05-08 09:00+08', 9, '2025-05-01 09:00+08', :citizen, NULL),
  (:person, :revoked_share, 'record', '{program}', 'full', '2025-05-08 09:00+08', 9, '2025-05-01 09:00+08', :citizen,
   '2025-05-02 09:00+08'),
  (:person, :fresh_share, 'record', '{program}', 'full', '2025-05-08 09:00+08', 9, '2025-05-01 09:00+08', :citizen, NULL);
INSERT INTO record_share_entry (person_id, share_id, entry_person_id, entry_id)
  VALUES (:person, :share, :person, :new_entry);
INSERT INTO share_code (code_digest, person_id, share_id) VALUES
  (sha256('share'), :person, :share), (sha256('ended'), :person, :ended_share);
INSERT INTO share_look (person_id, share_id, nth, look_id, expires_at, looks_max, source_digest, source_region)
SELECT person_id, share_id, 1, :look, expires_at, looks_max, '\x01', '203.0.*.*' FROM record_share
WHERE share_id = :share;
INSERT INTO issued_document (person_id, document_id, kind, notice_id, content_sealed, issued_by, revoked_at) VALUES
  (:person, :extract, 'record_extract', NULL, '\x01', :citizen, NULL),
  (:person, :revoked_extract, 'record_extract', NULL, '\x01', :citizen, '2025-05-02 09:00+08'),
  (:person, :credential, 'credential', NULL, '\x01', :citizen, NULL),
  (:person, :second_credential, 'credential', NULL, '\x01', :citizen, NULL),
  (:refused, :notice_copy, 'decision_notice', :refused, '\x01', :citizen, NULL);
INSERT INTO issued_document_entry (person_id, document_id, entry_person_id, entry_id)
  VALUES (:person, :extract, :person, :new_entry);
INSERT INTO document_code (code_digest, person_id, document_id) VALUES (sha256('extract'), :person, :extract);
INSERT INTO document_look (person_id, document_id, source_digest, source_region)
  VALUES (:person, :extract, '\x01', '203.0.*.*');
INSERT INTO credential_slot (list_no, slot, person_id, document_id) VALUES (1, 7, :person, :credential);
INSERT INTO code_attempt (source_digest, is_hit) VALUES ('\x01', false);
INSERT INTO correction_request (person_id, request_id, entry_id, grounds_sealed, filed_by, due_on)
  VALUES (:person, :open_request, :new_entry, '\x01', :citizen, '2999-01-01');
INSERT INTO correction_request (person_id, request_id, entry_id, grounds_sealed, filed_by, due_on, answer, answer_reason,
  answered_at, answered_by)
  VALUES (:person, :refused_request, :entry, '\x01', :citizen, '2999-01-01', 'refused', '核对无误',
   '2025-05-02 09:00+08', :officer);
