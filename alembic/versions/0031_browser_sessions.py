"""Sessions of the portals, and what somebody was typing: both by the session of sign-in alone.

Why: a browser shows a cookie at every request, so the cookie is a secret as a password is: only its keyed digest is
here. A session follows the wall clock as tokens do, because an evaluation moves the clock of law by days. What was typed
into a form whose session had run out is kept sealed, for its own author.
Lock taken, and for how long: none on what exists; two new tables.
Safe with the previous release running: yes.
How undone: downgrade drops them.
"""

from app.db.migration import execute_script

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE browser_session (
  session_id uuid NOT NULL DEFAULT uuidv7(),
  cookie_digest bytea NOT NULL,
  principal_id uuid NOT NULL,
  opened_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  CONSTRAINT browser_session_pkey PRIMARY KEY (session_id),
  CONSTRAINT browser_session_cookie_key UNIQUE (cookie_digest),
  CONSTRAINT browser_session_digest_length CHECK (octet_length(cookie_digest) = 32),
  CONSTRAINT browser_session_at_most_a_day CHECK (expires_at <= opened_at + interval '24 hours'),
  CONSTRAINT browser_session_principal_fkey FOREIGN KEY (principal_id) REFERENCES principal (principal_id)
);
COMMENT ON TABLE browser_session IS
  'Sign-ins of browsers, by keyed digest of the cookie; wall clock. Whom it lets in is judged anew at every request.';
CREATE INDEX browser_session_live ON browser_session (principal_id) WHERE ended_at IS NULL;
CREATE INDEX browser_session_age ON browser_session (expires_at);

CREATE TABLE form_draft (
  draft_id uuid NOT NULL,
  principal_id uuid NOT NULL,
  place text NOT NULL,
  fields_sealed bytea NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz NOT NULL,
  CONSTRAINT form_draft_pkey PRIMARY KEY (draft_id),
  CONSTRAINT form_draft_place_key UNIQUE (principal_id, place),
  CONSTRAINT form_draft_place_length CHECK (length(place) BETWEEN 1 AND 300),
  CONSTRAINT form_draft_size CHECK (octet_length(fields_sealed) <= 2097152),
  CONSTRAINT form_draft_principal_fkey FOREIGN KEY (principal_id) REFERENCES principal (principal_id)
);
COMMENT ON TABLE form_draft IS
  'What somebody typed and has not sent: one a form, sealed, for its author alone, forgotten after days.';
CREATE INDEX form_draft_age ON form_draft (expires_at);
"""

GRANTS = """
GRANT SELECT, INSERT (session_id, cookie_digest, principal_id, expires_at), UPDATE (last_seen_at, ended_at)
  ON browser_session TO app_access;
GRANT SELECT, INSERT (draft_id, principal_id, place, fields_sealed, expires_at),
  UPDATE (fields_sealed, saved_at, expires_at), DELETE ON form_draft TO app_access;
GRANT SELECT (expires_at), DELETE ON browser_session, form_draft TO worker;
"""


def upgrade() -> None:
    """Create the tables and say who may touch them."""
    execute_script(TABLES + GRANTS)


def downgrade() -> None:
    """Drop them."""
    execute_script("DROP TABLE form_draft, browser_session;")
