"""Entries sealed by hand where no sequencer runs: leaves of no meaning, a root of no tree, and the rows that count."""

PUBLISH = """
SELECT publish_log(size, sha256('root'),
  format(E'log.test\\n%s\\n%s\\n\\n— log.test AAAAAAAA\\n', size, encode(sha256('root'), 'base64')), '{}', '{}', '{}')
FROM (SELECT max(leaf_index) + 1 AS size FROM log_leaf) AS log
"""


def seal_sql(entries: str) -> tuple[str, str]:
    """Statements that seal and publish the queued entries that ``entries`` (a condition on ``subject_id``) holds of."""
    seal = f"""
SELECT seal_events(array_agg(event_id), array_agg(sha256(subject_id::text::bytea)), array_agg(subject_id::text::bytea))
FROM (SELECT event_id, subject_id FROM unsealed_event WHERE kind = 'entry' AND {entries} ORDER BY event_id) AS sealed
"""
    return seal, PUBLISH
