"""Figures by month, counted by a job from append-only tables; contradictions of other registries, and what was found.

Why: a page of statistics reads a few hundred counted rows, not a million records; paid here and there is looked into.
Lock taken, and for how long: SHARE on seven tables while their block-range indexes are built (seconds for millions).
Safe with the previous release running: yes.
How undone: downgrade drops what it made; everything can be counted again.
"""

from app.db.migration import execute_script

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE counted_month (
  month date NOT NULL,
  counted_at timestamptz NOT NULL,
  CONSTRAINT counted_month_pkey PRIMARY KEY (month),
  CONSTRAINT counted_month_first_day CHECK (extract(day FROM month) = 1)
);
COMMENT ON TABLE counted_month IS
  'As of when a month was counted. Once it was counted after its end nobody counts it again (counted_month.final): acts bear the time at which they were recorded.';

CREATE TABLE monthly_figure (
  division_code text NOT NULL,
  month date NOT NULL,
  measure text NOT NULL,
  kind text NOT NULL,
  items bigint NOT NULL,
  amount_fen bigint NOT NULL,
  CONSTRAINT monthly_figure_pkey PRIMARY KEY (division_code, month, measure, kind),
  CONSTRAINT monthly_figure_month_fkey FOREIGN KEY (month) REFERENCES counted_month (month),
  CONSTRAINT monthly_figure_division_fkey FOREIGN KEY (division_code) REFERENCES division_code (code),
  CONSTRAINT monthly_figure_counted CHECK (items >= 0 AND amount_fen >= 0)
);
COMMENT ON TABLE monthly_figure IS 'Counts and sums by division and month; nothing of persons.';
CREATE INDEX monthly_figure_month ON monthly_figure (month);

