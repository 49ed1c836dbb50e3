"""Clock of law, append-only guards, audit, outbox and idempotency.

Why: everything later stands on these; they know no domain.
Lock taken, and for how long: none that matters, the schema is empty.
Safe with the previous release running: there is none.
How undone: downgrade drops all of it.
"""

from app.db.migration import execute_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

CLOCK = """
CREATE TABLE clock_shift (
  only_row boolean NOT NULL DEFAULT true,
  shift interval NOT NULL DEFAULT interval '0',
  CONSTRAINT clock_shift_pkey PRIMARY KEY (only_row),
  CONSTRAINT clock_shift_one_row CHECK (only_row),
  CONSTRAINT clock_shift_forward CHECK (shift >= interval '0')
);
COMMENT ON TABLE clock_shift IS
  'Zero on a real registry. An evaluation may move its clock forward; the server refuses to serve otherwise.';
INSERT INTO clock_shift DEFAULT VALUES;

CREATE FUNCTION registry_now() RETURNS timestamptz LANGUAGE sql STABLE
  SET search_path = pg_catalog, pg_temp
  AS $$ SELECT transaction_timestamp() + (SELECT shift FROM registry.clock_shift) $$;
COMMENT ON FUNCTION registry_now() IS 'The one time of a transaction; every date of law derives from it.';

CREATE FUNCTION law_date(instant timestamptz) RETURNS date LANGUAGE sql IMMUTABLE
  RETURN (instant AT TIME ZONE 'Asia/Shanghai')::date;
"""

GUARDS = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'history is append-only: % on %', TG_OP, TG_TABLE_NAME
    USING ERRCODE = '23001', CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
END $$;

CREATE FUNCTION allow_set_once() RETURNS trigger LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  before jsonb := to_jsonb(OLD);
  after jsonb := to_jsonb(NEW);
  settable text;
BEGIN
  FOREACH settable IN ARRAY TG_ARGV LOOP
    IF before -> settable <> 'null'::jsonb AND before -> settable IS DISTINCT FROM after -> settable THEN
      RAISE EXCEPTION '%.% is already set', TG_TABLE_NAME, settable
        USING ERRCODE = '23001', CONSTRAINT = TG_TABLE_NAME || '_set_once', TABLE = TG_TABLE_NAME;
    END IF;
    before := before - settable;
    after := after - settable;
  END LOOP;
  IF before IS DISTINCT FROM after THEN
    RAISE EXCEPTION 'history is append-only: UPDATE on %', TG_TABLE_NAME
      USING ERRCODE = '23001', CONSTRAINT = TG_TABLE_NAME || '_append_only', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;

CREATE PROCEDURE make_append_only(protected regclass, VARIADIC settable text[] DEFAULT '{}')
  LANGUAGE plpgsql SET search_path = registry, pg_catalog, pg_temp AS $$
DECLARE
  arguments text := (SELECT string_agg(quote_literal(name), ', ') FROM unnest(settable) AS name);
