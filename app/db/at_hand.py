"""The database server a command works with: the one that is configured, or the embedded one."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.db.embedded import EmbeddedPostgres
from app.settings import Settings


@contextmanager
def server_at_hand(settings: Settings) -> Iterator[tuple[Settings, str | None]]:
    """Settings that name a server, and an administrator's DSN if there is one.

    Without a database URL this starts (or joins) the embedded server under ``data_dir/postgres`` and
    leaves it at the end. Raises ``LookupError`` when that is not allowed because the deployment is not for
    evaluation, and ``EmbeddedServerError`` when it cannot be started.
    """
    admin = settings.admin_url.get_secret_value() if settings.admin_url else None
    if settings.database_base_url is not None:
        yield settings, admin
        return
    if not settings.evaluation:
        raise LookupError(
            "没有指定数据库：请设置 REGISTRY_DATABASE_URL；"
            "若只是试用，设置 REGISTRY_EVALUATION=true 使用自带的数据库"
        )
    with EmbeddedPostgres(settings.data_dir / "postgres") as address:
        yield settings.at_server(address.host, address.port), address.dsn()