CREATE TABLE institution_figure (
  institution_id uuid NOT NULL,
  month date NOT NULL,
  measure text NOT NULL,
  items bigint NOT NULL,
  amount_fen bigint NOT NULL,
  CONSTRAINT institution_figure_pkey PRIMARY KEY (institution_id, month, measure),
  CONSTRAINT institution_figure_month_fkey FOREIGN KEY (month) REFERENCES counted_month (month),
  CONSTRAINT institution_figure_institution_fkey FOREIGN KEY (institution_id)
    REFERENCES training_institution (institution_id),
  CONSTRAINT institution_figure_counted CHECK (items >= 0 AND amount_fen >= 0)
);
COMMENT ON TABLE institution_figure IS 'The same by institution: what its scorecard is made of.';
CREATE INDEX institution_figure_month ON institution_figure (month);
"""

# Rows lie on disk in the order of these instants, so a few pages of index lead to the pages of a month.
INDEXES = """
CREATE INDEX claim_submitted_at ON claim USING brin (submitted_at);
CREATE INDEX claim_move_at ON claim_move USING brin (moved_at);
CREATE INDEX benefit_settled_at ON benefit USING brin (settled_at);
CREATE INDEX record_entry_appended_at ON record_entry USING brin (appended_at);
CREATE INDEX record_entry_revoked_at ON record_entry (revoked_at) WHERE revoked_at IS NOT NULL;
CREATE INDEX certificate_link_at ON certificate_link USING brin (linked_at);
CREATE INDEX opening_filing_at ON opening_filing USING brin (filed_at);
"""

# Whoever looks waits for whoever counts: the row of the month is locked, not only read.
GUARDS = """
CREATE FUNCTION is_final_count(month date, counted_at timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE
  RETURN counted_at >= (month + interval '1 month') AT TIME ZONE 'Asia/Shanghai' + interval '1 hour';
COMMENT ON FUNCTION is_final_count(date, timestamptz) IS
  'Whether that counting found all that the month will ever hold: an hour after its end no transaction of it is under way.';

CREATE FUNCTION keep_final_count() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF registry.is_final_count(OLD.month, OLD.counted_at) THEN
    RAISE EXCEPTION '% is counted finally', OLD.month
      USING ERRCODE = '23001', CONSTRAINT = 'counted_month_final', TABLE = 'counted_month';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER final BEFORE UPDATE ON counted_month FOR EACH ROW EXECUTE FUNCTION keep_final_count();
ALTER TABLE counted_month ENABLE ALWAYS TRIGGER final;

CREATE FUNCTION keep_final_figures() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  figure record := coalesce(NEW, OLD);
  counted timestamptz;
BEGIN
  SELECT counted_month.counted_at INTO counted FROM registry.counted_month
    WHERE counted_month.month = figure.month FOR SHARE;
  IF registry.is_final_count(figure.month, counted) THEN
    RAISE EXCEPTION '% is counted finally', figure.month
      USING ERRCODE = '23001', CONSTRAINT = TG_TABLE_NAME || '_final', TABLE = TG_TABLE_NAME;
  END IF;
  RETURN figure;
END $$;
CREATE TRIGGER final BEFORE INSERT OR DELETE ON monthly_figure FOR EACH ROW EXECUTE FUNCTION keep_final_figures();
ALTER TABLE monthly_figure ENABLE ALWAYS TRIGGER final;
CREATE TRIGGER final BEFORE INSERT OR DELETE ON institution_figure FOR EACH ROW EXECUTE FUNCTION keep_final_figures();
ALTER TABLE institution_figure ENABLE ALWAYS TRIGGER final;
REVOKE ALL ON FUNCTION is_final_count(date, timestamptz), keep_final_count(), keep_final_figures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION is_final_count(date, timestamptz) TO worker;
"""

GRANTS = """
GRANT SELECT ON counted_month, monthly_figure, institution_figure TO app_agency, auditor, worker;
GRANT INSERT, UPDATE (counted_at) ON counted_month TO worker;
GRANT INSERT, DELETE ON monthly_figure, institution_figure TO worker;
"""

CONTRADICTIONS = """
CREATE FUNCTION peer_contradictions(prefix text, wanted uuid, before uuid, page integer)
  RETURNS TABLE (hold_id uuid, peer_name text, attestation_id uuid, key_group text, benefit_line text, skill_level text,
    period text, held_at timestamptz, settled_at timestamptz, claim_id uuid, claim_number text, division_code text,
    finding text, finding_reason text, found_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT held.hold_id, peer.name, held.attestation_id, held.key_group, held.benefit_line, held.skill_level, held.period,
    held.held_at, held.settled_at, ours.claim_id, ours.claim_number, ours.division_code, held.finding,
    held.finding_reason, held.found_at
  FROM registry.peer_hold AS held
  JOIN registry.peer_registry AS peer ON peer.peer_id = held.peer_id
  LEFT JOIN LATERAL (SELECT filed.claim_id, filed.claim_number, filed.division_code FROM registry.claim AS filed
    WHERE filed.person_id = ANY (registry.persons_of_tokens(held.peer_id,
        ARRAY(SELECT about.token FROM registry.peer_hold_token AS about WHERE about.hold_id = held.hold_id)))
      AND filed.key_group = held.key_group AND filed.benefit_line = held.benefit_line
      AND filed.skill_level = held.skill_level AND filed.period = held.period
      AND filed.state NOT IN ('not_accepted', 'refused', 'withdrawn')
    ORDER BY filed.submitted_at DESC LIMIT 1) AS ours ON true
  WHERE held.contradicts AND (wanted IS NULL OR held.hold_id = wanted) AND (before IS NULL OR held.hold_id < before)
    AND (ours.division_code IS NULL OR starts_with(ours.division_code, prefix))
  ORDER BY held.hold_id DESC LIMIT page
$$;
COMMENT ON FUNCTION peer_contradictions(text, uuid, uuid, integer) IS
  'Paid here and, as a peer says, there too, newest first: numbers and dates, nothing of the person.';

CREATE FUNCTION decide_contradiction(actor uuid, hold uuid, outcome text, why text) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  area text;
  place text;
BEGIN
  SELECT house.division_code INTO area FROM registry.principal AS officer
    JOIN registry.agency AS house ON house.agency_id = officer.agency_id WHERE officer.principal_id = actor;
  SELECT coalesce(told.division_code, area) INTO place
    FROM registry.peer_contradictions(registry.division_prefix(area), hold, NULL, 1) AS told;
  IF place IS NULL OR NOT registry.officer_may(actor, 'approval', place) THEN
    RETURN 'unknown';
  END IF;
  UPDATE registry.peer_hold SET finding = outcome, finding_reason = why, found_at = registry.registry_now(), found_by = actor
    WHERE peer_hold.hold_id = hold AND peer_hold.finding IS NULL;
  RETURN CASE WHEN FOUND THEN 'decided' ELSE 'decided_before' END;
END $$;
COMMENT ON FUNCTION decide_contradiction(uuid, uuid, text, text) IS
  'What was found, once, by an officer who approves in the area of the claim here.';
REVOKE ALL ON FUNCTION peer_contradictions(text, uuid, uuid, integer), decide_contradiction(uuid, uuid, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION peer_contradictions(text, uuid, uuid, integer), decide_contradiction(uuid, uuid, text, text)
  TO app_agency;
"""


def upgrade() -> None:
    execute_script(TABLES + INDEXES + GUARDS + GRANTS)
    execute_script("SET ROLE access_owner;" + CONTRADICTIONS + "SET ROLE registry_owner;")


def downgrade() -> None:
    execute_script("""
    SET ROLE access_owner;
    DROP FUNCTION decide_contradiction(uuid, uuid, text, text), peer_contradictions(text, uuid, uuid, integer);
    SET ROLE registry_owner;
    DROP FUNCTION is_final_count(date, timestamptz), keep_final_count(), keep_final_figures() CASCADE;
    DROP TABLE institution_figure, monthly_figure, counted_month;
    DROP INDEX claim_submitted_at, claim_move_at, benefit_settled_at, record_entry_appended_at, record_entry_revoked_at,
      certificate_link_at, opening_filing_at;
    """)
