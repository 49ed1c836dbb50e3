"""Sealing (入库封存): every archive entry gets an index in the log before money may rest on it.

Why: 凡补必进、不进不补 reads 进 as sealed, not merely stored: a benefit points at ``inclusion`` by foreign key. A leaf
holds commitments only; its salt stands apart, so that an entry can be made meaningless without touching history.
Lock taken, and for how long: none that matters, new tables only.
Safe with the previous release running: yes.
How undone: downgrade drops the tables.
"""

from app.db.migration import execute_script

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

LOG = """
CREATE TABLE log_leaf (
  leaf_index bigint NOT NULL,
  leaf bytea NOT NULL,
  leaf_hash bytea NOT NULL,
  queued_at timestamptz NOT NULL DEFAULT registry_now(),
  sealed_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT log_leaf_pkey PRIMARY KEY (leaf_index),
  CONSTRAINT log_leaf_index_counted CHECK (leaf_index >= 0),
  CONSTRAINT log_leaf_size CHECK (octet_length(leaf) BETWEEN 2 AND 4096),
  CONSTRAINT log_leaf_hash_of_leaf CHECK (leaf_hash = sha256('\\x00'::bytea || leaf))
);
COMMENT ON TABLE log_leaf IS
  'One legal event: canonical JSON of commitments. leaf_hash is the RFC 6962 leaf hash, SHA-256 of a zero byte and the leaf.';
CREATE INDEX log_leaf_hash ON log_leaf USING hash (leaf_hash);
CALL make_append_only('log_leaf');

-- An index without the one before it would be a hole that no proof could span.
CREATE FUNCTION refuse_log_hole() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM arrived) <>
     (SELECT max(leaf_index) + 1 FROM registry.log_leaf) - (SELECT min(leaf_index) FROM arrived)
     OR (SELECT min(leaf_index) FROM arrived) > 0 AND NOT EXISTS (
       SELECT FROM registry.log_leaf WHERE leaf_index = (SELECT min(leaf_index) - 1 FROM arrived)) THEN
    RAISE EXCEPTION 'log indexes must follow one another'
      USING ERRCODE = '23001', CONSTRAINT = 'log_leaf_without_hole', TABLE = 'log_leaf';
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION refuse_log_hole() FROM PUBLIC;
CREATE TRIGGER log_leaf_without_hole AFTER INSERT ON log_leaf
  REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION refuse_log_hole();
ALTER TABLE log_leaf ENABLE ALWAYS TRIGGER log_leaf_without_hole;

CREATE TABLE log_node (
  level smallint NOT NULL,
  node_index bigint NOT NULL,
  node_hash bytea NOT NULL,
  CONSTRAINT log_node_pkey PRIMARY KEY (level, node_index),
  CONSTRAINT log_node_place CHECK (level BETWEEN 1 AND 7 AND node_index >= 0),
  CONSTRAINT log_node_length CHECK (octet_length(node_hash) = 32)
);
COMMENT ON TABLE log_node IS
  'Node i of level l: the RFC 6962 tree hash of the 256^l leaves from i * 256^l on, the hashes of C2SP tiles. Level 0 is log_leaf.';
CALL make_append_only('log_node');

CREATE TABLE log_checkpoint (
  size bigint NOT NULL,
  root bytea NOT NULL,
  note text NOT NULL,
  published_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT log_checkpoint_pkey PRIMARY KEY (size),
  CONSTRAINT log_checkpoint_size_counted CHECK (size > 0),
  CONSTRAINT log_checkpoint_root_length CHECK (octet_length(root) = 32),
  CONSTRAINT log_checkpoint_says CHECK (
    split_part(note, E'\\n', 2) = size::text AND split_part(note, E'\\n', 3) = encode(root, 'base64')
    AND split_part(note, E'\\n', 4) = '' AND split_part(note, E'\\n', 5) LIKE '— %')
);
COMMENT ON TABLE log_checkpoint IS
  'Every tree head that was published (C2SP tlog-checkpoint, with the signatures of the log). Stored after the file is out.';
CALL make_append_only('log_checkpoint');

CREATE FUNCTION refuse_log_rollback() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM registry.log_checkpoint AS before WHERE before.size > NEW.size)
     OR NOT EXISTS (SELECT FROM registry.log_leaf WHERE leaf_index = NEW.size - 1) THEN
    RAISE EXCEPTION 'a tree head covers stored leaves and grows'
      USING ERRCODE = '23001', CONSTRAINT = 'log_checkpoint_grows', TABLE = 'log_checkpoint';
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION refuse_log_rollback() FROM PUBLIC;
CREATE TRIGGER log_checkpoint_grows AFTER INSERT ON log_checkpoint FOR EACH ROW EXECUTE FUNCTION refuse_log_rollback();
ALTER TABLE log_checkpoint ENABLE ALWAYS TRIGGER log_checkpoint_grows;

CREATE TABLE leaf_salt (
  person_id uuid NOT NULL,
  leaf_index bigint NOT NULL,
  kind text NOT NULL,
  subject_id uuid NOT NULL,
  salt bytea,
  erased_at timestamptz,
  CONSTRAINT leaf_salt_pkey PRIMARY KEY (person_id, subject_id, kind, leaf_index),
  CONSTRAINT leaf_salt_length CHECK (octet_length(salt) = 32),
  CONSTRAINT leaf_salt_erased_whole CHECK ((salt IS NULL) = (erased_at IS NOT NULL))
);
COMMENT ON TABLE leaf_salt IS
  'What ties a leaf to its subject. Erasing it leaves the log whole and the leaf meaningless. What is of nobody has the nil person.';
CREATE INDEX leaf_salt_leaf ON leaf_salt (leaf_index);

CREATE TABLE inclusion (
  person_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  kind text NOT NULL DEFAULT 'entry',
  leaf_index bigint NOT NULL,
  checkpoint_size bigint NOT NULL,
  included_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT inclusion_pkey PRIMARY KEY (person_id, entry_id),
  CONSTRAINT inclusion_of_entry CHECK (kind = 'entry'),
  CONSTRAINT inclusion_published CHECK (leaf_index < checkpoint_size),
  CONSTRAINT inclusion_checkpoint_fkey FOREIGN KEY (checkpoint_size) REFERENCES log_checkpoint (size),
  CONSTRAINT inclusion_entry_fkey FOREIGN KEY (person_id, entry_id) REFERENCES record_entry (person_id, entry_id),
  CONSTRAINT inclusion_salt_fkey FOREIGN KEY (person_id, entry_id, kind, leaf_index)
    REFERENCES leaf_salt (person_id, subject_id, kind, leaf_index)
);
COMMENT ON TABLE inclusion IS
  '进: the entry is sealed under this index, and a published tree head covers it. Benefits point here: nothing else can be paid.';
CALL make_append_only('inclusion');

CREATE TABLE unsealed_event (
  event_id uuid NOT NULL DEFAULT uuidv7(),
  kind text NOT NULL,
  person_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  subject_id uuid NOT NULL,
  queued_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT unsealed_event_pkey PRIMARY KEY (event_id)
);
COMMENT ON TABLE unsealed_event IS
  'The queue of the sequencer: asking every table every few seconds what is not sealed would cost more each year.';
CREATE INDEX unsealed_event_age ON unsealed_event (queued_at);

CREATE FUNCTION queue_entries() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO registry.unsealed_event (kind, person_id, subject_id)
    SELECT 'entry', arrived.person_id, arrived.entry_id FROM arrived ORDER BY arrived.entry_id;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION queue_entries() FROM PUBLIC;
CREATE TRIGGER queued_for_sealing AFTER INSERT ON record_entry
  REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION queue_entries();
ALTER TABLE record_entry ENABLE ALWAYS TRIGGER queued_for_sealing;
INSERT INTO unsealed_event (kind, person_id, subject_id)
  SELECT 'entry', person_id, entry_id FROM record_entry ORDER BY entry_id;
"""

