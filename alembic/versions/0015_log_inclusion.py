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
  sealed_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT log_leaf_pkey PRIMARY KEY (leaf_index),
  CONSTRAINT log_leaf_index_counted CHECK (leaf_index >= 0),
  CONSTRAINT log_leaf_size CHECK (octet_length(leaf) BETWEEN 2 AND 4096),
  CONSTRAINT log_leaf_hash_of_leaf CHECK (leaf_hash = sha256('\\x00'::bytea || leaf))
);
COMMENT ON TABLE log_leaf IS
  'One legal event: canonical JSON of commitments. leaf_hash is the RFC 6962 leaf hash, SHA-256 of a zero byte and the leaf.';
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

CREATE TABLE leaf_salt (
  person_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  salt bytea,
  erased_at timestamptz,
  CONSTRAINT leaf_salt_pkey PRIMARY KEY (person_id, entry_id),
  CONSTRAINT leaf_salt_length CHECK (octet_length(salt) = 32),
  CONSTRAINT leaf_salt_erased_whole CHECK ((salt IS NULL) = (erased_at IS NOT NULL)),
  CONSTRAINT leaf_salt_entry_fkey FOREIGN KEY (person_id, entry_id) REFERENCES record_entry (person_id, entry_id)
);
COMMENT ON TABLE leaf_salt IS 'What ties a leaf to its entry. Erasing it leaves the log whole and the leaf meaningless.';

CREATE TABLE inclusion (
  person_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  leaf_index bigint NOT NULL,
  included_at timestamptz NOT NULL DEFAULT registry_now(),
  CONSTRAINT inclusion_pkey PRIMARY KEY (person_id, entry_id),
  CONSTRAINT inclusion_entry_fkey FOREIGN KEY (person_id, entry_id) REFERENCES record_entry (person_id, entry_id),
  CONSTRAINT inclusion_salt_fkey FOREIGN KEY (person_id, entry_id) REFERENCES leaf_salt (person_id, entry_id)
);
COMMENT ON TABLE inclusion IS '进: the entry is sealed under this index. Benefits point here, so nothing unsealed can be paid.';
CALL make_append_only('inclusion');

CREATE TABLE unsealed_entry (
  person_id uuid NOT NULL,
  entry_id uuid NOT NULL,
  appended_at timestamptz NOT NULL,
  CONSTRAINT unsealed_entry_pkey PRIMARY KEY (person_id, entry_id),
  CONSTRAINT unsealed_entry_entry_fkey FOREIGN KEY (person_id, entry_id) REFERENCES record_entry (person_id, entry_id)
);
COMMENT ON TABLE unsealed_entry IS
  'The queue of the sequencer: asking the whole archive every few seconds what is not sealed would cost more each year.';
CREATE INDEX unsealed_entry_order ON unsealed_entry (entry_id);
CREATE INDEX unsealed_entry_age ON unsealed_entry (appended_at);

CREATE FUNCTION queue_for_sealing() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO registry.unsealed_entry (person_id, entry_id, appended_at)
    SELECT arrived.person_id, arrived.entry_id, arrived.appended_at FROM arrived;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION queue_for_sealing() FROM PUBLIC;
CREATE TRIGGER queued_for_sealing AFTER INSERT ON record_entry
  REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT EXECUTE FUNCTION queue_for_sealing();
ALTER TABLE record_entry ENABLE ALWAYS TRIGGER queued_for_sealing;
INSERT INTO unsealed_entry (person_id, entry_id, appended_at)
  SELECT person_id, entry_id, appended_at FROM record_entry;
"""

GRANTS = """
GRANT SELECT ON record_entry, log_leaf, inclusion TO log_sequencer;
GRANT INSERT (leaf_index, leaf, leaf_hash) ON log_leaf TO access_owner;
GRANT INSERT (person_id, entry_id, salt) ON leaf_salt TO access_owner;
GRANT INSERT (person_id, entry_id, leaf_index) ON inclusion TO access_owner;
GRANT SELECT ON log_leaf TO auditor, worker, app_public, access_owner;
GRANT SELECT ON inclusion TO auditor, worker, app_citizen, app_inst, access_owner, pay_worker;
GRANT SELECT ON leaf_salt TO auditor, app_citizen, access_owner;
GRANT SELECT ON unsealed_entry TO log_sequencer, auditor, access_owner;
GRANT DELETE ON unsealed_entry TO access_owner;
"""

SEALING = """
CREATE FUNCTION seal_entries(persons uuid[], entries uuid[], salts bytea[], leaves bytea[]) RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  first bigint;
  sealed bigint;
