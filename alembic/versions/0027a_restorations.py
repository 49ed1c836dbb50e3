"""恢复备份之后: a registry that may have forgotten payments pays nothing until two officers have looked.

Why: a database restored from an older backup does not know what was paid, held or confirmed since. Three tell it so: where
the database itself lives (``database_origin``), the log that is already out, and a registry that has seen answers we no
longer know of (0028a). Each closes payments and stops us from saying "not claimed here"; the claims table cannot tell.
Lock taken, and for how long: a moment on benefit and bank_instruction, which get a trigger.
Safe with the previous release running: yes.
How undone: downgrade drops what it made.
"""

from app.db.migration import execute_script

revision = "0027a"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE restoration (
  restoration_id uuid NOT NULL DEFAULT uuidv7(),
  noticed_by text NOT NULL,
  evidence jsonb NOT NULL,
  noticed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finding text,
  proposed_by uuid,
  proposed_at timestamptz,
  confirmed_by uuid,
  confirmed_at timestamptz,
  officer_kind text NOT NULL DEFAULT 'officer',
  CONSTRAINT restoration_pkey PRIMARY KEY (restoration_id),
  CONSTRAINT restoration_noticed_by_known CHECK (noticed_by IN ('database', 'log', 'peer')),
  CONSTRAINT restoration_by_person CHECK (officer_kind = 'officer'),
  CONSTRAINT restoration_finding_given CHECK (length(btrim(finding)) >= 2),
  CONSTRAINT restoration_proposed_whole CHECK ((proposed_by IS NULL) = (proposed_at IS NULL)
    AND (proposed_by IS NULL) = (finding IS NULL)),
  CONSTRAINT restoration_confirmed_whole CHECK ((confirmed_by IS NULL) = (confirmed_at IS NULL)
    AND (confirmed_by IS NULL OR proposed_by IS NOT NULL)),
  CONSTRAINT restoration_second_person CHECK (confirmed_by <> proposed_by),
  CONSTRAINT restoration_proposed_by_fkey FOREIGN KEY (proposed_by, officer_kind) REFERENCES principal (principal_id, kind),
  CONSTRAINT restoration_confirmed_by_fkey FOREIGN KEY (confirmed_by, officer_kind) REFERENCES principal (principal_id, kind)
);
COMMENT ON TABLE restoration IS 'Signs that this database is behind what it has said before; open ones close the payment gate.';
COMMENT ON COLUMN restoration.noticed_at IS 'By the clock of the server: compared with its start, not with dates of law.';
CREATE UNIQUE INDEX restoration_one_open ON restoration (noticed_by) WHERE confirmed_at IS NULL;
CALL make_append_only('restoration', 'finding', 'proposed_by', 'proposed_at', 'confirmed_by', 'confirmed_at');

CREATE TABLE database_origin (
  origin_id uuid NOT NULL DEFAULT uuidv7(),
  origin text NOT NULL,
  restoration_id uuid,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT database_origin_pkey PRIMARY KEY (origin_id),
  CONSTRAINT database_origin_restoration_fkey FOREIGN KEY (restoration_id) REFERENCES restoration (restoration_id)
);
COMMENT ON TABLE database_origin IS 'Where the database has lived: server, its timeline, database and table of payments; the last line is where it should be.';
CALL make_append_only('database_origin');

CREATE TABLE log_watch (
  only_one boolean NOT NULL DEFAULT true,
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT log_watch_pkey PRIMARY KEY (only_one),
  CONSTRAINT log_watch_single CHECK (only_one)
);
COMMENT ON TABLE log_watch IS 'When the stored log was last compared with what is published, once for each start of the server.';
INSERT INTO log_watch DEFAULT VALUES;
"""

GRANTS = """
GRANT SELECT ON restoration TO app_agency, auditor, worker, access_owner;
GRANT SELECT ON database_origin, log_watch TO auditor, access_owner;
GRANT INSERT (noticed_by, evidence), UPDATE (finding, proposed_by, proposed_at, confirmed_by, confirmed_at) ON restoration
  TO access_owner;
