"""The 12 months in which a certificate can be claimed on, and the days on which that clock stands.

人社部发〔2017〕40号 二（一）: 核发之日起12个月内. The day of the same number is the last one and still counts; where
the month lacks it (29 February) its last day does. Days are those of Asia/Shanghai. While the network is late or down
the applicant cannot be checked, so the clock stands (mission §1.5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.archive.certificates.states import TollingReason
from app.kernel.periods import add_months


@dataclass(frozen=True, slots=True)
class Tolling:
    """The clock stands from ``starts_on`` until ``ended_on``, on which it runs again; None while it still stands."""

    starts_on: date
    ended_on: date | None
    reason: TollingReason


@dataclass(frozen=True, slots=True)
class ClaimWindow:
    """``last_day`` still counts; while the clock stands it is the one that holds if it ran again today.

    ``days_left`` counts today; 0 when the window is over. ``standing`` says why the clock stands now.
    """

    last_day: date
    days_left: int
    stopped_days: int
    standing: TollingReason | None

    @property
    def is_open(self) -> bool:
        """Whether a claim made today is in time."""
        return self.days_left > 0


def claim_window(issued_on: date, tollings: Sequence[Tolling], on: date, *, months: int = 12) -> ClaimWindow:
    """The window of a certificate as it stands on ``on``.

    Days that two stops share count once; a stop before the issue, or after the window was over, moves nothing.
    """
    last_day = add_months(issued_on, months)
    reached = issued_on
    standing: TollingReason | None = None
    stopped = 0
    for tolling in sorted(tollings, key=lambda each: each.starts_on):
        starts_on = max(tolling.starts_on, reached)
        if starts_on > last_day or tolling.starts_on > on:
            continue
        ended_on = on if tolling.ended_on is None else min(tolling.ended_on, on)
        if tolling.ended_on is None:
            standing = standing or tolling.reason
        days = max((ended_on - starts_on).days, 0)
        stopped += days
        last_day += timedelta(days=days)
        reached = max(reached, ended_on)
    return ClaimWindow(
        last_day=last_day,
        days_left=max((last_day - on).days + 1, 0),
        stopped_days=stopped,
        standing=standing,
    )
