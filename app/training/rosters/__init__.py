"""Class rosters (学员名册): reading them, judging them, keeping them.

``rules`` is pure and serves three callers alike: the upload, the JSON API and the offline check.
"""
