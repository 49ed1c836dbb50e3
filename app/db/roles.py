"""Database roles (数据库角色): who connects, and who merely owns.

Owners cannot log in; the migrator may become an owner but inherits nothing. One login role per channel, so that a
stolen password of one channel does not open the others.
"""

from enum import StrEnum


class DatabaseRole(StrEnum):
    """Login roles. ``pay_worker`` is the only one that will ever pay, ``log_sequencer`` the only one that seals."""

    MIGRATOR = "migrator"
    APP_PUBLIC = "app_public"
    APP_ACCESS = "app_access"
    APP_INST = "app_inst"
    APP_AGENCY = "app_agency"
    APP_CITIZEN = "app_citizen"
    APP_DEVICE = "app_device"
    APP_PEER = "app_peer"
    WORKER = "worker"
    LOG_SEQUENCER = "log_sequencer"
    PAY_WORKER = "pay_worker"
    AUDITOR = "auditor"


OWNERS = ("registry_owner", "access_owner")
"""NOLOGIN. ``registry_owner`` owns tables; ``access_owner`` owns the doors through which agencies read persons."""
