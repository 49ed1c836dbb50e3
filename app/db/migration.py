"""What migrations are written with: whole SQL scripts, because constraints, triggers and grants are SQL."""

from alembic import op


def execute_script(sql: str) -> None:
    """Run a script of several statements; in offline mode print it (for the linter of migrations).

    SQLAlchemy prepares every statement and PostgreSQL prepares only one at a time, so the script goes to the driver.
    """
    context = op.get_context()
    if context.as_sql:
        op.execute(sql)
        return
    connection = op.get_bind().connection
    connection.run_async(lambda driver: driver.execute(sql))