GRANTS = """
GRANT SELECT ON record_entry, log_leaf, log_node, log_checkpoint, leaf_salt, inclusion TO log_sequencer;
GRANT INSERT (leaf_index, leaf, leaf_hash, queued_at) ON log_leaf TO access_owner;
GRANT INSERT (level, node_index, node_hash) ON log_node TO access_owner;
GRANT INSERT (size, root, note) ON log_checkpoint TO access_owner;
GRANT INSERT (person_id, leaf_index, kind, subject_id, salt) ON leaf_salt TO access_owner;
GRANT INSERT (person_id, entry_id, leaf_index, checkpoint_size) ON inclusion TO access_owner;
GRANT SELECT ON log_leaf, log_node, log_checkpoint TO
  app_public, app_access, app_inst, app_agency, app_citizen, app_device, worker, auditor, access_owner;
GRANT SELECT ON inclusion TO auditor, worker, app_citizen, app_inst, access_owner, pay_worker;
GRANT SELECT ON leaf_salt TO auditor, app_citizen, access_owner;
GRANT SELECT ON unsealed_event TO log_sequencer, auditor, access_owner;
GRANT INSERT (kind, person_id, subject_id), DELETE ON unsealed_event TO access_owner;
"""

SEALING = """
CREATE FUNCTION seal_events(events uuid[], salts bytea[], leaves bytea[]) RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  first bigint;
  sealed bigint;
BEGIN
  -- One writer at a time: an index is given in the transaction that stores its leaf, so there are no holes.
  PERFORM pg_advisory_xact_lock(hashtext('registry.log_leaf'));
  SELECT coalesce(max(leaf_index) + 1, 0) INTO first FROM registry.log_leaf;
  WITH taken AS (
    DELETE FROM registry.unsealed_event AS waiting
    USING unnest(events, salts, leaves) WITH ORDINALITY AS line (event_id, salt, leaf, place)
    WHERE waiting.event_id = line.event_id
    RETURNING waiting.kind, waiting.person_id, waiting.subject_id, waiting.queued_at, line.salt, line.leaf, line.place
  ), given AS MATERIALIZED (
    SELECT taken.*, first - 1 + row_number() OVER (ORDER BY taken.place) AS leaf_index FROM taken
  ), logged AS (
    INSERT INTO registry.log_leaf (leaf_index, leaf, leaf_hash, queued_at)
    SELECT given.leaf_index, given.leaf, sha256('\\x00'::bytea || given.leaf), given.queued_at FROM given
  ), salted AS (
    INSERT INTO registry.leaf_salt (person_id, leaf_index, kind, subject_id, salt)
    SELECT given.person_id, given.leaf_index, given.kind, given.subject_id, given.salt FROM given RETURNING 1
  )
  SELECT count(*) INTO sealed FROM salted;
  RETURN sealed;
END $$;
COMMENT ON FUNCTION seal_events(uuid[], bytea[], bytea[]) IS
  'Leaves and salts together, in the order given, out of the queue; what is no longer in it is left out. How many were sealed.';
CREATE FUNCTION publish_log(new_size bigint, new_root bytea, signed text, levels smallint[], indexes bigint[], hashes bytea[])
  RETURNS bigint LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  before bigint;
  included bigint;
BEGIN
  SELECT coalesce(max(size), 0) INTO before FROM registry.log_checkpoint;
  INSERT INTO registry.log_node (level, node_index, node_hash)
    SELECT node.level, node.node_index, node.node_hash FROM unnest(levels, indexes, hashes) AS node (level, node_index, node_hash);
  INSERT INTO registry.log_checkpoint (size, root, note) VALUES (new_size, new_root, signed);
  -- Only now payable: whoever is told "sealed" can be shown a tree head that covers the entry.
  INSERT INTO registry.inclusion (person_id, entry_id, leaf_index, checkpoint_size)
    SELECT salt.person_id, salt.subject_id, salt.leaf_index, new_size FROM registry.leaf_salt AS salt
    WHERE salt.leaf_index >= before AND salt.leaf_index < new_size AND salt.kind = 'entry';
  GET DIAGNOSTICS included = ROW_COUNT;
  RETURN included;
END $$;
COMMENT ON FUNCTION publish_log(bigint, bytea, text, smallint[], bigint[], bytea[]) IS
  'Tree head, nodes and the inclusions it covers, once its file is out. How many entries became payable.';
CREATE FUNCTION log_delay_s() RETURNS double precision
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT greatest(coalesce(extract(epoch FROM registry.registry_now() - least(
    (SELECT min(unsealed_event.queued_at) FROM registry.unsealed_event),
    (SELECT log_leaf.queued_at FROM registry.log_leaf
     WHERE log_leaf.leaf_index = (SELECT coalesce(max(log_checkpoint.size), 0) FROM registry.log_checkpoint)))), 0), 0)::double precision
$$;
COMMENT ON FUNCTION log_delay_s() IS
  'How long the oldest event has waited for a published tree head that covers it, in seconds; 0 when none waits.';
CREATE FUNCTION sealing_status() RETURNS TABLE (size bigint, newest_sealed_at timestamptz, published_size bigint,
    published_at timestamptz, waiting bigint, oldest_waiting_s double precision)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(newest.leaf_index + 1, 0), newest.sealed_at, coalesce(head.size, 0), head.published_at,
    (SELECT count(*) FROM registry.unsealed_event) + coalesce(newest.leaf_index + 1, 0) - coalesce(head.size, 0),
    registry.log_delay_s()
  FROM (VALUES (true)) AS once
  LEFT JOIN LATERAL (SELECT log_leaf.leaf_index, log_leaf.sealed_at FROM registry.log_leaf
                     ORDER BY log_leaf.leaf_index DESC LIMIT 1) AS newest ON true
  LEFT JOIN LATERAL (SELECT log_checkpoint.size, log_checkpoint.published_at FROM registry.log_checkpoint
                     ORDER BY log_checkpoint.size DESC LIMIT 1) AS head ON true
$$;
COMMENT ON FUNCTION sealing_status() IS 'How far the log is and what waits, in numbers: anybody may know.';
REVOKE ALL ON FUNCTION seal_events(uuid[], bytea[], bytea[]),
  publish_log(bigint, bytea, text, smallint[], bigint[], bytea[]), log_delay_s(), sealing_status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION seal_events(uuid[], bytea[], bytea[]),
  publish_log(bigint, bytea, text, smallint[], bigint[], bytea[]) TO log_sequencer;
GRANT EXECUTE ON FUNCTION log_delay_s(), sealing_status() TO
  app_public, app_access, app_inst, app_agency, app_citizen, app_device, worker, auditor;
"""


def upgrade() -> None:
    execute_script(LOG + GRANTS)
    execute_script("SET ROLE access_owner;" + SEALING + "SET ROLE registry_owner;")


def downgrade() -> None:
    execute_script("""
    SET ROLE access_owner;
    DROP FUNCTION seal_events(uuid[], bytea[], bytea[]), sealing_status(), log_delay_s(),
      publish_log(bigint, bytea, text, smallint[], bigint[], bytea[]);
    SET ROLE registry_owner;
    DROP TRIGGER queued_for_sealing ON record_entry;
    DROP TABLE unsealed_event, inclusion, leaf_salt, log_checkpoint, log_node, log_leaf;
    DROP FUNCTION refuse_log_hole(), refuse_log_rollback(), queue_entries();
    REVOKE SELECT ON record_entry FROM log_sequencer;
    """)