GRANT INSERT (origin, restoration_id) ON database_origin TO access_owner;
GRANT UPDATE (seen_at) ON log_watch TO access_owner;
"""

DOORS = """
CREATE FUNCTION current_origin() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  -- A dump loaded again makes the table anew, a copy of the database has another number, another server another identifier,
  -- and recovery to a point in time or a stand-by that takes over begins a new timeline. A copy of the files of the whole
  -- server has all of these: there the log and the peers tell.
  SELECT concat_ws(':', (SELECT system_identifier FROM pg_control_system()), left(pg_walfile_name(pg_current_wal_lsn()), 8),
    (SELECT oid FROM pg_database WHERE datname = current_database()), 'registry.benefit'::regclass::oid)
$$;

CREATE FUNCTION payments_closed() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE
    WHEN EXISTS (SELECT FROM registry.restoration WHERE confirmed_at IS NULL) OR registry.current_origin() IS DISTINCT FROM
      (SELECT latest.origin FROM registry.database_origin AS latest ORDER BY latest.origin_id DESC LIMIT 1) THEN 'restored'
    WHEN NOT EXISTS (SELECT FROM registry.log_watch WHERE seen_at >= pg_postmaster_start_time()) THEN 'log_not_compared' END
$$;
COMMENT ON FUNCTION payments_closed() IS 'Why nothing is paid and nothing attested now, or null: anybody may know.';

CREATE FUNCTION last_disturbance() RETURNS timestamptz LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
  SELECT greatest(pg_postmaster_start_time(), (SELECT max(noticed_at) FROM registry.restoration))
$$;
COMMENT ON FUNCTION last_disturbance() IS 'What another registry said before may be all that a restored database remembers.';

CREATE FUNCTION notice_restoration(found_by text, shown jsonb) RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  noticed uuid;
BEGIN
  INSERT INTO registry.restoration (noticed_by, evidence) VALUES (found_by, shown)
    ON CONFLICT (noticed_by) WHERE confirmed_at IS NULL DO NOTHING RETURNING restoration_id INTO noticed;
  IF noticed IS NOT NULL THEN
    INSERT INTO registry.audit_event (principal_kind, action, subject_kind, subject_id, details)
      VALUES ('system', 'restoration:noticed', 'restoration', noticed::text, jsonb_build_object('by', found_by));
  END IF;
  RETURN noticed IS NOT NULL;
END $$;
COMMENT ON FUNCTION notice_restoration(text, jsonb) IS 'Closes payments; whoever may call it can only close.';

CREATE FUNCTION compare_origin() RETURNS boolean
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  known text := (SELECT latest.origin FROM registry.database_origin AS latest ORDER BY latest.origin_id DESC LIMIT 1);
BEGIN
  RETURN known IS DISTINCT FROM registry.current_origin() AND registry.notice_restoration('database',
    jsonb_build_object('was', known, 'is', registry.current_origin()));
END $$;

CREATE FUNCTION note_log_compared() RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  UPDATE registry.log_watch SET seen_at = clock_timestamp() WHERE seen_at < pg_postmaster_start_time()
$$;

CREATE FUNCTION covers_all_money(actor uuid, wanted text) RETURNS boolean LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp AS $$
  -- What opens the gate opens it for every area.
  SELECT EXISTS (SELECT FROM registry.principal JOIN registry.agency USING (agency_id)
      WHERE principal_id = actor AND registry.officer_may(actor, wanted, agency.division_code))
    AND NOT EXISTS (SELECT FROM registry.budget WHERE NOT registry.officer_may(actor, wanted, budget.division_code))
$$;

