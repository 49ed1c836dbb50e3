"""Pure arithmetic of statistics: quarters and their due day, the quarterly claim report, shares, the scorecard."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.kernel.clock import start_of_law_day
from app.kernel.errors import Citation
from app.oversight.statistics.states import InstitutionMeasure, Measure
from app.subsidies.outreach.rules import share_bp

FIRST_YEAR, LAST_YEAR = 2017, 2099
"""The subsidies begin with 人社部发〔2017〕40号."""
QUARTERLY = Citation("人社部办公厅关于实施失业保险支持技能提升“展翅行动”的通知", "三(二)")
"""Quarterly by the 7th, of "上月": the text says both, so the report tells every month and the sum."""
EDUCATION_FUND = Citation("国办发〔2019〕24号", "四(十三)")
"""60% and more of what an enterprise uses of its education fund is for the training of front-line workers."""
FRONT_LINE_MINIMUM_BP = 6000
_REPORTED_BY = 7
SETTLED_AFTER = timedelta(hours=1)
"""A transaction bears the time of its beginning; none lasts an hour, so nothing of an ended month is still to come."""


def month_after(month: date) -> date:
    """The first day of the next month."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def is_over(month: date, counted_at: datetime) -> bool:
    """Whether that counting found all that the month will ever hold."""
    return counted_at >= start_of_law_day(month_after(month)) + SETTLED_AFTER


def months_of_year(year: int) -> tuple[date, ...]:
    """First days."""
    return tuple(date(year, month, 1) for month in range(1, 13))


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a year; ``number`` is 1 to 4."""

    year: int
    number: int

    @property
    def months(self) -> tuple[date, date, date]:
        """First days of its months."""
        first = self.number * 3 - 2
        return date(self.year, first, 1), date(self.year, first + 1, 1), date(self.year, first + 2, 1)

    @property
    def ends_before(self) -> date:
        """The day after its last one."""
        return month_after(self.months[2])

    @property
    def due_on(self) -> date:
        """Until when it is reported (``QUARTERLY``)."""
        return self.ends_before.replace(day=_REPORTED_BY)

    @classmethod
    def of(cls, day: date) -> "Quarter":
        """The one a day lies in."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def before(cls, day: date) -> "Quarter":
        """The last one that is over."""
        return cls.of(cls.of(day).months[0] - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Figure:
    """One counted number; ``month`` and ``kind`` as asked for."""

    month: date
    measure: Measure
    kind: str
    items: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Sum:
    """So many, and what they amount to in fen."""

    items: int = 0
    amount_fen: int = 0

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.items + other.items, self.amount_fen + other.amount_fen)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of the whole, in basis points of its amount; None of nothing."""

    code: str
    items: int
    amount_fen: int
    share_bp: int | None


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """申领发放情况 of one subsidy: in the three months, and together."""

    kind: str
    months: tuple[Mapping[Measure, Sum], ...]
    total: Mapping[Measure, Sum]


@dataclass(frozen=True, slots=True)
class QuarterlyReport:
    """The quarterly claim report. ``is_final``: every month was counted after its end, so it never changes again."""

    quarter: Quarter
    counted_at: datetime | None
    is_final: bool
    lines: tuple[ClaimLine, ...]
    total: Mapping[Measure, Sum]
    by_source: tuple[Share, ...]
    by_group: tuple[Share, ...]
    education_fund: Share | None
    """What of the employers' education fund went to 企业职工: an upper bound, front-line workers being among them."""
    adjustments: Mapping[Measure, Sum]


REPORTED = (
    Measure.CLAIM_SUBMITTED,
    Measure.CLAIM_ACCEPTED,
    Measure.CLAIM_NOT_ACCEPTED,
    Measure.CLAIM_APPROVED,
    Measure.CLAIM_REFUSED,
    Measure.CLAIM_WITHDRAWN,
    Measure.BENEFIT_PAID,
    Measure.PAYMENT_FAILED,
)
"""What the report says of each subsidy, in the order of the procedure."""
ADJUSTMENTS = (
    Measure.ENTRY_CORRECTED,
    Measure.ENTRY_REVOKED,
    Measure.RECOVERY_ORDERED,
    Measure.RECOVERY_REPAID,
    Measure.OBJECTION_UPHELD,
    Measure.DENIAL_CONFIRMED,
)
"""Acts about what earlier months already hold: told apart, and never taken off them."""


def sums(figures: Iterable[Figure], *measures: Measure) -> dict[Measure, Sum]:
    """By measure, over all kinds and months; nothing counted is zero."""
    found = dict.fromkeys(measures, Sum())
    for each in figures:
        if each.measure in found:
            found[each.measure] += Sum(each.items, each.amount_fen)
    return found


def by_kind(figures: Iterable[Figure], measure: Measure) -> dict[str, Sum]:
    """By kind, over all months, in the order of their codes."""
    found: dict[str, Sum] = {}
    for each in figures:
        if each.measure is measure:
            found[each.kind] = found.get(each.kind, Sum()) + Sum(each.items, each.amount_fen)
    return dict(sorted(found.items()))


