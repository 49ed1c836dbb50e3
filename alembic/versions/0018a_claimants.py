"""What only the claimant's side may do to a claim: go against a decision (申诉), and hand in papers with an answer (补正).

Why: both are rows that a channel inserts by itself, so the table asks whose claim it is: the person, the institution
that is paid or that filed, or an officer who takes it down at the counter. An appeal goes against a decision that
stands. Papers come while the claim waits for an answer, and stay as they were from the moment it has been given.
Lock taken, and for how long: a trigger on claim_appeal, empty before the first release; a new table.
Safe with the previous release running: yes.
How undone: downgrade drops them.
"""

from app.db.migration import execute_script

revision = "0018a"
down_revision = "0018"
branch_labels = None
depends_on = None

PAPERS = """
CREATE TABLE claim_paper (
  person_id uuid NOT NULL,
  paper_id uuid NOT NULL,
  claim_id uuid NOT NULL,
  file_name_sealed bytea NOT NULL,
  media_type text NOT NULL,
  size_bytes integer NOT NULL,
  sha256 bytea NOT NULL,
  uploaded_at timestamptz NOT NULL DEFAULT registry_now(),
  uploaded_by uuid NOT NULL,
  removed_at timestamptz,
  removed_by uuid,
  CONSTRAINT claim_paper_pkey PRIMARY KEY (person_id, paper_id),
  CONSTRAINT claim_paper_supplement_fkey FOREIGN KEY (person_id, claim_id) REFERENCES claim_supplement (person_id, claim_id),
  CONSTRAINT claim_paper_size_limit CHECK (size_bytes BETWEEN 1 AND 10485760),
  CONSTRAINT claim_paper_digest_length CHECK (octet_length(sha256) = 32),
  CONSTRAINT claim_paper_removed_whole CHECK ((removed_at IS NULL) = (removed_by IS NULL)),
  CONSTRAINT claim_paper_uploaded_by_fkey FOREIGN KEY (uploaded_by) REFERENCES principal (principal_id),
  CONSTRAINT claim_paper_removed_by_fkey FOREIGN KEY (removed_by) REFERENCES principal (principal_id)
);
COMMENT ON TABLE claim_paper IS '补正材料: what came with the answer to a claim_supplement; the object lies below its claim in the store.';
-- The same file sent twice by the same hands is one paper.
CREATE UNIQUE INDEX claim_paper_once ON claim_paper (person_id, claim_id, uploaded_by, sha256) WHERE removed_at IS NULL;
CALL make_append_only('claim_paper', 'removed_at', 'removed_by');
GRANT SELECT ON claim_paper TO app_citizen, app_inst, auditor, access_owner;
GRANT INSERT (person_id, paper_id, claim_id, file_name_sealed, media_type, size_bytes, sha256, uploaded_by) ON claim_paper
  TO app_citizen, app_inst;
GRANT UPDATE (removed_at, removed_by) ON claim_paper TO app_citizen, app_inst;
GRANT SELECT ON claim_appeal TO app_inst;
GRANT INSERT (person_id, appeal_id, claim_id, round, channel, grounds, filed_by) ON claim_appeal TO app_inst;
"""

