"""Real-name registry of vocational training records (实名制职业技能培训档案登记系统).

Rooms are stages of the line

    institution → opening → roster → sessions → assessment → record → certificate → claim → payment

and imports go down; ``import-linter`` (see ``pyproject.toml``) holds the order.
"""
