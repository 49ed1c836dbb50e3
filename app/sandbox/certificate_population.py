"""Synthetic certificates: the same seed makes the same ones, held by the sandbox's synthetic people.

Nothing is stored: a certificate is made anew from the seed and its index whenever it is asked for, and its number
carries the index, so that a number is looked up by making one certificate and comparing. Sixty thousand cost
neither time at the start nor memory.

Number forms follow the published rules as far as there are any; body numbers begin with 99 and serial numbers are the
index, so that no number belongs to a real body. 职业资格 (16 digits): year 2, province or industry 2 of the labour
ministry's own table (10 Jiangsu and 72 tobacco are the codes a text names), city 2, body kind 1, body 3, level 1,
serial 5; an old 13-digit form beside it. 职业技能等级 (22): letter, body 4, province 2, site 6, year 2, level 1, serial
6; 特级技师 with T in the place of the level. 特种作业: T and the identity number, and an old 14-digit form whose sixth
digit is the kind. The form of 专项职业能力 numbers is stated by no text and is the sandbox's own.
"""

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from app.sandbox.population import Cardholder

SHANGHAI = ZoneInfo("Asia/Shanghai")
GENERATED_MAX = 99_999
"""Serial numbers of 职业资格证书 have five digits."""

_ISSUED_UNTIL = date(2025, 12, 20)
_FEED_BEGINS = datetime(2026, 1, 10, tzinfo=SHANGHAI)
_PROVINCES = {
    "11": "北京",
    "13": "河北",
    "32": "江苏",
    "33": "浙江",
    "35": "福建",
    "37": "山东",
    "42": "湖北",
    "44": "广东",
    "51": "四川",
    "61": "陕西",
}
_PROVINCE_CODES = tuple(_PROVINCES)
_OCCUPATIONS = (
    ("2015", "4-02-06-01", "仓储管理员", ""),
    ("2015", "4-03-02-01", "中式烹调师", ""),
    ("2015", "4-03-02-02", "中式面点师", ""),
    ("2015", "4-07-05-01", "保安员", ""),
    ("2015", "4-10-01-02", "育婴员", ""),
    ("2015", "4-10-01-05", "养老护理员", ""),
    ("2015", "4-10-01-06", "家政服务员", "家务服务员"),
    ("2015", "4-12-01-01", "汽车维修工", "汽车机械维修工"),
    ("2015", "6-18-01-01", "车工", ""),
    ("2015", "6-18-02-04", "焊工", "电焊工"),
    ("2015", "6-31-01-03", "电工", ""),
    ("2022", "4-01-06-01", "电子商务师", ""),
    ("2022", "4-03-02-01", "中式烹调师", ""),
    ("2022", "4-10-01-05", "养老护理员", ""),
    ("2022", "4-10-01-06", "家政服务员", "母婴护理员"),
    ("2022", "4-12-01-01", "汽车维修工", "汽车电器维修工"),
    ("2022", "6-18-01-01", "车工", ""),
    ("2022", "6-18-02-04", "焊工", "气焊工"),
    ("2022", "6-31-01-03", "电工", ""),
)
_OCCUPATIONS_2015 = 11
_LEVEL_DIGITS = "55554444444333333221"
_SPECIAL_SKILLS = ("样例面点制作", "样例月嫂护理", "样例电商客服", "样例砌筑", "样例茶艺展示")
_OPERATIONS = (
    "低压电工作业",
    "高压电工作业",
    "熔化焊接与热切割作业",
    "高处安装、维护、拆除作业",
    "制冷与空调设备运行操作作业",
)
_OPERATION_EVERY = 4
"""Every fourth person holds a 特种作业操作证, so that T and the identity number name one certificate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A certificate in the network's register."""

    certificate_number: str = field(repr=False)
    identity_number: str = field(repr=False)
    name: str = field(repr=False)
    kind: str
    state: str = "valid"
    revision: int = 1
    occupation_code: str | None = None
    occupation_edition: str | None = None
    occupation_name: str
    trade: str | None = None
    level: str = "none"
    issuer_code: str
    issuer_name: str
    issued_on: date
    uploaded_on: date
    valid_until: date | None = None
    review_due_on: date | None = None
    revoked_on: date | None = None


