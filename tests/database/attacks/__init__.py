"""Statements that must never succeed, each with the one protection that refuses it where the attacker gets furthest.

``role`` is the attacker who comes closest: a login role with the grants its channel needs, or an owner's session (a
stolen migrator), or a superuser in replica mode. Every login role tries every attack (test_attacks.py); the closest
one must be stopped by exactly ``refused_by``; and once that protection is dropped the attack must succeed
(test_mutations.py), so that no attack is vacuous and every protection listed here is load-bearing.
"""

from dataclasses import dataclass, field

REFUSED_STATES = ("23", "RG", "42501", "28", "0A", "22", "55", "42P", "25", "42704", "42883")
"""SQLSTATEs (or their beginnings) that count as a refusal: integrity, privilege, our own, what nobody can name."""


@dataclass(frozen=True, slots=True)
class Attack:
    """``refused_by`` is a constraint, a unique index, ``table.trigger``, or a ``GRANT …`` whose absence refuses."""

    name: str
    role: str
    refused_by: str
    sql: str
    set_aside: tuple[str, ...] = field(default=())
    """Further protections that refuse the same statement; left out so that ``refused_by`` stands alone."""

    right_of: tuple[str, ...] = field(default=())
    """Roles for whom the very statement is their channel's work; it is no attack from them."""

    answers: str = ""
    """The constraint a trigger names when it refuses, where it is not called like the trigger."""

    @property
    def by_absent_grant(self) -> bool:
        """Whether what protects is that a role was never given a right."""
        return self.refused_by.startswith("GRANT ")

    def __str__(self) -> str:
        shown = "missing " + self.refused_by.partition(" TO ")[0] if self.by_absent_grant else self.refused_by
        return f"{self.name} - {shown}".replace("[", "(").replace("]", ")")


def by_doors_owner(name: str, refused_by: str, sql: str, *set_aside: str, answers: str = "") -> Attack:
    """By the owner of the doors: whoever stole the migrator's password gets no further."""
    return Attack(name, "access_owner", refused_by, sql, set_aside=set_aside, answers=answers)