def shares(parts: Mapping[str, Sum], whole_fen: int) -> tuple[Share, ...]:
    """Each part of ``whole_fen``, the largest first. Parts may overlap (a person of two groups)."""
    ordered = sorted(parts.items(), key=lambda each: (-each[1].amount_fen, each[0]))
    return tuple(
        Share(code, part.items, part.amount_fen, share_bp(part.amount_fen, whole_fen))
        for code, part in ordered
    )


def quarterly_report(
    quarter: Quarter, figures: Sequence[Figure], counted: Mapping[date, datetime]
) -> QuarterlyReport:
    """The report of what was counted of the quarter's months; ``counted``: as of when each was."""
    kinds = sorted({each.kind for each in figures if each.measure in REPORTED})
    lines = []
    for kind in kinds:
        own = [each for each in figures if each.kind == kind]
        lines.append(
            ClaimLine(
                kind,
                tuple(
                    sums((each for each in own if each.month == month), *REPORTED) for month in quarter.months
                ),
                sums(own, *REPORTED),
            )
        )
    total = sums(figures, *REPORTED)
    paid_fen = total[Measure.BENEFIT_PAID].amount_fen
    sources = by_kind(figures, Measure.PAID_BY_SOURCE)
    fund = sources.get("employer_education_fund")
    employees = by_kind(figures, Measure.EDUCATION_FUND_BY_GROUP).get("enterprise_employee", Sum())
    at = [counted[month] for month in quarter.months if month in counted]
    return QuarterlyReport(
        quarter=quarter,
        counted_at=max(at, default=None),
        is_final=all(month in counted and is_over(month, counted[month]) for month in quarter.months),
        lines=tuple(lines),
        total=total,
        by_source=shares(sources, paid_fen),
        by_group=shares(by_kind(figures, Measure.PAID_BY_GROUP), paid_fen),
        education_fund=None
        if fund is None
        else shares({"enterprise_employee": employees}, fund.amount_fen)[0],
        adjustments=sums(figures, *ADJUSTMENTS),
    )


@dataclass(frozen=True, slots=True)
class Scorecard:
    """机构评价 (人社部发〔2025〕10号 四(五)、五(八)): what the directory's authorities weigh. Rates in basis points.

    ``attendance_bp``: credited of planned class hours of those who completed. ``certified_bp``: completions with a
    certificate. ``refused_bp``: claims on its records that were refused. None where there is nothing to divide.
    """

    classes: int
    closed: int
    trainees: int
    completions: int
    completion_bp: int | None
    attendance_bp: int | None
    certified: int
    certified_bp: int | None
    returned_bp: int | None
    refused_bp: int | None
    paid: int
    paid_fen: int
    denials: int
    objections: int
    revoked: int
    recoveries: int
    recovered_fen: int

    @property
    def concerns(self) -> int:
        """Acts that say that something was wrong; each is looked at by itself."""
        return self.denials + self.objections + self.revoked + self.recoveries


def scorecard(counted: Mapping[InstitutionMeasure, Sum]) -> Scorecard:
    """Of the sums over a period."""

    def items(measure: InstitutionMeasure) -> int:
        return counted.get(measure, Sum()).items

    def capped_bp(taken: int, of: int) -> int | None:
        # What belongs to an earlier period's class may come later: no rate is more than the whole.
        share = share_bp(taken, of)
        return None if share is None else min(share, 10_000)

    kinds = InstitutionMeasure
    decided = items(kinds.CLAIM_APPROVED) + items(kinds.CLAIM_REFUSED)
    paid = counted.get(kinds.BENEFIT_PAID, Sum())
    owed = counted.get(kinds.RECOVERY_ORDERED, Sum())
    return Scorecard(
        classes=items(kinds.OPENING_RECORDED),
        closed=items(kinds.CLASS_CLOSED),
        trainees=items(kinds.TRAINEE_CLOSED),
        completions=items(kinds.COMPLETION),
        completion_bp=capped_bp(items(kinds.COMPLETION), items(kinds.TRAINEE_CLOSED)),
        attendance_bp=capped_bp(items(kinds.MINUTES_CREDITED), items(kinds.MINUTES_PLANNED)),
        certified=items(kinds.CERTIFICATE_LINKED),
        certified_bp=capped_bp(items(kinds.CERTIFICATE_LINKED), items(kinds.COMPLETION)),
        returned_bp=capped_bp(items(kinds.OPENING_RETURNED), items(kinds.OPENING_FILED)),
        refused_bp=share_bp(items(kinds.CLAIM_REFUSED), decided),
        paid=paid.items,
        paid_fen=paid.amount_fen,
        denials=items(kinds.DENIAL_CONFIRMED),
        objections=items(kinds.OBJECTION_UPHELD),
        revoked=items(kinds.ENTRY_REVOKED),
        recoveries=owed.items,
        recovered_fen=owed.amount_fen,
    )
