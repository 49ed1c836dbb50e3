"""What a month came to is written once: figures that were reported stay those that anybody can look up."""

from tests.database.attacks import Attack

_COUNTED = """
INSERT INTO counted_month (month, counted_at) VALUES ('2025-03-01', '2025-03-01 00:00+08');
INSERT INTO monthly_figure (division_code, month, measure, kind, items, amount_fen)
  VALUES ('110000', '2025-03-01', 'claims_submitted', 'training', 3, 0);
INSERT INTO institution_figure (institution_id, month, measure, items, amount_fen)
  VALUES (:school, '2025-03-01', 'classes', 3, 0);
UPDATE counted_month SET counted_at = '2025-04-01 01:00+08' WHERE month = '2025-03-01';
"""

WHAT_A_MONTH_CAME_TO_STAYS = (
    Attack(
        "a month that is over counted as if it still ran",
        "worker",
        "counted_month.final",
        f"{_COUNTED} UPDATE counted_month SET counted_at = '2025-03-01 00:00+08' WHERE month = '2025-03-01'",
    ),
    Attack(
        "figures of a month that is over taken back",
        "worker",
        "monthly_figure.final",
        f"{_COUNTED} DELETE FROM monthly_figure WHERE month = '2025-03-01'",
    ),
    Attack(
        "figures added to a month that is over",
        "worker",
        "monthly_figure.final",
        f"""{_COUNTED} INSERT INTO monthly_figure (division_code, month, measure, kind, items, amount_fen)
          VALUES ('120000', '2025-03-01', 'claims_submitted', 'training', 9, 0)""",
    ),
    Attack(
        "an institution's figures of a month that is over taken back",
        "worker",
        "institution_figure.final",
        f"{_COUNTED} DELETE FROM institution_figure WHERE month = '2025-03-01'",
    ),
)
