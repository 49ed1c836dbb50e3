"""The database room: engines per role, the one transaction, field encryption, outbox, idempotency, embedded server.

Database roles and what each may do are written in ``bootstrap.py`` (roles) and in the migrations (grants).
"""