BEGIN
  -- One writer at a time: an index is given in the transaction that stores its leaf, so there are no holes.
  PERFORM pg_advisory_xact_lock(hashtext('registry.log_leaf'));
  SELECT coalesce(max(leaf_index) + 1, 0) INTO first FROM registry.log_leaf;
  WITH given AS MATERIALIZED (
    SELECT line.*, first - 1 + row_number() OVER (ORDER BY line.place) AS leaf_index
    FROM unnest(persons, entries, salts, leaves) WITH ORDINALITY AS line (person_id, entry_id, salt, leaf, place)
    WHERE NOT EXISTS (SELECT FROM registry.inclusion
      WHERE inclusion.person_id = line.person_id AND inclusion.entry_id = line.entry_id)
  ), logged AS (
    INSERT INTO registry.log_leaf (leaf_index, leaf, leaf_hash)
    SELECT given.leaf_index, given.leaf, sha256('\\x00'::bytea || given.leaf) FROM given
  ), salted AS (
    INSERT INTO registry.leaf_salt (person_id, entry_id, salt)
    SELECT given.person_id, given.entry_id, given.salt FROM given
  ), included AS (
    INSERT INTO registry.inclusion (person_id, entry_id, leaf_index)
    SELECT given.person_id, given.entry_id, given.leaf_index FROM given RETURNING 1
  )
  SELECT count(*) INTO sealed FROM included;
  DELETE FROM registry.unsealed_entry AS waiting
    USING unnest(persons, entries) AS done (person_id, entry_id)
    WHERE waiting.person_id = done.person_id AND waiting.entry_id = done.entry_id;
  RETURN sealed;
END $$;
COMMENT ON FUNCTION seal_entries(uuid[], uuid[], bytea[], bytea[]) IS
  'Leaves, salts and inclusions together, in the order given; entries already sealed are left out. How many were sealed.';
CREATE FUNCTION sealing_status() RETURNS TABLE (size bigint, newest_sealed_at timestamptz, waiting bigint, oldest_waiting_s double precision)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(newest.leaf_index + 1, 0), newest.sealed_at, queue.waiting,
    coalesce(extract(epoch FROM registry.registry_now() - queue.oldest), 0)::double precision
  FROM (SELECT count(*) AS waiting, min(unsealed_entry.appended_at) AS oldest FROM registry.unsealed_entry) AS queue
  LEFT JOIN LATERAL (SELECT log_leaf.leaf_index, log_leaf.sealed_at FROM registry.log_leaf
                     ORDER BY log_leaf.leaf_index DESC LIMIT 1) AS newest ON true
$$;
COMMENT ON FUNCTION sealing_status() IS 'How far the log is and what waits, in numbers: anybody may know.';
REVOKE ALL ON FUNCTION seal_entries(uuid[], uuid[], bytea[], bytea[]), sealing_status() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION seal_entries(uuid[], uuid[], bytea[], bytea[]) TO log_sequencer;
GRANT EXECUTE ON FUNCTION sealing_status() TO
  app_public, app_access, app_inst, app_agency, app_citizen, app_device, worker, auditor;
"""


def upgrade() -> None:
    execute_script(LOG + GRANTS)
    execute_script("SET ROLE access_owner;" + SEALING + "SET ROLE registry_owner;")


def downgrade() -> None:
    execute_script("""
    SET ROLE access_owner;
    DROP FUNCTION seal_entries(uuid[], uuid[], bytea[], bytea[]), sealing_status();
    SET ROLE registry_owner;
    DROP TRIGGER queued_for_sealing ON record_entry;
    DROP TABLE unsealed_entry, inclusion, leaf_salt, log_leaf;
    DROP FUNCTION refuse_log_hole(), queue_for_sealing();
    REVOKE SELECT ON record_entry FROM log_sequencer;
    """)