BEGIN
  IF cardinality(settable) = 0 THEN
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %s
                    FOR EACH ROW EXECUTE FUNCTION refuse_change()', protected);
  ELSE
    EXECUTE format('CREATE TRIGGER append_only BEFORE DELETE ON %s
                    FOR EACH ROW EXECUTE FUNCTION refuse_change()', protected);
    EXECUTE format('CREATE TRIGGER set_once BEFORE UPDATE ON %s
                    FOR EACH ROW EXECUTE FUNCTION allow_set_once(%s)', protected, arguments);
    EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER set_once', protected);
  END IF;
  EXECUTE format('CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON %s
                  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', protected);
  -- ALWAYS: the guard holds even where session_replication_role is replica.
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only', protected);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER append_only_truncate', protected);
END $$;
REVOKE ALL ON PROCEDURE make_append_only(regclass, text[]) FROM PUBLIC;
REVOKE ALL ON FUNCTION refuse_change(), allow_set_once() FROM PUBLIC;
"""

AUDIT = """
CREATE TABLE audit_event (
  event_id uuid NOT NULL DEFAULT uuidv7(),
  at timestamptz NOT NULL DEFAULT registry_now(),
  principal_id uuid,
  principal_kind text NOT NULL,
  action text NOT NULL,
  subject_kind text NOT NULL,
  subject_id text NOT NULL,
  request_id text,
  details jsonb NOT NULL DEFAULT '{}',
  CONSTRAINT audit_event_pkey PRIMARY KEY (event_id),
  CONSTRAINT audit_event_action_form CHECK (action ~ '^[a-z_]+:[a-z_]+$'),
  CONSTRAINT audit_event_no_identity_number CHECK (details::text !~ '[0-9]{17}[0-9Xx]')
);
COMMENT ON TABLE audit_event IS 'What was done, by whom, to what; commits with its effect. Never holds a name or number.';
CREATE INDEX audit_event_subject ON audit_event (subject_kind, subject_id, event_id);
CREATE INDEX audit_event_principal ON audit_event (principal_id, event_id);
CALL make_append_only('audit_event');

CREATE TABLE outbox_message (
  message_id uuid NOT NULL DEFAULT uuidv7(),
  at timestamptz NOT NULL DEFAULT registry_now(),
  topic text NOT NULL,
  payload jsonb NOT NULL,
  delivered_at timestamptz,
  CONSTRAINT outbox_message_pkey PRIMARY KEY (message_id),
  CONSTRAINT outbox_message_no_identity_number CHECK (payload::text !~ '[0-9]{17}[0-9Xx]')
);
COMMENT ON TABLE outbox_message IS 'Announcements that leave after the commit of what they announce, at least once.';
CREATE INDEX outbox_message_due ON outbox_message (message_id) WHERE delivered_at IS NULL;
CALL make_append_only('outbox_message', 'delivered_at');

CREATE TABLE idempotency_key (
  principal_id uuid NOT NULL,
  key text NOT NULL,
  request_digest bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT registry_now(),
  status smallint,
  headers jsonb,
  body bytea,
  CONSTRAINT idempotency_key_pkey PRIMARY KEY (principal_id, key),
  CONSTRAINT idempotency_key_length CHECK (length(key) BETWEEN 8 AND 200),
  CONSTRAINT idempotency_key_answered_whole CHECK ((status IS NULL) = (body IS NULL))
);
COMMENT ON TABLE idempotency_key IS
  'The answer given to a creating request, stored in the transaction of its effect. Kept at least 7 days.';
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);
CREATE TRIGGER set_once BEFORE UPDATE ON idempotency_key
  FOR EACH ROW EXECUTE FUNCTION allow_set_once('status', 'headers', 'body');
ALTER TABLE idempotency_key ENABLE ALWAYS TRIGGER set_once;
"""

GRANTS = """
GRANT SELECT ON clock_shift TO
  app_public, app_access, app_inst, app_agency, app_citizen, app_device, worker, log_sequencer, pay_worker, auditor,
  access_owner;
REVOKE ALL ON FUNCTION registry_now(), law_date(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry_now(), law_date(timestamptz) TO
  app_public, app_access, app_inst, app_agency, app_citizen, app_device, worker, log_sequencer, pay_worker, auditor,
  access_owner;
-- Here and in every later migration: no INSERT grant names a column that registry_now() fills. When something happened
-- is what the server's clock says, never what a channel brings along (tests/database/test_catalog.py).
GRANT INSERT (principal_id, principal_kind, action, subject_kind, subject_id, request_id, details) ON audit_event TO
  app_access, app_inst, app_agency, app_citizen, app_device, worker, log_sequencer, pay_worker;
GRANT INSERT (topic, payload) ON outbox_message TO
  app_access, app_inst, app_agency, app_citizen, app_device, worker, log_sequencer, pay_worker;
GRANT SELECT ON audit_event TO auditor;
GRANT SELECT, UPDATE (delivered_at) ON outbox_message TO worker;
GRANT SELECT, INSERT (principal_id, key, request_digest), UPDATE (status, headers, body) ON idempotency_key TO
  app_access, app_inst, app_agency, app_citizen, app_device;
GRANT SELECT, DELETE ON idempotency_key TO worker;
"""


def upgrade() -> None:
    execute_script(CLOCK)
    execute_script(GUARDS)
    execute_script(AUDIT)
    execute_script(GRANTS)


def downgrade() -> None:
    execute_script("""
    DROP TABLE idempotency_key, outbox_message, audit_event, clock_shift CASCADE;
    DROP FUNCTION registry_now, law_date, refuse_change, allow_set_once CASCADE;
    DROP PROCEDURE make_append_only;
    """)