GUARDS = """
CREATE FUNCTION refuse_stranger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  -- Arguments: the states in which the claimant's side may do this; the column of who acts.
  row_of jsonb := to_jsonb(NEW);
  acting uuid := row_of ->> TG_ARGV[1];
  held registry.claim;
BEGIN
  PERFORM registry.refuse_old_snapshot();
  -- Locked: the step that ends this state comes before, and is seen, or waits.
  SELECT * INTO held FROM registry.claim
    WHERE claim.person_id = NEW.person_id AND claim.claim_id = NEW.claim_id FOR UPDATE;
  IF (held.state = ANY (TG_ARGV[0]::text[])) IS NOT TRUE OR held.round <> coalesce((row_of ->> 'round')::smallint, held.round) THEN
    RAISE EXCEPTION 'a claim that is % in round % does not take this', held.state, held.round
      USING ERRCODE = '23001', CONSTRAINT = 'claim_step_in_order', TABLE = TG_TABLE_NAME;
  END IF;
  IF registry.acts_for_claimant(acting, held) IS NOT TRUE THEN
    RAISE EXCEPTION 'not their claim'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_officer_permitted', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION refuse_stranger() IS 'A row that only the claimant''s side may add or end, and only as long as the claim waits for it.';

CREATE FUNCTION refuse_too_many_papers() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF (SELECT count(*) FROM registry.claim_paper AS paper WHERE paper.person_id = NEW.person_id
      AND paper.claim_id = NEW.claim_id AND paper.removed_at IS NULL) >= 20 THEN
    RAISE EXCEPTION 'twenty papers are enough'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_paper_count', TABLE = 'claim_paper';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION refuse_paper_of_others() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF (SELECT remover.institution_id FROM registry.principal AS remover WHERE remover.principal_id = NEW.removed_by)
      IS DISTINCT FROM (SELECT uploader.institution_id FROM registry.principal AS uploader
        WHERE uploader.principal_id = NEW.uploaded_by) THEN
    -- A person's claim may be an institution's too: neither takes away what the other has handed in.
    RAISE EXCEPTION 'handed in by somebody else'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_officer_permitted', TABLE = 'claim_paper';
  END IF;
  RETURN NEW;
END $$;

CREATE FUNCTION refuse_second_appeal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  -- By then the claim is locked. The person, with officers at the counter, is one side, each institution another: an
  -- institution's appeal must not stand before the person's until the period for it is over.
  IF EXISTS (SELECT FROM registry.claim_appeal AS asked
      JOIN registry.principal AS filer ON filer.principal_id = asked.filed_by
      WHERE asked.person_id = NEW.person_id AND asked.claim_id = NEW.claim_id AND asked.outcome IS NULL
        AND filer.institution_id IS NOT DISTINCT FROM (
          SELECT own.institution_id FROM registry.principal AS own WHERE own.principal_id = NEW.filed_by)) THEN
    RAISE EXCEPTION 'one at a time'
      USING ERRCODE = '23001', CONSTRAINT = 'claim_appeal_one_open', TABLE = 'claim_appeal';
  END IF;
  RETURN NEW;
END $$;
COMMENT ON FUNCTION refuse_second_appeal() IS 'Each side of a claim goes against a decision one way at a time.';
REVOKE ALL ON FUNCTION refuse_stranger(), refuse_too_many_papers(), refuse_paper_of_others(), refuse_second_appeal()
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION refuse_stranger(), refuse_too_many_papers(), refuse_paper_of_others(), refuse_second_appeal()
  TO registry_owner;
"""

TRIGGERS = """
CREATE TRIGGER by_claimant BEFORE INSERT ON claim_appeal
  FOR EACH ROW EXECUTE FUNCTION refuse_stranger('{refused,not_accepted}', 'filed_by');
ALTER TABLE claim_appeal ENABLE ALWAYS TRIGGER by_claimant;
CREATE TRIGGER one_open BEFORE INSERT ON claim_appeal FOR EACH ROW EXECUTE FUNCTION refuse_second_appeal();
ALTER TABLE claim_appeal ENABLE ALWAYS TRIGGER one_open;
CREATE TRIGGER by_claimant BEFORE INSERT ON claim_paper
  FOR EACH ROW EXECUTE FUNCTION refuse_stranger('{supplement_requested}', 'uploaded_by');
ALTER TABLE claim_paper ENABLE ALWAYS TRIGGER by_claimant;
CREATE TRIGGER few_papers BEFORE INSERT ON claim_paper FOR EACH ROW EXECUTE FUNCTION refuse_too_many_papers();
ALTER TABLE claim_paper ENABLE ALWAYS TRIGGER few_papers;
CREATE TRIGGER ended_by_claimant BEFORE UPDATE ON claim_paper
  FOR EACH ROW WHEN (OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL) EXECUTE FUNCTION refuse_stranger('{supplement_requested}', 'removed_by');
ALTER TABLE claim_paper ENABLE ALWAYS TRIGGER ended_by_claimant;
CREATE TRIGGER own_papers BEFORE UPDATE ON claim_paper
  FOR EACH ROW WHEN (OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL) EXECUTE FUNCTION refuse_paper_of_others();
ALTER TABLE claim_paper ENABLE ALWAYS TRIGGER own_papers;
"""


def upgrade() -> None:
    execute_script(PAPERS)
    execute_script("SET ROLE access_owner;" + GUARDS + "SET ROLE registry_owner;")
    execute_script(TRIGGERS)


def downgrade() -> None:
    execute_script("""
    REVOKE SELECT, INSERT (person_id, appeal_id, claim_id, round, channel, grounds, filed_by) ON claim_appeal FROM app_inst;
    DROP TRIGGER by_claimant ON claim_appeal;
    DROP TRIGGER one_open ON claim_appeal;
    DROP TABLE claim_paper;
    SET ROLE access_owner; DROP FUNCTION refuse_stranger(), refuse_too_many_papers(), refuse_paper_of_others(), refuse_second_appeal();
    SET ROLE registry_owner;
    """)
