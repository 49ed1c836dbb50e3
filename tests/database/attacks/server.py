"""The server itself: ownership, guards, files, programs."""

from tests.database.attacks import Attack

THE_SERVER_ITSELF = (
    Attack("becoming the owner", "app_inst", "GRANT registry_owner TO app_inst", "SET ROLE registry_owner"),
    Attack(
        "becoming the doors' owner", "app_agency", "GRANT access_owner TO app_agency", "SET ROLE access_owner"
    ),
    Attack(
        "guards off by replication role",
        "app_inst",
        "GRANT SET ON PARAMETER session_replication_role TO app_inst",
        "SET session_replication_role = replica",
    ),
    Attack(
        "a table that shadows another",
        "app_inst",
        "GRANT TEMP ON DATABASE {database} TO app_inst",
        "CREATE TEMP TABLE record_entry (person_id uuid)",
    ),
    Attack(
        "a function that shadows another",
        "app_inst",
        "GRANT CREATE ON SCHEMA public TO app_inst",
        "CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT pg_catalog.now()'",
    ),
    Attack(
        "an object in the registry's schema",
        "app_inst",
        "GRANT CREATE ON SCHEMA registry TO app_inst",
        "CREATE TABLE registry.shadow (id int)",
    ),
    Attack(
        "a schema of one's own",
        "app_inst",
        "GRANT CREATE ON DATABASE {database} TO app_inst",
        "CREATE SCHEMA evil",
    ),
    Attack(
        "a trigger on a guarded table",
        "app_inst",
        "GRANT TRIGGER ON record_entry TO app_inst",
        """CREATE TRIGGER evil BEFORE INSERT ON record_entry FOR EACH ROW
           EXECUTE FUNCTION suppress_redundant_updates_trigger()""",
    ),
    Attack(
        "a program started by the server",
        "app_inst",
        "GRANT pg_execute_server_program TO app_inst",
        "COPY (SELECT 1) TO PROGRAM 'cat >/dev/null'",
    ),
    Attack(
        "a file read by the server",
        "app_inst",
        "GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text, bigint, bigint, boolean) TO app_inst",
        "SELECT pg_read_file('PG_VERSION', 0, 2, true)",
    ),
)

DDL = (
    "ALTER TABLE record_entry DISABLE TRIGGER ALL",
    "ALTER TABLE record_entry DISABLE TRIGGER append_only",
    "DROP TRIGGER append_only ON record_entry",
    "ALTER TABLE record_entry DROP CONSTRAINT record_entry_result_fkey",
    "DROP INDEX record_entry_one_completion",
    "DROP TABLE audit_event",
    "ALTER TABLE audit_event OWNER TO CURRENT_USER",
    "ALTER TABLE record_entry ADD COLUMN evil text",
    "CREATE RULE evil AS ON DELETE TO record_entry DO INSTEAD NOTHING",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "CREATE OR REPLACE FUNCTION registry_now() RETURNS timestamptz LANGUAGE sql AS 'SELECT pg_catalog.now()'",
    "ALTER FUNCTION read_records(uuid, uuid, text, text, text, bytea[]) SECURITY INVOKER",
    "ALTER FUNCTION read_records(uuid, uuid, text, text, text, bytea[]) SET search_path = public",
    "DROP FUNCTION registry_now() CASCADE",
    "CREATE OPERATOR public.= (LEFTARG = uuid, RIGHTARG = text, FUNCTION = texteq)",
    "CREATE VIEW public.record_entry AS SELECT 1 AS person_id",
    "CREATE EXTENSION adminpack",
    "CREATE ROLE evil LOGIN",
    "CREATE DATABASE evil",
    "ALTER ROLE postgres PASSWORD 'x'",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "ALTER ROLE CURRENT_USER BYPASSRLS",
    "SET SESSION AUTHORIZATION postgres",
    "GRANT registry_owner TO CURRENT_USER",
    "ALTER SYSTEM SET fsync = off",
    "ALTER SEQUENCE record_serial RESTART",
    "SELECT setval('record_serial', 1, false)",
    "COPY record_entry FROM '/dev/null'",
    "COPY record_entry FROM PROGRAM 'true'",
    "COPY (SELECT 1) TO '/tmp/registry-attack'",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT * FROM pg_authid",
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    "LOCK TABLE record_entry IN ACCESS EXCLUSIVE MODE",
    "CALL make_append_only('record_entry')",
    "UPDATE alembic_version SET version_num = '0000'",
    "REINDEX SCHEMA registry",
    "DO $$ BEGIN EXECUTE 'SET LOCAL ROLE registry_owner'; DELETE FROM registry.audit_event; END $$",
)
"""What no login role may do to the house itself; the migrator only in an owner's name (``SET ROLE``)."""
