"""Policy: every number a rule uses, as a dated value with its division and its clause
(``bundles/*.yaml``).
"""