class CertificatePopulation:
    """All certificates that exist from the start, by index, number and holder."""

    def __init__(self, people: Sequence[Cardholder], *, seed: int, certificates: int) -> None:
        self._people = people
        self._seed = seed
        self._operations = (len(people) + 2) // _OPERATION_EVERY
        # A handful of people must not hold tens of thousands: at most 25 each on the average.
        self._others = max(0, min(certificates - self._operations, GENERATED_MAX, 25 * len(people)))
        self._person_index: dict[str, int] | None = None
        self._held: dict[int, array[int]] | None = None

    def __len__(self) -> int:
        return self._others + self._operations

    def at(self, index: int) -> Entry:
        """Certificate ``index`` (from 0). Raises ``IndexError``."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._other(index) if index < self._others else self._operation(index - self._others)

    def recorded_at(self, index: int) -> datetime:
        """When the network recorded it: one a second, in the order of the index."""
        return _FEED_BEGINS + timedelta(seconds=index)

    def index_of(self, number: str) -> int | None:
        """Index of the certificate that bears ``number``."""
        index = self._candidate(number)
        if index is None or not 0 <= index < len(self) or self.at(index).certificate_number != number:
            return None
        return index

    def indexes_of_person(self, identity_number: str) -> list[int]:
        """Indexes of the certificates that the person holds."""
        person = self._person(identity_number)
        if person is None:
            return []
        held = list(self._holdings().get(person, ()))
        if person % _OPERATION_EVERY == 1:
            held.append(self._others + person // _OPERATION_EVERY)
        return held

    def _candidate(self, number: str) -> int | None:
        if number.startswith("T"):
            person = self._person(number[1:])
            return (
                None
                if person is None or person % _OPERATION_EVERY != 1
                else self._others + person // _OPERATION_EVERY
            )
        digits = {13: 5, 14: 5, 16: 8 if number.startswith("ZX") else 5, 22: 6}.get(len(number))
        if digits is None or not number[-digits:].isdecimal():
            return None
        if len(number) == 14:
            return self._others + int(number[-digits:]) // _OPERATION_EVERY
        return int(number[-digits:]) - 1

    def _person(self, identity_number: str) -> int | None:
        if self._person_index is None:
            self._person_index = {
                person.social_security_number: index for index, person in enumerate(self._people)
            }
        return self._person_index.get(identity_number)

    def _holdings(self) -> dict[int, "array[int]"]:
        if self._held is None:
            self._held = {}
            for index in range(self._others):
                holder = self._holder(self._draw(index))
                self._held.setdefault(holder, array("I")).append(index)
        return self._held

    def _draw(self, index: int) -> bytes:
        return hashlib.blake2b(f"{self._seed} {index}".encode(), digest_size=16).digest()

    def _holder(self, draw: bytes) -> int:
        return int.from_bytes(draw[:4]) % len(self._people)

    def _other(self, index: int) -> Entry:
        draw = self._draw(index)
        person = self._people[self._holder(draw)]
        slot = index % 20
        if slot < 2:
            entry = _qualification(index, draw, person)
        elif slot < 4:
            entry = _special_skill(index, draw, person)
        else:
            entry = _skill_level(index, draw, person, is_special_technician=slot == 4)
        return entry

    def _operation(self, rank: int) -> Entry:
        index = rank * _OPERATION_EVERY + 1
        person = self._people[index]
        draw = self._draw(GENERATED_MAX + rank)
        issued_on = _day(draw, date(2021, 1, 1), _ISSUED_UNTIL, person)
        kind = draw[4] % len(_OPERATIONS)
        province = _PROVINCE_CODES[draw[5] % len(_PROVINCE_CODES)]
        is_old_form = rank % 10 == 0
        number = (
            f"991{issued_on:%y}{kind + 1}999{index:05d}"
            if is_old_form
            else f"T{person.social_security_number}"
        )
        return Entry(
            certificate_number=number,
            identity_number=person.social_security_number,
            name=person.name,
            kind="special_operation",
            occupation_name=_OPERATIONS[kind],
            issuer_code=f"YJ{province}99",
            issuer_name=f"{_PROVINCES[province]}样例应急管理机构",
            issued_on=issued_on,
            uploaded_on=issued_on + timedelta(days=3 + draw[6] % 15),
            # Valid for six years, to be reviewed every three.
            valid_until=_years_after(issued_on, 6) - timedelta(days=1),
            review_due_on=_years_after(issued_on, 3) - timedelta(days=1),
        )


def _skill_level(index: int, draw: bytes, person: Cardholder, *, is_special_technician: bool) -> Entry:
    edition, code, name, trade = _OCCUPATIONS[draw[4] % len(_OCCUPATIONS)]
    begins = date(2022, 10, 1) if edition == "2022" or is_special_technician else date(2019, 9, 1)
    issued_on = _day(draw, begins, _ISSUED_UNTIL, person)
    digit = "T" if is_special_technician else _LEVEL_DIGITS[draw[5] % 20]
    body = draw[6] % 12 + 1
    province = _PROVINCE_CODES[draw[7] % len(_PROVINCE_CODES)]
    # A body filed at the ministry first has a number of its own, one filed in a province has 0000.
    filed_at = "9901" if body == 12 else "0000"
    issuer = f"{'S' if body % 2 else 'Y'}{filed_at}{province}99{body:04d}"
    return _varied(
        draw,
        Entry(
            certificate_number=f"{issuer}{issued_on:%y}{digit}{index + 1:06d}",
            identity_number=person.social_security_number,
            name=person.name,
            kind="skill_level",
            occupation_code=code,
            occupation_edition=edition,
            occupation_name=name,
            trade=trade or None,
            level="special_technician" if is_special_technician else f"level_{digit}",
            issuer_code=issuer,
            issuer_name=f"{_PROVINCES[province]}样例{'评价机构' if body % 2 else '用人单位'}{body:02d}",
            issued_on=issued_on,
            uploaded_on=issued_on + timedelta(days=3 + draw[8] % 18),
        ),
    )


def _qualification(index: int, draw: bytes, person: Cardholder) -> Entry:
    edition, code, name, trade = _OCCUPATIONS[draw[4] % _OCCUPATIONS_2015]
    issued_on = _day(draw, date(2015, 9, 1), date(2019, 12, 31), person)
    level = _LEVEL_DIGITS[draw[5] % 20]
    body = draw[6] % 10
    is_industry = draw[7] % 5 == 0
    issuer = f"72003{990 + body}" if is_industry else f"10992{990 + body}"
    number = f"{issued_on:%y}{issuer}{level}{index + 1:05d}"
    if index % 200 == 0:
        issuer, is_industry = "9999", False
        number = f"{issued_on:%y}{issuer}{level}9{index + 1:05d}"
    return _varied(
        draw,
        Entry(
            certificate_number=number,
            identity_number=person.social_security_number,
            name=person.name,
            kind="vocational_qualification",
            occupation_code=code,
            occupation_edition=edition,
            occupation_name=name,
            trade=trade or None,
            level=f"level_{level}",
            issuer_code=issuer,
            issuer_name=f"样例{'烟草行业' if is_industry else '省级'}鉴定站{body:02d}",
            issued_on=issued_on,
            uploaded_on=issued_on + timedelta(days=3 + draw[8] % 18),
        ),
    )


def _special_skill(index: int, draw: bytes, person: Cardholder) -> Entry:
    issued_on = _day(draw, date(2018, 1, 1), _ISSUED_UNTIL, person)
    province = _PROVINCE_CODES[draw[7] % len(_PROVINCE_CODES)]
    issuer = f"ZX{province}99"
    return _varied(
        draw,
        Entry(
            certificate_number=f"{issuer}{issued_on:%y}{index + 1:08d}",
            identity_number=person.social_security_number,
            name=person.name,
            kind="special_skill",
            occupation_name=_SPECIAL_SKILLS[draw[4] % len(_SPECIAL_SKILLS)],
            issuer_code=issuer,
            issuer_name=f"{_PROVINCES[province]}样例技能鉴定指导机构",
            issued_on=issued_on,
            uploaded_on=issued_on + timedelta(days=3 + draw[8] % 18),
        ),
    )


def _varied(draw: bytes, entry: Entry) -> Entry:
    """One in 128 is revoked, one in 128 bears a former name."""
    if draw[9] < 2:
        return revoked(entry, entry.uploaded_on + timedelta(days=30))
    if draw[9] < 4:
        return changed(entry, name=f"曾{entry.name}")
    return entry


def changed(entry: Entry, **changes: object) -> Entry:
    """``entry`` with other values."""
    values = {name: getattr(entry, name) for name in Entry.__dataclass_fields__}
    return Entry(**{**values, **changes})


def revoked(entry: Entry, on: date) -> Entry:
    """``entry`` after its revocation."""
    return changed(entry, state="revoked", revoked_on=on, revision=entry.revision + 1)


def _day(draw: bytes, begins: date, ends: date, holder: Cardholder) -> date:
    """A day of issue in the period, when the holder was sixteen."""
    born = date.fromisoformat(holder.social_security_number[6:14])
    begins = max(begins, _years_after(born, 16))
    return begins + timedelta(days=int.from_bytes(draw[10:12]) % max((ends - begins).days, 1))


def _years_after(day: date, years: int) -> date:
    if (day.month, day.day) == (2, 29):
        day -= timedelta(days=1)
    return day.replace(year=day.year + years)
