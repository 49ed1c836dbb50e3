"""What must hold before this process may serve: durable commits, no superuser, an unshifted clock, a patched server."""

import structlog
from sqlalchemy import text

from app.access.unit import system_unit
from app.db.roles import DatabaseRole
from app.web.house import House

_PATCHED_VERSION = 180_007
"""PostgreSQL 18.7 closes CVE-2026-120154; the embedded server is for evaluation and may be older."""
_FACTS = text("""
    SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS full_page_writes,
      current_setting('synchronous_commit') AS synchronous_commit,
      current_setting('server_version_num')::int AS version,
      (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) AS is_superuser,
      (SELECT shift <> interval '0' FROM clock_shift) AS is_clock_shifted
""")
log = structlog.get_logger(__name__)


class UnsafeDatabase(RuntimeError):
    """The database cannot keep the registry's promises; the message says all that is wrong."""


async def refuse_unsafe_database(parts: House) -> None:
    """Raise UnsafeDatabase with every defect, or log a warning for what only deserves one."""
    async with system_unit(parts.engines, DatabaseRole.APP_PUBLIC) as unit:
        facts = (await unit.session.execute(_FACTS)).one()
    defects = [
        f"{name} 为 off：提交后的数据可能丢失"
        for name in ("fsync", "full_page_writes", "synchronous_commit")
        if getattr(facts, name) == "off" and not parts.settings.throwaway_database
    ]
    if facts.version < 180_000:
        defects.append("需要 PostgreSQL 18 或更新版本")
    if facts.is_superuser:
        defects.append("数据库角色是超级用户：请使用 registry migrate 建立的角色")
    if facts.is_clock_shifted and not parts.settings.evaluation:
        defects.append("登记系统时钟被拨动：只有试用环境可以拨动时钟")
    if defects:
        raise UnsafeDatabase("；".join(defects))
    if facts.version < _PATCHED_VERSION:
        log.warning("PostgreSQL below 18.7 misses security fixes", version=facts.version)