CREATE FUNCTION propose_reopening(actor uuid, asked uuid, what_was_found text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  noticed registry.restoration;
BEGIN
  SELECT * INTO noticed FROM registry.restoration WHERE restoration_id = asked FOR UPDATE;
  IF noticed.restoration_id IS NULL THEN
    RETURN 'restoration_unknown';
  ELSIF NOT registry.covers_all_money(actor, 'payment') THEN
    RETURN 'area_too_small';
  ELSIF noticed.proposed_by IS NOT NULL THEN
    RETURN 'already_proposed';
  END IF;
  UPDATE registry.restoration SET finding = what_was_found, proposed_by = actor, proposed_at = registry.registry_now()
    WHERE restoration_id = asked;
  RETURN 'done';
END $$;

CREATE FUNCTION confirm_reopening(actor uuid, asked uuid) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  noticed registry.restoration;
BEGIN
  SELECT * INTO noticed FROM registry.restoration WHERE restoration_id = asked FOR UPDATE;
  IF noticed.restoration_id IS NULL THEN
    RETURN 'restoration_unknown';
  ELSIF NOT registry.covers_all_money(actor, 'approval') THEN
    RETURN 'area_too_small';
  ELSIF noticed.proposed_by IS NULL THEN
    RETURN 'not_proposed';
  ELSIF noticed.confirmed_by IS NOT NULL THEN
    RETURN 'already_confirmed';
  ELSIF noticed.proposed_by = actor THEN
    RETURN 'own_proposal';
  END IF;
  UPDATE registry.restoration SET confirmed_by = actor, confirmed_at = registry.registry_now() WHERE restoration_id = asked;
  IF noticed.noticed_by = 'database' THEN
    INSERT INTO registry.database_origin (origin, restoration_id) VALUES (registry.current_origin(), asked);
  END IF;
  RETURN 'done';
END $$;
COMMENT ON FUNCTION confirm_reopening(uuid, uuid) IS
  'A second officer whose area covers every budget. Confirmations of other registries from before count only when said anew.';

CREATE FUNCTION refuse_while_restored() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  closed_by text := registry.payments_closed();
BEGIN
  IF closed_by = 'restored' THEN
    RAISE EXCEPTION 'this database may have forgotten payments' USING ERRCODE = '23001', CONSTRAINT = 'not_restored', TABLE = TG_TABLE_NAME;
  ELSIF closed_by IS NOT NULL THEN
    RAISE EXCEPTION 'the log has not been compared since the server was started'
      USING ERRCODE = '23001', CONSTRAINT = 'log_compared', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NULL;
END $$;
"""

_OPEN = "notice_restoration(text, jsonb)"
_SEQUENCER = "compare_origin(), note_log_compared()"
_OFFICE = "propose_reopening(uuid, uuid, text), confirm_reopening(uuid, uuid)"
_INNER = "current_origin(), payments_closed(), last_disturbance(), covers_all_money(uuid, text), refuse_while_restored()"
CLOSE_DOORS = f"""
REVOKE ALL ON FUNCTION {_OPEN}, {_SEQUENCER}, {_OFFICE}, {_INNER} FROM PUBLIC;
GRANT EXECUTE ON FUNCTION {_OPEN} TO log_sequencer, worker;
GRANT EXECUTE ON FUNCTION {_SEQUENCER} TO log_sequencer;
GRANT EXECUTE ON FUNCTION {_OFFICE} TO app_agency;
GRANT EXECUTE ON FUNCTION last_disturbance() TO worker;
GRANT EXECUTE ON FUNCTION payments_closed() TO
  app_public, app_access, app_inst, app_agency, app_citizen, app_device, auditor, worker;
GRANT EXECUTE ON FUNCTION refuse_while_restored(), current_origin() TO registry_owner;
"""

HANGING = """
INSERT INTO database_origin (origin) VALUES (current_origin());
CREATE TRIGGER not_restored BEFORE INSERT ON benefit FOR EACH STATEMENT EXECUTE FUNCTION refuse_while_restored();
CREATE TRIGGER not_restored BEFORE INSERT ON bank_instruction FOR EACH STATEMENT EXECUTE FUNCTION refuse_while_restored();
ALTER TABLE benefit ENABLE ALWAYS TRIGGER not_restored;
ALTER TABLE bank_instruction ENABLE ALWAYS TRIGGER not_restored;
"""


def upgrade() -> None:
    execute_script(TABLES + GRANTS)
    execute_script("SET ROLE access_owner;" + DOORS + CLOSE_DOORS + "SET ROLE registry_owner;")
    execute_script(HANGING)


def downgrade() -> None:
    execute_script("DROP TRIGGER not_restored ON benefit; DROP TRIGGER not_restored ON bank_instruction;")
    execute_script(f"""SET ROLE access_owner;
    DROP FUNCTION {_OPEN}, {_SEQUENCER}, {_OFFICE}, {_INNER};
    SET ROLE registry_owner;
    DROP TABLE log_watch, database_origin, restoration;""")
